"""Columns of a file become readings: times to UTC, values to the catalogue's unit, names to our points and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.importing.chunk import understood
from collectors.importing.layout import Layout, of_an_interval
from collectors.importing.local_time import LocalClock
from collectors.importing.names import Names, Pairs
from collectors.importing.texts import Bad, numbers, shown
from collectors.importing.times import times
from collectors.reading import Quality
from config.catalogue import metrics
from config.errors import InputError, UnitError
from config.reading.wording import listed
from config.units import convert

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from collectors.importing.mapping import Column

Numbers = np.ndarray[Any, Any]


@dataclass(slots=True)
class Reader:
    """Understands the columns of one file, chunk after chunk; it remembers which local hours it has passed.

    `unclear` are the nights in which a first reading of the file could not tell the two passes of an hour apart.
    """

    layout: Layout
    clock: LocalClock | None = None

    @classmethod
    def of(cls, layout: Layout, unclear: set[tuple[Hashable, int]] | None = None) -> Reader:
        """A reader at the first row of a file."""
        zone = layout.mapping.time_zone
        clock = None if zone is None else LocalClock(ZoneInfo(zone), layout.mapping.fold, set(unclear or ()))
        return cls(layout, clock)

    def readings(self, columns: Mapping[str, pa.Array], lines: Numbers) -> tuple[pa.Table, Bad]:
        """Readings (`chunk.UNDERSTOOD`) of a stretch of rows, and the rows set aside (row -> reason).

        Args:
            columns: the layout's columns, one array each, equally long.
            lines: line number of each row.

        Raises:
            InputError: a time has no offset and the mapping no zone, or a point no site.
        """
        return self._wide(columns, lines) if self.layout.wide else self._long(columns, lines)

    def _long(self, columns: Mapping[str, pa.Array], lines: Numbers) -> tuple[pa.Table, Bad]:
        layout, mapping = self.layout, self.layout.mapping
        rows = len(lines)
        point = self._names(layout.point, mapping.point, columns, rows, layout.point_id)
        metric = self._names(layout.metric, mapping.metric, columns, rows, layout.metric_name)
        bad = {int(row): "metric is empty" for row in metric.where(lambda word: not word)}
        bad |= {int(row): "point is empty" for row in point.where(lambda word: not word)}
        series = point.codes * len(metric.words) + metric.codes
        names = Pairs(point.words, metric.words)
        utc, untimely = self._utc(columns, lines, series, names.name)
        values, unreadable = numbers(columns[layout.value or ""], mapping)
        values, unfit = self._converted(values, metric, columns)
        quality, reason, unjudged = self._judgement(columns, rows)
        bad = unjudged | unfit | unreadable | bad | untimely
        utc = self._ended(utc, series, names)
        return _table(lines, point.array(), metric.array(), utc, values, bad, quality=quality, reason=reason), bad

    def _judgement(self, columns: Mapping[str, pa.Array], rows: int) -> tuple[Names, Names, Bad]:
        """What the file says of each row: its quality (empty is measured), why it was rejected, and no such words."""
        layout = self.layout
        said = self._names(layout.quality, str(Quality.MEASURED), columns, rows, str)
        quality = Names(said.codes, [word.lower() or str(Quality.MEASURED) for word in said.words])
        why = self._names(layout.reason, "", columns, rows, str)
        bad = {
            int(
                row
            ): f"quality {shown(said.words[said.codes[row]])} is none of {listed(Quality)}: rename the column if "
            "it tells something else"
            for row in quality.where(lambda word: word not in set(Quality))
        }
        reason = Names(why.codes, [word or "rejected when it was exported" for word in why.words])
        return quality, reason, bad

    def _names(
        self,
        column: str | None,
        fixed: str | None,
        columns: Mapping[str, pa.Array],
        rows: int,
        rename: Callable[[str], str],
    ) -> Names:
        if column is None:
            return Names.same(rename(fixed or ""), rows)
        return Names.of(columns[column], rename)

    def _utc(
        self, columns: Mapping[str, pa.Array], lines: Numbers, series: Numbers, name: Callable[[int], Hashable]
    ) -> tuple[Numbers, Bad]:
        column = _joined([columns[name] for name in self.layout.times])
        (seconds, local), bad = times(column, self.layout.mapping.time_format)
        rows = np.flatnonzero(local)
        if not len(rows):
            return seconds, bad
        if self.clock is None:
            row = int(rows[0])
            msg = (
                f"{self.layout.where}: line {lines[row]} has time {shown(str(column[row]))} without an offset from "
                "UTC: say its zone by --time-zone (such as --time-zone Europe/Berlin, or UTC)."
            )
            raise InputError(msg)
        good = rows[~np.isin(rows, list(bad))] if bad else rows
        seconds[good], never = self.clock.utc(seconds[good], series=series[good], name=name)
        return seconds, bad | {int(good[row]): why for row, why in never.items()}

    def _converted(self, values: Numbers, metric: Names, columns: Mapping[str, pa.Array]) -> tuple[Numbers, Bad]:
        """Values in the catalogue's units; a row without a unit, or with one that does not fit, is bad."""
        mapping = self.layout.mapping
        said_column = self.layout.unit
        unit = Names.same("", len(values)) if said_column is None else Names.of(columns[said_column], str)
        pairs = metric.codes * len(unit.words) + unit.codes
        values = values.copy()
        bad: Bad = {}
        for pair in np.flatnonzero(np.bincount(pairs, minlength=1)).tolist():
            name, word = metric.words[pair // len(unit.words)], unit.words[pair % len(unit.words)]
            said = word or mapping.units.get(name) or mapping.unit
            if name not in metrics() or said == metrics()[name].unit:
                continue  # unknown metrics are refused, or set aside, by the import as a whole
            rows = np.flatnonzero(pairs == pair)
            try:
                values[rows] = converted(values[rows], said, name)
            except UnitError as error:
                bad |= dict.fromkeys(rows.tolist(), str(error).rstrip("."))
        return values, bad

    def _ended(self, utc: Numbers, series: Numbers, names: Pairs) -> Numbers:
        """Times moved to the end of their interval, where rows are stamped with its start."""
        if self.layout.mapping.stamp == "end":
            return utc
        shift = np.zeros(names.size, np.int64)
        for code in np.unique(series).tolist():
            point, metric = names.name(code)
            if of_an_interval(metric):
                shift[code] = int(self.layout.length_s(point, metric) or 0)
        return utc + shift[series]

    def _wide(self, columns: Mapping[str, pa.Array], lines: Numbers) -> tuple[pa.Table, Bad]:
        layout, wide = self.layout, self.layout.wide
        utc, bad_lines = self._utc(columns, lines, np.zeros(len(lines), np.int64), lambda _code: "the row")
        cells, bad = [], {row * len(wide): why for row, why in bad_lines.items()}
        for at, (name, column) in enumerate(wide):
            values, unreadable = numbers(columns[name], layout.mapping)
            cells.append(self._column_values(values, column))
            bad |= {row * len(wide) + at: f'column "{name}": {why}' for row, why in unreadable.items()}
        drop = np.stack([_empty(columns[name]) for name, _ in wide], axis=1)
        drop[list(bad_lines)] = True
        drop.ravel()[list(bad)] = True
        series = np.tile(np.arange(len(wide)), len(lines))
        point = Names(series, [layout.point_id(column.point) for _, column in wide])
        metric = Names(series, [layout.metric_name(column.metric) for _, column in wide])
        pairs = Pairs(point.words, metric.words)
        ended = self._ended(np.repeat(utc, len(wide)), series * len(wide) + series, pairs)
        table = _table(
            np.repeat(lines, len(wide)), point.array(), metric.array(), ended, np.stack(cells, axis=1).ravel(), {}
        )
        return table.filter(pa.array(~drop.ravel())), {row // len(wide): why for row, why in reversed(bad.items())}

    def _column_values(self, values: Numbers, column: Column) -> Numbers:
        mapping = self.layout.mapping
        metric = self.layout.metric_name(column.metric)
        if metric not in metrics():
            return values
        return converted(values, column.unit or mapping.units.get(metric) or mapping.unit, metric)


def converted(values: Numbers, unit: str | None, metric: str) -> Numbers:
    """Values of one unit in the catalogue's unit of `metric`; a sentinel stays what it is, for the judge to see.

    Raises:
        UnitError: no unit, an unknown one, or one that measures something else.
    """
    if not unit:
        msg = "unit is empty"
        raise UnitError(msg)
    if '"' in unit or "'" in unit:  # to a unit parser these are minutes and seconds of arc
        msg = f"unit {unit} holds a quotation mark"
        raise UnitError(msg)
    known = metrics()[metric]
    if unit == known.unit:
        return values
    result = np.asarray(convert(values, unit, known.unit))
    return np.where(np.isin(values, known.sentinels), values, result) if known.sentinels else result


def _joined(columns: list[pa.Array]) -> pa.Array:
    """One time column, or several joined by a space (date and clock)."""
    if len(columns) == 1:
        return columns[0]
    texts = [pc.utf8_trim_whitespace(pc.fill_null(pc.cast(column, pa.string()), "")) for column in columns]
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*texts, " "))


def _empty(column: pa.Array) -> Numbers:
    """Cells that say nothing at all: in a wide table most series are silent at most times, which is no mistake."""
    if pa.types.is_string(column.type):
        return np.asarray(pc.equal(pc.utf8_trim_whitespace(column), ""))
    return np.asarray(pc.is_null(column))


def _table(
    lines: Numbers,
    point: pa.Array,
    metric: pa.Array,
    utc: Numbers,
    values: Numbers,
    bad: Bad,
    *,
    quality: Names | None = None,
    reason: Names | None = None,
) -> pa.Table:
    arrays = [pa.array(lines, pa.int64()), point, metric, pa.array(utc, pa.int64()), pa.array(values, pa.float64())]
    table = understood(arrays, quality=quality and quality.array(), reason=_of_rejected(quality, reason))
    if not bad:
        return table
    keep = np.ones(len(lines), bool)
    keep[list(bad)] = False
    return table.filter(pa.array(keep))


def _of_rejected(quality: Names | None, reason: Names | None) -> pa.Array | None:
    """Reasons of the rejected rows; one that was not rejected has none."""
    if quality is None or reason is None:
        return None
    words = reason.array()
    rejected = np.array([word == Quality.REJECTED for word in quality.words], bool)[quality.codes]
    return pa.DictionaryArray.from_arrays(pa.array(np.asarray(words.indices), mask=~rejected), words.dictionary)
