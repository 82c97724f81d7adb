"""`[factors]` of a site file: the company's own tables of factors and of usage, and its own factors of fuels."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - a field's type, read when the class is made
from typing import Self

from pydantic import model_validator

from config.factors.fuels import OwnFuel  # noqa: TC001 - a field's type, read when the class is made
from config.reading.fields import Table


class FactorSettings(Table):
    """The company's own tables of factors and of usage; their rows stand before the shipped ones.

    `fuels` stand beside the shipped ones: a record names which of them its fuel is.
    """

    files: tuple[Path, ...] = ()
    coefficients: tuple[Path, ...] = ()
    instances: tuple[Path, ...] = ()
    items: tuple[Path, ...] = ()
    regions: tuple[Path, ...] = ()
    fuels: tuple[OwnFuel, ...] = ()

    @model_validator(mode="after")
    def _each_fuel_once(self) -> Self:
        ids = [fuel.id for fuel in self.fuels]
        twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
        if twice is not None:
            msg = f'fuels: "{twice}" stands twice: rename or remove one'
            raise ValueError(msg)
        return self

    def of_usage(self) -> dict[str, tuple[Path, ...]]:
        """Return the files of `config.usage.tables` by table."""
        return {key: getattr(self, key) for key in ("coefficients", "instances", "items", "regions")}

    def within(self, folder: Path) -> FactorSettings:
        """Return the same with paths relative to a folder made absolute."""
        files = {"files": self.files, **self.of_usage()}
        return self.model_copy(update={key: tuple(folder / file for file in found) for key, found in files.items()})
