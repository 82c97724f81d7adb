"""Targets: `[[targets]]` of the site file. A changed target keeps the row that stood before and says why."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from config.reading.fields import Instant, Name, Positive, Table, Whole, covers, span_mistake
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from config.reading.fields import Raw

Year = Annotated[Whole, Field(ge=2000, le=2100)]
Metric = Literal[
    "pue",
    "wue",
    "cue",
    "cue_market",
    "facility_energy_kwh",
    "it_energy_kwh",
    "bought_energy_kwh",
    "emissions_location_kgco2e",
    "emissions_market_kgco2e",
    "emissions_scope_1_kgco2e",
    "ref",
    "erf",
    "cfe",
    "matched_share_annual",
    "matched_share_hourly",
    "energy_per_work",
    "emissions_location_per_work",
    "emissions_market_per_work",
]
PER_WORK: Final = {  # what is divided by the work of a model
    "energy_per_work": "facility_energy_kwh",
    "emissions_location_per_work": "emissions_location_kgco2e",
    "emissions_market_per_work": "emissions_market_kgco2e",
}
HIGHER_IS_BETTER: Final = frozenset({"ref", "erf", "cfe", "matched_share_annual", "matched_share_hourly"})
AMOUNTS: Final = frozenset({"kWh", "kgCO2e"})
BUDGET: Final = "budget"


class Target(Table):
    """A figure of a site that is to reach a value, from a baseline, along a line or at a yearly rate.

    The baseline is a value, or the books' own figure of `baseline_year`. `reduction` is a share of the baseline. A
    target that changes is a second row of the same id with `valid_from` and `reason`. With `path = "budget"` all years
    from `budget_from_year` to `target_year` together may be `target_value`, without a baseline. A metric per work is of
    a model, as `[[models]]` or job records call it, in J or gCO2e for each `per`.
    """

    id: Name = Field(examples=["pue-2030"])
    metric: Metric
    site: str = Field(examples=["fra1"])
    baseline_year: Year | None = None
    baseline_value: Positive | None = None
    target_year: Year
    target_value: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)] | None = None
    reduction: Annotated[float, Field(gt=0, le=1, strict=True)] | None = None
    path: Literal["linear", "rate", "step", "budget"] = "linear"
    budget_from_year: Year | None = None
    per: Literal["token", "request", "step", "gpu-hour", "job"] | None = None
    model: Annotated[str, Field(min_length=1)] | None = None
    source: str = ""
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    reason: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        mistake = (
            (_of_budget(self) if self.path == BUDGET else _of_path(self))
            or _of_work(self)
            or span_mistake(self.valid_from, self.valid_to, start_key="valid_from", end_key="valid_to")
        )
        if mistake:
            raise ValueError(mistake)
        return self

    def holds(self, time: int) -> bool:
        """Say whether it stands at a time [UTC s]."""
        return covers(self.valid_from, self.valid_to, time)


def _of_path(target: Target) -> str | None:
    """What is wrong with the years of a target that is no budget."""
    if target.budget_from_year is not None:
        return "has a budget_from_year, which is of a budget of several years: add path = budget, or remove it"
    if target.baseline_year is None:
        return "must have a baseline_year, the year that it starts from"
    if target.baseline_year >= target.target_year:
        return "target_year must lie after baseline_year"
    return _of_goal(target)


def _of_goal(target: Target) -> str | None:
    """What is wrong with the value that is to be reached."""
    if (target.target_value is None) == (target.reduction is None):
        return "must have a target_value or a reduction, one of both"
    if target.reduction is not None and target.metric in HIGHER_IS_BETTER:
        return f"cannot reduce {target.metric}: give the target_value"
    if target.path == "rate" and not (target.target_value or (target.reduction or 1) < 1):
        return "at a yearly rate nothing reaches 0: take path = linear"
    base, part = target.baseline_value, target.reduction
    cut = None if base is None or part is None else base * (1 - part)
    for key, value in (("target_value", target.target_value), ("baseline_value", target.baseline_value), ("goal", cut)):
        if value is not None and not _can_be(target.metric, value):
            return f"{key} {value:g} cannot be: PUE is 1 or more, a share is written as 0 to 1"
    return None


def _of_budget(target: Target) -> str | None:
    """What is wrong with a budget of several years."""
    if not target.metric.endswith(("_kwh", "_kgco2e")):
        return f"cannot be a budget: {target.metric} of several years does not add up, take an energy or an emission"
    if target.budget_from_year is None or target.target_value is None:
        return "must have budget_from_year and target_value, the amount of all years up to target_year together"
    if target.budget_from_year > target.target_year:
        return "budget_from_year must not lie after target_year"
    if not (target.baseline_year is target.baseline_value is target.reduction is None):
        return "is a budget, which has no baseline and no reduction: remove them, target_value is the whole amount"
    return None


def _of_work(target: Target) -> str | None:
    """What is wrong with the work that a figure is divided by."""
    named = target.per is not None and target.model is not None
    if target.metric in PER_WORK and not named:
        return f"must have per (token, request ...) and model (as [[models]] or jobs call it), being {target.metric}"
    if target.metric not in PER_WORK and not (target.per is target.model is None):
        return f"has per or model, but {target.metric} is not per work: remove them or take {', '.join(PER_WORK)}"
    return None


def _can_be(metric: str, value: float) -> bool:
    return value >= 1 if metric == "pue" else value <= 1 or metric not in HIGHER_IS_BETTER


def targets_of(tables: Sequence[Raw], *, file: str, sites: Collection[str], mistakes: Mistakes) -> tuple[Target, ...]:
    """Return the targets of a site file; mistakes are noted."""
    found: list[tuple[str, Target]] = []
    for number, table in enumerate(tables, start=1):
        place = f'{file} [[targets]] "{table.get("id", f"number {number}")}"'
        target = build(Target, table, place=place, mistakes=mistakes)
        if target is None:
            continue
        if target.site not in sites:
            mistakes.add(place, f'key site names "{target.site}", which is no site; {remedy(target.site, sites)}')
        if not target.reason and any(other.id == target.id for _, other in found):
            mistakes.add(place, "stands a second time without a reason: say why it changed, or rename it")
        found.append((place, target))
    for (_, one), (place, other) in combinations(found, 2):
        if one.id == other.id and _both_hold(one, other):
            mistakes.add(place, "holds while its former row does: end that with valid_to where this begins")
    return tuple(target for _, target in found)


def _both_hold(one: Target, other: Target) -> bool:
    at = max((start for start in (one.valid_from, other.valid_from) if start is not None), default=0)
    return one.holds(at) and other.holds(at)
