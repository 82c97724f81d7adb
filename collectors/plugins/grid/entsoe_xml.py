"""ENTSO-E's answers: generation by production type and time, from the XML of "actual generation per type"; pure.

A series is cut into periods, each with a start and a resolution; its points have positions. Curve type A03 leaves out
a point that repeats the one before, A01 leaves out what is not known (IEC 62325-451, curve types).
"""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NoReturn
from xml.etree import ElementTree as ET

from config.errors import PayloadUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LENGTHS = {f"PT{minutes}M": timedelta(minutes=minutes) for minutes in (15, 30, 60)}
NOTHING_THERE = "999"
MOST_POINTS = 1_000  # of one period: ten days of quarter hours
REPEATING = "A03"

Generation = dict[str, dict[datetime, tuple[timedelta, float]]]


def generation(payload: bytes, area: str) -> Generation:
    """Return what each production type of an area generated: start of a period -> its length and mean power [MW].

    What plants took in (pumping, charging: series with `outBiddingZone_Domain`) is left out.

    Raises:
        PayloadUnreadable: the payload is no such document, or of another area.
    """
    if b"<!DOCTYPE" in payload or b"\0" in payload:  # entities could grow without end, in UTF-16 too; it declares none
        _refuse("it declares a document type")
    try:
        root = ET.fromstring(payload)  # noqa: S314 - without a document type there are no entities
    except (ET.ParseError, LookupError, ValueError) as error:  # the last two of an encoding that is unknown
        _refuse(str(error))
    kind = _plain(root)
    if kind == "Acknowledgement_MarketDocument":
        _acknowledged(root)
        return {}
    if kind != "GL_MarketDocument":
        _refuse(f"it is a {kind}")
    found: Generation = defaultdict(dict)
    for series in _all(root, "TimeSeries"):
        where = _text(series, "inBiddingZone_Domain.mRID")
        if where is None:
            continue
        if where != area:
            _refuse(f"it is of {where}, not of {area}")
        found[_text(series, "MktPSRType/psrType") or "?"].update(_points(series))
    return found


def by_slot(found: Generation) -> Iterator[tuple[datetime, timedelta, Mapping[str, float]]]:
    """Yield start, length and mean power [MW] of every type, by the longest period that any type has.

    A type whose shorter periods do not fill a longer one is absent from it.
    """
    length = max((each for types in found.values() for each, _ in types.values()), default=None)
    if length is None:
        return
    slots: dict[datetime, dict[str, float]] = defaultdict(dict)
    for name, periods in found.items():
        parts: dict[datetime, list[tuple[timedelta, float]]] = defaultdict(list)
        for start, period in periods.items():
            parts[start - (start - datetime.min.replace(tzinfo=start.tzinfo)) % length].append(period)
        for start, within in parts.items():
            if sum((each for each, _ in within), timedelta()) == length:
                slots[start][name] = sum(each / length * mw for each, mw in within)
    for start in sorted(slots):
        yield start, length, slots[start]


def _points(series: ET.Element) -> Iterator[tuple[datetime, tuple[timedelta, float]]]:
    repeats = _text(series, "curveType") == REPEATING
    if _text(series, "quantity_Measure_Unit.name") != "MAW":
        _refuse("its unit is not MAW")
    for period in _all(series, "Period"):
        try:
            start, end = (_instant(_text(period, f"timeInterval/{side}")) for side in ("start", "end"))
            length = LENGTHS[_text(period, "resolution") or ""]
            told = {int(_text(p, "position") or ""): _known(_text(p, "quantity")) for p in _all(period, "Point")}
            _ = end + length  # a period at the end of all time
        except (KeyError, ValueError, OverflowError) as error:
            _refuse(f"a period of it makes no sense ({error})")
        last = None
        for position in range(1, min((end - start) // length, MOST_POINTS) + 1):
            last = told.get(position, last if repeats else None)
            if last is not None:
                yield start + (position - 1) * length, (length, last)


def _known(text: str | None) -> float | None:
    """A power [MW]; NaN and infinities are not known, and what repeats them (A03) is not either."""
    number = float(text or "")
    return number if math.isfinite(number) else None


def _acknowledged(root: ET.Element) -> None:
    code, text = (_text(root, f"Reason/{part}") for part in ("code", "text"))
    if code != NOTHING_THERE or "no matching data" not in (text or "").lower():
        _refuse(f"it says: {(text or code or 'nothing').rstrip('.')}")


def _instant(text: str | None) -> datetime:
    return datetime.strptime(text or "", "%Y-%m-%dT%H:%M%z")


def _plain(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _all(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if _plain(child) == name]


def _text(element: ET.Element, path: str) -> str | None:
    here = element
    for name in path.split("/"):
        below = _all(here, name)
        if not below:
            return None
        here = below[0]
    return (here.text or "").strip()


def _refuse(why: str) -> NoReturn:
    msg = f"An answer of ENTSO-E cannot be read: {why}."
    raise PayloadUnreadable(msg)
