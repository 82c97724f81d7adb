"""A hall with three alert rules, whose clock and readings a test moves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collectors.judge import judge_readings
from collectors.reading import Reading
from tests.ui.company import HEAD, START, TREE, Company
from ui.alerts.evaluate import evaluate
from ui.alerts.sight import Watch

if TYPE_CHECKING:
    from pathlib import Path

MINUTE = 60
HALL = TREE + "".join(
    f'[[points]]\nid = "s/srv-{n}"\nrole = "server"\nparent = "ups"\nmax_w = 900.0\ninterval_s = {{ power = 60 }}\n'
    for n in range(20)
)
RULES = """
[[alerts]]
id = "ups-load"
kind = "reading"
role = "ups"
above = 1500.0
recover = 1400.0
for_s = 30
severity = "critical"
reason = "the UPS is rated 2 kW"
[[alerts]]
id = "silent"
kind = "silent"
reason = "a meter that is not read is a gap in the books"
[[alerts]]
id = "pue"
kind = "kpi"
metric = "pue"
window_s = 3600
every_s = 60
above = 1.6
reason = "the contract says 1.6"
"""


class Site:
    """A hall whose clock and readings the test moves."""

    def __init__(self, folder: Path, alerting: str = "[alerting]\nevery_s = 60\n") -> None:
        self.company = Company(folder, HALL, HEAD + alerting + RULES)
        self.service = self.company.service
        self.watch, self.at, self.monotonic = Watch(), 0, 0.0

    def reopen(self) -> None:
        """Take the site file as it is now."""
        self.service = self.company.service

    def minute(self, watts: float, *, points: tuple[str, ...] | None = None, utility: float = 1.5) -> list[str]:
        """One more minute: read, look, and return the words told with their rules."""
        self.at += MINUTE
        self.monotonic += MINUTE
        names = points if points is not None else ("s/utility", "s/ups", *(f"s/srv-{n}" for n in range(20)))
        power = {"s/utility": watts * utility, "s/ups": watts}
        when = datetime.fromtimestamp(START + self.at, UTC)
        found = [Reading(name, "power", when, power.get(name, watts / 20)) for name in names]
        self.company.now = START + self.at + 1.0
        table, _ = judge_readings(found, self.service.settings, origin="test", now=START + self.at)
        self.service.stores.spool.accept(table)
        return self.look()

    def look(self) -> list[str]:
        self.company.now = START + self.at + 1.0
        found = evaluate(self.service, self.watch, monotonic_s=self.monotonic)
        return [f"{one.rule} {one.word}" for one in found]
