"""What commands print: JSON for programs, columns for people."""

from __future__ import annotations

import json

import pytest

from analytics.kpi import FactorUse, Kpi
from ui.rows import kpi_row
from ui.tables import print_json, show

FACTOR = FactorUse(id="de-2025", value=363.0, unit="gCO2e/kWh", year=2025, zone="DE", basis="average", source="UBA")


def figure(value: float | None, reason: str | None = None) -> Kpi:
    return Kpi(
        name="pue", unit="ratio", site="fra1", start=0, end=900, value_reported=value, value_measured=1.3, low=1.2,
        high=float("inf"), measured=0.9, estimated=0.05, missing=0.05, method="words", category=1, reason=reason,
        factors=(FACTOR,), config_hash="abc",
    )  # fmt: skip


def test_a_figure_has_every_key_that_the_books_promise() -> None:
    promised = "name value value_reported value_measured unit site start end coverage measured estimated missing"
    promised += " method category reason factors config_hash"
    row = kpi_row(figure(1.35))
    assert set(promised.split()) <= row.keys()
    assert (row["start"], row["end"]) == ("1970-01-01T00:00:00Z", "1970-01-01T00:15:00Z")
    assert row["coverage"] == pytest.approx(0.95)
    assert row["factors"][0]["source"] == "UBA"
    assert row["high"] is None, "JSON knows no infinity"


def test_a_missing_figure_is_null_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    print_json([kpi_row(figure(None, "GPU server 3 is silent."))])
    (row,) = json.loads(capsys.readouterr().out)
    assert row["value"] is None
    assert row["reason"] == "GPU server 3 is silent."


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_a_list_whatever_its_length(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"n": n} for n in range(count))
    assert json.loads(capsys.readouterr().out) == [{"n": n} for n in range(count)]


def test_columns_line_up_in_every_script_and_missing_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"name": "机柜", "kwh": 1234.5678, "why": None}, {"name": "rack", "kwh": 0.00012345, "why": "x" * 100}]
    show(rows, as_json=False, columns=("name", "kwh", "why"), empty="")
    head, first, second = capsys.readouterr().out.splitlines()
    assert head == "name  kwh        why"
    assert first == "机柜  1,234.568  -"
    assert second.startswith("rack  0.0001234  xxx")
    assert second.endswith("…")


def test_nothing_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    show([], as_json=False, columns=("name",), empty="Nothing here.")
    assert capsys.readouterr().out == "Nothing here.\n"
