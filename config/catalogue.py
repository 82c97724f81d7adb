"""The metric catalogue: which metrics exist, their unit and kind, what is physically possible (`metrics.toml`).

Metrics are named without unit; the unit stands here, in column names and in argument names (design 4.2).
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from config.errors import InputError
from config.reading.fields import Table
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("metrics.toml")


class Metric(Table):
    """One metric. `low`, `high` and `sentinels` are in `unit`; values outside or equal to a sentinel are rejected."""

    name: str
    unit: str
    kind: Literal["gauge", "counter", "delta"]
    description: str
    low: float
    high: float
    sentinels: tuple[float, ...] = ()


@lru_cache(maxsize=1)
def metrics() -> Mapping[str, Metric]:
    """Return all metrics by name, in the order of the catalogue."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: Metric(name=name, **table) for name, table in tables.items()})


def metric(name: str) -> Metric:
    """Return one metric.

    Raises:
        InputError: no metric has this name; the sentence says which one was most likely meant.
    """
    found = metrics().get(name)
    if found is None:
        msg = f'"{name}" is no metric; {remedy(name, metrics())}'
        raise InputError(msg)
    return found
