r"""InfluxDB line protocol to readings: tags name the point, each mapped field is one series.

    power,host=srv-1,room=a watts=312.5,on=true,total=18222i 1773446400000000000

Escapes (`\,` `\=` `\ ` in names, `\"` `\\` in strings), integers (`i`, `u`), comments and the four precisions are
understood. A line without a time is set aside: the time of its import is not when it was measured. Fields that the
mapping does not name are left alone.
Source: InfluxDB documentation, "Line protocol reference".
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from collectors.importing.blocks import line_blocks
from collectors.importing.chunk import ROWS_PER_CHUNK, Chunk, Reject, understood
from collectors.importing.layout import of_an_interval
from collectors.importing.mapping import CODECS, PRECISIONS_PER_S
from collectors.importing.rows import converted
from collectors.importing.texts import TEXT_SHOWN_MAX, shown
from collectors.importing.times import LAST_S
from config.catalogue import metrics
from config.errors import InputError, UnitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from collectors.importing.layout import Layout

STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
LINE = re.compile(rf'([^\\ ]*(?:\\.[^\\ ]*)*) +([^\\ "]*(?:(?:{STRING}|\\.)[^\\ "]*)*)(?: +(\S.*))?')
ITEM = re.compile(rf"([^\\,= ]*(?:\\.[^\\,= ]*)*)=({STRING}|[^\\,]*(?:\\.[^\\,]*)*)(?:,|$)")
NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([-+]?\d+)[iu]")
ESCAPED = re.compile(r"\\([,= ])")
COMMA = re.compile(r"(?<!\\),")
STAMP_DIGITS = 30  # more than any count since 1970 has; Python refuses thousands in its own words
KEYS_KEPT = 100_000  # of measurements with their tags, whose points are remembered
TAG = re.compile(r"\{([^{}]+)\}")
QUOTE = re.compile(rb'\\.|(")', re.DOTALL)
LINES_IN_A_TEXT = 1_000  # more no log message has: beyond it a quote is taken for a slip


@dataclass(slots=True)
class _Rows:
    """The rows of one chunk while it is read."""

    lines: list[int] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    fields: list[int] = field(default_factory=list)
    seconds: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


class LineReader:
    """Understands the lines of one file by a layout's mapping."""

    def __init__(self, layout: Layout) -> None:
        """A reader at the first line.

        Raises:
            InputError: a field has no unit, or one that does not fit its metric.
        """
        self.layout = layout
        self.seen: set[str] = set()
        self._per_s = PRECISIONS_PER_S[layout.mapping.precision]
        self._fields = list(layout.mapping.fields.items())
        self._codes = {name: at for at, (name, _) in enumerate(self._fields)}
        self._points: dict[str, str] = {}
        for name, wanted in self._fields:
            self._convert(np.zeros(1), wanted.metric, wanted.unit, shown=name)

    def _convert(
        self, values: np.ndarray[Any, Any], metric: str, unit: str | None, *, shown: str
    ) -> np.ndarray[Any, Any]:
        if metric not in metrics():
            return values
        mapping = self.layout.mapping
        said = unit or mapping.units.get(metric) or mapping.unit
        if said is None:
            msg = f'{self.layout.where}: nothing says the unit of field "{shown}": add unit = "..." to it, or --unit.'
            raise InputError(msg)
        try:
            return converted(values, said, metric)
        except UnitError as error:
            msg = (
                f'{self.layout.where}: unit of field "{shown}" does not fit metric {metric}: {str(error).rstrip(".")}.'
            )
            raise InputError(msg) from None

    def read(self, line: int, text: str, rows: _Rows) -> None:
        """Add the readings of one line to `rows`.

        Raises:
            ValueError: the line cannot be understood; the text is the reason.
        """
        found = LINE.fullmatch(text)
        if found is None:
            msg = "the line is not `measurement,tag=value field=value time`"
            raise ValueError(msg)
        key, items, stamp = found.groups()
        measurement = _plain(key[: _end_of_name(key)])
        values = self._mapped(measurement, key, items)
        if not values:
            return
        seconds = self._seconds(stamp)
        point = self._points.get(key)
        if point is None:
            if len(self._points) >= KEYS_KEPT:
                self._points.clear()
            point = self._points[key] = self.layout.point_id(self._point(measurement, _tags(key)))
        for code, value in values:
            rows.lines.append(line)
            rows.points.append(point)
            rows.fields.append(code)
            rows.seconds.append(seconds)
            rows.values.append(value)

    def _mapped(self, measurement: str, key: str, items: str) -> list[tuple[int, float]]:
        """Field code and number of the fields that the mapping names."""
        values = []
        for name, text in _items(items):
            code = self._codes.get(f"{measurement}.{name}", self._codes.get(name))
            if code is None:
                self.seen.add(name)
            if code is None or not self._fits(code, key):
                continue
            number = NUMBER.fullmatch(text)
            if number is None:
                msg = f"field {name} has {shown(text)}, which is no number"
                raise ValueError(msg)
            values.append((code, float(number[1] or number[2])))
        metrics_met = [self._fields[code][1].metric for code, _ in values]
        if len({*metrics_met}) < len(values):
            twice = next(metric for metric in metrics_met if metrics_met.count(metric) > 1)
            msg = f"{twice} of one point and time stands twice in the line"
            raise ValueError(msg)
        return values

    def _fits(self, code: int, key: str) -> bool:
        wanted = self._fields[code][1].tags
        return not wanted or wanted.items() <= _tags(key).items()

    def _point(self, measurement: str, tags: dict[str, str]) -> str:
        known = {"measurement": measurement} | tags
        absent = [tag for tag in TAG.findall(self.layout.mapping.point_tags or "") if not known.get(tag)]
        if absent:
            msg = f"tag {absent[0]}, which names the point, is not in the line"
            raise ValueError(msg)
        return TAG.sub(lambda found: known[found[1]], self.layout.mapping.point_tags or "")

    def _seconds(self, stamp: str | None) -> int:
        if stamp is None:
            msg = "the line has no time"
            raise ValueError(msg)
        if not (stamp.isascii() and stamp.removeprefix("-").isdigit() and len(stamp) <= STAMP_DIGITS):
            msg = f"time {shown(stamp)} is not a count of {self.layout.mapping.precision} since 1970"
            raise ValueError(msg)
        seconds = int(stamp) // self._per_s
        if abs(seconds) > LAST_S:
            msg = f"time {shown(stamp)} lies beyond the year 9999 in {self.layout.mapping.precision}: correct precision"
            raise ValueError(msg)
        return seconds

    def table(self, rows: _Rows) -> pa.Table:
        """Rows as readings (`chunk.UNDERSTOOD`) in the catalogue's units."""
        codes, seconds, values = (
            np.array(rows.fields, np.int64),
            np.array(rows.seconds, np.int64),
            np.array(rows.values),
        )
        point = pa.array(rows.points, pa.string()).dictionary_encode()
        for code, (name, wanted) in enumerate(self._fields):
            own = np.flatnonzero(codes == code)
            values[own] = self._convert(values[own], wanted.metric, wanted.unit, shown=name)
            if self.layout.mapping.stamp == "start" and of_an_interval(wanted.metric):
                seconds[own] += self._lengths(point, wanted.metric)[np.asarray(point.indices)[own]]
        names = list(dict.fromkeys(wanted.metric for _, wanted in self._fields))
        places = np.array([names.index(wanted.metric) for _, wanted in self._fields], np.int32)
        metric = pa.DictionaryArray.from_arrays(pa.array(places[codes]), pa.array(names))
        return understood(
            [pa.array(rows.lines, pa.int64()), point, metric, pa.array(seconds), pa.array(values, pa.float64())]
        )

    def _lengths(self, point: pa.DictionaryArray, metric: str) -> np.ndarray[Any, Any]:
        return np.array(
            [int(self.layout.length_s(name, metric) or 0) for name in point.dictionary.to_pylist()], np.int64
        )


def _items(text: str) -> Iterator[tuple[str, str]]:
    """Field names and values of the middle part of a line."""
    at = 0
    while at < len(text):
        item = ITEM.match(text, at)
        if item is None:
            msg = f"field {shown(text[at:])} is not name=value"
            raise ValueError(msg)
        yield _plain(item[1]), item[2]
        at = item.end()


def _end_of_name(key: str) -> int:
    """Where the measurement ends and the tags begin."""
    if "\\" in key:
        found = COMMA.search(key)
        return found.start() if found else len(key)
    end = key.find(",")
    return end if end >= 0 else len(key)


def _tags(key: str) -> dict[str, str]:
    """Tags of the first part of a line."""
    tags = {}
    for pair in COMMA.split(key)[1:]:
        name, *rest = re.split(r"(?<!\\)=", pair, maxsplit=1)
        if not rest:
            msg = f"tag {shown(pair)} is not name=value"
            raise ValueError(msg)
        if _plain(name) in tags:
            msg = f"tag {_plain(name)} stands twice"
            raise ValueError(msg)
        tags[_plain(name)] = _plain(rest[0])
    return tags


def _plain(text: str) -> str:
    return ESCAPED.sub(r"\1", text) if "\\" in text else text


def line_chunks(path: Path, reader: LineReader) -> Iterator[Chunk]:
    """Read a file of line protocol in chunks of about 200,000 readings; lines that cannot be read are their rejects.

    Raises:
        InputError: the file cannot be opened, or a point has no site.
    """
    mapping = reader.layout.mapping
    for block in line_blocks(
        path, lines_per_block=max(1, ROWS_PER_CHUNK // len(mapping.fields)), skip=mapping.skip_lines
    ):
        yield Chunk(*lines_read(reader, block.split(), first=block.first), block.done)


def lines_read(reader: LineReader, raws: Iterable[bytes], *, first: int) -> tuple[pa.Table, list[Reject]]:
    """Readings (`chunk.UNDERSTOOD`) of a stretch of lines, and those set aside; `first` is the number of the first."""
    encoding = reader.layout.mapping.encoding
    rows, rejects = _Rows(), []
    for line, raw in _whole(raws, first):
        text = ""
        try:
            text = raw.decode(CODECS[encoding]).strip()
            if text and not text.startswith("#"):
                reader.read(line, text, rows)
        except UnicodeDecodeError:
            rejects.append(Reject(line, repr(raw[:TEXT_SHOWN_MAX])[2:-1], f"the line is not {encoding}"))
        except ValueError as error:
            rejects.append(Reject(line, text[:TEXT_SHOWN_MAX], str(error)))
    return reader.table(rows), rejects


def _whole(raws: Iterable[bytes], first: int) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers; one that ends within a text takes the next ones in, up to the end of the text."""
    waiting = deque(enumerate(raws, first))
    while waiting:
        line, raw = waiting.popleft()
        if _open(raw) and not LINE.fullmatch(raw.decode("utf-8", errors="replace").strip()):
            raw += _rest(waiting)
        yield line, raw


def _rest(waiting: deque[tuple[int, bytes]]) -> bytes:
    """Take the lines off that end a text; nothing where no line does."""
    for count, (_, raw) in enumerate(islice(waiting, LINES_IN_A_TEXT), 1):
        if _open(raw):
            return b"".join(b"\n" + waiting.popleft()[1] for _ in range(count))
    return b""


def _open(raw: bytes) -> bool:
    """Say whether a text begins or ends in a line: it has an odd number of quotes that are not escaped."""
    return b'"' in raw and sum(1 for found in QUOTE.finditer(raw) if found[1]) % 2 == 1
