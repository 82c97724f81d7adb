"""A supply file: the most of PV, wind and battery that a site could have, what they cost and emit, and when they run.

A price is a quote with date and source, what making a plant emitted has a source; neither has a default. When a plant
runs is a table of the user's (`profile`) or a plant's own meter (`point` with its `point_kw`); it is never made up.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, model_validator

from config.compare.strategies import Known, Price
from config.electricity.tariffs import Currency, ExchangeRate  # noqa: TC001 - pydantic reads the types of fields
from config.errors import ConfigError
from config.reading.fields import Flag, Number, Positive, Table, epoch_seconds
from config.reading.mistakes import Mistakes, build
from config.reading.toml_file import read_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Share = Annotated[Number, Field(gt=0, le=1)]
MOST_PER_KW: Final = 1.1  # inverters let a plant pass its nameplate a little; what is above is no kWh per kW
COLUMNS: Final = ("start", "kwh_per_kw")
NAMED: Final = 3
TEMPLATE: Final = Path(__file__).with_name("supply.toml")
ABSENT: Final = "name a supply file, or begin with `wattlas advise supply --template > supply.toml`"


class Sourced(Table):
    """A number that somebody published, and where."""

    value: Known = Field(examples=[[61.0, 83.5, 106.0]])
    source: str = Field(min_length=1, examples=["IVL report C 444, 2019"])


class Plant(Table):
    """PV or wind: the most that could be built, when it runs, what a kW costs and what making it emitted."""

    most_kw: Positive
    profile: str = ""
    typical_year: Flag = False
    point: str = ""
    point_kw: Positive | None = None
    capex_per_kw: Price
    yearly_per_kw: Price
    life_years: Positive
    embodied_kgco2e_per_kw: Sourced | None = None
    embodied_gco2e_per_kwh: Sourced | None = None

    @model_validator(mode="after")
    def _is_said_once(self) -> Self:
        if bool(self.profile) == bool(self.point) or bool(self.point) != (self.point_kw is not None):
            msg = "must say when it runs: profile, a CSV beside the file, or point and point_kw, a plant's own meter"
            raise ValueError(msg)
        if (self.embodied_kgco2e_per_kw is None) == (self.embodied_gco2e_per_kwh is None):
            msg = "must say once what making it emitted: embodied_kgco2e_per_kw, or embodied_gco2e_per_kwh made"
            raise ValueError(msg)
        return self


class Store(Table):
    """A battery: the most that could be built, how it works, what a kWh costs and what making it emitted."""

    most_kwh: Positive
    kw_per_kwh: Positive
    charge_efficiency: Share
    discharge_efficiency: Share
    capex_per_kwh: Price
    yearly_per_kwh: Price
    life_years: Positive
    embodied_kgco2e_per_kwh: Sourced


class Supply(Table):
    """A whole supply file.

    `behind_the_meter` says where the plants stand: at the site, where what they cover is not bought, or elsewhere,
    where the site buys as before and what they make is sold at `export_price_per_kwh`.
    """

    title: str = Field(min_length=1)
    site: str
    currency: Currency
    real_rate: Annotated[Number, Field(ge=0, le=1)]
    behind_the_meter: Flag
    price_per_kwh: Price | None = None
    export_price_per_kwh: Price | None = None
    gco2e_per_kwh: Sourced | None = None
    movable_share: Annotated[Number, Field(ge=0, le=1)] = 0.0
    most_load_kw: Positive | None = None
    pv: Plant | None = None
    wind: Plant | None = None
    battery: Store | None = None
    exchange_rates: tuple[ExchangeRate, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.pv is None and self.wind is None:
            msg = "names no plant: add [pv] or [wind], for a battery alone makes nothing"
            raise ValueError(msg)
        if not self.behind_the_meter and self.export_price_per_kwh is None:
            msg = "has plants elsewhere and no export_price_per_kwh: say what they are paid for what they make"
            raise ValueError(msg)
        if bool(self.movable_share) != (self.most_load_kw is not None) or (
            self.movable_share and not self.behind_the_meter
        ):
            msg = (
                "must say both movable_share, of an hour's load that can wait within its day, and most_load_kw, what "
                "the site can draw at most, of plants behind the meter"
            )
            raise ValueError(msg)
        for key, of in (("price_per_kwh", self.price_per_kwh), ("gco2e_per_kwh", self.gco2e_per_kwh)):
            if of is not None and of.value[1] == 0 < of.value[2]:
                msg = f"key {key} is most likely 0 and yet a range: the hours are scaled by it, give a middle above 0"
                raise ValueError(msg)
        return self

    def prices(self) -> dict[str, Price]:
        """Return every price with its key."""
        found: dict[str, Price] = {}
        for name, table in (("", self), ("pv.", self.pv), ("wind.", self.wind), ("battery.", self.battery)):
            of = {} if table is None else {key: getattr(table, key) for key in type(table).model_fields}
            found |= {f"{name}{key}": value for key, value in of.items() if isinstance(value, Price)}
        return found

    def priced(self, turned: Callable[[str, Price], Price]) -> Self:
        """Return the same with every price as `turned` makes it of its key and itself."""

        def of(name: str, table: Table) -> dict[str, Price]:
            found = {key: getattr(table, key) for key in type(table).model_fields}
            return {key: turned(f"{name}{key}", one) for key, one in found.items() if isinstance(one, Price)}

        parts = {name: table for name in ("pv", "wind", "battery") if (table := getattr(self, name)) is not None}
        built = {name: table.model_copy(update=of(f"{name}.", table)) for name, table in parts.items()}
        return self.model_copy(update={**of("", self), **built})


def load_supply(path: Path) -> Supply:
    """Read a supply file.

    Raises:
        ConfigError: it cannot be read or has mistakes; one sentence a line.
    """
    tables = read_toml(path, absent=ABSENT)
    mistakes = Mistakes()
    found = build(Supply, tables, place=path.name, mistakes=mistakes)
    mistakes.stop()
    assert found is not None  # noqa: S101 - mistakes would have stopped
    return found


def read_profile(path: Path) -> dict[int, float]:
    """Read when a plant runs: a CSV with the columns `start` (with an offset from UTC) and `kwh_per_kw`.

    Returns:
        kWh that 1 kW makes, by the start of the hour [UTC s].

    Raises:
        ConfigError: the file cannot be read, or a row is no hour or no kWh of a kW; the first three are told.
    """
    mistakes, found = Mistakes(), dict[int, float]()
    for line, row in _rows(path):
        try:
            start, value = epoch_seconds(row["start"]), float(row["kwh_per_kw"])
        except (TypeError, ValueError) as error:
            mistakes.add(f"{path.name} line {line}", f"is no hour of a plant ({error})")
            continue
        if start % 3600 or start in found:
            mistakes.add(f"{path.name} line {line}", "start must be a whole hour of UTC that stands once")
        elif not 0 <= value <= MOST_PER_KW:
            mistakes.add(f"{path.name} line {line}", "kwh_per_kw is what 1 kW makes in the hour: give 0 to 1.1")
        found[start] = value
    mistakes.found[NAMED:] = []
    mistakes.stop()
    return found


def _rows(path: Path) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            absent = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
            rows = list(enumerate(reader, start=2))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"{path}: the profile cannot be read ({error}): save it as a UTF-8 CSV beside the supply file."
        raise ConfigError(msg) from None
    if absent or not rows:
        lacks = f"column {', '.join(absent)}" if absent else "rows"
        msg = f"{path.name} has no {lacks}: its columns are start,kwh_per_kw."
        raise ConfigError(msg)
    return rows


def of_hours(profile: dict[int, float], starts: Iterable[int], *, typical_year: bool) -> Iterator[float | None]:
    """Yield what a profile says of each hour, None where it says nothing; a typical year is that of any year.

    29 February of a typical year is its 28 February.
    """
    if not typical_year:
        yield from (profile.get(start) for start in starts)
        return
    known = {_of_year(start): value for start, value in profile.items()}
    for start in starts:
        month, day, hour = _of_year(start)
        yield known.get((month, day, hour), known.get((2, 28, hour)) if (month, day) == (2, 29) else None)


def _of_year(start: int) -> tuple[int, int, int]:
    moment = datetime.fromtimestamp(start, UTC)
    return moment.month, moment.day, moment.hour
