"""Measures of the plan: `[[measures]]` of the site file, and what literature knows (`measures.toml`).

Each says what it does to which sub-load, from when, at what cost, and where that is from.
"""

from __future__ import annotations

import tomllib
from datetime import date  # noqa: TC003 - pydantic reads the types of fields
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from config.catalogue import metrics
from config.plan.steps import PlanStep  # noqa: TC001 - pydantic reads the types of fields
from config.reading.fields import Instant, Name, Number, Table, Whole
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from config.reading.fields import Raw

SubLoad = Literal["it", "cooling", "losses", "market"]
Share = Annotated[Number, Field(ge=0, le=1)]
Money = Annotated[Number, Field(ge=0)]


class Work(Table):
    """What counts the work that IT does: a counter, or amounts of intervals, of a point in the books."""

    point: str = Field(examples=["fra1/llm-7b-out"])
    metric: str = Field(examples=["token_counter"])

    @field_validator("metric")
    @classmethod
    def _counts(cls, name: str) -> str:
        counting = [one.name for one in metrics().values() if one.kind != "gauge" and one.unit != "kWh"]
        if name not in counting:
            msg = f'names "{name}", which counts no work; {remedy(name, counting)}'
            raise ValueError(msg)
        return name


class Measure(Table):
    """Something that is done to save: which share [0 to 1] of a sub-load of a site, from when, at what cost.

    `realisation` is the part of the promised effect that is counted until it is verified. `market` instruments cover
    that share of bought electricity and change market-based emissions alone. Money is in `currency` of `prices_of`.
    """

    id: Name = Field(examples=["fra1-containment"])
    title: str = Field(min_length=1, examples=["Hot aisle containment, hall 1"])
    site: str = Field(examples=["fra1"])
    sub_load: SubLoad = Field(examples=["cooling"])
    effect_low: Share = Field(examples=[0.05])
    effect_high: Share = Field(examples=[0.15])
    realisation: Share = Field(examples=[0.7])
    temperature_point: str | None = None  # outdoor, a driver of the baseline when the saving is verified
    meters: tuple[
        str, ...
    ] = ()  # the measure's own: its saving is verified there (IPMVP option B), else at the facility
    work: Work | None = None  # of an IT measure: its saving is verified against the work done
    driver: Literal["dry_bulb", "wet_bulb"] = "dry_bulb"  # wet_bulb takes the humidity of that point too
    weather_from_degc: Number | None = None  # below it the weather moves nothing (free cooling): degrees above it count
    step: PlanStep | None = None  # of the plan; without: green energy of instruments, design of all else
    start: Instant = Field(examples=["2026-09-01T00:00:00Z"])
    ramp_months: Annotated[Whole, Field(ge=0, le=120)] = 0
    life_years: Annotated[Whole, Field(ge=1, le=40, examples=[10])]
    capex: Money = Field(examples=[120000.0])
    opex_per_year: Annotated[Number, Field(examples=[2000.0])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
    prices_of: date = Field(examples=["2026-01-01"])
    discount_rate: Annotated[Number, Field(ge=0, lt=1, examples=[0.06])]
    owner: str = Field(min_length=1, examples=["Facility manager"])
    source: str = Field(min_length=1, examples=["quote 2026-117"])

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.effect_low > self.effect_high:
            msg = "effect_high must be effect_low or more: exchange the two"
            raise ValueError(msg)
        if self.weather_from_degc is not None and self.temperature_point is None:
            msg = "weather_from_degc needs temperature_point: name the point of temperature outdoors"
            raise ValueError(msg)
        if self.driver == "wet_bulb" and self.temperature_point is None:
            msg = "driver needs temperature_point: name the point of temperature and humidity outdoors"
            raise ValueError(msg)
        if self.meters and self.sub_load == "market":
            msg = "meters cannot show what an instrument covers: leave them out"
            raise ValueError(msg)
        if self.work is not None and self.sub_load != "it":
            msg = "work is the driver of IT measures; of others IT energy is: leave it out"
            raise ValueError(msg)
        return self

    @property
    def of_step(self) -> PlanStep:
        """The step of the plan that it belongs to."""
        return self.step or ("green energy" if self.sub_load == "market" else "design")


class Known(Table):
    """A measure that literature speaks of: effect as a share of what `on` says, with source."""

    id: Name
    title: str
    on: str
    effect_low: Annotated[Number, Field(ge=-1, le=1)]
    effect_high: Annotated[Number, Field(ge=-1, le=1)]
    applies: str
    side_effect: str
    source: str


def measures_of(
    tables: Sequence[Raw], *, file: str, sites: Collection[str], points: Collection[str]
) -> tuple[Measure, ...]:
    """Return the measures of a site file's `[[measures]]` tables.

    Raises:
        ConfigError: a table has mistakes, names no site, or an id stands twice.
    """
    mistakes = Mistakes()
    found: list[Measure] = []
    for place, table in _places(tables, file, "measures"):
        measure = build(Measure, table, place=place, mistakes=mistakes)
        if measure is None:
            continue
        _site_exists(measure.site, sites, place, mistakes)
        _points_exist(measure, points, place, mistakes)
        if measure.id in {one.id for one in found}:
            mistakes.add(place, "stands twice: rename or remove one")
        found.append(measure)
    mistakes.stop()
    return tuple(found)


def _places(tables: Sequence[Raw], file: str, key: str) -> list[tuple[str, Raw]]:
    names = [table.get("id", f"number {number}") for number, table in enumerate(tables, start=1)]
    return [(f'{file} [[{key}]] "{name}"', table) for name, table in zip(names, tables, strict=True)]


def _points_exist(measure: Measure, points: Collection[str], place: str, mistakes: Mistakes) -> None:
    named = [("temperature_point", measure.temperature_point), *(("meters", one) for one in measure.meters)]
    if measure.work is not None:
        named.append(("work", measure.work.point))
    for key, point in named:
        if point is not None and point not in points:
            hint = remedy(point, points, otherwise="add that point or correct the id")
            mistakes.add(place, f'key {key} names "{point}", which is no point; {hint}')


def _site_exists(site: str | None, sites: Collection[str], place: str, mistakes: Mistakes) -> None:
    if site is not None and site not in sites:
        mistakes.add(place, f'key site names "{site}", which is no site; {remedy(site, sites)}')


@lru_cache(maxsize=1)
def library() -> Mapping[str, Known]:
    """Return the shipped measures of literature by id."""
    rows = tomllib.loads(files("config.plan").joinpath("measures.toml").read_text(encoding="utf-8"))["measures"]
    return {row["id"]: Known.model_validate(row) for row in rows}
