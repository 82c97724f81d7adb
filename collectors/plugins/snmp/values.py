"""From what an agent says to numbers: texts with units, sentinels, decimal digits, sums of one layer; pure."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.catalogue import metrics
from config.errors import PayloadUnreadable, UnitError
from config.units import linear_factor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.plugins.snmp.profiles import Column, Profile

NUMBER = re.compile(r"\s*(?P<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?P<unit>[A-Za-z]*)\s*", re.ASCII)
POWERS = frozenset({"power", "apparent_power"})
SHOWN = 8
NOT_SUPPORTED = frozenset({-1.0, 2.0**31 - 1, 2.0**32 - 1})  # as agents say it, before any scale
OF_16_BITS = frozenset({32767.0, 65535.0})  # of a power; a register passes them
MOST_DIGITS = 9
LEAST_RATED_W = 100.0  # no UPS is built for less
NO_PREFIX = 9  # of EntitySensorDataScale (RFC 3433), which counts in steps of a thousand

FLOATS = {b"\x9fx\x04": ">f", b"\x9fy\x08": ">d"}  # Net-SNMP's Opaque: tag and length of a number that it holds

Told = dict[str, int | float | str | None]  # object -> what the agent said, None where it said nothing


@dataclass(frozen=True, slots=True)
class Found:
    """One value of a point in the metric's unit; `doubt` says why it cannot be believed."""

    metric: str
    value: float
    doubt: str | None = None


def plain(said: object) -> int | float | str | None:
    """Return what an agent said as JSON holds it; an Opaque of Net-SNMP is the number that it wraps.

    >>> plain(bytes.fromhex("9f7804413c0000")), plain(b"2287 W")
    (11.75, '2287 W')
    """
    if not isinstance(said, bytes):
        return said if isinstance(said, (int, float, str)) else None
    form = FLOATS.get(said[:3])
    if form is None or len(said) != 3 + struct.calcsize(form):
        return said.decode("utf-8", errors="replace")
    number = float(struct.unpack(form, said[3:])[0])
    return number if math.isfinite(number) else None


def walks(profile: Profile, where: str) -> bool:
    """Whether the rows of a layer are found by walking; else the points name them."""
    return all(column.walked for column in chosen(profile, where))


def chosen(profile: Profile, where: str) -> Iterator[Column]:
    """Yield the columns of the layer that `where` names: `outlet 7`, `inlet`, or, left empty, the first layer."""
    layer = where.partition(" ")[0] or profile.layers[0]
    return (column for column in profile.values if column.layer == layer)


def within(index: str, where: str) -> bool:
    """Whether an index is the one of `where`, or lies below it: `0.1.2` lies below `inlet_phase 0`."""
    wished = where.partition(" ")[2]
    return not wished or index == wished or index.startswith(f"{wished}.")


def values(profile: Profile, where: str, told: Told) -> Iterator[Found]:
    """Yield the values of one point.

    Powers of several rows and columns of one layer are added, if every one has a value; registers are not, for one
    that begins anew would look like all.

    Raises:
        PayloadUnreadable: several rows could be meant that measure different things.
    """
    rows: dict[str, list[tuple[Column, str]]] = {}
    for column in chosen(profile, where):
        own = (index for oid in told if (index := column.index_of(oid)) is not None and within(index, where))
        rows.setdefault(column.metric, []).extend((column, index) for index in own if _counts(column, index, told))
    for metric, of_metric in rows.items():
        numbers = [_value(column, index, told) for column, index in of_metric]
        known = [number for number in numbers if number is not None]
        if not known or len(known) < len(numbers) or (len(known) > 1 and metric != "power"):
            continue
        if len(known) > 1 and any(column.apart for column, _ in of_metric):
            names = ", ".join(index for _, index in of_metric[:SHOWN])
            msg = f"{profile.name} has {len(known)} rows at {where or profile.layers[0]} ({names}): name one in points."
            raise PayloadUnreadable(msg)
        yield Found(metric, sum(known), _doubt(known, of_metric) or _doubt_of_load(known, of_metric, told))


def _counts(column: Column, index: str, told: Told) -> bool:
    """Whether a row is one of those that count; one of which that is not known does, and has no value."""
    said = [(told.get(column.object_of(index, each.oid)), each.of) for each in column.only]
    return all(value is None or _whole(value) in of for value, of in said)


def _doubt(known: list[float], rows: list[tuple[Column, str]]) -> str | None:
    """Of power supplies that all say the same nobody knows whether each says its share or the whole."""
    if len(known) > 1 and known[0] and len(set(known)) == 1 and all(column.repeats for column, _ in rows):
        return f"each of {len(known)} rows says {known[0]:g} W: shares or one total, repeated?"
    return None


def _doubt_of_load(known: list[float], rows: list[tuple[Column, str]], told: Told) -> str | None:
    """A power that is too small for the load beside it is of another unit than W (Huawei's UPS2000: kW)."""
    for power_w, (column, index) in zip(known, rows, strict=True):
        load_pct = None if column.load is None else _parts(told.get(column.object_of(index, column.load)))[0]
        if load_pct and load_pct > 0 and power_w * 100 / load_pct < LEAST_RATED_W:
            return f"{power_w:g} W at a load of {load_pct:g} %: it counts in another unit, or the load is wrong"
    return None


def _value(column: Column, index: str, told: Told) -> float | None:
    if any(told.get(column.object_of(index, each.oid)) is None for each in column.only):
        return None
    said = told.get(column.object_of(index))
    if column.unit is not None and column.factor is not None:
        said = _labelled(said, *(told.get(column.object_of(index, oid)) for oid in (column.unit, column.factor)))
    number, shifts = _number(said, column)
    if number is None or not shifts:
        return number
    for beside, exponent in ((column.digits, _digits), (column.prefix, _prefix)):
        if beside:
            power = exponent(_whole(told.get(column.object_of(index, beside))))
            if power is None:
                return None  # without it the value may be a thousand times too large
            number = number * 10**power if power >= 0 else number / 10**-power
    return number


def _labelled(said: float | str | None, unit: float | str | None, factor: float | str | None) -> str | None:
    """A number with what stands beside it in its row, as a text with a unit; None where any of it is not known."""
    number, by = _parts(said)[0], _whole(factor)
    if number is None or number in NOT_SUPPORTED or by is None or not str(unit or "").strip():
        return None
    named = str(unit).replace("KW", "kW")  # some firmware spells the prefix so
    return f"{number / -by if by < 0 else number * (by or 1)!r} {named}"


def _digits(said: int | None) -> int | None:
    return -said if said is not None and 0 <= said <= MOST_DIGITS else None


def _prefix(said: int | None) -> int | None:
    return 3 * (said - NO_PREFIX) if said is not None and 1 <= said <= 2 * NO_PREFIX else None


def _whole(said: float | str | None) -> int | None:
    number, _ = _parts(said)
    return int(number) if number is not None and number == int(number) else None


def _number(said: float | str | None, column: Column) -> tuple[float | None, bool]:
    """A number in the unit of the metric, and whether it is to be shifted: a text may bring a unit of its own."""
    number, unit = _parts(said)
    if number is None or number in NOT_SUPPORTED or (column.metric in POWERS and number in OF_16_BITS):
        return None, False
    if not unit:
        return number * column.scale, True
    try:
        return number * linear_factor(unit, metrics()[column.metric].unit), False
    except UnitError:
        return None, False


def _parts(said: float | str | None) -> tuple[float | None, str]:
    """The number and the unit of what an agent said; texts may end in zeros of C."""
    found = NUMBER.fullmatch(str(said).rstrip("\0")) if said is not None else None
    number = float(found["number"]) if found else None
    return (number, found["unit"]) if found and number is not None and math.isfinite(number) else (None, "")
