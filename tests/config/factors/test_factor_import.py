"""Published factors come in by CSV and XLSX with source, licence, edition, basis and scope, or not at all."""

from __future__ import annotations

import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from config.errors import ConfigError, InputError
from config.factors.lookup import grid_factor
from config.factors.published import plan_factors
from config.factors.residual import all_missing, residual_factor
from config.factors.tables import own_factors
from config.loading import load_settings
from config.reading.workbook import LARGEST_BYTES, sheet_rows

if TYPE_CHECKING:
    from pathlib import Path

FIXED = {"source": "UBA", "licence": "dl-de/by-2-0", "basis": "average", "scope": "direct", "unit": "kgCO2e/kWh"}
CSV = "zone,Jahr,Faktor\nDE,2023,0.386\nDE,2024,0.363\n"


def csv_file(folder: Path, text: str = CSV) -> Path:
    path = folder / "uba.csv"
    path.write_text(text)
    return path


def workbook(folder: Path, rows: list[list[object]]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Factors"
    for row in rows:
        sheet.append(row)
    path = folder / "uba.xlsx"
    book.save(path)
    return path


COLUMNS = {"year": "Jahr", "value": "Faktor"}


def test_a_csv_becomes_rows_of_the_own_table(tmp_path: Path) -> None:
    target = tmp_path / "own.csv"
    plan = plan_factors(csv_file(tmp_path), target, edition="2026", fixed=FIXED, columns=COLUMNS)
    assert (len(plan.added), len(plan.changed)) == (2, 0)
    plan.write()
    factor, _ = grid_factor("DE", 2024, policy="same", files=[target])
    assert factor.value == 363.0
    assert factor.source == "UBA, edition 2026"
    assert factor.id == "2026:DE:2024:average:direct"
    assert not factor.verified


def test_a_later_edition_replaces_rows_of_the_same_year_and_keeps_the_others(tmp_path: Path) -> None:
    target = tmp_path / "own.csv"
    plan_factors(csv_file(tmp_path), target, edition="2026", fixed=FIXED, columns=COLUMNS).write()
    later = csv_file(tmp_path, "zone,Jahr,Faktor\nDE,2024,0.360\nDE,2025,0.350\n")
    plan = plan_factors(later, target, edition="2027", fixed=FIXED, columns=COLUMNS)
    assert ([one.year for one in plan.added], [one.year for one in plan.changed]) == ([2025], [2024])
    plan.write()
    assert [round(one.value) for one in own_factors(target)] == [386, 360, 350]


def test_a_workbook_is_read_like_a_csv(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["zone", "Jahr", None, "Faktor"], ["DE", 2024, None, 0.363]])
    assert sheet_rows(path) == [["zone", "Jahr", "", "Faktor"], ["DE", "2024", "", "0.363"]]
    plan = plan_factors(path, tmp_path / "own.csv", edition="2026", fixed=FIXED, columns=COLUMNS, sheet="Factors")
    assert plan.added[0].value == 363.0


def test_dates_come_as_iso_and_whole_numbers_without_a_point(tmp_path: Path) -> None:
    day, moment = datetime(2026, 3, 31), datetime(2026, 3, 31, 12, 30)  # noqa: DTZ001 - a workbook has no zones
    path = workbook(tmp_path, [[day, moment, day.date(), 5.0, 1e-7, True]])
    assert sheet_rows(path) == [["2026-03-31", "2026-03-31T12:30:00", "2026-03-31", "5", "1e-07", "True"]]


def test_workbooks_that_cannot_be_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path, [["=1+1"]])
    with pytest.raises(InputError, match="row 1: a formula has no value"):
        sheet_rows(path)
    path = workbook(tmp_path, [["a"], ["b"]])
    with pytest.raises(InputError, match='no sheet "Faktoren"'):
        sheet_rows(path, "Faktoren")
    bad = tmp_path / "bad.xlsx"
    bad.write_text("no zip")
    with pytest.raises(InputError, match="no XLSX workbook"):
        sheet_rows(bad)
    with zipfile.ZipFile(bad, "w") as book:
        book.writestr("x.txt", "a zip, and no workbook")
    with pytest.raises(InputError, match="no XLSX workbook"):
        sheet_rows(bad)
    monkeypatch.setattr("config.reading.workbook.MOST_ROWS", 1)
    with pytest.raises(InputError, match="more than 1 rows"):
        sheet_rows(path)
    monkeypatch.setattr("config.reading.workbook.LARGEST_BYTES", 10)
    assert LARGEST_BYTES > 10
    with pytest.raises(InputError, match="unpacks to more than"):
        sheet_rows(path)


@pytest.mark.parametrize(
    ("text", "fixed", "told"),
    [
        (CSV, {**FIXED, "licence": ""}, "licence is empty"),
        (CSV, {key: FIXED[key] for key in FIXED if key != "licence"}, "nothing says the licence of the rows"),
        ("", FIXED, "nothing says the zone"),
        ("zone,Jahr,Faktor\nDE,2024,x\n", FIXED, "uba.csv line 2: value must be a number of 0 or more"),
        ("zone,Jahr,Faktor\nDE,2024\n", FIXED, "value is empty"),
        (CSV, {**FIXED, "source": ""}, "source is empty"),
        (CSV, {**FIXED, "basis": "best"}, 'basis cannot be "best"'),
    ],
)
def test_rows_that_nobody_could_audit_are_refused(tmp_path: Path, text: str, fixed: dict[str, str], told: str) -> None:
    with pytest.raises((ConfigError, InputError), match=told):
        plan_factors(csv_file(tmp_path, text), tmp_path / "own.csv", edition="2026", fixed=fixed, columns=COLUMNS)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        plan_factors(tmp_path / "none.csv", tmp_path / "own.csv", edition="1")


def test_residual_mixes_follow_the_year_policy() -> None:
    assert residual_factor("DE", 2024, policy="latest_published") == (None, "")
    same, note = residual_factor("CN", 2023, policy="same")
    assert same is not None
    assert (same.value, note) == (609.6, "")
    assert residual_factor("CN", 2025, policy="same")[0] is None
    assert residual_factor("CN", 2025, policy="latest_published")[1] == "residual mix of 2023 for 2025"
    assert residual_factor("CN", 2025, policy="provisional")[1] == "residual mix of 2023 for 2025, provisional"


def test_what_is_missing_says_for_what_and_where_to_get_it(tmp_path: Path) -> None:
    path = tmp_path / "wattlas.toml"
    head = '[company]\nname = "x"\ncurrency = "EUR"\n'
    sites = "".join(
        f'[[sites]]\nname = "x"\ntime_zone = "UTC"\nid = "{one}"\nzone = "{zone}"\nfactor_year = "latest_published"\n'
        for one, zone in (("a", "DE"), ("b", "CN"), ("c", "US-ERCT"))
    )
    path.write_text(head + sites)
    whole = all_missing(load_settings(path), [2026])
    found = [one for one in whole if "scope 2" in one.needed_for]
    assert [(one.site, "residual" in one.needed_for) for one in found] == [("a", False), ("a", True), ("c", True)]
    assert "Green-e" in found[-1].where_to_get
    beside = [one for one in whole if one not in found]
    assert [one.site for one in beside] == [site for site in "abc" for _ in range(3)]
    assert beside[0].reason.startswith("no upstream factor of DEU for 2026: enter that of the authority")
    assert {one.needed_for for one in beside} >= {"WUE with source water"}


def test_each_scope_has_its_own_units(tmp_path: Path) -> None:
    head = "id,zone,year,value,unit,basis,scope,source,licence"
    table = tmp_path / "own.csv"
    table.write_text(f"{head}\nl,XT,2025,6,percent,average,grid_loss,O,CC0\nw,XT,2025,2,m3/MWh,average,water,O,CC0\n")
    loss, water = own_factors(table)
    assert (loss.value, loss.unit, water.value, water.unit) == (0.06, "1", 2.0, "L/kWh")
    table.write_text(f"{head}\nl,XT,2025,6,gCO2e/kWh,average,grid_loss,O,CC0\nm,XT,2025,1,1,average,grid_loss,O,CC0\n")
    with pytest.raises(ConfigError) as refused:
        own_factors(table)
    first, second = str(refused.value).splitlines()
    assert 'line 2: unit cannot be "gCO2e/kWh"' in first
    assert "a share of losses is below 1" in second
