"""A site file on its way to `Settings`: raw tables and inventory rows in, models out, mistakes noted on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from config.alerts.alerting import Alerting, alert_tables, maintenance_mistakes, rule_book
from config.attribution.clusters import clusters_of
from config.attribution.served_models import models_of
from config.checks import source_mistakes, tree_mistakes
from config.electricity.contracts import contracts_of
from config.electricity.tariffs import exchange_rates_of, tariffs_of
from config.errors import ConfigError
from config.estimates import EstimateRules
from config.factors.tables import own_factors, zones
from config.inventory.entries import Entry, Inventory, point_of, table_entries, table_place
from config.inventory.full_ids import full_ids
from config.inventory.templates import Template
from config.organisation import organisation_of
from config.plan.measures import measures_of
from config.plan.outlook import Plan, plan_of
from config.plan.targets import targets_of
from config.points import Point
from config.reading.fields import Raw, Table
from config.reading.mistakes import Mistakes, build
from config.reading.wording import listed, remedy
from config.reports.making import ReportSettings, report_mistakes
from config.secrets import with_absolute_files
from config.server import Server
from config.shards import Collecting
from config.sign_in import SignIn, unknown_sites
from config.site import Company, FactorSettings, Settings, Site, SourceTable, StoreSettings
from config.usage.bought import usages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from config.alerts.rules import Rule
    from config.inventory.rows import Row
    from config.plan.measures import Measure

Single = TypeVar("Single", bound=Table)

NO_COMPANY = Company(name="-", currency="XXX")  # while mistakes are collected: settings without a company do not exist
ZONE_REMEDY = "write a zone such as DE, CN-GD or US-ERCT, or name a table of your own under [factors] files"


@dataclass(slots=True)
class Draft:
    """The raw tables of a site file `path` and the rows of its inventory, before they are understood."""

    path: Path
    tables: Raw
    rows: Sequence[Row] = ()
    inventory: str = "inventory.csv"
    mistakes: Mistakes = field(default_factory=Mistakes)
    places: dict[str, str] = field(default_factory=dict)
    """Where each point stands, by full id, those with mistakes included."""

    def settings(self) -> Settings:
        """Build and check everything; paths become absolute.

        Raises:
            ConfigError: there are mistakes, which `mistakes` then holds; one sentence a line.
        """
        company = self._single("company", Company) or NO_COMPANY
        store, factors = self._table("store", StoreSettings), self._table("factors", FactorSettings)
        estimates, collecting = self._table("estimates", EstimateRules), self._table("collecting", Collecting)
        sites = self._sites(company)
        ids = [site.id for site in sites]
        entries = [*table_entries(self.tables, self.path.name), *self._inventory_entries()]
        points = self._points(entries)
        self._points_of_sites(sites)
        sources = self._sources(entries, points)
        books = self._contracts_and_tariffs(ids)
        books["plan"] = self._plan(sites, books.get("measures", ()))
        tables, file, mistakes = self.tables, self.path.name, self.mistakes
        organisation = organisation_of(tables.get("organisation"), file=file, sites=ids, mistakes=mistakes)
        targets = targets_of(tables.get("targets", []), file=file, sites=ids, mistakes=mistakes)
        alerting = self._table("alerting", Alerting)
        self._note("[[alerting.maintenance]]", maintenance_mistakes(alerting, sites=ids, points=self.places))
        rules, rule_mistakes = self._rules(alerting, ids)
        server, sign_in = self._table("server", Server), self._single("sign_in", SignIn)
        self._note("[[sign_in.roles]]", unknown_sites(sign_in, ids))
        reports = self._reports(ids, alerting)
        self.mistakes.stop()
        folder = self.path.parent
        return Settings(
            company=company,
            store=store.model_copy(update={"data": folder / store.data}),
            sites=tuple(sites),
            points=tuple(points),
            sources=tuple(sources),
            factors=factors.within(folder),
            organisation=organisation,
            targets=targets,
            alerting=alerting,
            server=server,
            sign_in=sign_in,
            alerts=rules,
            alert_mistakes=rule_mistakes,
            estimates=estimates,
            collecting=collecting,
            reports=reports.within(folder),
            path=self.path,
            **books,
        )

    def _note(self, table: str, texts: Iterable[str]) -> None:
        for text in texts:
            self.mistakes.add(f"{self.path.name} {table}", text)

    def _reports(self, sites: Sequence[str], alerting: Alerting) -> ReportSettings:
        """Return how reports look and when they are made; what they name that there is not is noted."""
        found = self._table("reports", ReportSettings)
        self._note("[reports]", report_mistakes(found, sites=sites, alerting=alerting, folder=self.path.parent))
        return found

    def _rules(self, alerting: Alerting, sites: Sequence[str]) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
        """Return the alert rules that can be used, and what is wrong with the others: it stops nothing."""
        tables, unread = {self.path.name: self.tables.get("alerts", [])}, list[str]()
        if alerting.file is not None:
            file = self.path.parent / alerting.file
            try:
                tables[str(alerting.file)] = alert_tables(file)
            except ConfigError as error:
                unread.append(str(error))
        rules, mistakes = rule_book(tables, alerting, sites=sites, points=self.places)
        return rules, (*unread, *mistakes)

    def _contracts_and_tariffs(self, sites: Sequence[str]) -> Raw:
        """Return contracts, tariffs and exchange rates by name; mistakes of theirs are noted."""
        found: Raw = {}
        makers: dict[str, Callable[[Sequence[Raw]], object]] = {
            "contracts": lambda rows: contracts_of(rows, file=self.path.name, sites=sites, points=self.places),
            "tariffs": lambda rows: tariffs_of(rows, file=self.path.name, sites=sites),
            "exchange_rates": lambda rows: exchange_rates_of(rows, file=self.path.name),
            "measures": lambda rows: measures_of(rows, file=self.path.name, sites=sites, points=self.places),
            "usage": lambda rows: usages_of(rows, file=self.path.name, points=self.places),
            "models": lambda rows: models_of(rows, file=self.path.name, points=self.places),
            "clusters": lambda rows: clusters_of(
                [with_absolute_files(row, self.path.parent) for row in rows],
                file=self.path.name,
                sites=sites,
                points=self.places,
            ),
        }
        for key, maker in makers.items():
            try:
                found[key] = maker(self.tables.get(key, []))
            except ConfigError as error:
                self.mistakes.quote(error)
        return found

    def _plan(self, sites: Sequence[Site], measures: Sequence[Measure]) -> Plan:
        try:
            return plan_of(self.tables, file=self.path.name, sites=sites, points=self.places, measures=measures)
        except ConfigError as error:
            self.mistakes.quote(error)
            return Plan()

    def _table(self, key: str, model: type[Single]) -> Single:
        """Return a table that need not be written, else its defaults; mistakes of it are noted."""
        return self._single(key, model) or model()

    def _single(self, key: str, model: type[Single]) -> Single | None:
        if key not in self.tables:
            return None
        table = with_absolute_files(self.tables[key], self.path.parent)
        return build(model, table, place=f"{self.path.name} [{key}]", mistakes=self.mistakes)

    def _sites(self, company: Company) -> list[Site]:
        sites = []
        for number, table in enumerate(self.tables.get("sites", []), start=1):
            place = table_place(self.path.name, "sites", number, table)
            site = build(Site, {"currency": company.currency, **table}, place=place, mistakes=self.mistakes)
            if site is not None:
                sites.append(site)
        self._zones(sites)
        self._twice("sites", [table.get("id") for table in self.tables.get("sites", [])])
        return sites

    def _zones(self, sites: Sequence[Site]) -> None:
        known = set(zones())
        files = self.tables.get("factors", {}).get("files", [])
        for file in files if isinstance(files, list) else []:
            try:
                known |= {factor.zone for factor in own_factors(self.path.parent / str(file))}
            except ConfigError as error:
                self.mistakes.quote(error)
        longer = {zone for zone in known if "-" in zone}  # two or three letters are always near some other country
        for site in sites:
            if site.zone not in known:
                text = (
                    f'key zone: "{site.zone}" is in no factor table; {remedy(site.zone, longer, otherwise=ZONE_REMEDY)}'
                )
                self.mistakes.add(f'{self.path.name} [[sites]] "{site.id}"', text)

    def _points_of_sites(self, sites: Sequence[Site]) -> None:
        for site in sites:
            intensity = site.hourly_intensity.point if site.hourly_intensity else None
            for key, point in (("hourly_intensity.point", intensity), ("grid_cfe_point", site.grid_cfe_point)):
                if point is not None and point not in self.places:
                    hint = remedy(point, self.places, otherwise="add that point or correct the id")
                    text = f'key {key} names "{point}", which is no point; {hint}'
                    self.mistakes.add(f'{self.path.name} [[sites]] "{site.id}"', text)

    def templates(self) -> list[Template]:
        """Return the templates that can be understood; mistakes of the others are noted."""
        found = []
        for number, table in enumerate(self.tables.get("templates", []), start=1):
            place = table_place(self.path.name, "templates", number, table)
            template = build(Template, table, place=place, mistakes=self.mistakes)
            if template is not None:
                found.append(template)
        self._twice("templates", [table.get("name") for table in self.tables.get("templates", [])])
        return found

    def _inventory_entries(self) -> list[Entry]:
        inventory = Inventory(self.path.name, self.inventory, self.templates(), self.mistakes)
        return inventory.entries(self.rows)

    def _twice(self, key: str, names: Iterable[object]) -> None:
        for name, count in Counter(name for name in names if isinstance(name, str)).items():
            if count > 1:
                self.mistakes.add(f'{self.path.name} [[{key}]] "{name}"', f"stands {count} times: rename or remove one")

    def _points(self, entries: Sequence[Entry]) -> list[Point]:
        points, twins = [], dict[str, Point | None]()
        for entry in entries:
            if entry.point is None or not self._new_id(entry):
                continue
            point = point_of(entry, twins, self.mistakes)
            if point is not None:
                points.append(point)
        sites = [table["id"] for table in self.tables.get("sites", []) if isinstance(table.get("id"), str)]
        for id_, text in tree_mistakes(points, known=self.places, sites=sites):
            self.mistakes.add(self.places[id_], text)
        return points

    def _new_id(self, entry: Entry) -> bool:
        """Note where a point stands, even if its table has mistakes; False where its id is taken."""
        try:
            id_ = entry.id or full_ids(entry.point or {}).get("id")
        except ValueError:
            return True
        if not isinstance(id_, str):
            return True
        if id_ in self.places:
            self.mistakes.add(entry.place, f'id "{id_}" stands at {self.places[id_]} already: rename or remove one')
            return False
        self.places[id_] = entry.place
        return True

    def _sources(self, entries: Sequence[Entry], points: Sequence[Point]) -> list[SourceTable]:
        sources: list[SourceTable] = []
        places: dict[str, str] = {}
        by_id = {point.id: point for point in points}
        by_name: dict[str, list[str]] = {}
        for id_ in self.places:
            by_name.setdefault(id_.rpartition("/")[2], []).append(id_)
        for entry in entries:
            if entry.source is None:
                continue
            raw = self._with_full_point(with_absolute_files(entry.source, self.path.parent), by_name, entry.place)
            source = build(SourceTable, _dates_of(raw, by_id) | raw, place=_source_place(entry), mistakes=self.mistakes)
            if source is None:
                continue
            if source.id in places:
                text = f'source id "{source.id}" stands at {places[source.id]} already: rename or remove one'
                self.mistakes.add(_source_place(entry), text)
            places[source.id] = _source_place(entry)
            sources.append(source)
        for id_, text in source_mistakes(sources, known=self.places):
            self.mistakes.add(places[id_], text)
        return sources

    def _with_full_point(self, raw: Raw, by_name: dict[str, list[str]], place: str) -> Raw:
        name = raw.get("point")
        if not isinstance(name, str) or "/" in name:
            return raw
        fitting = by_name.get(name, [])
        if len(fitting) > 1:
            self.mistakes.add(place, f'point "{name}" stands on several sites: write one of {listed(fitting)}')
        sites = self.tables.get("sites", [])
        return {**raw, "point": fitting[0] if fitting else f"{sites[0].get('id')}/{name}" if len(sites) == 1 else name}


def _dates_of(source: Raw, by_id: dict[str, Point]) -> Raw:
    """Return the dates of a source's point, which the source has where its table says nothing else."""
    point = by_id.get(str(source.get("point")))
    return {} if point is None else {"valid_from": point.valid_from, "valid_to": point.valid_to}


def _source_place(entry: Entry) -> str:
    return entry.place if entry.point is None else f"{entry.place}, source"
