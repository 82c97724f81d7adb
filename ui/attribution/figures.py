"""Figures by tenant, team, user, model, job or cluster, and the rows of them that doors print."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from analytics.attribution.figures import NAME, it_energy_of, part_of
from analytics.attribution.split import RULES
from analytics.attribution.work import BY, unmetered
from analytics.kpi import summed
from config.errors import InputError
from config.wording import remedy
from ui.attribution.amounts import QUANTITY_OF, SiteAmounts
from ui.attribution.gather import Gathered, asked
from ui.estimates import with_estimates
from ui.fleet import FLEET
from ui.rows import kpi_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analytics.attribution.sums import Amount, Sums
    from analytics.kpi import Kpi
    from config.site import Site
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
            unmetered=self._unmetered.get(amount.subject, 0.0),
            config_hash=question.service.config_hash,
        )

    @cached_property
    def _unmetered(self) -> dict[str, float]:
        """Share of each subject's time on nodes that no meter sees."""
        question, gathered = self.gathered.question, self.gathered
        metered = {unit.id for era in question.eras for unit in gathered.units(era.tree)}
        return unmetered(gathered.work, metered, start=question.start, end=question.end)

    def figures(self, names: Sequence[str], of: Iterable[str] | None = None) -> Iterator[Attributed]:
        """Figures of each subject, or of those named."""
        wanted = None if of is None else set(of)
        for amount in self.sums.amounts():
            if wanted is not None and amount.subject not in wanted:
                continue
            own = self.own(amount)
            for name in names:
                yield Attributed(
                    self.gathered.by, amount.subject, own if name == NAME else self.part(name, amount, own)
                )

    def part(self, name: str, amount: Amount, own: Kpi) -> Kpi:
        """A subject's part of one of the site's figures."""
        quantity = QUANTITY_OF[name]
        figure = self.site.figures[name]
        return part_of(figure, amount, own, quantity=quantity, total=self.sums.totals.get(quantity, 0.0))


def attributed(
    service: Service,
    site: Site,
    start: int,
    end: int,
    *,
    by: str,
    idle: str | None = None,
    names: Sequence[str] | None = None,
    of: Sequence[str] | None = None,
) -> Iterator[Attributed]:
    """Yield the figures of one site by subject; `value_measured` without the approved estimates.

    Raises:
        InputError: no such kind of subject, rule or figure.
    """
    wanted = checked(by=by, idle=idle, names=names)
    question = asked(service, site, start, end)
    found = Attribution(Gathered(question, by, idle)).figures(wanted, of)
    if not question.estimates:
        yield from found
        return
    bare = Attribution(Gathered(replace(question, read_alone=True), by, idle)).figures(wanted, of)
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
    return FIGURES if names is None else names


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
    """One row a subject and site: each figure in a column of its own, for whom it is charged to."""
    groups: dict[tuple[str, str], dict[str, Kpi]] = {}
    for one in found:
        groups.setdefault((one.kpi.site, one.of), {})[one.kpi.name] = one.kpi
    for (site, of), kpis in groups.items():
        first = kpi_row(next(iter(kpis.values())))
        row: Row = {"site": site, "by": found[0].by, "of": of, "start": first["start"], "end": first["end"]}
        for name, kpi in kpis.items():
            row |= {name: kpi.value, f"{name}_low": kpi.low, f"{name}_high": kpi.high}
        worst = {
            key: pick(getattr(one, key) for one in kpis.values()) for key, pick in (("measured", min), ("missing", max))
        }
        currency = kpis["energy_cost"].unit if "energy_cost" in kpis else ""
        reasons = dict.fromkeys(f"{name}: {kpi.reason}" for name, kpi in kpis.items() if kpi.reason)
        yield {
            **row, "currency": currency, **worst, "method": first["method"], "reason": "; ".join(reasons),
            "config_hash": first["config_hash"],
        }  # fmt: skip
