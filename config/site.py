"""What the company's sites are: the tables of the site file as frozen models, and questions to ask of them.

`config.loading.load_settings` makes `Settings` from a file; times are whole UTC seconds, spans are half-open.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import Field, field_validator, model_validator

from config.alerts.alerting import Alerting
from config.alerts.rules import Rule  # noqa: TC001 - pydantic reads the types of fields
from config.attribution.clusters import Cluster  # noqa: TC001 - pydantic reads the types of fields
from config.attribution.served_models import ServedModel  # noqa: TC001 - pydantic reads the types of fields
from config.electricity.contracts import Contract  # noqa: TC001 - pydantic reads the types of fields
from config.electricity.tariffs import ExchangeRate, Tariff  # noqa: TC001 - pydantic reads the types of fields
from config.errors import InputError
from config.estimates import EstimateRules
from config.factors.own import FactorSettings
from config.influxdb import InfluxKeys
from config.meters import Meter
from config.organisation import Organisation  # noqa: TC001 - pydantic reads the types of fields
from config.plan.measures import Measure  # noqa: TC001 - pydantic reads the types of fields
from config.plan.outlook import Plan
from config.plan.targets import Target  # noqa: TC001 - pydantic reads the types of fields
from config.points import EQUIPMENT, ROLES, Change, Point, PointState, Role
from config.reading.fields import Flag, Name, Number, Positive, Table, Whole
from config.reading.grouping import by_point, grouped
from config.reading.wording import remedy
from config.reports.making import ReportSettings
from config.server import Server
from config.shards import Collecting
from config.sign_in import SignIn  # noqa: TC001 - pydantic reads the types of fields
from config.source_table import SourceTable
from config.usage.bought import Usage  # noqa: TC001 - pydantic reads the types of fields

__all__ = [
    "EQUIPMENT",
    "ROLES",
    "Carrier",
    "Change",
    "Company",
    "FactorSettings",
    "InventorySettings",
    "Meter",
    "Point",
    "PointState",
    "Role",
    "Settings",
    "Site",
    "SourceTable",
    "StoreSettings",
]

Carrier = Literal["natural_gas", "fuel_oil", "chilled_water", "hot_water", "steam", "condenser_water"]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]

STATES_KEPT = 32  # trees of one site at different times that are kept in memory


class Company(Table):
    """The company whose books these are."""

    name: str = Field(min_length=1, examples=["Example AI"])
    currency: Currency
    solo: Flag = False  # one person works alone: may approve what they entered, and every approval says so
    hardware_lifetime_years: Positive | None = None  # over which embodied emissions are spread; none is assumed


class StoreSettings(InfluxKeys):
    """Where the stores are, and for how many months raw readings are kept (design section 3)."""

    kind: Literal["lake", "influxdb"] = "lake"
    data: Path = Path("data")
    raw_retention_months: Whole = Field(default=13, ge=1, le=1200)
    thin_after_months: Annotated[Whole, Field(ge=2, le=1200)] | None = None  # rows of devices below IT's meters, by day

    @model_validator(mode="after")
    def _thins_what_is_frozen(self) -> Self:
        if self.thin_after_months is not None and self.thin_after_months <= self.raw_retention_months:
            msg = f"thin_after_months must be more than raw_retention_months = {self.raw_retention_months}: raise it"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _server_is_named(self) -> Self:
        if self.kind == "influxdb" and self.url is None:
            msg = 'url is missing: kind = "influxdb" needs one, for example url = "http://127.0.0.1:8086"'
            raise ValueError(msg)
        return self


class InventorySettings(Table):
    """Where the rows of the inventory stand (`config.inventory.rows`)."""

    file: Path = Field(examples=["inventory.csv"])


class HourlyIntensity(Table):
    """The point whose readings of `grid_intensity` value a site's electricity hour by hour, and what kind they are."""

    point: str = Field(examples=["fra1/grid"])
    basis: Literal["average", "marginal"]
    scope: Literal["direct", "life_cycle"]


class Site(Table):
    """One site: its grid zone, its clock and money, and how its PUE is measured (ISO/IEC 30134-2)."""

    id: Name = Field(examples=["fra1"])
    name: str = Field(min_length=1, examples=["Frankfurt 1"])
    zone: str = Field(examples=["DE"])
    time_zone: str = Field(examples=["Europe/Berlin"])
    currency: Currency
    pue_category: Literal[1, 2, 3] = 1
    floor_area_m2: Positive | None = None
    altitude_m: Annotated[Number, Field(ge=-500, le=6000)] | None = None  # above sea level, for wet-bulb temperatures
    installed_it_kw: Positive | None = None
    factor_year: Literal["same", "latest_published", "provisional"] = "same"
    hourly_intensity: HourlyIntensity | None = None
    carriers: tuple[Carrier, ...] = ()  # bought besides electricity, entered as records of kind other_energy
    carrier_weights: Literal["plain", "green_grid"] = "plain"
    grid_cfe_point: str | None = None  # whose readings of grid_carbon_free say how clean the grid was

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            hint = remedy(name, available_timezones(), otherwise="write one like Europe/Berlin or Asia/Shanghai")
            msg = f'must be a name of the IANA time zone list, not "{name}"; {hint}'
            raise ValueError(msg) from None
        return name


class Settings(Table):
    """A site file as understood; `path` is the file, `store.data` the folder of the stores."""

    company: Company
    store: StoreSettings = StoreSettings()
    sites: tuple[Site, ...]
    points: tuple[Point, ...] = ()
    sources: tuple[SourceTable, ...] = ()
    factors: FactorSettings = FactorSettings()
    contracts: tuple[Contract, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
    organisation: Organisation | None = None
    targets: tuple[Target, ...] = ()
    measures: tuple[Measure, ...] = ()
    plan: Plan = Plan()
    clusters: tuple[Cluster, ...] = ()
    models: tuple[ServedModel, ...] = ()
    alerting: Alerting = Alerting()
    server: Server = Server()
    sign_in: SignIn | None = None
    alerts: tuple[Rule, ...] = ()
    alert_mistakes: tuple[str, ...] = ()  # of rules that are left out, one sentence each
    estimates: EstimateRules = EstimateRules()
    usage: tuple[Usage, ...] = ()
    collecting: Collecting = Collecting()
    reports: ReportSettings = ReportSettings()
    path: Path

    def site(self, site_id: str) -> Site:
        """Return one site.

        Raises:
            InputError: the site file has no such site; the sentence says which there are.
        """
        found = self._sites.get(site_id)
        if found is None:
            msg = f'"{site_id}" is no site of {self.path.name}; {remedy(site_id, self._sites)}'
            raise InputError(msg)
        return found

    def cluster(self, cluster_id: str) -> Cluster:
        """Return one cluster.

        Raises:
            InputError: the site file has no such cluster; the sentence says which there are.
        """
        found = {one.id: one for one in self.clusters}
        if cluster_id not in found:
            hint = remedy(cluster_id, found) if found else "add it to [[clusters]] with the nodes that it has"
            msg = f'"{cluster_id}" is no cluster of {self.path.name}; {hint}'
            raise InputError(msg)
        return found[cluster_id]

    def point(self, point_id: str) -> Point:
        """Return one point by its full id; where the file has one site, its name alone will do.

        Raises:
            InputError: the site file has no such point; the sentence says which was most likely meant.
        """
        found = self._points.get(point_id)
        if found is None and len(self.sites) == 1:
            found = self._points.get(f"{self.sites[0].id}/{point_id}")
        if found is None:
            hint = remedy(point_id, self._points, otherwise="`wattlas check` lists the points")
            msg = f'"{point_id}" is no point of {self.path.name}; {hint}'
            raise InputError(msg)
        return found

    def points_of(self, site_id: str, start: int, end: int) -> tuple[Point, ...]:
        """Return the points of a site that exist at some time of [start, end) in UTC seconds, in file order."""
        return tuple(
            point
            for point in self._points_by_site.get(site_id, ())
            if (point.valid_from is None or point.valid_from < end)
            and (point.valid_to is None or start < point.valid_to)
        )

    def state(self, point_id: str, time: int) -> PointState | None:
        """Return what held for a point at `time` [UTC s], None if it was not there; a source's interval goes first."""
        return self._state(self.point(point_id), time)

    def _state(self, point: Point, time: int) -> PointState | None:
        state = point.at(time)
        if state is None or point.id not in self._naming:
            return state
        own = self._sources_by_point.get(point.id, ())
        declared = {metric: source.interval_s for source in own if source.covers(time) for metric in source.metrics}
        polled = any(source.covers(time) for source in self._naming[point.id])
        return state._replace(interval_s=state.interval_s | declared, polled=polled)

    def points_at(self, site_id: str, time: int) -> tuple[PointState, ...]:
        """Return the tree of a site as it stood at `time` [UTC s], in file order."""
        edges = self._edges.get(site_id, ())
        key = (site_id, bisect_right(edges, time))
        if key not in self._trees:
            if len(self._trees) >= STATES_KEPT:
                self._trees.clear()
            points = self._points_by_site.get(site_id, ())
            self._trees[key] = tuple(state for point in points if (state := self._state(point, time)))
        return self._trees[key]

    def change_times(self, site_id: str, start: int, end: int) -> list[int]:
        """Return the instants within (start, end) [UTC s] at which the tree of a site becomes another, in order."""
        edges = self._edges.get(site_id, [])
        return edges[bisect_right(edges, start) : bisect_left(edges, end)]

    @cached_property
    def _sites(self) -> dict[str, Site]:
        return {site.id: site for site in self.sites}

    @cached_property
    def _points(self) -> dict[str, Point]:
        return {point.id: point for point in self.points}

    @cached_property
    def _points_by_site(self) -> dict[str, list[Point]]:
        return grouped(self.points, key=lambda point: point.site)

    @cached_property
    def _sources_by_point(self) -> dict[str, list[SourceTable]]:
        return grouped(self.sources, key=lambda source: source.point)

    @cached_property
    def _naming(self) -> dict[str, list[SourceTable]]:
        return by_point(self.sources, self._points)

    @cached_property
    def _edges(self) -> dict[str, list[int]]:
        return {site: sorted(self._edges_of(points)) for site, points in self._points_by_site.items()}

    def _edges_of(self, points: list[Point]) -> set[int]:
        sources = (source for point in points for source in self._sources_by_point.get(point.id, ()))
        spans = {time for source in sources for time in (source.valid_from, source.valid_to) if time is not None}
        return spans.union(*(point.edges() for point in points if point.dated))

    @cached_property
    def _trees(self) -> dict[tuple[str, int], tuple[PointState, ...]]:
        return {}
