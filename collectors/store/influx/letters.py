"""Lines that the server refused, sent again: never over something newer, and the ledger is told of what was taken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.store.influx.archive import widest
from collectors.store.influx.failures import Refused
from collectors.store.influx.lines import QUARANTINE
from collectors.store.influx.query import select
from collectors.store.locks import writer_lock
from collectors.store.view import TOUCHED_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.store.influx.journal import DeadLetter
    from collectors.store.influx.store import InfluxStore

LINE = re.compile(
    r"(?P<measurement>(?:\\.|[^,\\ ])+)(?P<tags>(?:,(?:\\.|[^,\\ ])+)*) .*?\b(?P<order>seq|rev)=(?P<number>-?\d+)i\b.* "
    r"(?P<time>-?\d+)"
)


@dataclass(frozen=True, slots=True)
class Requeued:
    """What became of lines sent again: taken, older than what the server has by now (forgotten), refused again."""

    taken: int
    older: int
    refused: int


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line of ours is about: `number` is its sequence, or of an hour of the ledger its revision."""

    measurement: str
    tags: dict[str, str]
    order: str
    number: int
    time: int


def requeue(store: InfluxStore, *, at: int, ids: Sequence[int] | None = None) -> Requeued:
    """Send refused lines again, all or those named.

    Raises:
        StoreUnavailable: the server does not answer; nothing is forgotten, so call again.
    """
    letters = [one for one in store.journal.dead_letters() if ids is None or one.id in set(ids)]
    taken, older = [], []
    with writer_lock(store.shipper.lock_path):
        for letter in letters:
            line = _read(letter.line)
            if line is not None and _held(store, letter.bucket, line) > line.number:
                older.append(letter)
            elif _sent(store, letter, at):
                taken.append(letter)
    lines = [_read(letter.line) for letter in taken if letter.bucket == store.keys.bucket_raw]
    store.note_again(_touched([line for line in lines if line is not None]))
    store.journal.revive([letter.id for letter in (*taken, *older)])  # last: killed before, all is done again
    return Requeued(len(taken), len(older), len(letters) - len(taken) - len(older))


def _sent(store: InfluxStore, letter: DeadLetter, at: int) -> bool:
    try:
        store.server.write(letter.bucket, letter.line.encode() + b"\n")
    except Refused as refusal:
        store.journal.bury([(letter.bucket, letter.line, refusal.words)], at=at)
        return False
    return True


def _read(text: str) -> _Line | None:
    """Understand a line as `lines` and `hourly` write it; None for what no line can say."""
    found = LINE.fullmatch(text)
    if found is None:
        return None
    pairs = [re.split(r"(?<!\\)=", one, maxsplit=1) for one in re.split(r"(?<!\\),", found["tags"])[1:]]
    tags = {key: re.sub(r"\\(.)", r"\1", value) for key, value in pairs}
    return _Line(found["measurement"], tags, found["order"], int(found["number"]), int(found["time"]))


def _held(store: InfluxStore, bucket: str, line: _Line) -> int:
    """The highest number that the server has at the line's series and second, -1 for none."""
    group = '"point", "metric"' if line.measurement == QUARANTINE else '"point"'
    span, points = (line.time, line.time + 1), [line.tags.get("point", "")]
    found = select(store.server, bucket, f'"{line.order}"', line.measurement, span=span, points=points, group=group)
    same = [one for one in found if one.tags.get("metric") == line.tags.get("metric")]
    return max((int(number) for one in same for number in one.column(line.order)), default=-1)


def _touched(lines: list[_Line]) -> pa.Table:
    rows = [
        {
            "point": one.tags["point"],
            "metric": one.tags.get("metric", one.measurement),
            "first": one.time,
            "last": one.time,
            "seq": one.number,
        }
        for one in lines
    ]
    return widest([pa.Table.from_pylist(rows, schema=TOUCHED_SCHEMA)])
