"""Loading: the sample as understood, paths, what is not imported, and thousands of servers in few lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.loading import load_settings, site_file

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "config" / "sites" / "sample.toml"

SITE = """[company]
name = "Example AI"
currency = "EUR"
[[sites]]
id = "h1"
name = "Hall 1"
zone = "CN-GD"
time_zone = "Asia/Shanghai"
"""
BIG = (
    SITE
    + """[inventory]
file = "inventory.csv"
[[points]]
id = "meter"
site = "h1"
role = "utility"
[[templates]]
name = "pdu"
pattern = "pdu-[a-b]-r[001-150]"
site = "h1"
role = "pdu"
parent = "meter"
[[templates]]
name = "node"
pattern = "h1-r[001-150]-u[01-20]"
expand = false
site = "h1"
role = "server"
parents = ["pdu-a-r{1}", "pdu-b-r{1}"]
source = { kind = "ipmi", host = "10.{1:d}.0.{2:d}", user = "monitor", password = { env = "BMC" } }
"""
)


def test_the_sample_loads_as_its_comments_say() -> None:
    settings = load_settings(SAMPLE)
    assert len([point for point in settings.points if point.role == "server"]) == 13
    node = settings.state("fra1/gpu-r2-u05", 1_770_000_000)
    assert node is not None
    assert (node.parents, node.tenant, node.interval_s) == (("fra1/pdu-a", "fra1/pdu-b"), "training", {"power": 60.0})
    source = next(source for source in settings.sources if source.point == "fra1/gpu-r2-u05")
    assert source.table()["host"] == "10.20.2.5"
    assert settings.site("fra1").currency == "EUR"
    assert settings.store.data == SAMPLE.parent / "data"


def test_the_data_folder_of_the_command_line_stands_before_that_of_the_file(tmp_path: Path) -> None:
    assert load_settings(SAMPLE, data=tmp_path).store.data == tmp_path


@pytest.mark.parametrize("module", ["pandas", "pint", "pyarrow", "deltalake", "streamlit"])
def test_an_ordinary_site_file_loads_without_heavy_libraries(module: str) -> None:
    script = (
        "import sys; from pathlib import Path; from config.loading import load_settings; "
        "from config.fingerprint import config_hash; from config.factors.lookup import missing_factors; "
        f"s = load_settings(Path({str(SAMPLE)!r})); config_hash(s); missing_factors(s, [2026]); "
        f"sys.exit({module!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_3000_servers_are_30_lines_and_a_file(tmp_path: Path) -> None:
    rows = [f"h1-r{rack:03d}-u{unit:02d},{600 + unit}" for rack in range(1, 151) for unit in range(1, 21)]
    (tmp_path / "inventory.csv").write_text("id,max_w\n" + "\n".join(rows), encoding="utf-8")
    (tmp_path / "wattlas.toml").write_text(BIG, encoding="utf-8")
    assert len(BIG.splitlines()) <= 30
    settings = load_settings(tmp_path / "wattlas.toml")
    assert len(settings.points) == 3301
    assert len(settings.sources) == 3000
    server = settings.point("h1/h1-r150-u20")
    assert (server.parents, server.max_w) == (("h1/pdu-a-r150", "h1/pdu-b-r150"), 620.0)
    assert settings.sources[-1].options["host"] == "10.150.0.20"


def test_secret_files_are_found_from_the_folder_of_the_site_file(tmp_path: Path) -> None:
    source = '[[points]]\nid = "p"\nsite = "h1"\nrole = "pdu"\n[[sources]]\nid = "s"\nkind = "ipmi"\npoint = "p"\n'
    (tmp_path / "wattlas.toml").write_text(SITE + source + 'password = { file = "bmc.secret" }\n', encoding="utf-8")
    (found,) = load_settings(tmp_path / "wattlas.toml").sources
    assert found.options["password"] == {"file": str(tmp_path / "bmc.secret")}


def test_a_short_point_of_a_source_that_stands_on_two_sites_is_a_mistake(tmp_path: Path) -> None:
    other = SITE.partition("[[sites]]")[2].replace("h1", "h2")
    points = "".join(f'[[points]]\nid = "p"\nsite = "{site}"\nrole = "pdu"\n' for site in ("h1", "h2"))
    source = '[[sources]]\nid = "s"\nkind = "ipmi"\npoint = "p"\n'
    (tmp_path / "wattlas.toml").write_text(SITE + "[[sites]]" + other + points + source, encoding="utf-8")
    with pytest.raises(ConfigError, match=r'point "p" stands on several sites: write one of h1/p, h2/p\.$'):
        load_settings(tmp_path / "wattlas.toml")


def test_a_file_saved_with_a_byte_order_mark_loads(tmp_path: Path) -> None:
    (tmp_path / "wattlas.toml").write_text(SITE, encoding="utf-8-sig")
    assert load_settings(tmp_path / "wattlas.toml").points == ()


@pytest.mark.parametrize("more", ["x = " + "[" * 5000 + "]" * 5000, ".".join("a" * 5000) + " = 1"])
def test_a_file_nested_without_end_is_refused_in_one_sentence(more: str, tmp_path: Path) -> None:
    (tmp_path / "wattlas.toml").write_text(f"{more}\n{SITE}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"wattlas.toml: tables stand in each other more than 32 deep; write it flat"):
        load_settings(tmp_path / "wattlas.toml")


def test_templates_that_make_too_many_points_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.inventory.entries.MOST_POINTS", 5)
    table = '[[templates]]\nname = "{0}"\npattern = "{0}[1-3]"\nsite = "h1"\nrole = "it"\n'
    (tmp_path / "wattlas.toml").write_text(SITE + table.format("x") + table.format("y"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r'"y": its pattern makes the file more than 5 points: narrow its ranges'):
        load_settings(tmp_path / "wattlas.toml")


def test_two_templates_that_make_the_same_name_are_a_mistake(tmp_path: Path) -> None:
    table = '[[templates]]\nname = "{}"\npattern = "a[1-3]"\nsite = "h1"\nrole = "it"\n'
    (tmp_path / "wattlas.toml").write_text(SITE + table.format("x") + table.format("y"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r'"y": its pattern makes "a1", which stands in a pattern already'):
        load_settings(tmp_path / "wattlas.toml")


def test_the_site_file_is_the_one_given_or_that_of_the_environment_or_the_usual_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WATTLAS_CONFIG", raising=False)
    assert site_file(None) == Path("wattlas.toml")
    monkeypatch.setenv("WATTLAS_CONFIG", "other.toml")
    assert site_file(None) == Path("other.toml")
    assert site_file(Path("given.toml")) == Path("given.toml")
