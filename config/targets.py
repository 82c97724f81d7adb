"""Targets: `[[targets]]` of the site file. A changed target keeps the row that stood before and says why."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from config.fields import Instant, Name, Positive, Table, Whole, covers, span_mistake
from config.mistakes import Mistakes, build
from config.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from config.fields import Raw

Year = Annotated[Whole, Field(ge=2000, le=2100)]
Metric = Literal[
    "pue",
    "wue",
    "cue",
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
]
HIGHER_IS_BETTER: Final = frozenset({"ref", "erf", "cfe", "matched_share_annual", "matched_share_hourly"})
AMOUNTS: Final = frozenset({"kWh", "kgCO2e"})


class Target(Table):
    """A figure of a site that is to reach a value, from a baseline, along a line or at a yearly rate.

    The baseline is a value, or the books' own figure of `baseline_year`. `reduction` is a share of the baseline. A
    target that changes is a second row of the same id with `valid_from` and `reason`.
    """

    id: Name = Field(examples=["pue-2030"])
    metric: Metric
    site: str = Field(examples=["fra1"])
    baseline_year: Year
    baseline_value: Positive | None = None
    target_year: Year
    target_value: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)] | None = None
    reduction: Annotated[float, Field(gt=0, le=1, strict=True)] | None = None
    path: Literal["linear", "rate", "step"] = "linear"
    source: str = ""
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    reason: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.baseline_year >= self.target_year:
            msg = "target_year must lie after baseline_year"
            raise ValueError(msg)
        if (self.target_value is None) == (self.reduction is None):
            msg = "must have a target_value or a reduction, one of both"
            raise ValueError(msg)
        if self.reduction is not None and self.metric in HIGHER_IS_BETTER:
            msg = f"cannot reduce {self.metric}: give the target_value"
            raise ValueError(msg)
        if self.path == "rate" and not (self.target_value or (self.reduction or 1) < 1):
            msg = "at a yearly rate nothing reaches 0: take path = linear"
            raise ValueError(msg)
        if self.target_value is not None and not _can_be(self.metric, self.target_value):
            msg = (
                f"target_value {self.target_value:g} cannot be reached: PUE is 1 or more, a share is written as 0 to 1"
            )
            raise ValueError(msg)
        mistake = span_mistake(self.valid_from, self.valid_to, start_key="valid_from", end_key="valid_to")
        if mistake:
            raise ValueError(mistake)
        return self

    def holds(self, time: int) -> bool:
        """Say whether it stands at a time [UTC s]."""
        return covers(self.valid_from, self.valid_to, time)


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
