"""Figures by tenant, team, user, model, job or cluster, and the rows of them that doors print."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from analytics.attribution.figures import NAME, SEEN, it_energy_of, part_of
from analytics.attribution.split import RULES
from analytics.attribution.work import BY, unmetered
from analytics.kpi import summed
from config.errors import InputError
from config.reading.wording import remedy
from ui.attribution.amounts import QUANTITY_OF, SiteAmounts
from ui.attribution.gather import Gathered
from ui.attribution.period import asked
from ui.estimates.deciding import with_estimates
from ui.figures.fleet import FLEET
from ui.rows import kpi_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analytics.attribution.sums import Amount, Sums
    from analytics.attribution.work import Dark
    from analytics.kpi import Kpi
    from config.site import Site
    from ui.figures.site import Question
    from ui.service import Service

Row = dict[str, Any]
FIGURES = (NAME, *QUANTITY_OF)


@dataclass(frozen=True, slots=True)
class Attributed:
    """One figure of one subject."""

    by: str
    of: str
    kpi: Kpi


@dataclass(frozen=True)
class Attribution:
    """One site over one period, shared out."""

    gathered: Gathered

    @cached_property
    def site(self) -> SiteAmounts:
        """The site's figures and their course."""
        return SiteAmounts(self.gathered.question)

    @cached_property
    def sums(self) -> Sums:
        """What each subject had."""
        return self.gathered.sums(self.site)

    def own(self, amount: Amount) -> Kpi:
        """IT energy of a subject."""
        question = self.gathered.question
        return it_energy_of(
            amount,
            rule=self.gathered.rule,
            site=question.site.id,
            start=question.start,
            end=question.end,
            unmetered=self._unmetered.get(amount.subject, SEEN),
            config_hash=question.service.config_hash,
        )

    @cached_property
    def _unmetered(self) -> dict[str, Dark]:
        """Each subject's time on nodes that no meter sees."""
        question, gathered = self.gathered.question, self.gathered
        spans = [({unit.id for unit in gathered.units(era.tree)}, era.start, era.end) for era in question.eras]
        return unmetered(gathered.work, spans, _ceilings(question))

    def figures(self, names: Sequence[str], of: Iterable[str] | None = None) -> Iterator[Attributed]:
        """Figures of each subject, or of those named."""
        wanted = None if of is None else set(of)
        for amount in self.sums.amounts():
            if wanted is not None and amount.subject not in wanted:
                continue
            own = self.own(amount)
            for name in names:
                kpi = own if name == NAME else self.part(name, amount, own)
                yield Attributed(self.gathered.by, amount.subject, self._by_cells(kpi))

    def _by_cells(self, kpi: Kpi) -> Kpi:
        """A figure that tells the cells by which it was shared out, where they are not the ledger's."""
        finer = self.gathered.finer
        return kpi if finer is None else replace(kpi, method=f"{kpi.method}; {finer.told}")

    def part(self, name: str, amount: Amount, own: Kpi) -> Kpi:
        """A subject's part of one of the site's figures."""
        quantity = QUANTITY_OF[name]
        figure = self.site.figures[name]
        total, dark = self.sums.totals.get(quantity, 0.0), self._unmetered.get(amount.subject, SEEN)
        unknown = self.sums.unknown.get(quantity, 0.0)
        spans = self.sums.spans[quantity].tolist() if quantity in self.sums.spans else None
        return part_of(
            figure,
            amount,
            own,
            quantity=quantity,
            total=total,
            unmetered=dark,
            spans=spans,
            silent=self.sums.silent.get(quantity, 0.0),
            unknown=unknown,
        )


def _ceilings(question: Question) -> dict[str, float | None]:
    """The ceiling of each point of a site: as it stands in the period, else as it last stood."""
    last = {state.id: state.max_w for state in question.service.settings.points if state.site == question.site.id}
    return last | {state.id: state.max_w for era in question.eras for state in era.tree.points}


def attributed(  # noqa: PLR0913 - what is asked, of whom, and how
    service: Service,
    site: Site,
    start: int,
    end: int,
    *,
    by: str,
    idle: str | None = None,
    every_s: int | None = None,
    names: Sequence[str] | None = None,
    of: Sequence[str] | None = None,
) -> Iterator[Attributed]:
    """Yield the figures of one site by subject; `value_measured` without the approved estimates.

    With `every_s` jobs that share a quarter hour are told apart by cells of so many seconds, from raw readings.

    Raises:
        InputError: no such kind of subject, rule or figure; or there are no such cells (`Finer`).
    """
    wanted = checked(by=by, idle=idle, names=names)
    question = asked(service, site, start, end)
    found = Attribution(Gathered(question, by, idle, every_s)).figures(wanted, of)
    if not question.estimates:
        yield from found
        return
    bare = Attribution(Gathered(replace(question, read_alone=True), by, idle, every_s)).figures(wanted, of)
    read = {(one.of, one.kpi.name): one.kpi for one in bare}
    for one in found:
        yield replace(one, kpi=with_estimates(one.kpi, read[one.of, one.kpi.name], question.estimates))


def checked(*, by: str, idle: str | None, names: Sequence[str] | None) -> Sequence[str]:
    """Return the names of figures that are wanted, after a look at what was asked.

    Raises:
        InputError: no such kind of subject, rule or figure.
    """
    for what, known, given in (
        ("--by", BY, [by]),
        ("--idle", RULES, [idle] if idle else []),
        ("--name", FIGURES, names),
    ):
        for one in given or []:
            if one not in known:
                msg = f'{what} "{one}" is not known; {remedy(one, known)}'
                raise InputError(msg)
    return FIGURES if names is None else list(dict.fromkeys(names))


def fleet_of(found: Sequence[Attributed]) -> list[Attributed]:
    """Sums over the sites, of each subject and figure whose unit is the same everywhere."""
    groups: dict[tuple[str, str, str], list[Attributed]] = {}
    for one in found:
        groups.setdefault((one.of, one.kpi.name, one.kpi.unit), []).append(one)
    return [replace(parts[0], kpi=summed([one.kpi for one in parts], site=FLEET)) for parts in groups.values()]


def rows_of(found: Iterable[Attributed]) -> Iterator[Row]:
    """One row a figure of a subject."""
    for one in found:
        yield {"by": one.by, "of": one.of, **kpi_row(one.kpi)}


def chargeback_rows(found: Sequence[Attributed]) -> Iterator[Row]:
    """One row a subject and site: each figure in a column of its own, for whom it is charged to.

    Sums over sites in several currencies have a row of their own for the cost in each further one.
    """
    groups: dict[tuple[str, str, str], dict[str, Kpi]] = {}
    names = dict.fromkeys(one.kpi.name for one in found)
    for one in found:
        first = (one.kpi.site, one.of, "")
        twice = one.kpi.name in groups.get(first, {})
        groups.setdefault((one.kpi.site, one.of, one.kpi.unit) if twice else first, {})[one.kpi.name] = one.kpi
    for (site, of, _), kpis in groups.items():
        row: Row = {"site": site, "by": found[0].by, "of": of}
        yield row | _charged(kpis, names)


def _charged(kpis: Mapping[str, Kpi], names: Iterable[str]) -> Row:
    first = kpi_row(next(iter(kpis.values())))
    row: Row = {"start": first["start"], "end": first["end"]}
    for name in names:
        kpi = kpis.get(name)
        row |= {name: kpi and kpi.value, f"{name}_low": kpi and kpi.low, f"{name}_high": kpi and kpi.high}
    known = [kpi for kpi in kpis.values() if kpi.value is not None] or list(kpis.values())
    worst = {"measured": min(kpi.measured for kpi in known), "missing": max(kpi.missing for kpi in known)}
    reasons = dict.fromkeys(f"{name}: {kpi.reason}" for name, kpi in kpis.items() if kpi.reason)
    currency = kpis["energy_cost"].unit if "energy_cost" in kpis else ""
    told = {"method": first["method"], "reason": "; ".join(reasons), "config_hash": first["config_hash"]}
    return row | {"currency": currency} | worst | told
