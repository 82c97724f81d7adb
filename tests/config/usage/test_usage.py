"""Tables of usage: the shipped ones are whole, own rows stand before them, slips are told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.factors.tables import zones
from config.loading import load_settings
from config.usage.tables import UNITS, usage_tables

SITE = """
[company]
name = "X"
currency = "EUR"
[[sites]]
id = "s"
name = "S"
zone = "DE"
time_zone = "UTC"
[[points]]
id = "s/cpu"
role = "server"
interval_s = { energy = 3600 }
"""
USAGE = '[[usage]]\nid = "u"\nprovider = "AWS"\npoints = [{ point = "s/cpu" }]\n'


def test_shipped_rows_have_source_and_known_names() -> None:
    tables = usage_tables()
    assert len({row.id for row in tables.coefficients}) == len(tables.coefficients)
    assert all(row.source and row.basis and row.unit == UNITS[row.kind] for row in tables.coefficients)
    assert {row.zone for row in tables.regions.values()} <= set(zones())
    lacking = {
        (one.provider, name)
        for one in tables.instances.values()
        for name in one.cpus
        if tables.coefficient(one.provider, "cpu", name) is None
    }
    assert lacking == {("aws", "EPYC 5th Gen")}, "an outlier in its source: such types ask for a row of your own"
    assert all(tables.coefficient("", "gpu", one.gpu) for one in tables.instances.values() if one.gpu)
    assert all(one.gpus for one in tables.instances.values() if one.gpu)


def test_readme_counts_its_rows() -> None:
    import csv

    folder = Path(__file__).parents[3] / "config" / "usage"
    readme = (folder / "README.md").read_text()
    for path in folder.glob("*.csv"):
        with path.open(newline="") as file:
            rows = sum(1 for _ in csv.DictReader(file))
        assert f"| `{path.name}` | {rows} |" in readme


def test_own_rows_stand_before_the_shipped(tmp_path: Path) -> None:
    own = tmp_path / "c.csv"
    own.write_text(
        "id,provider,kind,name,low,high,unit,year,basis,source\nx,aws,gpu,NVIDIA H100,70,690,W/GPU,2026,own,meter\n"
    )
    tables = usage_tables({"coefficients": [own]})
    found = tables.coefficient("aws", "gpu", "nvidia h100")
    assert found is not None
    assert (found.id, found.low) == ("x", 70.0)
    assert tables.coefficient("gcp", "gpu", "NVIDIA H100") is not None
    core = tables.instance("gcp", "Spot Preemptible E2 Instance Core running in Americas")
    assert core is not None
    assert (core.vcpus, core.cpus) == (1.0, ("Skylake",))
    own.write_text("provider,type,vcpus,cpu,source\ngcp,*E2 Instance*,1,Broadwell,vendor page\n")
    mine = usage_tables({"instances": [own]}).instance("gcp", "E2 Instance Core running in Americas")
    assert mine is not None
    assert mine.cpus == ("Broadwell",)


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("coefficients", "id\n", "column kind is missing"),
        ("instances", "provider,type,vcpus,source,colour\n", 'column "colour" is not known'),
        ("instances", "provider,type,vcpus,gpu,gpus,source\naws,x,2,NVIDIA T4,,s\n", "gpu and gpus stand together"),
        ("instances", "provider,type,vcpus,source\naws,x,two,s\n", "line 2: vcpus must be a number"),
        ("items", "provider,pattern,coefficient,copies,source\naws,x,ssd,1,\n", "source is empty"),
        (
            "coefficients",
            "id,kind,name,high,unit,year,basis,source\na,cpu,x,1,W,2026,b,s\n",
            'unit of kind cpu is "W/vCPU"',
        ),
        ("coefficients", "id,kind,name,high,unit,year,basis,source\na,cup,x,1,W,2026,b,s\n", 'kind cannot be "cup"'),
        (
            "coefficients",
            "id,kind,name,low,high,unit,year,basis,source\na,cpu,x,3,1,W/vCPU,2026,b,s\n",
            "low 3 is above",
        ),
        (
            "coefficients",
            "id,kind,name,high,unit,year,basis,source\na,cpu,x,1,W/vCPU,soon,b,s\n",
            "year must be a year",
        ),
        (
            "coefficients",
            "id,kind,name,high,unit,year,basis,source,boundary\na,cpu,x,1,W/vCPU,2026,b,s,hall\n",
            'boundary cannot be "hall"',
        ),
    ],
)
def test_a_slip_in_an_own_table(tmp_path: Path, key: str, text: str, told: str) -> None:
    (tmp_path / "own.csv").write_text(text)
    with pytest.raises(ConfigError, match=r"own\.csv") as error:
        usage_tables({key: [tmp_path / "own.csv"]})
    assert told in str(error.value)


def test_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        usage_tables({"items": [tmp_path / "none.csv"]})
    (tmp_path / "latin.csv").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        usage_tables({"items": [tmp_path / "latin.csv"]})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (USAGE + USAGE, "stands twice"),
        (USAGE + USAGE.replace('"u"', '"v"'), 'point "s/cpu" is in 2 tables'),
        (USAGE.replace("s/cpu", "s/cpus"), 'key points names "s/cpus", which is no point; did you mean "s/cpu"?'),
        (USAGE + "cpu_utilisation = 0.5\n", "utilisation_source stand together"),
        (USAGE.replace('[{ point = "s/cpu" }]', "[]"), "key points must be filled in"),
    ],
)
def test_a_slip_in_the_site_file(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "wattlas.toml"
    path.write_text(SITE + text)
    with pytest.raises(ConfigError) as error:
        load_settings(path)
    assert told in str(error.value)
