"""Mappings: which series of an exporter becomes which metric, one TOML file an exporter (see the package's manual)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from collectors.plugins.local import data_file, metric_of
from config.catalogue import metrics
from config.errors import UnitError
from config.reading.fields import Flag, Table
from config.units import linear_factor

if TYPE_CHECKING:
    from collections import abc

FOLDER = Path(__file__).with_name("mappings")
SERIES_NAME = r"^[A-Za-z_:][A-Za-z0-9_:]*$"


class Series(Table):
    """One name of an exporter, and what its values are: the unit is of the exporter, not guessed from the name."""

    name: Annotated[str, Field(pattern=SERIES_NAME)]
    metric: Annotated[str, AfterValidator(metric_of)]
    unit: str
    no_value_from: Annotated[float, Field(gt=0)] = float("inf")  # numbers from here on say that there is no value

    @model_validator(mode="after")
    def _unit_fits(self) -> Self:
        try:
            linear_factor(self.unit, metrics()[self.metric].unit)
        except UnitError as error:
            raise ValueError(str(error).rstrip(".")) from None
        return self

    def value(self, told: float) -> float:
        """Return a value in the unit of the metric."""
        return told * linear_factor(self.unit, metrics()[self.metric].unit)


class Mapping(Table):
    """The series of one exporter; labels in `repeated_over` tell shares of one device, each with its whole value.

    Where all series of a point have the labels in `device`, these alone tell devices apart.
    """

    name: str
    source: str
    verified: Flag
    repeated_over: tuple[str, ...] = ()
    device: tuple[str, ...] = ()
    series: tuple[Series, ...] = Field(min_length=1)

    def identity(self, labels: abc.Mapping[str, str]) -> dict[str, str]:
        """Return the labels that tell one device from another."""
        if self.device and all(labels.get(name) for name in self.device):
            return {name: labels[name] for name in self.device}
        return {name: value for name, value in labels.items() if name not in self.repeated_over}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the series, in order."""
        return tuple(series.name for series in self.series)


@lru_cache(maxsize=64)
def mapping_of(name: str) -> Mapping:
    """Return a shipped mapping by its name, or that of a file whose name ends in .toml.

    Raises:
        ConfigError: there is no such mapping, or the file has mistakes.
    """
    return data_file(Mapping, name, folder=FOLDER, key="mapping")
