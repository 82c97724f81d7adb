"""A person's mistakes in a site file or an inventory: each is one sentence that names file, table, key and remedy."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.loading import load_settings

COMPANY = '[company]\nname = "Example AI"\ncurrency = "EUR"\n'
SITE = '[[sites]]\nid = "fra1"\nname = "Frankfurt 1"\nzone = "DE"\ntime_zone = "Europe/Berlin"\n'
METER = '[[points]]\nid = "meter"\nsite = "fra1"\nrole = "utility"\n'
PDU = '[[points]]\nid = "pdu-a"\nsite = "fra1"\nrole = "pdu"\nparent = "meter"\n'
BASE = COMPANY + SITE + METER + PDU
TABLES = {
    "file": "",
    "after": BASE,
    "server": BASE + '[[points]]\nid = "srv-1"\nsite = "fra1"\nrole = "server"\nparent = "pdu-a"\n',
    "source": BASE + '[[sources]]\nid = "bmc-1"\nkind = "ipmi"\npoint = "pdu-a"\n',
    "template": BASE + '[[templates]]\nname = "node"\nsite = "fra1"\nrole = "server"\nparent = "pdu-a"\n',
}
WITH_INVENTORY = BASE + '[inventory]\nfile = "inventory.csv"\n'
MISTAKES = {
    mistake["name"]: mistake
    for mistake in tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text(encoding="utf-8"))["mistakes"]
}


def sentences_about(site_file: str, folder: Path, *, rows: str | None = None) -> list[str]:
    path = folder / "wattlas.toml"
    path.write_text(site_file, encoding="utf-8")
    if rows is not None:
        (folder / "inventory.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_settings(path)
    return str(raised.value).replace(str(folder), "FOLDER").splitlines()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence_that_names_place_and_remedy(name: str, tmp_path: Path) -> None:
    mistake = dict(MISTAKES[name])
    sentence = mistake.pop("sentence")
    key = next(key for key in mistake if key != "name")
    site_file = WITH_INVENTORY if key == "rows" else TABLES[key] + mistake[key]
    assert sentences_about(site_file, tmp_path, rows=mistake.get("rows")) == [sentence]
    assert sentence.endswith((".", "?"))


def test_the_table_holds_many_mistakes_of_every_kind() -> None:
    kinds = {key for mistake in MISTAKES.values() for key in mistake} - {"name", "sentence"}
    assert kinds == {*TABLES, "rows"}
    assert len(MISTAKES) > 100


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    wrong = BASE.replace('"EUR"', '"Euro"').replace("Europe/Berlin", "Berlin")
    server = TABLES["server"].removeprefix(BASE) + 'max_w = "2 kW"\nmin_w = -1\n'
    source = TABLES["source"].removeprefix(BASE) + "interval_s = 0\n"
    assert [text.split(":")[0] for text in sentences_about(wrong + server + source, tmp_path)] == [
        "wattlas.toml [company]",
        'wattlas.toml [[sites]] "fra1"',
        'wattlas.toml [[points]] "srv-1"',
        'wattlas.toml [[points]] "srv-1"',
        'wattlas.toml [[sources]] "bmc-1"',
    ]


def test_a_point_with_a_mistake_is_still_known_to_those_that_name_it(tmp_path: Path) -> None:
    assert len(sentences_about(TABLES["server"].replace('"pdu"', '"pdv"'), tmp_path)) == 1


def test_many_places_with_the_same_mistake_share_a_sentence(tmp_path: Path) -> None:
    rows = "".join(f"srv-{number},fra1,server,pdu-b\n" for number in range(3000))
    found = sentences_about(WITH_INVENTORY, tmp_path, rows="id,site,role,parents\n" + rows)
    assert len(found) == 1
    assert "and 2994 more: " in found[0]


@pytest.mark.parametrize("line", ['pasword = "hunter2"', 'max_w = "hunter2 in a text of more than forty characters"'])
def test_no_sentence_repeats_an_unknown_key_or_a_long_text(line: str, tmp_path: Path) -> None:
    assert "characters" not in (text := "".join(sentences_about(TABLES["server"] + line, tmp_path)))
    assert ("hunter2" in text) == line.startswith("max_w")


def test_a_password_in_the_file_is_refused_without_repeating_it(tmp_path: Path) -> None:
    assert "hunter2" not in "".join(sentences_about(TABLES["source"] + 'password = "hunter2"', tmp_path))


def test_a_file_that_is_not_utf8_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "wattlas.toml"
    path.write_bytes(b'[company]\nname = "M\xfcller"\n')
    with pytest.raises(ConfigError, match=r"byte 19 is not UTF-8; save the file as UTF-8\.$"):
        load_settings(path)


@pytest.mark.parametrize(
    ("table", "name"),
    [("[inventory]\nfile", "bytes.csv"), ("[factors]\nfiles", "bytes.csv"), ("[inventory]\nfile", ".")],
)
def test_a_named_file_that_cannot_be_read_is_told_with_the_remedy(table: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "bytes.csv").write_bytes(b"id,\xff\n")
    value = f'["{name}"]' if "factors" in table else f'"{name}"'
    (found,) = sentences_about(f"{BASE}{table} = {value}\n", tmp_path)
    assert found.startswith("FOLDER")
    assert "cannot be read" in found or "is not UTF-8" in found


def test_a_folder_is_no_site_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the file cannot be read \(Is a directory\); check its rights\.$"):
        load_settings(tmp_path)


def test_parents_that_cross_at_different_times_are_no_circle(tmp_path: Path) -> None:
    first = 'parent = "srv-2"\n[[points.changes]]\nfrom = 2026-01-01T00:00:00Z\nparent = "meter"\n'
    second = 'parent = "meter"\n[[points.changes]]\nfrom = 2026-01-01T00:00:00Z\nparent = "srv-1"\n'
    points = "".join(
        f'[[points]]\nid = "srv-{n}"\nsite = "fra1"\nrole = "pdu"\n{text}' for n, text in ((1, first), (2, second))
    )
    (tmp_path / "wattlas.toml").write_text(BASE + points, encoding="utf-8")
    assert len(load_settings(tmp_path / "wattlas.toml").points) == 4


def test_a_file_that_is_absent_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.toml: there is no such file; name the site file with --config"):
        load_settings(tmp_path / "no.toml")
