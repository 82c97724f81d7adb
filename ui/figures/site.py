"""Figures of a site over a period: ledger rows and trees go in, what `analytics` computes comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analytics.boundary import eras
from analytics.effectiveness import pue_of_period, pue_points
from analytics.energy import energy_kwh, nothing
from analytics.entered import entered, entering
from analytics.instruments import claims
from analytics.kpi import none_of
from analytics.legs import leaves
from analytics.overlay import overlaid
from analytics.sheets import Laid, laid
from analytics.uses import energy_by_use
from collectors.ledger_row import INTERVAL_S
from ui.books.ledger import by_month
from ui.estimates.deciding import cells_of
from ui.figures.emissions import emissions, years
from ui.figures.opening import operated
from ui.figures.relatives import (
    erf,
    wue,
)
from ui.figures.steps import with_steps
from ui.figures.telling import told
from ui.periods import hour_edges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from analytics.boundary import Era, Tree
    from analytics.entered import Entered
    from analytics.instruments import Claim
    from analytics.kpi import Kpi
    from analytics.uses import Uses
    from collectors.store.estimates import Estimate
    from config.site import Site
    from ui.service import Service

    Pick = Callable[[Tree], tuple[str, ...]]

ENERGY = ("energy",)
GENSET = "genset_energy_kwh"
YEAR_S = 366 * 86_400
CELLS_LAID = 3 << 19  # 60 MB
COLUMNS = ("start", "end", "point", "metric", "energy_kwh", "measured", "missing", "low_kwh", "high_kwh")


@dataclass(frozen=True)
class Question:
    """One site over [start, end) in UTC seconds, and the category in which IT is counted."""

    service: Service
    site: Site
    start: int
    end: int
    category: int
    whole: Question | None = None  # of which this is a part: its rows are read once
    zone: tuple[str, ...] = ()  # points that alone enter the boundary, of a partial PUE
    read_alone: bool = False  # whether approved estimates are left out

    @cached_property
    def eras(self) -> tuple[Era, ...]:
        """The trees of the period, one after another."""
        settings = self.service.settings
        changes = settings.change_times(self.site.id, self.start, self.end)
        found = eras(lambda time: self.service.tree(self.site.id, time), changes, start=self.start, end=self.end)
        found = with_steps(self.service, self.site.id, found)
        return tuple(replace(era, tree=era.tree.zone(self.zone)) for era in found) if self.zone else found

    @cached_property
    def operated(self) -> tuple[Era, ...]:
        """The trees of the part in which the site was open: ratios of time are of that part (`ui.figures.opening`)."""
        return operated(self)

    def tables(self, wanted: Callable[[Tree], Iterable[str]]) -> Iterator[pa.Table]:
        """Ledger rows of the points that `wanted` names in any tree of the period, in order of time."""
        return self.ledger_rows(sorted(self._points(wanted)), ENERGY, COLUMNS)

    def rows_for(self, wanted: Callable[[Tree], Iterable[str]]) -> Iterator[pa.Table] | Laid:
        """The same for a figure of `eras`; of few points laid out, once for all figures of this question."""
        held = self._laid if self.operated is self.eras else None
        return held if held is not None and self._points(wanted) <= held.points else self.tables(wanted)

    def _points(self, wanted: Callable[[Tree], Iterable[str]]) -> set[str]:
        return {point for era in self.eras for point in wanted(era.tree)}

    @cached_property
    def _laid(self) -> Laid | None:
        """What PUE, IT, cooling and losses are of; None where it would take much memory."""
        points = self._points(self.points_of_uses)
        if len(points) * (self.end - self.start) > CELLS_LAID * INTERVAL_S:
            return None
        return laid(self.tables(self.points_of_uses), self.eras, points, length_s=INTERVAL_S)

    def ledger_rows(self, points: Sequence[str], metrics: Sequence[str], columns: Sequence[str]) -> Iterator[pa.Table]:
        """Ledger rows of these points with the approved estimates entered, in order of time."""
        tables = by_month(self.service, start=self.start, end=self.end, points=points, metrics=metrics, columns=columns)
        standing = [one for one in self.estimates if one.of.point in set(points)]
        return overlaid(tables, cells_of(standing), start=self.start, end=self.end) if standing else tables

    @cached_property
    def estimates(self) -> list[Estimate]:
        """Approved estimates of the site that touch the period; none where what was read is to stand alone."""
        if self.read_alone:
            return []
        return self.service.stores.state.estimates.standing(site=self.site.id, start=self.start, end=self.end)

    def energy(self, name: str, what: str, pick: Pick, less: Pick = nothing, *, may_be_absent: bool = False) -> Kpi:
        """Energy of the points that `pick` names, less those that `less` names (`analytics.energy.energy_kwh`)."""
        found = energy_kwh(
            self.rows_for(lambda tree: leaves(tree.units(pick(tree)) + tree.units(less(tree)))),
            self.eras,
            pick=pick,
            less=less,
            name=name,
            site=self.site.id,
            what=what,
            may_be_absent=may_be_absent,
            config_hash=self.service.config_hash,
        )
        return told(self, found, pick, overhead=False)

    @cached_property
    def pue(self) -> Kpi:
        """PUE in the question's category."""
        found = pue_of_period(
            self.rows_for(lambda tree: pue_points(tree, self.category)),
            self.operated,
            category=self.category,
            site=self.site.id,
            config_hash=self.service.config_hash,
        )
        if self.site.carriers:
            others = ", ".join(self.site.carriers)
            found = replace(found, method=f"{found.method}; electricity alone, {others} is in pue_mixed")
        return told(self, found, lambda tree: pue_points(tree, self.category))

    @cached_property
    def cooling(self) -> Kpi:
        """Energy of cooling."""
        return self.energy("cooling_energy_kwh", "cooling points", lambda tree: tree.uses(self.category)["cooling"])

    @cached_property
    def facility(self) -> Kpi:
        """Energy that the facility took."""
        return self._entered("facility_energy_kwh", "utility, pv or genset points", lambda tree: tree.facility)

    @cached_property
    def it(self) -> Kpi:
        """Energy of IT in the question's category."""
        return self.energy(
            "it_energy_kwh",
            f"points that show IT in category {self.category}",
            lambda tree: tree.it(self.category),
            lambda tree: tree.within_it(self.category),
        )

    @cached_property
    def wue(self) -> Kpi:
        """Water over IT energy."""
        return wue(self)

    @cached_property
    def erf(self) -> Kpi:
        """Heat handed over, against all energy of the facility."""
        return erf(self)

    @cached_property
    def emissions(self) -> Kpi:
        """Location-based emissions of bought electricity."""
        return emissions(self)

    @cached_property
    def bought(self) -> Kpi:
        """Electricity that was bought: what scope 2 counts."""
        return self._entered("energy", "utility points", lambda tree: tree.purchased)

    @cached_property
    def generated(self) -> Kpi:
        """What generators made, a part of what entered the facility; 0 of a site that has none, and it says so."""
        found = self.energy(GENSET, "genset points", lambda tree: tree.topmost("genset"), may_be_absent=True)
        if any(era.tree.topmost("genset") for era in self.eras):
            return found
        return none_of(found, method="no generator is a point of the site")

    def _entered(self, name: str, what: str, pick: Pick) -> Kpi:
        found = self.entered.energy(
            pick=pick, name=name, site=self.site.id, what=what, config_hash=self.service.config_hash
        )
        return told(self, found, pick)

    @cached_property
    def entered(self) -> Entered:
        """What entered the facility, walked once: its energy, and what was bought by hour."""
        zone = ZoneInfo(self.site.time_zone)
        return entered(self.entered_tables, self.eras, edges=hour_edges(self.start, self.end, zone))

    @cached_property
    def entered_tables(self) -> tuple[pa.Table, ...]:
        """Ledger rows of what entered the facility, kept: few points, which energy, scope 2 and green shares read."""
        if self.whole is not None:
            return self.whole.entered_tables
        return tuple(self.tables(lambda tree: leaves(tree.units(entering(tree)))))

    @cached_property
    def claims(self) -> list[Claim]:
        """What the site may claim of its contracts over the period, refused ones with their reason."""
        site, held, now = self.site, self.service.settings.contracts, self.service.now()
        return claims(
            held, site=site.id, zone=site.zone, start=self.start, end=self.end, as_of=now, used=self._used_share
        )

    def _used_share(self, start: int, end: int) -> float:
        """Share of the bought electricity that was seen over the period which was seen in [start, end)."""
        part = replace(self, start=start, end=end, whole=self.whole or self)
        seen, whole = part.bought.value_measured or 0.0, self.bought.value_measured or 0.0
        return seen / whole if whole > 0 else 0.0

    @property
    def years(self) -> tuple[tuple[Question, int], ...]:
        """The period cut at the site's own new years, each part a question of its own, with its year."""
        cut = self._cut
        return ((self, cut[0][2]),) if len(cut) == 1 else self._parts

    @cached_property
    def _cut(self) -> list[tuple[int, int, int]]:
        return years(self.start, self.end, ZoneInfo(self.site.time_zone))

    @cached_property
    def _parts(self) -> tuple[tuple[Question, int], ...]:
        return tuple((replace(self, start=start, end=end, whole=self), year) for start, end, year in self._cut)

    @cached_property
    def uses(self) -> Uses:
        """Energy by use."""
        return energy_by_use(self.rows_for(self.points_of_uses), self.operated, category=self.category)

    def points_of_uses(self, tree: Tree) -> tuple[str, ...]:
        """All points that energy or power by use needs."""
        units = tree.units(point for of_use in tree.uses(self.category).values() for point in of_use)
        return (*pue_points(tree, self.category), *leaves(units))
