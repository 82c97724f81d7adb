r"""The Prometheus text format: `name{label="value"} 1.5 1700000000000`, one sample a line; pure.

Lines are chosen by name before anything is parsed: an exporter of 50,000 samples has a dozen that are wanted
(collectors note, section 8). Format 0.0.4 and OpenMetrics 1.0 text, whose timestamps are ms and s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from config.errors import PayloadUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LINE = re.compile(
    r"(?P<name>[A-Za-z_:][\w:]*)\s*"
    r'(?:\{(?P<labels>(?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s*'
    r"(?P<value>[-+.A-Za-z0-9]+)(?:\s+(?P<stamp>-?[\d.]+))?"
    r"(?:\s+#\s.*)?"  # an OpenMetrics exemplar
)
LABEL = re.compile(r'\s*([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
MS_FROM = 1e11  # a timestamp above it is of ms: as seconds it would lie in the year 5138
SHOWN = 80


@dataclass(frozen=True, slots=True)
class Sample:
    """One line; `stamp` [UTC s] stands only where the exporter gives one."""

    name: str
    labels: Mapping[str, str]
    value: float
    stamp: float | None


@lru_cache(maxsize=64)
def wanted(names: tuple[str, ...]) -> re.Pattern[bytes]:
    """Return the pattern that finds the lines of these series; a longer name that begins like one is another series."""
    one_of = "|".join(re.escape(name) for name in names)
    return re.compile(rf"^(?:{one_of})[{{ \t][^\r\n]*".encode(), re.MULTILINE)


def samples(payload: bytes, names: tuple[str, ...], unread: list[str] | None = None) -> Iterator[Sample]:
    """Yield the samples of these names; a line of such a name that is no sample goes to `unread`.

    Raises:
        PayloadUnreadable: there is such a line, and no `unread`.
    """
    for line in wanted(names).findall(payload):
        try:
            yield _sample(line.decode("utf-8", errors="replace"))
        except PayloadUnreadable as error:
            if unread is None:
                raise
            unread.append(str(error))


def _sample(line: str) -> Sample:
    unreadable = PayloadUnreadable(f"A line of an exporter cannot be read: {line[:SHOWN]}")
    found = LINE.fullmatch(line.strip())
    if found is None:
        raise unreadable
    try:
        labels, value = dict(_labels(found["labels"] or "")), float(found["value"])
        stamp = float(found["stamp"]) if found["stamp"] else None
    except ValueError as error:
        raise unreadable from error
    return Sample(found["name"], labels, value, stamp and (stamp / 1000 if stamp > MS_FROM else stamp))


def _labels(text: str) -> Iterator[tuple[str, str]]:
    end = 0
    for match in LABEL.finditer(text):
        if match.start() != end:
            break
        end = match.end()
        yield match[1], re.sub(r"\\.", lambda escape: ESCAPES.get(escape[0], escape[0]), match[2])
    if text[end:].strip():
        raise ValueError(text)
