"""The organisation of a site file: every slip is told with its remedy, and nothing can count twice."""

from __future__ import annotations

from typing import Any

import pytest

from config.organisation import organisation_of
from config.reading.mistakes import Mistakes

ENTITY = {"id": "de", "name": "Example GmbH", "share": 1.0}
HELD: dict[str, Any] = {
    "site": "a",
    "entity": "de",
    "operational_control": True,
    "financial_control": True,
    "share": 1.0,
    "electricity_scope": 2,
}
JUNE, JULY, AUGUST = (f"2026-0{month}-01T00:00:00Z" for month in (6, 7, 8))


def told(table: dict[str, Any] | None) -> list[str]:
    mistakes = Mistakes()
    organisation_of(table, file="wattlas.toml", sites=["a", "b"], mistakes=mistakes)
    return [f"{place}: {text}" for place, text in mistakes.found]


def organisation(*holdings: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"approach": "operational_control", "entities": [ENTITY], "holdings": list(holdings), **more}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (organisation(HELD, entities=[ENTITY, ENTITY]), 'entity "de" stands twice: rename or remove one'),
        (organisation({**HELD, "site": "c"}), '"c" is no site'),
        (organisation({**HELD, "entity": "fr"}), 'holding of a: "fr" is no entity'),
        (organisation({**HELD, "operational_control": False}), "electricity of scope 2 needs operational_control"),
        (organisation(HELD, HELD), "a has two holdings at a time, by de and de: date them apart"),
        (organisation(HELD, {**HELD, "valid_from": JULY}), "a has two holdings at a time"),
        (organisation({**HELD, "valid_from": JULY, "valid_to": JUNE}), "valid_to must lie after valid_from"),
        (organisation({**HELD, "share": 0.0}), "share"),
        (organisation({**HELD, "electricity_scope": 1}), "electricity_scope"),
        (organisation(HELD, exclusions=[{"site": "a", "reason": "sold"}]), "a is excluded while a holding"),
        (organisation(exclusions=[{"site": "b", "reason": ""}]), "reason"),
        (organisation(approach="ours"), "approach"),
        (organisation(entities=[]), "names no entity"),
        (organisation(HELD, base_year=2025), "base_year and recalculation_threshold go together"),
        (
            organisation(
                {**HELD, "share": 0.7},
                {**HELD, "share": 0.7, "entity": "us"},
                approach="equity_share",
                entities=[ENTITY, {**ENTITY, "id": "us"}],
            ),
            "the shares in a sum to 1.4",
        ),
    ],
)
def test_a_slip_is_told_with_its_remedy(table: dict[str, Any], words: str) -> None:
    found = told(table)
    assert len(found) == 1, found
    assert found[0].startswith("wattlas.toml [organisation")
    assert words in found[0]


def test_what_is_dated_apart_is_taken() -> None:
    sold = {"site": "a", "reason": "sold", "valid_from": AUGUST}
    first, second = {**HELD, "valid_to": JULY}, {**HELD, "valid_from": JULY, "valid_to": AUGUST}
    assert told(organisation(first, second, exclusions=[sold])) == []
    assert told(organisation({**HELD, "operational_control": False, "electricity_scope": 3})) == []
    assert told(None) == []
