"""Line protocol that is posted: by a saved mapping, or in the plain form whose field names say metric and unit.

    power,point=srv-1 power_W=312.5,energy_counter_kWh=18222.4 1773446400000000000

The measurement may be any, other tags are left alone, and a point without its site is of the token's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.importing.layout import Layout
from collectors.importing.line_protocol import LineReader, lines_read
from collectors.importing.mapping import PRECISIONS_PER_S, LineField, Mapping
from collectors.ingest.posted import Posted, Refused, as_posted, refuse_too_many
from config.catalogue import metrics
from config.errors import UnitError
from config.reading.wording import remedy
from config.units import convert

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.site import Settings

WHERE = "request"
PLAIN = {"power_W": LineField(metric="power", unit="W")}  # fields of the plain form that were met
PLAIN_MAX = 500
POINT_TAGS = "{point}"
EXAMPLE = "power_W or energy_counter_kWh"
REMEDY = "correct it and send the request again, nothing of it was accepted."


def line_body(
    body: bytes,
    *,
    site: str,
    settings: Settings,
    origin: str,
    mapping: Mapping | None = None,
    precision: str | None = None,
) -> Posted:
    """Understand a request of line protocol.

    Args:
        body: UTF-8 text.
        site: of points that do not name theirs.
        settings: of the site file; a mapping with stamp = "start" needs its intervals.
        origin: of its readings.
        mapping: how tags and fields are understood; None for the plain form.
        precision: s, ms, us or ns, instead of the mapping's.

    Raises:
        Refused: the first line that cannot be understood.
        InputError: the mapping does not fit.
    """
    if precision is not None and precision not in PRECISIONS_PER_S:
        msg = f'precision "{precision}" is unknown; {remedy(precision, PRECISIONS_PER_S)}'
        raise Refused(msg, key="precision")
    raws = body.split(b"\n")
    refuse_too_many(len(raws))
    wanted = {"site": site, **({} if precision is None else {"precision": precision})}
    if mapping is not None:
        return _read(LineReader(_layout(mapping.changed(**wanted), settings)), raws, origin)
    return _plain(raws, origin, lambda: LineReader(_layout(_plain_mapping(wanted), settings)))


def _plain(raws: list[bytes], origin: str, reader_of: Callable[[], LineReader]) -> Posted:
    """Read once, and once more where fields were met for the first time."""
    reader = reader_of()
    posted = _read(reader, raws, origin)
    if not reader.seen:
        return posted
    for name in sorted(reader.seen):
        try:
            field = _field(name)
        except Refused as error:
            raise Refused(str(error), line=_line_of(name, raws, reader_of()), key=name) from None
        if len(PLAIN) >= PLAIN_MAX:
            PLAIN.clear()
        PLAIN[name] = field
    return _read(reader_of(), raws, origin)


def _read(reader: LineReader, raws: list[bytes], origin: str) -> Posted:
    table, rejects = lines_read(reader, raws, first=1)
    if rejects:
        msg = f"{rejects[0].reason}: {REMEDY}"
        raise Refused(msg, line=rejects[0].line)
    refuse_too_many(table.num_rows)
    return as_posted(table, origin)


def _layout(mapping: Mapping, settings: Settings) -> Layout:
    from collectors.importing.settling import declared_interval_s

    return Layout(mapping, WHERE, (), length_s=declared_interval_s(settings))


def _plain_mapping(wanted: dict[str, str]) -> Mapping:
    return Mapping.model_validate({"format": "lines", "point_tags": POINT_TAGS, "fields": dict(PLAIN), **wanted})


def _field(name: str) -> LineField:
    """Metric and unit of a field of the plain form, such as `energy_counter_kWh`."""
    metric = max((one for one in metrics() if name == one or name.startswith(f"{one}_")), key=len, default=None)
    if metric is None:
        hint = remedy(name.rpartition("_")[0] or name, metrics(), otherwise="none is like it.")
        msg = f'field "{name}" begins with no metric; {hint} Write {EXAMPLE}, or name a mapping by ?mapping=.'
        raise Refused(msg)
    unit = name.removeprefix(metric).removeprefix("_")
    if not unit:
        msg = f'field "{name}" says no unit: write it behind the metric, such as {EXAMPLE}.'
        raise Refused(msg)
    try:
        convert(1.0, unit, metrics()[metric].unit)
    except UnitError as error:
        msg = f'field "{name}": {error}'
        raise Refused(msg) from None
    return LineField(metric=metric, unit=unit)


def _line_of(name: str, raws: list[bytes], reader: LineReader) -> int | None:
    for number, raw in enumerate(raws, 1):
        lines_read(reader, [raw], first=number)
        if name in reader.seen:
            return number
    return None
