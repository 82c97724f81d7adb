"""One series from two hands: two collectors, two tokens, two brokers, or an import over what was read.

The books take an amount for that of the time since the one before it, so a kilowatt-hour told twice would be two. What
comes second goes to quarantine where the other's readings lie closer than the declared interval; of one and the same
second the last one stands, as always, and the same value there is the same reading, sent again. The first one speaks
as long as it goes on: once it is silent for an interval another may follow, and what was late is taken where nobody
spoke. Gauges and registers of two hands are no sum, but no
series of one meter either: of them, too, one counts. An import is asked for amounts alone: there it fills what is
missing and corrects what stands at its very seconds. Each file is a hand of its own, and the next one may begin a
little less than an interval after the last: nine tenths are enough, and so they are of days and months by a new token.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.arrays import arrow_of
from collectors.judge import replaced
from collectors.readers import OF_ITSELF, POSTED
from collectors.reading import Quality
from collectors.store.order import text_mask
from config.catalogue import metrics
from config.errors import StoreCorrupt, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from numpy.typing import NDArray

    from collectors.store.open import Stores
    from config.site import Settings

IMPORTED = "import:"
NEVER = (-1, -1)
DAY_S = 86_400.0  # days and months are unequal, whoever tells them
FOLLOWS = 0.9  # of an interval: February follows so on months of 31 days, and a day of 23 hours on one of 24
GIVES, ESTIMATED = " gives ", " (estimated)"  # by which a reason tells who was first, and what the reading was
COLUMNS = ("point", "metric", "time", "origin")
TOLD = (*COLUMNS, "value")
Series = tuple[str, str]


def hand_of(origin: str) -> str:
    """Return who gave a reading: of what was posted the token and, where it is one, the collector behind it.

    >>> hand_of("ingest:hall-2@3fa85f64/bmc-1"), hand_of("broker")
    ('ingest:hall-2@3fa85f64', 'broker')
    """
    return origin.partition("/")[0] if origin.startswith(POSTED) else origin


class Overlaps:
    """Finds what is told a second time.

    `latest(points, metrics)` gives the newest reading of each series, `held(points, metrics, start, end)` all that
    stand in a time [UTC s]; both as tables with the columns point, metric, time and origin.
    """

    def __init__(
        self,
        settings: Settings,
        latest: Callable[[Collection[str], Collection[str]], pa.Table],
        held: Callable[[Collection[str], Collection[str], int, int], pa.Table],
    ) -> None:
        """Know the declared intervals of a site file."""
        self._settings = settings
        self._latest = latest
        self._held = held
        self._going_on: dict[Series, tuple[str, int]] = {}  # hand and time of what this process saw last

    def table(self, judged: pa.Table, only: Collection[Series] | None = None) -> tuple[pa.Table, int]:
        """Return judged readings with those rejected that another hand told already, and how many these are.

        `only` these series are looked at; None means all.
        """
        spoken = {series: found for series, found in _spoken(judged).items() if only is None or series in only}
        doubtful = self._doubtful(
            {series: found for series, found in spoken.items() if not self._goes_on(series, found)}
        )
        self._note(spoken, doubtful)
        found = self._second(judged, doubtful) if doubtful else {}
        if not found:
            return judged, 0
        rows = np.array(sorted(found), np.int64)
        columns = {name: judged[name] for name in judged.column_names}
        was = judged["quality"].take(arrow_of(rows)).to_pylist()
        why = [found[row] + ESTIMATED * (was[at] == Quality.ESTIMATED) for at, row in enumerate(rows.tolist())]
        columns["quality"] = replaced(judged["quality"], rows, [str(Quality.REJECTED)] * len(rows))
        columns["reason"] = replaced(judged["reason"], rows, why)
        return pa.table(columns, schema=judged.schema), len(rows)

    def _goes_on(self, series: Series, hands: Mapping[str, tuple[int, int]]) -> bool:
        """Whether the hand that gave the last reading goes on: looked up in memory, where nobody polls beside it.

        Amounts are always looked up: an import is made by another process.
        """
        if self._settings.sources or metrics()[series[1]].kind == "delta" or len(hands) > 1:
            return False
        ((hand, (first, _)),) = hands.items()
        known, last = self._going_on.get(series, ("", 0))
        return hand == known and first >= last

    def _note(self, spoken: Mapping[Series, Mapping[str, tuple[int, int]]], doubtful: set[Series]) -> None:
        for series, hands in spoken.items():
            if series in doubtful:
                self._going_on.pop(series, None)
            else:
                self._going_on[series] = next((hand, last) for hand, (_, last) in hands.items())

    def _doubtful(self, spoken: Mapping[Series, Mapping[str, tuple[int, int]]]) -> set[Series]:
        """Series that several hands give, or one that does not go on from its own newest reading."""
        if not spoken:
            return set()
        latest = self._latest({point for point, _ in spoken}, {metric for _, metric in spoken})
        found = {series for series, hands in spoken.items() if len(hands) > 1}
        for row in latest.select(COLUMNS).to_pylist():
            series = (row["point"], row["metric"])
            if series in spoken and spoken[series].get(hand_of(row["origin"]), NEVER)[0] < row["time"]:
                found.add(series)
        return found

    def _second(self, judged: pa.Table, doubtful: set[Series]) -> dict[int, str]:
        """Why a row is not taken, by row: each is held against what stands, and against the rows before it."""
        mask = text_mask(judged["point"], {point for point, _ in doubtful}) & ~_bad(judged)
        at = np.flatnonzero(mask & text_mask(judged["metric"], {metric for _, metric in doubtful}))
        rows = [
            (row, (one["point"], one["metric"]), one["time"], hand_of(one["origin"]))
            for row, one in zip(at.tolist(), judged.select(COLUMNS).take(arrow_of(at)).to_pylist(), strict=True)
            if (one["point"], one["metric"]) in doubtful
        ]
        lengths = {series: self._length_s(series, time) for _, series, time, _ in rows}
        standing, told = self._standing(lengths, [time for _, _, time, _ in rows])
        values = dict(zip(at.tolist(), judged["value"].take(arrow_of(at)).to_pylist(), strict=True))
        found: dict[int, str] = {}
        for row, series, time, hand in rows:
            taken = standing.setdefault(series, [])
            again = (series, time, values[row]) in told  # a collector that was restored sends what it has once more
            amounts = metrics()[series[1]].kind == "delta"
            other = None if again else _other_hand(taken, time, hand, lengths[series], amounts=amounts)
            if other is None:
                insort(taken, (time, hand))
            else:
                near = f"less than {lengths[series]:g} s from this of {hand}"
                found[row] = f"{other}{GIVES}{series[1]} of {series[0]} already, {near}: let one of the two give it"
        return found

    def _standing(
        self, lengths: Mapping[Series, float], times: list[int]
    ) -> tuple[dict[Series, list[tuple[int, str]]], set[tuple[Series, int, float]]]:
        """Time and hand of all that stands near these times, in order; and each with its value."""
        reach = int(max(lengths.values())) + 1
        points, names = {point for point, _ in lengths}, {metric for _, metric in lengths}
        try:
            table = self._held(points, names, min(times) - reach, max(times) + reach)
        except (StoreUnavailable, StoreCorrupt):  # it stops nobody: what the spool knows has to do
            table = self._latest(points, names)
        found: dict[Series, list[tuple[int, str]]] = {}
        told: set[tuple[Series, int, float]] = set()
        for row in table.select(TOLD).to_pylist():
            series = row["point"], row["metric"]
            told.add((series, row["time"], row["value"]))
            insort(found.setdefault(series, []), (row["time"], hand_of(row["origin"])))
        return found, told

    def _length_s(self, series: Series, time: int) -> float:
        state = self._settings.state(series[0], time - 1)
        return 0.0 if state is None else state.interval_s.get(series[1], 0.0)


def refused_beside(rows: pa.Table, origin: str) -> pa.Table:
    """Return of readings, quarantine included, those refused because `origin` gave the same, as they were before."""
    reason = rows["reason"].cast(pa.string())
    mask = pc.fill_null(pc.starts_with(reason, f"{origin}{GIVES}"), fill_value=False)
    rows, reason = rows.filter(mask), reason.filter(mask)
    quality = pc.if_else(pc.ends_with(reason, ESTIMATED), str(Quality.ESTIMATED), str(Quality.MEASURED))
    columns = {name: rows[name] for name in rows.column_names} | {"quality": quality}
    return pa.table(columns | {"reason": pa.nulls(rows.num_rows)}, schema=rows.schema)


def overlaps_of(settings: Settings, stores: Stores) -> Overlaps:
    """What was told twice, by the stores of a site."""

    def held(points: Collection[str], names: Collection[str], start: int, end: int) -> pa.Table:
        return stores.archive.read(points, names, start, end, columns=TOLD)

    return Overlaps(settings, stores.spool.latest, held)


def _bad(rows: pa.Table) -> NDArray[np.bool_]:
    return text_mask(rows["quality"], {Quality.REJECTED})


def _spoken(judged: pa.Table) -> dict[Series, dict[str, tuple[int, int]]]:
    """First and last time of each hand that gives a series; of imports amounts alone."""
    good = judged.select(COLUMNS).filter(arrow_of(~_bad(judged))).unify_dictionaries()
    found: dict[Series, dict[str, tuple[int, int]]] = {}
    for row in good.group_by(["point", "metric", "origin"]).aggregate([("time", "min"), ("time", "max")]).to_pylist():
        known = metrics().get(row["metric"])
        if known is None or row["metric"].startswith(OF_ITSELF):
            continue
        if known.kind == "delta" or not row["origin"].startswith(IMPORTED):
            hands, hand = found.setdefault((row["point"], row["metric"]), {}), hand_of(row["origin"])
            first, last = hands.get(hand, (row["time_min"], row["time_max"]))
            hands[hand] = min(first, row["time_min"]), max(last, row["time_max"])
    return found


def _other_hand(taken: list[tuple[int, str]], time: int, hand: str, length_s: float, *, amounts: bool) -> str | None:
    """Who else speaks within `length_s` of `time`, its own second aside, or None; of an import amounts alone count."""
    imported, own = hand.startswith(IMPORTED), bisect_left(taken, (time, ""))
    if imported and own < len(taken) and taken[own][0] == time:
        return None  # it corrects what stands, however close the next one is
    for at in range(bisect_left(taken, (int(time - length_s), "")), len(taken)):
        when, other = taken[at]
        if when - time >= length_s:
            break
        by_import = imported or other.startswith(IMPORTED)
        near_s = length_s * FOLLOWS if by_import or length_s >= DAY_S else length_s
        if other != hand and when != time and abs(time - when) < near_s and (amounts or not by_import):
            return other
    return None
