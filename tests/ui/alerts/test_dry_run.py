"""A dry run holds a stretch of readings at a time, and what it tells does not hang on where stretches end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.ui.alerts.kind_site import POINTS, rule
from tests.ui.company import HEAD, START, Company
from ui.alerts import history
from ui.alerts.history import dry_run

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    import pytest

    from ui.service import Service

HOUR, MINUTE = 3600, 60


def test_a_long_dry_run_reads_stretch_by_stretch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = rule("reading", role="ups", above=1200.0, recover=1100.0, for_s=120) + rule("silent", role="server")
    made = Company(tmp_path, POINTS, HEAD + rules)
    minutes = range(0, 6 * HOUR, MINUTE)
    made.read("s/ups", [(at, 1500.0 if at % 5000 < 1500 else 1000.0) for at in minutes])
    made.read("s/srv-1", [(at, 500.0) for at in minutes if not HOUR <= at < 2 * HOUR])
    service, read = made.service, history._readings
    at_once = list[tuple[int, int]]()

    def spied(of: Service, start: int, end: int) -> pa.Table:
        at_once.append((end - start, (found := read(of, start, end)).num_rows))
        return found

    def told(step_s: int) -> list[dict[str, Any]]:
        return list(dry_run(service, START, START + 6 * HOUR, step_s=step_s))

    whole = {step_s: told(step_s) for step_s in (MINUTE, 90, HOUR)}
    assert len(whole[MINUTE]) > 6
    monkeypatch.setattr(history, "_readings", spied)
    monkeypatch.setattr(history, "DAY_S", 1000)
    for step_s, rows in whole.items():
        at_once.clear()
        assert told(step_s) == rows
        assert max(seconds for seconds, _ in at_once) <= max(1000, step_s) + step_s
        assert sum(rows for _, rows in at_once) >= 2 * len(minutes) - MINUTE, "every reading was seen"
