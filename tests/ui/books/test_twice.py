"""A register beside the power of the same point: one that stands still, or counts in another unit, is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.company import HEAD, START, Company
from ui.cli import main
from ui.figures.auditing import audit_rows

if TYPE_CHECKING:
    from pathlib import Path

HOURS = 30
POINTS = "".join(
    f"""
[[points]]
id = "s/{name}"
role = "{role}"
max_w = 5000.0
interval_s = {{ power = 60, energy_counter = 60 }}
"""
    for name, role in (("utility", "utility"), ("frozen", "server"), ("in-wh", "server"), ("sound", "server"))
)
SHOWN = {"utility": 1.0, "frozen": 0.0, "in-wh": 1000.0, "sound": 0.98}  # what the register counts of a kWh


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    made = Company(tmp_path_factory.mktemp("twice"), points=POINTS, head=HEAD, now=START + (HOURS + 1) * 3600)
    times = range(0, HOURS * 3600, 60)
    for name, share in SHOWN.items():
        watts = 1.5 if name == "in-wh" else 200.0
        made.read(f"s/{name}", [(at, watts) for at in times])
        made.read(f"s/{name}", [(at, 468e-3 + at * watts / 3.6e6 * share) for at in times], metric="energy_counter")
    made.keep()
    return made


def test_the_audit_names_a_register_that_its_own_power_contradicts(company: Company) -> None:
    service = company.service
    rows = audit_rows(service, service.settings.site("s"), START, START + HOURS * 3600, by="day")
    found = {row["node"]: row["text"] for row in rows if row["kind"] == "suspect"}
    assert found["s/frozen"].startswith("its register says 0 kWh and its power 5.9")
    assert "its register says 44" in found["s/in-wh"]
    assert found.keys() == {"s/frozen", "s/in-wh"}


def test_the_command_prints_it(company: Company, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    del tmp_path
    period = ("--from", "2026-03-14", "--to", "2026-03-15T05:00")
    assert main(["--config", str(company.folder / "wattlas.toml"), "audit", *period]) == 0
    assert "its register says 0 kWh" in capsys.readouterr().out
