"""The company's legal entities and what each site is to them: `[organisation]` of the site file.

GHG Protocol, Corporate Standard chapter 3: one consolidation approach for the whole company. Every site has at every
time an owner entry (`holdings`) or an exclusion with its reason, and every holding says of which scope the site's
bought electricity is: 2 where the company controls what draws it, 3 in a building or on machines of somebody else.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from config.reading.fields import Flag, Instant, Name, Number, Table, Whole, covers, span_mistake
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from config.reading.fields import Raw

Approach = Literal["operational_control", "financial_control", "equity_share"]
Share = Annotated[Number, Field(gt=0, le=1)]
DUST = 1e-9  # of shares that sum to 1


class Entity(Table):
    """A legal entity, and the company's share in its equity."""

    id: Name = Field(examples=["de"])
    name: str = Field(min_length=1, examples=["Example AI GmbH"])
    share: Share


class Span(Table):
    """A site from `valid_from` to `valid_to` [UTC s]; an open side is None."""

    site: str = Field(examples=["fra1"])
    valid_from: Instant | None = None
    valid_to: Instant | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Span:
        mistake = span_mistake(self.valid_from, self.valid_to, start_key="valid_from", end_key="valid_to")
        if mistake:
            raise ValueError(mistake)
        return self

    def holds(self, time: int) -> bool:
        """Say whether it holds at a time [UTC s]."""
        return covers(self.valid_from, self.valid_to, time)

    def meets(self, other: Span) -> bool:
        """Say whether it holds at a time at which another of the same site does."""
        starts = [one.valid_from for one in (self, other) if one.valid_from is not None]
        at = max(starts, default=0)
        return self.site == other.site and self.holds(at) and other.holds(at)


class Holding(Span):
    """What a site is to an entity: whether that controls it, its share in it, and the scope of its electricity."""

    entity: str = Field(examples=["de"])
    operational_control: Flag
    financial_control: Flag
    share: Share = Field(examples=[1.0])
    electricity_scope: Literal[2, 3]

    def controlled(self, approach: Approach) -> bool:
        """Say whether the entity controls the site as the approach asks; by equity share each holder counts."""
        controls = {"operational_control": self.operational_control, "financial_control": self.financial_control}
        return controls.get(approach, True)


class Exclusion(Span):
    """A site that the company's figures leave out, and why."""

    reason: str = Field(min_length=1, examples=["sold before the base year"])


class Organisation(Table):
    """The organisational boundary: approach, entities, holdings and exclusions, and the base year.

    GHG Protocol, Corporate Standard chapter 5: base-year emissions are recalculated where a change moves them by more
    than the company's own threshold (`recalculation_threshold`, a share).
    """

    approach: Approach
    base_year: Annotated[Whole, Field(ge=2000, le=2100)] | None = None
    recalculation_threshold: Share | None = None
    entities: tuple[Entity, ...]
    holdings: tuple[Holding, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()

    def entity(self, entity_id: str) -> Entity | None:
        """Return one entity, None where there is none of that id."""
        return next((one for one in self.entities if one.id == entity_id), None)


def organisation_of(table: Raw | None, *, file: str, sites: Collection[str], mistakes: Mistakes) -> Organisation | None:
    """Return the organisation that a site file describes, None where it describes none; mistakes are noted."""
    place = f"{file} [organisation]"
    found = None if table is None else build(Organisation, table, place=place, mistakes=mistakes)
    if found is not None:
        for text in _mistakes(found, sites):
            mistakes.add(place, text)
    return found


def _mistakes(found: Organisation, sites: Collection[str]) -> Iterable[str]:
    if (found.base_year is None) != (found.recalculation_threshold is None):
        yield "base_year and recalculation_threshold go together: give both, or neither"
    ids = [one.id for one in found.entities]
    if not ids:
        yield "names no entity: add [[organisation.entities]]"
    twice = (one for one in dict.fromkeys(ids) if ids.count(one) > 1)
    yield from (f'entity "{one}" stands twice: rename or remove one' for one in twice)
    for span in (*found.holdings, *found.exclusions):
        if span.site not in sites:
            yield f'"{span.site}" is no site; {remedy(span.site, sites)}'
    for holding in found.holdings:
        yield from _wrong_holding(holding, found.approach, ids)
    yield from _met(found)
    if found.approach == "equity_share":
        yield from _overheld(found)


def _wrong_holding(holding: Holding, approach: Approach, ids: Collection[str]) -> Iterable[str]:
    if holding.entity not in ids:
        yield f'holding of {holding.site}: "{holding.entity}" is no entity; {remedy(holding.entity, ids)}'
    if holding.electricity_scope == 2 and not holding.controlled(approach):  # noqa: PLR2004 - a scope
        yield (
            f"holding of {holding.site} by {holding.entity}: electricity of scope 2 needs {approach}; "
            "set electricity_scope = 3, or the control"
        )


def _met(found: Organisation) -> Iterable[str]:
    """Find what would count twice, or count what is excluded."""
    for one, other in combinations(found.holdings, 2):
        if one.meets(other) and (one.entity == other.entity or found.approach != "equity_share"):
            yield (
                f"{one.site} has two holdings at a time, by {one.entity} and {other.entity}: date them apart, "
                "so that no kWh counts twice"
            )
    for out in found.exclusions:
        if any(out.meets(one) for one in (*found.holdings, *found.exclusions) if one is not out):
            yield f"{out.site} is excluded while a holding or another exclusion stands: date them apart"


def _overheld(found: Organisation) -> Iterable[str]:
    for site in dict.fromkeys(one.site for one in found.holdings):
        held = [one for one in found.holdings if one.site == site]
        for at in (one.valid_from or 0 for one in held):
            total = sum(one.share for one in held if one.holds(at))
            if total > 1 + DUST:
                yield f"the shares in {site} sum to {total:g}: correct them, for there is no more than 1"
                break
