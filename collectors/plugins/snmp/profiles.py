"""Profiles: which objects of a vendor's MIB are read, one TOML file a family of devices (see the package's manual)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from collectors.plugins.local import data_file, metric_of
from config.reading.fields import Flag, Name, Number, Table, Whole

FOLDER = Path(__file__).with_name("profiles")
Oid = Annotated[str, Field(pattern=r"^\d+(\.\d+)+$")]


class Only(Table):
    """Another column of the same table, and its values in the rows that count: `of = [0]` of a column of banks."""

    oid: Oid
    of: tuple[Whole, ...] = Field(min_length=1)


class Column(Table):
    """One column of a table, or a scalar: `oid` + index + `suffix` is an object, `scale` leads to the metric's unit.

    `layer` is where in the device the value is measured: inlet, phase, outlet ... Values of two layers contain each
    other; powers of one layer, of several columns too, are added. `digits` is the column that tells by how many decimal
    digits a value is shifted, `prefix` the one that tells its SI prefix (9 is none, 10 kilo). `repeats` is of rows that
    may each say the whole (power supplies), `apart` of rows that measure what nobody may add. `unit` and `factor` are
    columns of texts that say both for each row ("kWh", "-10" divides by ten); rows of another unit are none. `load` is
    the column of the load in percent, by which a power of 1 W at 27 % is known to be none in watts. `walked = false` is
    of tables with thousands of rows: each point names one of them by its whole index.
    """

    layer: Name
    metric: Annotated[str, AfterValidator(metric_of)]
    oid: Oid
    scale: Number = 1.0
    suffix: Annotated[str, Field(pattern=r"^(\d+(\.\d+)*)?$")] = ""
    digits: Oid | None = None
    prefix: Oid | None = None
    unit: Oid | None = None
    factor: Oid | None = None
    load: Oid | None = None
    walked: Flag = True
    only: tuple[Only, ...] = ()
    repeats: Flag = False
    apart: Flag = False

    def index_of(self, oid: str) -> str | None:
        """Return the index of an object of this column, or None where it is of another."""
        head, tail = f"{self.oid}.", f".{self.suffix}" if self.suffix else ""
        index = oid[len(head) : len(oid) - len(tail)]
        return index if index and oid.startswith(head) and oid.endswith(tail) else None

    def object_of(self, index: str, column: str | None = None) -> str:
        """Return the object of an index, of this column or of another that is laid out alike."""
        return ".".join(part for part in (column or self.oid, index, self.suffix) if part)

    def objects(self, index: str) -> tuple[str, ...]:
        """Return all objects that the value of an index takes."""
        beside = (self.digits, self.prefix, self.unit, self.factor, self.load, *(each.oid for each in self.only))
        return (self.object_of(index), *(self.object_of(index, column) for column in beside if column))


class Profile(Table):
    """The columns of one family of devices; the first layer is the device as a whole."""

    name: str
    source: str
    verified: Flag
    values: tuple[Column, ...] = Field(min_length=1)

    @property
    def layers(self) -> list[str]:
        """Names of the layers, in order."""
        return list(dict.fromkeys(column.layer for column in self.values))


@lru_cache(maxsize=64)
def profile_of(name: str) -> Profile:
    """Return a shipped profile by its name, or that of a file whose name ends in .toml.

    Raises:
        ConfigError: there is no such profile, or the file has mistakes.
    """
    return data_file(Profile, name, folder=FOLDER, key="profile")
