"""The few fields of a Sparkplug B payload that are read here, from protobuf's wire form; pure.

A payload is `timestamp = 1, metrics = 2, seq = 3`, a metric `name = 1, alias = 2, timestamp = 3, datatype = 4,
is_historical = 5, is_null = 7, properties = 9` and one of the values 10 to 14 (Sparkplug 3.0, sparkplug_b.proto).
Whatever bytes come, they are read or `ValueError` says that they cannot be.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LONGEST_VARINT = 10  # bytes of 64 bits
SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}  # Int8 to Int64, whose bits stand in an unsigned field
NUMBERS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 10})  # those, UInt8 to UInt64, Float, Double
BOOLEAN = 11
QUALITY = "Quality"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as it stands in a message; what was left out is None. `time_ms` is the device's clock."""

    name: str | None = None
    alias: int | None = None
    time_ms: int | None = None
    datatype: int | None = None
    historical: bool = False
    null: bool = False
    quality: int | None = None
    raw: float | None = None

    def number(self, datatype: int) -> float | None:
        """Return its value as a datatype says, or None where it is null or no number."""
        if self.null or self.raw is None or datatype not in NUMBERS:
            return None
        bits = SIGNED.get(datatype)
        if bits is None or not isinstance(self.raw, int):
            return self.raw
        low = self.raw & ((1 << bits) - 1)
        return low - (1 << bits) if low >> (bits - 1) else low


@dataclass(frozen=True, slots=True)
class Payload:
    """One message."""

    metrics: tuple[Metric, ...]
    seq: int | None = None
    time_ms: int | None = None


def payload_of(body: bytes) -> Payload:
    """Read a message.

    Raises:
        ValueError: it is no protobuf, or a field is of another type than its number says.
    """
    found: dict[int, object] = {}
    metrics = []
    for number, value in fields(body):
        if number == 2:  # noqa: PLR2004 - the number of the field
            metrics.append(_metric(_bytes(value)))
        else:
            found[number] = value
    return Payload(tuple(metrics), _whole(found.get(3)), _whole(found.get(1)))


def _metric(body: bytes) -> Metric:
    found = dict(fields(body))
    return Metric(
        name=_bytes(found[1]).decode() if 1 in found else None,
        alias=_whole(found.get(2)),
        time_ms=_whole(found.get(3)),
        datatype=_whole(found.get(4)),
        historical=bool(_whole(found.get(5))),
        null=bool(_whole(found.get(7))),
        quality=_quality(_bytes(found[9])) if 9 in found else None,  # noqa: PLR2004 - the number of the field
        raw=_value(found),
    )


def _value(found: dict[int, int | bytes]) -> float | None:
    for number, form in ((12, "<f"), (13, "<d")):
        if number in found:
            return float(_real(found[number], form))
    return next((_whole(found[number]) for number in (10, 11, 14) if number in found), None)


def _quality(body: bytes) -> int | None:
    """The property "Quality": 0 bad, 192 good, 500 stale."""
    keys = [_bytes(value).decode() for number, value in fields(body) if number == 1]
    values = [dict(fields(_bytes(value))) for number, value in fields(body) if number == 2]  # noqa: PLR2004 - as above
    found = dict(zip(keys, values, strict=False)).get(QUALITY, {})
    return _whole(found.get(3, found.get(4)))


def fields(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field; fixed ones as bytes.

    Raises:
        ValueError: the bytes end within a field, or are none.
    """
    at = 0
    while at < len(body):
        key, at = _varint(body, at)
        number, form = key >> 3, key & 7
        if form == VARINT:
            value: int | bytes
            value, at = _varint(body, at)
        else:
            length, at = _length(body, at, form)
            value, at = body[at : at + length], at + length
            if at > len(body):
                msg = f"field {number} goes on beyond the end"
                raise ValueError(msg)
        yield number, value


def _length(body: bytes, at: int, form: int) -> tuple[int, int]:
    if form == BYTES:
        return _varint(body, at)
    if form in {FIXED32, FIXED64}:
        return (4 if form == FIXED32 else 8), at
    msg = f"no field is of wire type {form}"
    raise ValueError(msg)


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(body[at : at + LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no flag
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
    msg = "a number does not end"
    raise ValueError(msg)


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        msg = "a field is a number and should hold bytes"
        raise ValueError(msg)  # noqa: TRY004 - of bytes that came, not of an argument
    return value


def _whole(value: object) -> int | None:
    if value is not None and not isinstance(value, int):
        msg = "a field holds bytes and should be a number"
        raise ValueError(msg)
    return value


def _real(value: int | bytes, form: str) -> float:
    if not isinstance(value, bytes) or len(value) != struct.calcsize(form):
        msg = "a field is no floating-point number"
        raise ValueError(msg)
    found: float = struct.unpack(form, value)[0]
    return found


def rebirth(time_ms: int) -> bytes:
    """Return the command by which an edge node is asked to publish its births again."""
    name = b"Node Control/Rebirth"
    metric = b"\x0a" + bytes([len(name)]) + name + b"\x20" + bytes([BOOLEAN]) + b"\x70\x01"
    return b"\x08" + _as_varint(time_ms) + b"\x12" + bytes([len(metric)]) + metric


def _as_varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
