"""The open end of the present: between the newest sample and now, a source that is in time holds its last value.

A window that ends now ends a moment after each source's newest sample. That moment is no gap: the next sample is not
due yet. So it is carried on as estimated, for at most 1.5 declared intervals (the reach of a measured segment); a
source that is later than that is silent, and its time is missing. Books never hold: they take closed intervals alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from analytics.frame import frame_of
from analytics.powers import MEASURED_INTERVALS
from collectors.arrays import arrow_of
from collectors.reading import TEXT, Quality
from config.catalogue import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analytics.frame import Frame, Run
    from analytics.intervals import PointRule


def held(readings: pa.Table, *, rules: Mapping[str, PointRule], end: int) -> pa.Table:
    """Return one estimated reading at `end` for every series whose newest one is at most 1.5 intervals older.

    `readings` is what `intervals` takes; the columns point, metric, time, value and quality are returned, in the order
    of the series. A gauge holds its value, a register its rate of the last measured pair. Amounts per interval hold
    nothing: the next one will tell.
    """
    frame = frame_of(readings)
    found = [(run, value) for run in frame.runs for value in _held(frame, run, rules, end)]
    names = [[run.point for run, _ in found], [run.metric for run, _ in found]]
    return pa.table(
        {
            "point": pa.array(names[0], TEXT),
            "metric": pa.array(names[1], TEXT),
            "time": arrow_of(np.full(len(found), end, dtype=np.int64)),
            "value": arrow_of(np.array([value for _, value in found], dtype=np.float64)),
            "quality": pa.array([Quality.ESTIMATED.value] * len(found), TEXT),
        }
    )


def _held(frame: Frame, run: Run, rules: Mapping[str, PointRule], end: int) -> Iterator[float]:
    interval_s = rules[run.point].interval_s.get(run.metric) if run.point in rules else None
    kind = metrics()[run.metric].kind if run.metric in metrics() else "delta"
    if interval_s is None or kind == "delta":
        return
    reach = MEASURED_INTERVALS * interval_s
    last = int(frame.time[run.stop - 1])
    if not last < end <= last + reach:
        return
    value = float(frame.value[run.stop - 1])
    if kind == "gauge":
        yield value
    elif run.stop - run.first > 1:
        apart = last - int(frame.time[run.stop - 2])
        advance = value - float(frame.value[run.stop - 2])
        if apart <= reach and advance >= 0:
            yield value + advance / apart * (end - last)
