"""The judge at the door: which readings are measured, which go to quarantine, and why (design 4.3).

Every reading passes here exactly once, before it is stored, whether polled or imported. No row is ever dropped: a
rejected one stays in the archive with its reason and never reaches the books. The ratio of a current transformer is
applied here too, so what is stored is the quantity on the primary side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.faults import Rows, Rules, faults, in_force
from collectors.readers import Readers
from collectors.reading import READING_SCHEMA, TEXT, Quality, reading_table
from collectors.reasons import reason
from collectors.rules import Fault, rules_of
from config.catalogue import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from collectors.reading import Reading
    from collectors.rules import Rule
    from config.site import Settings


def judge(table: pa.Table, settings: Settings, *, now: int) -> tuple[pa.Table, int]:
    """Judge a table of `READING_SCHEMA` at `now` [UTC s]: the same rows judged, and how many of them are rejected."""
    return Judge(settings).table(table, now=now)


def judge_readings(readings: Sequence[Reading], settings: Settings, *, origin: str, now: int) -> tuple[pa.Table, int]:
    """Judge readings of one origin as `judge` does; a zero of a host that is `off` is measured."""
    return Judge(settings).table(reading_table(readings, origin=origin), now=now, off=off_flags(readings))


def off_flags(readings: Sequence[Reading]) -> NDArray[np.bool_]:
    """For each reading whether its source said that the host is off."""
    return np.fromiter((reading.off for reading in readings), np.bool_, len(readings))


class Judge:
    """Knows one configuration; the rules of a series are worked out when it is first seen."""

    def __init__(self, settings: Settings) -> None:
        """Take the points of a site file."""
        self.settings = settings
        self._points = {point.id: point for point in settings.points}
        self._known: dict[tuple[str, str], tuple[Rule, ...]] = {}
        self._readers = Readers(settings)

    def table(self, table: pa.Table, *, now: int, off: NDArray[np.bool_] | None = None) -> tuple[pa.Table, int]:
        """Judge a table of `READING_SCHEMA`.

        Args:
            table: rows not judged before; those that a plugin rejected already keep its reason.
            now: UTC seconds; readings over 5 minutes later are rejected.
            off: for each row whether the source says that the host is off.

        Returns:
            The same rows in the same order with value, quality and reason as judged; and how many are rejected.
        """
        if not table.num_rows:
            return table, 0
        rows = self._rows(table)
        rejected = pc.equal(table["quality"].cast(pa.string()), str(Quality.REJECTED)).to_numpy()
        fault = faults(rows, off=off, now=now)
        fault[rejected] = Fault.NONE
        strangers = self._readers.strangers(rows, *_codes(table["origin"]))
        fault[[row for row in strangers if not (rejected[row] or fault[row])]] = Fault.STRANGER
        found = np.flatnonzero(fault)
        columns = {name: table[name] for name in READING_SCHEMA.names} | {"value": pa.array(rows.value)}
        if len(found):
            told = {row: strangers[row] for row in found.tolist() if fault[row] == Fault.STRANGER}
            why = [told.get(row) or reason(Fault(fault[row]), rows, row, now=now) for row in found.tolist()]
            columns["quality"] = replaced(table["quality"], found, [str(Quality.REJECTED)] * len(found))
            columns["reason"] = replaced(table["reason"], found, why)
        return pa.table(columns, schema=READING_SCHEMA), len(found) + int(rejected.sum())

    def claimed(self, point: str, metric: str) -> bool:
        """Whether a source of the site file reads a series, so that no other may give it."""
        return self._readers.claimed(point, metric)

    def given(self, table: pa.Table) -> pa.Table:
        """Readings with their values as the sources gave them, before the CT ratio: what judging them again takes."""
        if not table.num_rows:
            return table
        ratio = self._ratio(table)
        if (ratio == 1.0).all():
            return table
        value = pa.array(table["value"].to_numpy() / ratio)
        return table.set_column(table.schema.get_field_index("value"), table.schema.field("value"), value)

    def _ratio(self, table: pa.Table) -> NDArray[np.float64]:
        rows = self._rows(table)
        return rows.rules.ratio[rows.rule]

    def _rows(self, table: pa.Table) -> Rows:
        point, points = _codes(table["point"])
        metric, names = _codes(table["metric"])
        series = point * len(names) + metric
        rules, first, count = self._rules(points, names, series)
        time, given = table["time"].to_numpy(), table["value"].to_numpy()
        rule = in_force(first[series], count[series], time=time - _amounts(names)[metric], start=rules.start)
        with np.errstate(over="ignore"):  # a nonsense value may pass any bound: it is rejected for that
            value = given * rules.ratio[rule]
        return Rows(points, names, point, metric, time, given, value, rule, rules)

    def _rules(
        self, points: list[str], names: list[str], series: NDArray[np.int64]
    ) -> tuple[Rules, NDArray[np.int64], NDArray[np.int64]]:
        """Rules of all series that occur, and for every possible series the index of its first and their number."""
        size = len(points) * len(names)
        present = np.flatnonzero(np.bincount(series, minlength=size))
        found = [self._rules_of(points[code // len(names)], names[code % len(names)]) for code in present.tolist()]
        first, count = np.zeros(size, np.int64), np.zeros(size, np.int64)
        count[present] = [len(rules) for rules in found]
        first[present] = np.cumsum(count[present]) - count[present]
        return Rules.of([rule for rules in found for rule in rules]), first, count

    def _rules_of(self, point: str, metric: str) -> tuple[Rule, ...]:
        key = (point, metric)
        if key not in self._known:
            self._known[key] = rules_of(self._points.get(point), metrics().get(metric))
        return self._known[key]


def _amounts(names: list[str]) -> NDArray[np.int64]:
    """1 for each metric that speaks of the interval before its time, so that the last one of a point is its own."""
    known = metrics()
    return np.array([name in known and known[name].kind == "delta" for name in names], dtype=np.int64)


def _codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    """Codes and names of a text column, whatever its chunks."""
    chunks = column.unify_dictionaries().chunks
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in chunks])
    return codes.astype(np.int64), chunks[0].dictionary.to_pylist()


def replaced(column: pa.ChunkedArray, rows: NDArray[np.int64], texts: list[str]) -> pa.Array:
    """Return a text column with other `texts` in some `rows`."""
    new = pa.array(texts).dictionary_encode()
    chunks = pa.chunked_array([*column.chunks, new.cast(TEXT)]).unify_dictionaries().chunks
    codes = [pc.fill_null(chunk.indices, -1).to_numpy() for chunk in chunks]
    merged = np.concatenate(codes[:-1])
    merged[rows] = codes[-1]
    return pa.DictionaryArray.from_arrays(pa.array(merged, pa.int32(), mask=merged < 0), chunks[0].dictionary)
