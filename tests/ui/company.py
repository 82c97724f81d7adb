"""A small company in a temporary folder: a site file, readings straight into the spool, a clock that tests set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collectors.judge import judge_readings
from collectors.reading import Reading
from config.loading import load_settings
from ui.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ui.books.keeping import BooksKept

START = 1_773_446_400  # 2026-03-14T00:00:00Z
HEAD = """
[company]
name = "Small"
currency = "EUR"
[[sites]]
id = "s"
name = "Small site"
zone = "US"
time_zone = "Europe/Berlin"
currency = "EUR"
pue_category = 1
factor_year = "latest_published"
"""
TREE = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 60 }
[[points]]
id = "s/ups"
role = "ups"
parent = "utility"
max_w = 3000.0
interval_s = { power = 60 }
"""


def instant(text: str) -> int:
    """UTC seconds of an ISO instant."""
    return int(datetime.fromisoformat(text).timestamp())


@dataclass
class Company:
    """One data folder and a clock."""

    folder: Path
    points: str = TREE
    head: str = HEAD
    now: float = START + 30 * 86_400.0

    @property
    def service(self) -> Service:
        """The service as a fresh process would open it."""
        path = self.folder / "wattlas.toml"
        path.write_text(self.head + self.points)
        settings = load_settings(path)
        from collectors.store.open import open_stores

        return Service(settings, open_stores(settings), lambda: self.now)

    def read(self, point: str, values: Iterable[tuple[int, float]], metric: str = "power") -> None:
        """Accept readings (seconds after START, value)."""
        found = [Reading(point, metric, datetime.fromtimestamp(START + at, UTC), value) for at, value in values]
        service = self.service
        table, _ = judge_readings(found, service.settings, origin="test", now=int(self.now))
        service.stores.spool.accept(table)

    def steady(self, point: str, watts: float, *, start: int = 0, end: int = 3600, step: int = 60) -> None:
        """Accept constant power over [start, end] seconds after START."""
        self.read(point, [(at, watts) for at in range(start, end + 1, step)])

    def keep(self) -> BooksKept:
        """Keep the books now."""
        return self.service.keep_books()

    def rows(self, point: str, start: int = 0, end: int = 3600, metric: str = "energy") -> list[dict[str, object]]:
        """Ledger rows over [start, end) seconds after START."""
        table = self.service.ledger(start=START + start, end=START + end, points=[point], metrics=[metric])
        found: list[dict[str, object]] = table.to_pylist()
        return found
