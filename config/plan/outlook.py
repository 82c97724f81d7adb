"""What a plan rests on besides targets and measures: milestones, events out of routine, planned IT load, the climate.

`[[milestones]]`, `[[non_routine]]`, `[[planned_it]]` and `[[climate]]` of the site file.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads the types of fields
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, field_validator, model_validator

from config.plan.steps import PlanStep  # noqa: TC001 - pydantic reads the types of fields
from config.reading.fields import Flag, Instant, Name, Number, Positive, Table, span_mistake
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from config.plan.measures import Measure
    from config.reading.fields import Raw
    from config.site import Site

MONTHS: Final = 12
Said = Annotated[str, Field(min_length=1)]


class Milestone(Table):
    """Something of one step of the plan that is to be done by a day of a site, with who answers for it."""

    id: Name = Field(examples=["fra1-free-cooling-built"])
    title: Said = Field(examples=["Free cooling of hall 1 taken over"])
    site: str = Field(examples=["fra1"])
    step: PlanStep = Field(examples=["design"])
    due: date = Field(examples=["2027-03-31"])
    owner: Said = Field(examples=["Facility manager"])
    measure: str | None = None  # whose milestone it is


class NonRoutine(Table):
    """Days of a site that no baseline speaks of, and why: left out, or with what they used beyond the routine.

    `effect_kwh_per_day` is positive where the event used more; it is taken off what was used. Without `measures` it is
    told to the verification of every measure of the site.
    """

    id: Name = Field(examples=["fra1-chiller-fault"])
    site: str = Field(examples=["fra1"])
    start: Instant = Field(examples=["2026-07-01T00:00:00+02:00"])
    end: Instant = Field(examples=["2026-07-05T00:00:00+02:00"])
    reason: Said = Field(examples=["chiller 2 failed, rented units ran"])
    declared_by: Said = Field(examples=["Ann Auditor"])
    effect_kwh_per_day: Number | None = None
    excluded: Flag = False
    measures: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.effect_kwh_per_day is None) != self.excluded:
            msg = "must have effect_kwh_per_day or excluded = true, one of both"
            raise ValueError(msg)
        mistake = span_mistake(self.start, self.end, start_key="start", end_key="end")
        if mistake:
            raise ValueError(mistake)
        return self


class PlannedIt(Table):
    """The mean IT load that a site plans for from an instant on, up to the next row of the site."""

    site: str = Field(examples=["fra1"])
    start: Instant = Field(examples=["2027-01-01T00:00:00+01:00"])
    it_kw: Positive = Field(examples=[850.0])
    source: Said = Field(examples=["capacity plan 2026-10"])


class Climate(Table):
    """Where a site's weather is read (temperature and humidity), and the usual wet-bulb temperature of each month."""

    site: str = Field(examples=["fra1"])
    point: str = Field(examples=["fra1/weather"])
    wet_bulb_by_month_degc: tuple[Number, ...]
    source: Said = Field(examples=["national weather service, normals 1991 to 2020"])

    @field_validator("wet_bulb_by_month_degc")
    @classmethod
    def _a_year(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if len(values) != MONTHS:
            msg = "must have 12 numbers, that of January first"
            raise ValueError(msg)
        return values


class Plan(Table):
    """The tables of a site file that this module reads."""

    milestones: tuple[Milestone, ...] = ()
    non_routine: tuple[NonRoutine, ...] = ()
    planned_it: tuple[PlannedIt, ...] = ()
    climate: tuple[Climate, ...] = ()


KINDS: Final[dict[str, type[Table]]] = {
    "milestones": Milestone,
    "non_routine": NonRoutine,
    "planned_it": PlannedIt,
    "climate": Climate,
}


def plan_of(
    tables: Mapping[str, Sequence[Raw]],
    *,
    file: str,
    sites: Sequence[Site],
    points: Collection[str],
    measures: Sequence[Measure],
) -> Plan:
    """Return the plan's tables of a site file.

    Raises:
        ConfigError: a table has mistakes, names no site, point or measure, or stands twice, or a climate's site has
            no altitude.
    """
    mistakes = Mistakes()
    found: dict[str, list[Table]] = {key: [] for key in KINDS}
    for key, model in KINDS.items():
        seen: set[object] = set()
        for number, raw in enumerate(tables.get(key, []), start=1):
            place = f'{file} [[{key}]] "{raw.get("id", raw.get("site", f"number {number}"))}"'
            one = build(model, raw, place=place, mistakes=mistakes)
            if one is None:
                continue
            ids = [site.id for site in sites]
            _refers(one, place, sites=ids, points=points, measures=measures, mistakes=mistakes)
            if isinstance(one, Climate):
                _has_altitude(one, place, sites, mistakes)
            if _own(one) in seen:
                mistakes.add(place, "stands twice: rename or remove one")
            seen.add(_own(one))
            found[key].append(one)
    mistakes.stop()
    return Plan.model_validate(found)


def _has_altitude(climate: Climate, place: str, sites: Sequence[Site], mistakes: Mistakes) -> None:
    of = climate.point.rpartition("/")[0]
    if any(site.id == of and site.altitude_m is None for site in sites):
        mistakes.add(place, f'site "{of}" has no altitude_m, on which a wet-bulb temperature depends: add it')


def _own(one: Table) -> object:
    """What no other row of the same kind may have."""
    held = one.model_dump()
    return held["id"] if "id" in held else (held["site"], held.get("start"))


def _refers(
    one: Table,
    place: str,
    *,
    sites: Collection[str],
    points: Collection[str],
    measures: Sequence[Measure],
    mistakes: Mistakes,
) -> None:
    """Note what a row names that does not exist."""
    held = one.model_dump()
    if held["site"] not in sites:
        mistakes.add(place, f'key site names "{held["site"]}", which is no site; {remedy(held["site"], sites)}')
    if "point" in held and held["point"] not in points:
        hint = remedy(held["point"], points, otherwise="add that point or correct the id")
        mistakes.add(place, f'key point names "{held["point"]}", which is no point; {hint}')
    ids = [measure.id for measure in measures]
    named = held.get("measures") or ([held["measure"]] if held.get("measure") else [])
    for name in named:
        if name not in ids:
            hint = remedy(name, ids, otherwise="add it under [[measures]]")
            mistakes.add(place, f'names "{name}", which is no measure; {hint}')
