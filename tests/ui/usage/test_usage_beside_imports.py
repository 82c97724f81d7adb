"""A bill and amounts that were imported for the same points: each is counted once, and `--check` tells beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from collectors.importing.import_file import import_file
from tests.ui.usage.bought import CLOUD, CPU_W, HOURS, MARCH, MONTH, company, focus, write
from tests.ui.usage.worked import kwh
from ui.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collectors.importing.import_file import ImportResult
    from tests.ui.company import Company


def imported(shop: Company, name: str, hours: int = HOURS) -> ImportResult:
    """Import amounts of half past each hour: 1 kWh each."""
    rows = [f"aws/cpu,energy,{MARCH + 1800 + at * 3600},1.0,kWh" for at in range(hours)]
    file = shop.folder / name
    file.write_text("\n".join(["point,metric,time,value,unit", *rows]))
    service = shop.service
    return import_file(file, None, service.settings, service.stores, now=int(shop.now))


def test_a_bill_is_held_against_amounts_imported_before_as_they_are_against_it(
    shop: Company, run: Callable[..., Any]
) -> None:
    """The same energy by two doors is one, whichever came first; what the second leaves over fills what is empty."""
    imported(shop, "half.csv", HOURS // 2)
    bill = write(shop.folder / "march.csv", MONTH[:2])
    told, _ = run("import", str(bill))
    assert f"{HOURS // 2} hours in quarantine that another import or a meter told already" in told
    half_kwh = HOURS // 2 - 0.5 + CPU_W * (HOURS // 2) / 1000  # half of the first lies before March
    assert kwh(shop, "aws/cpu") == pytest.approx(half_kwh)
    assert "nothing changed" in run("import", str(bill))[0]
    result = imported(shop, "whole.csv")
    assert result.quarantined == HOURS // 2, "of what only the bill told"
    assert kwh(shop, "aws/cpu") == pytest.approx(half_kwh)


def test_what_a_bill_kept_out_counts_once_a_shorter_one_is_in_its_place(shop: Company, run: Callable[..., Any]) -> None:
    run("import", str(write(shop.folder / "march.csv", MONTH[:2])))
    assert imported(shop, "amounts.csv").quarantined == HOURS
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_W * HOURS / 1000 + 0.0)
    day = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
    corrected = [*MONTH[:2], focus(24.0, type_="m99.xlarge", **day)]  # that day is unknown now
    run("import", str(write(shop.folder / "corrected.csv", corrected)))
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_W * (HOURS - 24) / 1000 + 23)


def test_the_check_tells_what_a_bill_would_meet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CLOUD.replace("US-SRVC", "DE").replace('role = "overhead"', 'role = "other"')
    text = text.replace('provider_pue = 1.2\nprovider_pue_source = "provider\'s report"\n', "")
    _ = company(tmp_path, text=text.replace("interval_s = { energy = 3600 }", "", 1)).service
    assert main(["check", "--config", str(tmp_path / "wattlas.toml")]) == 0
    told = capsys.readouterr().out
    assert "aws/cpu takes bills of main and has no interval_s = { energy = 3600 }" in told
    assert "add a point of role overhead with the provider_pue" in told
    assert "zone US-SRVC, but aws/cpu is on site aws with zone DE" in told
