"""The service: everything a door may ask, composed from stores and formulas.

Doors (pages, command line, exports) call it and lay out what it returns; they neither read stores nor calculate.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.store.open import open_stores
from config.errors import NotAllowed
from config.fingerprint import config_hash, plan_hash, plan_snapshot, snapshot
from config.loading import load_settings
from ui.books.keeping import TIME_MARK, Bookkeeper, BooksKept
from ui.memory import kept_for_good

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Sequence
    from queue import SimpleQueue

    import pyarrow as pa

    from analytics.boundary import Tree
    from analytics.kpi import Kpi
    from collectors.forward.central import Central
    from collectors.store.open import Stores
    from config.site import Settings
    from ui.access.person import Person
    from ui.access.roles import Action
    from ui.figures.by_use import Use
    from ui.figures.days import Day
    from ui.figures.days_kept import DaysKept
    from ui.figures.flow import Flow
    from ui.figures.hours import GridHours
    from ui.figures.live import Freshness, LivePoint


SITE_FILE = Path("wattlas.toml")
SHARED = ("config_hash", "_trees", "days_kept", "parts")


def open_service(config: Path | None, data: Path | None, now: Callable[[], float] = time.time) -> Service:
    """Load the site file (default `wattlas.toml`) and open the stores of its data folder.

    Raises:
        ConfigError: the site file is wrong; one sentence a line.
        StoreUnavailable, StoreCorrupt, SchemaTooNew: a store cannot be used.
    """
    with kept_for_good():
        settings = load_settings(config or SITE_FILE, data=data)
    return Service(settings, open_stores(settings), now)


@dataclass(frozen=True)
class Service:
    """One site file and its stores; `now` gives UTC seconds.

    `person` is who came through the pages; None is the user of this machine, who may do all that the machine may.
    Where `settings` are of some sites alone (`ui.access.part`), `whole` are those of all.
    """

    settings: Settings
    stores: Stores
    now: Callable[[], float] = time.time
    person: Person | None = None
    whole: Settings | None = None

    @property
    def configuration(self) -> Settings:
        """The settings of all sites, by which every figure is judged whoever asks."""
        return self.whole or self.settings

    @cached_property
    def parts(self) -> dict[frozenset[str], Service]:
        """The same service for who sees some sites alone, by these."""
        return {}

    @cached_property
    def config_hash(self) -> str:
        """Fingerprint of the configuration that judges now."""
        return config_hash(self.configuration)

    def tree(self, site: str, time: int) -> Tree:
        """The tree of a site as it stood at `time` [UTC s]; made once, for many questions ask for it."""
        from analytics.boundary import Tree

        points = self.settings.points_at(site, time)  # the same object while the tree stays the same
        found = self._trees.get(site)
        if found is None or found.points is not points:
            found = self._trees[site] = Tree(points)
        return found

    @cached_property
    def _trees(self) -> dict[str, Tree]:
        return {}

    @cached_property
    def days_kept(self) -> DaysKept:
        """Days that are over and booked, of all sites."""
        from ui.figures.days_kept import DaysKept

        return DaysKept(self.settings)

    def acting_as(self, person: Person | None, action: Action = "read") -> Service:
        """The same service in the hands of somebody, as they see it for what they do: of the sites where they may."""
        from ui.access.part import showing

        sites = None if person is None else person.sites_for(action)
        seen = self if sites is None else showing(self, sites)
        return seen.sharing(replace(seen, person=person))

    def at(self, time: int) -> Service:
        """The same service as it answered at `time` [UTC s], in the hands of this machine's user."""
        return self.sharing(replace(self, person=None, now=lambda: time))

    def sharing(self, other: Service) -> Service:
        """Hand what costs much, and is the same whoever asks and when, to another service of these settings."""
        other.__dict__.update({name: getattr(self, name) for name in SHARED})
        return other

    def allow(self, action: Action, who: str, *, sites: Iterable[str | None]) -> None:
        """Let an act pass that is done in the name `who`, or refuse it; every act asks first.

        Args:
            action: what is done.
            who: in whose name.
            sites: of which sites it changes something; None stands for all of them together.

        Raises:
            NotAllowed: no role of the person allows it there, or the name is not theirs.
        """
        if self.person is None:
            return
        self.person.refuse_unless(action)
        self.person.refuse_elsewhere(action, sites)
        if who != self.person.name:
            msg = f"{self.person.name} acts in their own name alone, not as {who[:100]}."
            raise NotAllowed(msg)
        self._note_roles()

    def _note_roles(self) -> None:
        """Tell the audit log who has which role, where that is other than before: this act rests on it."""
        from ui.options import caller

        if self.settings.sign_in is not None:
            roles = {"issuer": self.settings.sign_in.issuer, "roles": self.settings.sign_in.roles_told()}
            self.stores.state.note_roles(roles, who=caller(), at=int(self.now()))

    def note_configuration(self) -> None:
        """Keep the text behind `config_hash`, and tell the audit log where it is another one than before.

        Every job that judges and every decision does so first, so that an auditor finds what it rested on.
        """
        from ui.options import caller

        state, at = self.stores.state, int(self.now())
        state.keep_configuration(self.config_hash, snapshot(self.configuration), at=at)
        state.note_configuration(self.config_hash, who=caller(), at=at, solo=self.settings.company.solo)
        plan = plan_snapshot(self.configuration)
        if plan is not None:
            state.keep_configuration(plan_hash(plan), plan, at=at)
            state.note_plan(plan_hash(plan), who=caller(), at=at)

    def collect(self, stop: threading.Event, following: SimpleQueue[Service], central: Central | None = None) -> None:
        """Poll every source until `stop` is set; a service put into `following` takes over without a pause.

        Where a `central` server is given, all that is accepted is forwarded to it.
        """
        from ui.serving.collecting import Collecting

        Collecting(self, following, central).run(stop)

    def ship(self) -> int:
        """Move accepted readings from the spool into the archive and return how many."""
        return self.stores.ship(now=int(self.now()))

    def keep_books(self, progress: Callable[[int, int], None] | None = None) -> BooksKept:
        """Bring the ledger up to date."""
        self.note_configuration()
        keeper = Bookkeeper(self.settings, self.stores, self.config_hash)
        return keeper.keep(now=int(self.now()), progress=progress)

    def recompute(
        self, *, site: str | None, start: int, end: int, progress: Callable[[int, int], None] | None = None
    ) -> BooksKept:
        """Judge booked intervals anew by the site file as it stands; what changes becomes a revision."""
        self.note_configuration()
        keeper = Bookkeeper(self.settings, self.stores, self.config_hash)
        points = self._chosen(None, site, start, end)
        return keeper.recompute(points, start, end, now=int(self.now()), progress=progress)

    def ledger(
        self,
        *,
        start: int,
        end: int,
        points: Sequence[str] | None = None,
        site: str | None = None,
        metrics: Sequence[str] | None = None,
    ) -> pa.Table:
        """Ledger rows over [start, end): booked intervals, and by the same kernel what lies off the grid or open."""
        from ui.books.ledger import ledger

        return ledger(self, start=start, end=end, points=self._chosen(points, site, start, end), metrics=metrics)

    def kpis(
        self,
        *,
        site: str | None,
        start: int,
        end: int,
        names: Iterable[str] | None = None,
        category: int | None = None,
        zone: Sequence[str] = (),
    ) -> list[Kpi]:
        """Figures of one site, or of every site, over [start, end); with `zone` those of what these points feed."""
        from ui.figures.kpis import kpis, zone_kpis

        if zone:
            of = self.settings.site(site) if site else self.settings.site(self.settings.point(zone[0]).site)
            return zone_kpis(self, of, start, end, zone, category)
        sites = [self.settings.site(site)] if site else self.settings.sites
        return [kpi for one in sites for kpi in kpis(self, one, start, end, names=names, category=category)]

    def energy_by_use(self, site: str, start: int, end: int) -> list[Use]:
        """Energy of a site by use; the parts sum to the facility's."""
        from ui.figures.by_use import by_use

        return by_use(self, self.settings.site(site), start, end)

    def power_series(
        self, site: str, start: int, end: int, max_points: int = 600
    ) -> dict[str, tuple[list[int], list[float | None]]]:
        """Mean power [W] by use over time; a gap is None."""
        from ui.figures.by_use import power_series

        return power_series(self, self.settings.site(site), start, end, max_points=max_points)

    def energy_flow(self, site: str, start: int, end: int) -> Flow:
        """Energy of a site from its metered sources to its uses; both sides sum to the facility's."""
        from ui.figures.flow import energy_flow

        return energy_flow(self, self.settings.site(site), start, end)

    def days(self, site: str, *, end: int, count: int) -> list[Day]:
        """Figures of each of the last `count` local days of a site up to `end`."""
        from ui.figures.days import days

        return days(self, self.settings.site(site), end=end, count=count)

    def grid_hours(self, site: str, *, end: int, days: int) -> GridHours | None:
        """The grid's carbon intensity by local day and hour; None where the site reads none."""
        from ui.figures.hours import grid_hours

        return grid_hours(self, self.settings.site(site), end=end, days=days)

    def mean_intensity(self, site: str, *, start: int, end: int, step_s: int) -> list[float | None]:
        """The grid's mean carbon intensity [gCO2e/kWh] of each `step_s` of a period; None where it was hardly read."""
        from ui.figures.hours import mean_intensity

        return mean_intensity(self, self.settings.site(site), start=start, end=end, step_s=step_s)

    def power_now(self, site: str) -> list[LivePoint]:
        """The newest power of each point of a site."""
        from ui.figures.live import power_now

        return power_now(self, site)

    def freshness(self, site: str) -> Freshness:
        """Which points of a site are silent, and how much of the IT power is seen."""
        from ui.figures.live import freshness

        return freshness(self, site)

    def upkeep(self) -> None:
        """Compact closed days, drop what is past its retention, and clear what no snapshot needs."""
        from ui.books.upkeep import upkeep

        upkeep(self)

    def booked_until(self) -> int:
        """Time of the last bookkeeping job, 0 before the first."""
        return max(self.stores.books.watermark(TIME_MARK), 0)

    def _chosen(self, points: Sequence[str] | None, site: str | None, start: int, end: int) -> list[str]:
        if points:
            return [self.settings.point(point).id for point in points]
        sites = [self.settings.site(site)] if site else self.settings.sites
        return [point.id for one in sites for point in self.settings.points_of(one.id, start, end)]
