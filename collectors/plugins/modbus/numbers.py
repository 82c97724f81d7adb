"""From registers to numbers: types, word orders, and the patterns by which meters say that there is no value; pure."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

NumberType = Literal["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
WordOrder = Literal["high_first", "low_first"]

FORMATS = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "uint64": ">Q",
    "float32": ">f",
    "float64": ">d",
}


def words_of(kind: NumberType) -> int:
    """Return how many registers a number takes."""
    return struct.calcsize(FORMATS[kind]) // 2


def decode(words: Sequence[int], kind: NumberType, order: WordOrder = "high_first") -> float | int | None:
    """Return a number, or None where its pattern means that there is none.

    No value is NaN or an infinity of a float; of an unsigned number all bits (0xFFFF); of a signed one the lowest
    (0x8000, SunSpec), the highest (0x7FFF, ABB) or all bits.
    """
    ordered = words if order == "high_first" else list(reversed(words))
    raw = b"".join(word.to_bytes(2, "big") for word in ordered)
    (value,) = struct.unpack(FORMATS[kind], raw)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    bits = 8 * len(raw)
    if kind.startswith("u"):
        return None if value == 2**bits - 1 else int(value)
    return None if value in {-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, -1} else int(value)
