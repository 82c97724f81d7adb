"""What a request holds, understood but not yet judged; and why one is refused as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from collectors.arrays import numpy_of, one_text
from collectors.reading import READING_SCHEMA
from config.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

READINGS_MAX = 200_000  # of one request: a batch of the spool, and what stands in memory meanwhile


class Refused(InputError):
    """A request of which nothing is accepted: `line` counts lines or readings from 1, `key` is what is wrong there."""

    def __init__(self, text: str, *, line: int | None = None, key: str = "", of: str = "line") -> None:
        """Say `text`, led by where it is."""
        super().__init__(text if line is None else f"{of} {line}: {text}")
        self.line, self.key = line, key


class Foreign(Refused):
    """A request that speaks of another site than its token's."""


@dataclass(frozen=True, slots=True)
class Posted:
    """Readings of one request in its order (`READING_SCHEMA`, not judged), their lines, and where the host is off."""

    readings: pa.Table
    lines: NDArray[np.int64]
    off: NDArray[np.bool_]
    of: str = "line"  # what `lines` counts

    @property
    def rows(self) -> int:
        """How many readings."""
        return len(self.lines)


def as_posted(understood: pa.Table, origin: str) -> Posted:
    """Readings as a file's reader understood them (`importing.chunk.UNDERSTOOD`), as of one request."""
    rows = understood.num_rows
    columns: dict[str, Any] = {name: understood[name] for name in understood.column_names}
    columns |= {
        "origin": one_text(origin, rows),
        "device_time": pa.nulls(rows, pa.int64()),
        "seq": pa.array(np.zeros(rows, np.int64)),
    }
    table = pa.Table.from_arrays([columns[field.name] for field in READING_SCHEMA], schema=READING_SCHEMA)
    lines = numpy_of(understood["line"]) if rows else np.empty(0, np.int64)
    return Posted(table, lines, np.zeros(rows, np.bool_))


def refuse_too_many(rows: int) -> None:
    """Refuse a request that is no small batch.

    Raises:
        Refused: it holds more than `READINGS_MAX` readings.
    """
    if rows > READINGS_MAX:
        msg = f"the request holds {rows:,} readings: send at most {READINGS_MAX:,} at once."
        raise Refused(msg)
