"""From registers to numbers: types, word orders, and the patterns by which meters say that there is no value; pure."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

NumberType = Literal["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
WordOrder = Literal["high_first", "low_first"]

LEAST_V, MOST_V = 50.0, 50_000.0
SMALLEST = 2.0**-126  # of the normal numbers of 32 bits

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

    No value is NaN, an infinity or a subnormal of a float (half a number: its words are swapped); of an unsigned number
    all bits (0xFFFF); of a signed one the lowest (0x8000, SunSpec), the highest (0x7FFF, ABB) or all bits.
    """
    ordered = words if order == "high_first" else list(reversed(words))
    raw = b"".join(word.to_bytes(2, "big") for word in ordered)
    (value,) = struct.unpack(FORMATS[kind], raw)
    if isinstance(value, float):
        return value if math.isfinite(value) and (value == 0 or abs(value) >= SMALLEST) else None
    bits = 8 * len(raw)
    if kind.startswith("u"):
        return None if value == 2**bits - 1 else int(value)
    return None if value in {-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, -1} else int(value)


def swapped(words: Sequence[int], kind: NumberType, order: WordOrder, *, scale: float) -> tuple[float, float] | None:
    """Return what a voltage reads [V] in this order and in the other, where only the other one can be a voltage."""
    other: WordOrder = "low_first" if order == "high_first" else "high_first"
    read, turned = decode(words, kind, order), decode(words, kind, other)
    if turned is None or not _voltage(turned * scale) or (read is not None and _voltage(read * scale)):
        return None
    return (read or 0.0) * scale, turned * scale


def _voltage(volts: float) -> bool:
    return LEAST_V <= abs(volts) <= MOST_V
