"""The first reading of a file: what is in it, and whether all of it is welcome, before anything is accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from config.catalogue import metrics
from config.errors import InputError
from config.reading.wording import listed, remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from collectors.importing.chunk import Chunk, Reject
    from config.site import Settings

Series = tuple[str, str]
POINTS_SHOWN = 5


@dataclass(slots=True)
class Survey:
    """The series of a file with their first and last time, and what could not be understood."""

    spans: dict[Series, tuple[int, int]] = field(default_factory=dict)
    rows: int = 0
    rejected: int = 0
    first_reject: Reject | None = None

    def add(self, chunk: Chunk) -> None:
        """Take note of a chunk."""
        self.rows += chunk.table.num_rows
        self.rejected += len(chunk.rejects)
        if self.first_reject is None and chunk.rejects:
            self.first_reject = chunk.rejects[0]
        if chunk.table.num_rows:
            time = pc.min_max(chunk.table["time"]).as_py()
            for series in series_of(chunk):
                first, last = self.spans.get(series, (time["min"], time["max"]))
                self.spans[series] = min(first, time["min"]), max(last, time["max"])


def series_codes(chunk: Chunk) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], list[str], list[str]]:
    """For each row `point code * metrics + metric code`, the points and the metrics."""
    point, metric = (chunk.table[name].combine_chunks() for name in ("point", "metric"))
    names = metric.dictionary.to_pylist()
    codes = np.asarray(point.indices, np.int64) * len(names) + np.asarray(metric.indices, np.int64)
    return codes, point.dictionary.to_pylist(), names


def series_of(chunk: Chunk) -> Iterable[Series]:
    """The series that have rows in a chunk."""
    codes, points, names = series_codes(chunk)
    for code in np.flatnonzero(np.bincount(codes)).tolist():
        yield points[code // len(names)], names[code % len(names)]


def unknown_series(survey: Survey, settings: Settings) -> set[Series]:
    """Series whose point the site file, or whose metric the catalogue, does not know."""
    points = {point.id for point in settings.points}
    return {(point, metric) for point, metric in survey.spans if point not in points or metric not in metrics()}


def refuse_unwelcome(
    survey: Survey, settings: Settings, *, where: str, skip_unknown: bool, fields: Collection[str] = ()
) -> set[Series]:
    """Refuse a file as a whole where something about it must be settled first; return the series to leave out.

    Raises:
        InputError: nothing in it can be read, a point or metric is unknown (unless `skip_unknown`), or a series has no
            declared sampling interval, without which its gaps could not be told (design 4.4).
    """
    if not survey.rows:
        raise InputError(_nothing(survey, where, fields))
    unknown = unknown_series(survey, settings)
    if unknown and not skip_unknown:
        raise InputError(_unknown(unknown, settings, where))
    if len(unknown) == len(survey.spans):
        msg = (
            f"{where}: none of its points and metrics is known, so nothing would be left: check --site and the mapping."
        )
        raise InputError(msg)
    undeclared = [
        series
        for series, (first, last) in survey.spans.items()
        if series not in unknown and not is_declared(settings, series, first, last)
    ]
    if undeclared:
        raise InputError(_undeclared(undeclared, settings, where))
    return unknown


def _nothing(survey: Survey, where: str, fields: Collection[str]) -> str:
    reject = survey.first_reject
    if reject is not None:
        return f"{where}: none of its {survey.rejected} lines could be read; line {reject.line}: {reject.reason}."
    if fields:
        return f"{where}: it holds no readings; its fields are {listed(sorted(fields))}: name those wanted by [fields]."
    return f"{where}: it holds no readings."


def _unknown(unknown: set[Series], settings: Settings, where: str) -> str:
    points = {point.id for point in settings.points}
    absent = sorted({point for point, _ in unknown if point not in points})
    if absent:
        return (
            f"{where}: {len(absent)} of its points {'is' if len(absent) == 1 else 'are'} not in {settings.path.name} "
            f"({listed(absent, limit=POINTS_SHOWN)}): add there, rename by [points] in a mapping, or leave out with "
            "--skip-unknown."
        )
    names = sorted({metric for _, metric in unknown if metric not in metrics()})
    shown = listed((f'"{name}"' for name in names), limit=POINTS_SHOWN)
    hint = remedy(names[0], metrics(), otherwise="`config/metrics.toml` lists all.")
    verdict = "is no metric" if len(names) == 1 else "are no metrics"
    return f"{where}: {shown} {verdict}: rename by [metrics] in a mapping, or leave out with --skip-unknown; {hint}"


def _undeclared(undeclared: list[Series], settings: Settings, where: str) -> str:
    point, metric = undeclared[0]
    more = f", nor have {len(undeclared) - 1} more series" if len(undeclared) > 1 else ""
    return (
        f"{where}: point {point} has no declared sampling interval for {metric}{more}: write its seconds in "
        f"{settings.path.name}, such as interval_s = {{ {metric} = 10 }}."
    )


def is_declared(settings: Settings, series: Series, first: int, last: int) -> bool:
    """Whether the interval of a series is declared at some time of its rows; while a point was not, it needs none."""
    point, metric = series
    edges = [time for time in settings.point(point).edges() if first < time <= last]
    states = [state for time in (first, *edges) if (state := settings.state(point, time)) is not None]
    return not states or any(metric in state.interval_s for state in states)
