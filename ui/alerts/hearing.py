"""What a process hears of live readings: the newest value of each series, and for how long it has been silent.

Silence is counted by the process's own monotonic clock from the moment a reading came in, so that no step of the wall
clock and no restart makes a meter look silent. What a process never heard is silent from when it began to listen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from collectors.faults import FUTURE_S
from collectors.reading import Quality
from collectors.store.spool import RowsPurged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from collectors.store.spool import Spool

Series = tuple[str, str]
STALE_INTERVALS: Final = 3
LATE_INTERVALS: Final = 1.5  # after which nothing is measured (design 4.4)
IMPORTED: Final = "import:"  # how the origin of what a file brought begins


@dataclass(slots=True)
class Hearing:
    """The newest value of each series with the time on `clock_s` at which it came; `mark` is the last batch heard.

    `newest` is the time on that clock of the newest reading, however late it came (an import). `pushed` are series that
    came by another way than an import: an agent, the ingest door, a source. `times` are the own times of the newest
    values [UTC s], as long as the wall clock is not set.
    """

    clock_s: float = 0.0
    mark: int | None = None
    heard: dict[Series, tuple[float, float]] = field(default_factory=dict)
    newest: dict[Series, float] = field(default_factory=dict)
    pushed: set[Series] = field(default_factory=set)
    times: dict[Series, int] = field(default_factory=dict)

    def listen(
        self, spool: Spool, intervals: Mapping[Series, float], *, elapsed_s: float, now: int, stepped: bool = False
    ) -> None:
        """Take in what arrived since the last time; `intervals` are the declared ones [s] of the series wanted.

        A reading whose own time is long ago (an import, what an agent sends late) says nothing of now, nor does one
        older than the newest, unless the wall clock was `stepped` meanwhile: then its time and now do not compare.
        """
        first, rows = self.mark is None, self._arrived(spool, intervals, now)
        self.take(rows, intervals, elapsed_s=elapsed_s, now=now, stepped=stepped, dated=first)

    def take(
        self,
        rows: Iterable[Mapping[str, Any]],
        intervals: Mapping[Series, float],
        *,
        elapsed_s: float,
        now: int,
        stepped: bool = False,
        dated: bool = False,
    ) -> None:
        """Take in readings; they came just now, or where `dated` when their own time says."""
        self.clock_s += elapsed_s
        if stepped:
            self.times.clear()
        for row in rows:
            series = (row["point"], row["metric"])
            interval_s = intervals.get(series)
            if interval_s is None or row["quality"] == Quality.REJECTED:
                continue
            if not row["origin"].startswith(IMPORTED):
                self.pushed.add(series)
            age_s = 0 if stepped else now - row["time"]
            at_s = self.clock_s - max(age_s, 0)
            self.newest[series] = max(at_s, self.newest.get(series, at_s))
            known = -FUTURE_S <= age_s <= STALE_INTERVALS * interval_s
            if known and row["time"] >= self.times.get(series, row["time"]):
                self.heard[series] = (row["value"], at_s if dated else self.clock_s)
                self.times[series] = min(row["time"], now)

    def _arrived(self, spool: Spool, intervals: Mapping[Series, float], now: int) -> Iterable[dict[str, Any]]:
        former, self.mark = self.mark, spool.highest()
        columns = ("point", "metric", "time", "value", "quality", "origin")
        if former is not None:
            try:
                return spool.after(former).select(columns).to_pylist()  # type: ignore[no-any-return]  # Arrow
            except RowsPurged:
                pass
        points, metrics = {point for point, _ in intervals}, {metric for _, metric in intervals}
        newest = spool.latest(points, metrics, now=now)
        return newest.select(columns).to_pylist()  # type: ignore[no-any-return]  # Arrow

    def value(self, series: Series, interval_s: float) -> float | None:
        """Return the newest value; None where it is silent."""
        found = self.heard.get(series)
        return None if found is None or self.silent(series, interval_s) else found[0]

    def age_s(self, series: Series) -> float:
        """Return how old the newest reading is; 0 where there is none."""
        return self.clock_s - self.newest.get(series, self.clock_s)

    def silent(self, series: Series, interval_s: float) -> bool | None:
        """Say whether nothing came for three declared intervals, counted from when this process began to listen.

        None where it heard nothing yet and did not listen for as long: nobody knows.
        """
        since_s = self.heard[series][1] if series in self.heard else None
        return self._over(since_s, STALE_INTERVALS * interval_s)

    def late(self, series: Series, interval_s: float) -> bool:
        """Say whether the next reading lacks already."""
        return series in self.heard and self.clock_s - self.heard[series][1] > LATE_INTERVALS * interval_s

    def older(self, series: Series, seconds: float) -> bool | None:
        """Say whether the newest reading is older; where there is none, as `silent` does."""
        return self._over(self.newest.get(series), seconds)

    def _over(self, since_s: float | None, seconds: float) -> bool | None:
        over = self.clock_s - (since_s or 0.0) > seconds
        return over if over or since_s is not None else None
