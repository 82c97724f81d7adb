"""Readings as line protocol: over a million lines a second, for what is said of a series is written once.

    power,point=fra1/srv-1,site=fra1 value=427.5,seq=1048577i,quality=0i,origin="bmc-1",device_time=0i 1795414550
    quarantine,metric=power,point=fra1/srv-1,site=fra1 value="65535",seq=1048578i,reason="...",origin=... 1795414560

A metric is a measurement; tags are identity alone; a value is a float from day one. A write over the same second merges
fields on the server, so every line carries all of its fields. A refused value may be no number: it is kept as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.arrays import arrow_of, numpy_of, text_array
from collectors.reading import Quality
from collectors.store.order import one_dictionary, pick, standing, text_mask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Say = Callable[[Any, Any], str]  # two texts of a row, where the column allows it null, to what a line says of them

QUARANTINE = "quarantine"
WITHDRAWN = "withdrawn"  # of an import that was undone: written over, for no server deletes single points
QUALITIES = (str(Quality.MEASURED), str(Quality.ESTIMATED), WITHDRAWN)  # their place is what the field `quality` holds
UNSAYABLE = (
    "line protocol cannot say it: a name is empty or holds a backslash or control character, or the value is no number"
)
NO_TIME = 0  # device_time of a reading whose device said none
LINES_MAX, BYTES_MAX = 10_000, 5_000_000  # of one request


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of one request or many: `body` is all their bytes, line i is [ends[i-1], ends[i]) and is of `times[i]`."""

    body: memoryview
    ends: NDArray[np.int64]
    times: NDArray[np.int64]

    def __len__(self) -> int:
        """How many lines."""
        return len(self.ends)

    def cut(self, first: int, last: int) -> Lines:
        """Return lines [first, last)."""
        begin = int(self.ends[first - 1]) if first else 0
        end = int(self.ends[last - 1]) if last else 0
        return Lines(self.body[begin:end], self.ends[first:last] - begin, self.times[first:last])

    def keep(self, mask: NDArray[np.bool_]) -> Lines:
        """Return the lines where `mask` is true."""
        parts = [bytes(self.cut(i, i + 1).body) for i in np.flatnonzero(mask).tolist()]
        ends = np.cumsum([len(part) for part in parts]) if parts else np.zeros(0, np.int64)
        return Lines(memoryview(b"".join(parts)), ends, self.times[mask])

    def requests(self) -> Iterator[Lines]:
        """Cut into requests of at most 10,000 lines and 5 MB."""
        first = 0
        while first < len(self):
            begin = int(self.ends[first - 1]) if first else 0
            room = int(np.searchsorted(self.ends, begin + BYTES_MAX, side="right"))
            last = max(first + 1, min(first + LINES_MAX, room))
            yield self.cut(first, last)
            first = last


@dataclass(frozen=True, slots=True)
class Unwritable:
    """A reading that line protocol cannot say: how it would have read, and why not."""

    text: str
    reason: str


def lines_of(readings: pa.Table) -> tuple[Lines, list[Unwritable]]:
    """Turn readings (`READING_SCHEMA`) into lines; of one series and second only the highest sequence is written.

    Good readings stand sorted by point, metric and time, refused ones follow: no line of the result overwrites another.
    """
    bad = text_mask(readings["quality"], {Quality.REJECTED})
    parts, left = [], []
    for rows, make in ((pick(readings, ~bad), _good), (pick(readings, bad), _refused)):
        if rows.num_rows:
            sayable, out = _writable(standing(rows), finite=make is _good)
            left += out
            parts += [(make(sayable), numpy_of(sayable["time"]))] if sayable.num_rows else []
    return _joined([array for array, _ in parts], [times for _, times in parts]), left


def _joined(arrays: list[pa.Array], times: list[NDArray[np.int64]]) -> Lines:
    """Arrow keeps texts one behind the other: their bytes are the body as it stands."""
    if not arrays:
        return Lines(memoryview(b""), np.zeros(0, np.int64), np.zeros(0, np.int64))
    if len(arrays) == 1:
        offsets = np.frombuffer(arrays[0].buffers()[1], np.int32)[: len(arrays[0]) + 1].astype(np.int64)
        return Lines(memoryview(arrays[0].buffers()[2])[: int(offsets[-1])], offsets[1:], times[0])
    one, two = (_joined([array], [at]) for array, at in zip(arrays, times, strict=True))
    body = memoryview(bytes(one.body) + bytes(two.body))
    return Lines(body, np.concatenate([one.ends, two.ends + len(one.body)]), np.concatenate(times))


def _good(rows: pa.Table) -> pa.Array:
    heads = _heads(rows, lambda point, metric: f"{_measurement(metric)}{escaped_tags(point=point)} value=")
    tails = _told(
        rows,
        ("quality", "origin"),
        lambda quality, origin: f"i,quality={QUALITIES.index(str(quality))}i,{_origin(origin)}",
    )
    return _assembled(rows, heads, rows["value"].cast(pa.string()).combine_chunks(), tails)


def _refused(rows: pa.Table) -> pa.Array:
    heads = _heads(rows, lambda point, metric: f'{QUARANTINE}{escaped_tags(metric=metric, point=point)} value="')
    tails = _told(
        rows, ("reason", "origin"), lambda reason, origin: f'i,reason="{_quoted(reason or "")}",{_origin(origin)}'
    )
    return _assembled(rows, heads, rows["value"].cast(pa.string()).combine_chunks(), tails, after_value='",seq=')


def _assembled(
    rows: pa.Table, heads: pa.Array, values: pa.Array, tails: pa.Array, after_value: str = ",seq="
) -> pa.Array:
    pieces = [heads, values, _word(after_value), pc.cast(rows["seq"].combine_chunks(), pa.string()), tails]
    pieces += [_repeated(_device_seconds(rows)), _word("i "), _repeated(numpy_of(rows["time"]))]
    return pc.binary_join_element_wise(*pieces, _word("\n"), _word(""))


def _device_seconds(rows: pa.Table) -> NDArray[np.int64]:
    seconds = rows["device_time"].combine_chunks()
    if seconds.null_count == len(seconds):
        return np.full(len(seconds), NO_TIME, np.int64)
    return numpy_of(pc.fill_null(seconds, arrow_of(np.array([NO_TIME]))[0]))


def _repeated(numbers: NDArray[np.int64]) -> pa.Array:
    """Whole numbers as text, each different one written once: many series share their seconds."""
    least = int(numbers.min())
    found, place = _unique(numbers - least, int(numbers.max()) - least + 1)
    return pc.cast(arrow_of(found + least), pa.string()).take(arrow_of(place))


def _word(text: str) -> pa.Scalar:
    return text_array([text])[0]


def _heads(rows: pa.Table, head: Say) -> pa.Array:
    return _told(rows, ("point", "metric"), head)


def _told(rows: pa.Table, names: tuple[str, str], say: Say) -> pa.Array:
    """One text a row, said once for each pair of texts that occurs in the columns `names`."""
    one, two = (one_dictionary(rows[name]) for name in names)
    size = len(two.dictionary) + 1  # the last place is null's
    codes = _codes(one).astype(np.int64) * size + _codes(two)
    pairs, place = _unique(codes, (len(one.dictionary) + 1) * size)
    first, second = ([*array.dictionary.to_pylist(), None] for array in (one, two))
    texts = text_array(say(first[pair // size], second[pair % size]) for pair in pairs.tolist())
    return texts.take(arrow_of(place))


def _codes(array: pa.DictionaryArray) -> NDArray[np.int32]:
    indices = array.indices
    if not indices.null_count:
        return numpy_of(indices)
    return numpy_of(pc.fill_null(indices, arrow_of(np.array([len(array.dictionary)], np.int32))[0]))


def _unique(codes: NDArray[np.int64], limit: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `np.unique` with its inverse, without sorting where the codes are few."""
    if limit > 4 * len(codes) + 1024:
        return np.unique(codes, return_inverse=True)
    seen = np.zeros(limit, bool)
    seen[codes] = True
    place = np.cumsum(seen) - 1
    return np.flatnonzero(seen), place[codes]


def _writable(rows: pa.Table, *, finite: bool) -> tuple[pa.Table, list[Unwritable]]:
    """Leave out rows that no line can say, with the reason."""
    wrong = np.zeros(rows.num_rows, bool)
    for name in ("point", "metric"):
        texts = one_dictionary(rows[name]).dictionary.to_pylist()
        unsayable = {text for text in texts if not text or "\\" in text or not text.isprintable()}
        wrong |= text_mask(rows[name], unsayable) if unsayable else False
    wrong |= ~np.isfinite(numpy_of(rows["value"])) if finite else False
    if not wrong.any():
        return rows, []
    return pick(rows, ~wrong), [Unwritable(_plain(row), UNSAYABLE) for row in pick(rows, wrong).to_pylist()]


def _plain(row: dict[str, object]) -> str:
    return " ".join(f"{name}={value!r}" for name, value in row.items() if value is not None)


def escaped_tags(**tags: str) -> str:
    """Return tags in the order of their names: the metric (of a refused reading), the point, and its site."""
    site = tags["point"].partition("/")
    named = tags | ({"site": site[0]} if site[0] and site[1] else {})
    return "".join(f",{name}={_escaped(value)}" for name, value in named.items())


def _escaped(tag: str) -> str:
    return tag.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def _measurement(metric: str) -> str:
    return metric.replace(",", "\\,").replace(" ", "\\ ")


def _origin(origin: str) -> str:
    return f'origin="{_quoted(origin)}",device_time='


def _quoted(text: str) -> str:
    return " ".join(text.splitlines()).replace("\\", "\\\\").replace('"', '\\"')
