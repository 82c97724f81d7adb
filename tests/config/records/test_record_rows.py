"""Rows that people fill in: what is wrong is told in one sentence each, and nothing is half-taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from config.errors import InputError
from config.loading import load_settings
from config.records.kinds import fuels_of, kind, kinds
from config.records.rows import COLUMNS, Entry, elsewhere, entries

if TYPE_CHECKING:
    from pathlib import Path

    from config.site import Settings

TODAY = date(2026, 11, 27)
SITE = """
[company]
name = "A"
currency = "EUR"
[[sites]]
id = "t"
name = "T"
zone = "DE"
time_zone = "Europe/Berlin"
[[points]]
id = "genset"
site = "t"
role = "genset"
[[points]]
id = "utility"
site = "t"
role = "utility"
"""
DIESEL = "eu-mrr-per-litre:diesel:CO2"
FUEL = {
    "kind": "fuel",
    "site": "t",
    "subject": DIESEL,
    "from": "2026-03-01",
    "to": "2026-03-31",
    "value": "120.5",
    "unit": "L",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "wattlas.toml"
    path.write_text(SITE)
    return load_settings(path)


def read(settings: Settings, *rows: dict[str, str]) -> list[Entry]:
    table = [list(COLUMNS), *([row.get(name, "") for name in COLUMNS] for row in rows)]
    return entries(table, settings, file="march.csv", today=TODAY)


def test_an_amount_is_kept_as_entered_and_in_the_unit_of_its_kind(settings: Settings) -> None:
    (one,) = read(settings, FUEL | {"value": "1.2", "unit": "m3"})
    assert (one.value, one.unit, one.amount) == (1.2, "m3", pytest.approx(1200.0))
    assert (one.start, one.end) == (date(2026, 3, 1), date(2026, 4, 1)), "the last day is part of it"
    (hours,) = read(settings, FUEL | {"kind": "genset_hours", "subject": "genset", "value": "90", "unit": "min"})
    assert (hours.subject, hours.amount) == ("t/genset", 1.5)
    (fact,) = read(
        settings,
        {"kind": "eed_fact", "site": "t", "subject": "LAU", "from": "2026-01-01", "to": "2026-06-30", "text": "DE71"},
    )
    assert (fact.text, fact.value, fact.amount) == ("DE71", None, None)
    row = {"kind": "eed_fact", "site": "t", "from": "2026-01-01", "to": "2026-06-30"}
    for subject, value, unit, amount in (
        ("TOUT", "5", "PB", 0.005),
        ("SCR", "100", "ft2", 9.290304),
        ("TWH", "-4", "degF", -20.0),
        ("CSERV", "7", "SERT active state performance", 7.0),
    ):
        (fact,) = read(settings, row | {"subject": subject, "value": value, "unit": unit})
        assert (fact.value, fact.amount) == (float(value), pytest.approx(amount))


def test_rows_that_nobody_filled_in_count_nothing(settings: Settings) -> None:
    bare = {"kind": "water", "site": "t", "from": "2026-03-01", "to": "2026-03-31", "unit": "L"}
    assert len(read(settings, bare, {}, FUEL)) == 1
    with pytest.raises(InputError, match="there is no record in it"):
        read(settings, bare)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "feul"}, '"feul" is no kind of record; did you mean "fuel"'),
        ({"site": "u"}, '"u" is no site'),
        ({"subject": ""}, "subject is empty"),
        ({"subject": "diesel"}, 'subject "diesel" is no fuel factor per litre'),
        ({"from": "2026-02-30"}, 'from "2026-02-30" is no day of the calendar'),
        ({"from": "1.3.2026"}, "is no day of the calendar"),
        ({"to": ""}, "write its last day in to"),
        ({"to": "2026-02-01"}, "lies before from"),
        ({"to": "2026-12-31"}, "after today"),
        ({"from": "1999-12-31"}, "before 2000"),
        ({"value": ""}, "value is empty"),
        ({"value": "1,5"}, "write a decimal point"),
        ({"value": "1.234,5"}, "is no number"),
        ({"value": "nan"}, "is no number"),
        ({"value": "1e400"}, "value 1e400 is larger than anything"),
        ({"value": "1e23", "unit": "km^3"}, "value 1e23 is larger than anything"),
        ({"value": "-5"}, "a correction is a new version"),
        ({"unit": "gal"}, "write US_liquid_gallon or imperial_gallon"),
        ({"unit": "bbl"}, "is not the same to everybody: write oil_barrel"),
        ({"kind": "genset_hours", "subject": "genset", "value": "746", "unit": "h"}, "746 h are more than the period"),
        ({"kind": "genset_hours", "subject": "utility", "unit": "h"}, "is no point of the generator"),
        ({"unit": "kWh"}, "they measure different things"),
        ({"unit": ""}, "a unit is missing"),
        ({"unit": "litre_of"}, "is no known unit"),
        ({"sha256": "abc"}, "sha256 must be 64 hex digits"),
        ({"comment": "x" * 2001}, "comment is longer"),
        ({"kind": "refrigerant_stock", "subject": "R-32", "unit": "kg"}, "speaks of one day"),
        ({"kind": "refrigerant_stock", "subject": "R-9", "unit": "kg", "to": ""}, "is no refrigerant"),
        ({"kind": "eed_fact", "subject": "LAU", "value": ""}, "needs a value or a text"),
        ({"kind": "eed_fact", "subject": "LAU"}, "LAU is a text: write it in text"),
        ({"kind": "eed_fact", "subject": "TOUT", "unit": ""}, "unit is empty: TOUT is an amount in EB"),
        ({"kind": "eed_fact", "subject": "TOUT", "value": "", "text": "5"}, "value is empty: TOUT is an amount in EB"),
        ({"kind": "eed_fact", "subject": "TOUT", "unit": "kWh"}, "they measure different things"),
        ({"kind": "eed_fact", "subject": "BIN", "value": "-5", "unit": "GB/s"}, "BIN cannot be"),
        ({"kind": "eed_fact", "subject": "PUE"}, "PUE is computed from the other indicators"),
    ],
)
def test_a_slip_is_one_sentence_with_its_line(settings: Settings, change: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read(settings, FUEL, FUEL | {"from": "2026-05-01", "to": "2026-05-31"} | change)
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith("march.csv line 3: ")


def test_all_slips_are_told_at_once_and_overlaps_too(settings: Settings) -> None:
    with pytest.raises(InputError) as caught:
        read(settings, FUEL | {"value": "x"}, FUEL | {"unit": "kg"})
    assert [line[:18] for line in str(caught.value).splitlines()] == ["march.csv line 2: ", "march.csv line 3: "]
    with pytest.raises(InputError, match="speak of 2026-03-31"):
        read(settings, FUEL, FUEL | {"from": "2026-03-31", "to": "2026-04-30"})
    topped = {
        "kind": "refrigerant_topped_up",
        "site": "t",
        "subject": "R-32",
        "from": "2026-03-01",
        "value": "1",
        "unit": "kg",
    }
    for again in (topped, topped | {"value": "2"}):
        with pytest.raises(InputError, match="say in text which delivery or equipment each is of"):
            read(settings, topped, again)
    first, second = read(settings, topped | {"text": "chiller 1"}, topped | {"text": "chiller 2"})
    assert first.key != second.key
    rack = {
        "kind": "hardware",
        "site": "t",
        "subject": "rack-7",
        "value": "1000",
        "unit": "kgCO2e",
        "from": "2026-01-05",
    }
    with pytest.raises(InputError, match=r"rack-7 at t, from 2026-01-05 and 2026-01-15: it goes into service once"):
        read(settings, rack, rack | {"from": "2026-01-15"})
    assert len(read(settings, rack, rack | {"subject": "rack-8"})) == 2
    (one,) = read(settings, rack)
    there = replace(one, site="u")
    (told,) = elsewhere([there], [one])
    assert told.startswith("hardware rack-7 at u stands at t already: one asset counts once")
    assert not [*elsewhere([there, one], [replace(one, subject="rack-8", site="u")])]


def test_the_header_must_be_ours(settings: Settings) -> None:
    for header, told in (
        (["kind", "sight", "from"], 'column "sight" is not known'),
        (["kind", "site"], "column from is missing"),
    ):
        with pytest.raises(InputError, match=told):
            entries([header], settings, file="x.csv", today=TODAY)
    with pytest.raises(InputError, match="column kind is missing"):
        entries([], settings, file="x.csv", today=TODAY)


def test_every_kind_has_a_known_unit_and_fuels_are_per_litre() -> None:
    from config.units import convert

    assert all(convert(1.0, one.unit, one.unit) == 1.0 for one in kinds().values() if one.unit)
    found = {id_: round(one.per_unit(), 4) for id_, one in fuels_of(kind("fuel")).items()}
    assert found["epa:diesel:CO2"] == 2.6972  # 10.21 kg a US gallon / 3.785411784 L
    assert found[DIESEL] == 2.651
