"""Kinds of reading that simulated instruments give, and rows of them as an Arrow table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pyarrow as pa

from collectors.reading import READING_SCHEMA
from config.points import EQUIPMENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.plugins.simulated.noise import Floats, Times
    from collectors.plugins.simulated.spec import SiteSpec

ReadKind = Literal[
    "register", "power", "utilisation", "water", "temperature", "humidity", "grid_intensity", "grid_carbon_free"
]


@dataclass(frozen=True, slots=True)
class Read:
    """The metric of a kind of reading, and the decimals that instruments show in the metric's unit."""

    metric: str
    decimals: int


READS: Mapping[ReadKind, Read] = {
    "register": Read("energy_counter", 3),
    "power": Read("power", 1),
    "utilisation": Read("utilisation", 3),
    "water": Read("water_counter", 1),
    "temperature": Read("temperature", 1),
    "humidity": Read("humidity", 1),
    "grid_intensity": Read("grid_intensity", 1),
    "grid_carbon_free": Read("grid_carbon_free", 3),
}

REGISTERS = frozenset({"register", "water"})
"""Kinds that only grow: what is counted stays counted."""

_POWER_IF_LISTED = frozenset({"water", "other", "overhead"})


class Rows(NamedTuple):
    """Readings of one series in order of arrival; `ahead_s` is by how much the device's own clock was ahead."""

    times: Times
    values: Floats
    ahead_s: Times


def offered(spec: SiteSpec, point: str) -> tuple[ReadKind, ...]:
    """Return the kinds of reading that a point gives."""
    role, name = spec.points[point].role, point.rpartition("/")[2]
    kinds: list[ReadKind] = []
    if role not in _POWER_IF_LISTED or name in spec.place.occupied:
        kinds += ["register"] if role == "plant" else ["register", "power"]  # from elsewhere comes a register alone
    if role in EQUIPMENT or role == "component":
        kinds += ["utilisation"]
    if role == "water":
        kinds += ["water"]
    if name == spec.place.weather_point:
        kinds += ["temperature", "humidity"]
    if name == spec.place.intensity_point:
        kinds += ["grid_intensity"]
    if name == spec.place.carbon_free_point:
        kinds += ["grid_carbon_free"]
    return tuple(kinds)


def series_table(series: Mapping[str, Sequence[Rows]], *, metric: str, quality: str, origin: str) -> pa.Table:
    """Return the rows of each point, one point after the other, as a table of `READING_SCHEMA` with `seq` 0."""
    parts = [rows for point in series for rows in series[point]]
    times, values, ahead_s = (
        np.concatenate([np.zeros(0, part.dtype), *(rows[i] for rows in parts)])
        for i, part in enumerate((np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64)))
    )
    counts = [sum(rows.times.size for rows in series[point]) for point in series]
    size = times.size
    columns = {
        "point": pa.DictionaryArray.from_arrays(np.repeat(np.arange(len(counts), dtype=np.int32), counts), [*series]),
        "metric": _constant(metric, size),
        "time": pa.array(times),
        "value": pa.array(values),
        "quality": _constant(quality, size),
        "reason": pa.nulls(size, READING_SCHEMA.field("reason").type),
        "origin": _constant(origin, size),
        "device_time": pa.array(times + ahead_s, mask=ahead_s == 0),
        "seq": pa.array(np.zeros(size, np.int64)),
    }
    return pa.Table.from_arrays([columns[name] for name in READING_SCHEMA.names], schema=READING_SCHEMA)


def _constant(word: str, size: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(np.zeros(size, np.int32), pa.array([word]))
