"""What a page refuses and why it has no figures, on a Chinese page: the usual sentences have Chinese words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from config.errors import ConfigError, InputError, StoreCorrupt
from config.loading import load_settings
from config.reading.mistakes import EXPECTED
from tests.ui.company import HEAD, TREE, Company
from tests.ui.pages.pages import draw
from ui.phrases import phrase
from ui.records.entering import add_record

if TYPE_CHECKING:
    from pathlib import Path

QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"")  # commands and names
ENGLISH = re.compile(
    r"\b(the|of|and|with|for|is|are|no|in|at|be|not|an?|must|write|use|add|correct|check|[A-Z][a-z]+ is)\b"
)
UTILITY = 'id = "s/utility"\nrole = "utility"'
SITE_FILES = {
    "an unknown key": HEAD.replace("zone =", "zona ="),
    "a missing key": HEAD.replace('zone = "US"\n', ""),
    "an unknown zone": HEAD.replace('"US"', '"XX"'),
    "a wrong type": HEAD.replace('name = "Small"', "name = 1"),
    "an unknown table": HEAD + "[factor]\nfiles = []\n",
    "one table in place of several": HEAD + '[points]\nid = "s/a"\n',
    "several tables in place of one": HEAD + "[[factors]]\nfiles = []\n",
    "a wrong word": HEAD + TREE.replace('"utility"', '"utilitie"', 1),
    "a bound below zero": HEAD + TREE.replace("max_w = 5000.0", "max_w = -1.0"),
    "a parent that is none": HEAD + TREE.replace('parent = "utility"', 'parent = "utilities"'),
    "a circle of parents": HEAD + TREE.replace(UTILITY, f'{UTILITY}\nparent = "ups"'),
    "bounds the wrong way round": HEAD + TREE.replace("max_w = 5000.0", "max_w = 5.0\nmin_w = 9.0"),
    "a name with a space": HEAD.replace('id = "s"', 'id = "s 1"'),
    "no sites": '[company]\nname = "Small"\ncurrency = "EUR"\n',
}
ROW = {"kind": "fuel", "site": "s", "subject": "diesel_mineral", "from": "2026-02-01", "to": "2026-02-28"}
ROW |= {"value": "12", "unit": "L"}
ROWS = (
    {"value": "abc"},
    {"value": "-5"},
    {"value": "1e30"},
    {"value": ""},
    {"unit": "gal"},
    {"unit": "kWh"},
    {"subject": ""},
    {"from": "2026-02-30"},
    {"to": ""},
    {"to": "2026-01-01"},
    {"to": "2046-01-01"},
)
STORES = (  # each with its cause in the words of who noticed it
    "table books cannot be opened (gone): run `wattlas doctor --repair`.",
    "state.sqlite is damaged (disk image): run `wattlas doctor --repair` or restore a backup.",
    "spool.sqlite cannot be used now (disk full): check free space and permissions of its folder.",
)


def left(text: str) -> list[str]:
    """Lines in which English is left on a Chinese page, names and commands aside."""
    said = (phrase(line, "zh") for line in text.splitlines())
    return [line for line in said if ENGLISH.search(QUOTED.sub("", line))]


@pytest.mark.parametrize("name", SITE_FILES)
def test_a_wrong_site_file_is_told_in_chinese(tmp_path: Path, name: str) -> None:
    (tmp_path / "wattlas.toml").write_text(SITE_FILES[name])
    with pytest.raises(ConfigError) as told:
        load_settings(tmp_path / "wattlas.toml")
    assert left(str(told.value)) == []


@pytest.mark.parametrize("expected", sorted(EXPECTED.keys() - {"dict_type"}))
def test_what_a_key_must_be_is_told_of_every_table(expected: str) -> None:
    text = f"key x must be {EXPECTED[expected].format(gt=7.0, ge=7.0, lt=7.0, le=7.0)}, not 7."
    assert left(f'wattlas.toml [[points]] "7": {text}') == []


@pytest.mark.parametrize("wrong", ROWS, ids=str)
def test_a_refused_record_is_told_in_chinese(tmp_path: Path, wrong: dict[str, str]) -> None:
    company = Company(tmp_path)
    with pytest.raises(InputError) as told:
        add_record(company.service, ROW | wrong, tmp_path, who="ann", reason="")
    assert left(str(told.value)) == []


@pytest.mark.parametrize("text", STORES)
def test_a_broken_store_is_told_in_chinese(text: str) -> None:
    assert left(text) == []


def test_a_page_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    company = Company(tmp_path, TREE)
    service = company.service

    def broken(*_: object) -> None:
        raise StoreCorrupt(STORES[0])

    monkeypatch.setattr(type(service), "power_now", broken)
    app = draw(monkeypatch, service, "overview", lang="zh")
    assert not app.exception
    assert any("无法打开" in one.value for one in app.error)
