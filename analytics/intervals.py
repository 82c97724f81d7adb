"""The ledger kernel: readings of many points to one row per point, metric and 15 minutes (design 4.3 to 4.5).

Metric `energy` of a point merges, by time, its register (`energy_counter`) first, amounts per interval (`energy`)
second and sampled `power` third: each fills only what the former leave open. Every other metric with a declared
interval has rows of its own: gauges the time-weighted mean, registers the difference, amounts the sum within the
cell. A gap stays a gap: it adds no energy and counts as missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from analytics.cells import Grid, Tally
from analytics.frame import frame_of
from analytics.powers import BRIDGED_INTERVALS, trapezoids
from analytics.register_steps import shown
from analytics.registers import SPIKE, SPIKE_READINGS, Limits, deltas, differences
from analytics.rows import WS_PER_KWH, Group, ledger_rows, texts
from analytics.segments import joined, outside
from collectors.arrays import arrow_of
from collectors.ledger_row import INTERVAL_S
from collectors.reading import Quality
from config.catalogue import metrics
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.frame import Frame, Run
    from analytics.register_steps import Shown
    from analytics.samples import Samples
    from analytics.segments import Segments

REGISTER, AMOUNT, POWER = "energy_counter", "energy", "power"
ENERGY_METRICS = (REGISTER, AMOUNT, POWER)  # in order of rank
BITS = {REGISTER: 1, AMOUNT: 2, POWER: 4, "gauge": 8, "counter": 1, "delta": 16}  # names in rows.METHODS
NOT_A_NUMBER = "not a finite number"
STEP_LOOK_BACK_S = 3600  # a step of a coarse register is possible if it had been still for long enough


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRule:
    """How the readings of one point are judged over a whole window; callers split windows where it changes.

    `interval_s` is the declared sampling interval of each metric: a metric without one is not judged and gives no
    energy. `max_w` is the point's ceiling, `register_max_kwh` the reading at which its register starts again from
    0, `exchanges` the instants (UTC seconds) from which on another meter sits on the point. `step_untold` asks for what
    its register shows of the step in which it counts, for nobody declared one.
    """

    interval_s: Mapping[str, float]
    max_w: float | None = None
    register_max_kwh: float | None = None
    exchanges: tuple[int, ...] = ()
    step_untold: bool = False


@dataclass(frozen=True, slots=True)
class IntervalResult:
    """`rows` of LEDGER_SCHEMA with revision 0 and no hash; `rejected` readings as they came, with their reason.

    `steps` is what registers show of theirs, by point and the time [UTC s] since when (`register_steps`).
    """

    rows: pa.Table
    rejected: pa.Table
    steps: dict[tuple[str, int], Shown]


def reach_s(rule: PointRule) -> int:
    """Return how many seconds before and after a window readings can still change its rows.

    Registers also need the last reading before that, and the first after it, however far away.
    """
    sampled = max((BRIDGED_INTERVALS * interval for interval in rule.interval_s.values()), default=0.0)
    register = rule.interval_s.get(REGISTER, 0.0)
    return round(max(sampled, register and max(register * (SPIKE_READINGS + 2), STEP_LOOK_BACK_S)))


def intervals(
    readings: pa.Table,
    *,
    rules: Mapping[str, PointRule],
    start: int,
    end: int,
    length_s: int = INTERVAL_S,
) -> IntervalResult:
    """Return the ledger rows of the window [start, end) for every point in `rules`.

    `readings` needs the columns point, metric, time, value and quality of READING_SCHEMA, ordered by point, metric
    and time, one reading a second, none rejected; readings outside the window are context. Cells are the multiples of
    `length_s` since 1970; at the ends of the window they are cut short. There is a row for every cell, with
    missing = 1 where there are no readings. Readings of points without a rule are left out.

    Raises:
        InputError: the window is empty or upside down, or the readings are not ordered as said.
    """
    if not start < end:
        msg = f"the window from {start} to {end} holds no time: its end must be after its start"
        raise InputError(msg)
    frame = frame_of(readings)
    groups = _groups(rules, {(run.point, run.metric) for run in frame.runs})
    books = _Books(frame, rules, groups, Tally(Grid(start, end, length_s), len(groups)))
    for batch in frame.batches():
        books.enter([run for run in batch if run.point in rules])
    steps = {(groups[row].point, since): found for (row, since), found in books.steps.items()}
    return IntervalResult(ledger_rows(groups, books.tally), _rejected(readings, books.rejected), steps)


def _groups(rules: Mapping[str, PointRule], present: set[tuple[str, str]]) -> list[Group]:
    """Return what the rows speak of, by point and metric: declared metrics, and energy wherever there is some."""
    groups = []
    for point, rule in sorted(rules.items()):
        names = set(rule.interval_s) | {metric for metric in ENERGY_METRICS if (point, metric) in present}
        if names.intersection(ENERGY_METRICS):
            groups.append(Group(point, "energy", "W", "energy"))
        others = sorted(names.difference(ENERGY_METRICS) & metrics().keys())
        groups += [Group(point, name, metrics()[name].unit, metrics()[name].kind) for name in others]
    return sorted(groups, key=lambda group: (group.point, group.metric))


@dataclass(slots=True)
class _Books:
    """Enters batch after batch of whole points into one tally."""

    frame: Frame
    rules: Mapping[str, PointRule]
    groups: Sequence[Group]
    tally: Tally
    rejected: list[tuple[NDArray[np.int64], str]] = field(default_factory=list)
    steps: dict[tuple[int, int], Shown] = field(default_factory=dict)
    row_of: Mapping[tuple[str, str], int] = field(init=False)

    def __post_init__(self) -> None:
        self.row_of = {(group.point, group.metric): row for row, group in enumerate(self.groups)}

    def enter(self, runs: Sequence[Run]) -> None:
        """Enter all runs of some points: energy by rank, each on what the former left open, then all other metrics."""
        kinds: dict[str, list[Run]] = {}
        for run in runs:
            if run.metric in self.rules[run.point].interval_s and run.metric in metrics():
                kind = run.metric if run.metric in ENERGY_METRICS else metrics()[run.metric].kind
                kinds.setdefault(kind, []).append(run)
        covered: list[Segments] = []
        for metric in ENERGY_METRICS:
            if metric in kinds:
                segments = self._segments(metric, kinds[metric])
                if metric == REGISTER:
                    self._look_for_steps(segments, kinds[metric])
                if covered:
                    segments = outside(segments, joined(covered))
                self.tally.add(segments, method=BITS[metric])
                covered.append(segments)
        for kind in kinds.keys() - ENERGY_METRICS:
            self.tally.add(self._segments(kind, kinds[kind]), method=BITS[kind])

    def _look_for_steps(self, segments: Segments, runs: Sequence[Run]) -> None:
        rules = {self.row_of[run.point, AMOUNT]: self.rules[run.point] for run in runs}
        untold = [row for row, rule in rules.items() if rule.step_untold]
        if untold:
            grid, exchanged = self.tally.grid, {row: rules[row].exchanges for row in untold if rules[row].exchanges}
            self.steps |= shown(segments, rows=untold, start=grid.start, end=grid.end, exchanges=exchanged)

    def _segments(self, kind: str, runs: Sequence[Run]) -> Segments:
        """Return the segments of runs of one energy metric, or of one kind of other metrics."""
        samples = self._samples(runs)
        factor = WS_PER_KWH if kind in ENERGY_METRICS else 1.0
        if kind in {AMOUNT, "delta"}:
            return deltas(samples, factor=factor)
        if kind in {REGISTER, "counter"}:
            segments, spikes = differences(samples, self._limits(runs), factor=factor)
            self.rejected.append((spikes, SPIKE))
            return segments
        grid = self.tally.grid
        return trapezoids(samples, start=grid.start, end=grid.end, bounded=kind == POWER)

    def _samples(self, runs: Sequence[Run]) -> Samples:
        samples = self.frame.samples(
            runs,
            rows=[self.row_of[run.point, AMOUNT if run.metric in ENERGY_METRICS else run.metric] for run in runs],
            interval_s=[self.rules[run.point].interval_s[run.metric] for run in runs],
        )
        finite = np.isfinite(samples.value)
        if finite.all():
            return samples
        self.rejected.append((samples.index[~finite], NOT_A_NUMBER))
        return samples.kept(finite)

    def _limits(self, runs: Sequence[Run]) -> Limits:
        """Return what the registers can do: bounds are known for energy alone."""
        rules = [self.rules[run.point] if run.metric == REGISTER else _UNBOUNDED for run in runs]
        return Limits(
            ceiling=np.array([inf if rule.max_w is None else rule.max_w / WS_PER_KWH for rule in rules]),
            possible=np.array(
                [metrics()["power"].high / WS_PER_KWH if run.metric == REGISTER else inf for run in runs]
            ),
            span=np.array([rule.register_max_kwh or inf for rule in rules]),
            exchanges=[self.rules[run.point].exchanges if run.metric == REGISTER else () for run in runs],
        )


_UNBOUNDED = PointRule(interval_s={})


def _rejected(readings: pa.Table, found: Sequence[tuple[NDArray[np.int64], str]]) -> pa.Table:
    """Return the rejected readings in the table's own columns, with their reason."""
    index = np.concatenate([np.empty(0, dtype=np.int64), *(where for where, _ in found)])
    reasons = [reason for where, reason in found for _ in range(where.size)]
    rows = readings.take(arrow_of(index))
    for name, words in (("quality", [Quality.REJECTED.value] * index.size), ("reason", reasons)):
        at, column = rows.schema.get_field_index(name), texts(words, each=1)
        if at < 0:
            rows = rows.append_column(name, column)
        else:
            rows = rows.set_column(at, rows.schema.field(at), column.cast(rows.schema.field(at).type))
    return rows
