"""Routes that read: each gives what the command of its name prints with `--json`, by the same functions."""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from config.errors import InputError
from config.reading.wording import remedy
from ui.access.part import refuse_part, shows
from ui.api import by_whom
from ui.api.answers import Refusal, as_json
from ui.api.paging import PARAMETERS, Stretch, asked_at, of_rows, of_table, paged
from ui.format import iso
from ui.rows import kpi_row, ledger_rows
from ui.sites import chosen, periods, points_in, refuse_unknown_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa
    from starlette.responses import Response

    from ui.api.door import Call

Row = dict[str, Any]
DAY_S = 86_400
LONGEST_DAYS = 3_660


class Kpis:
    """Figures; those by whom have pages of one computation."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._by_whom = by_whom.Answers()

    def get(self, call: Call) -> Response:
        """Figures of a period, of one site or of all; with fleet=true those of all together too, with by= by whom."""
        from ui.figures.fleet import fleet_figures

        call.refuse_others("from", "to", "site", "name", "category", "fleet", *by_whom.PARAMETERS, *PARAMETERS)
        fleet = _flag(call, "fleet")
        if any(one in call.query for one in by_whom.PARAMETERS):
            return self._by_whom.page(call, _periods(call), fleet=fleet)
        names, category = call.query.getlist("name") or None, _category(call)
        if fleet:
            refuse_part(call.service, "the fleet")
        figures = [
            figure
            for site, first, last in _periods(call)
            for figure in call.service.kpis(site=site, start=first, end=last, names=names, category=category)
        ]
        together = fleet_figures(figures) if fleet else []
        return paged(call, [lambda: of_rows([kpi_row(one) for one in (*figures, *together)])])


def ledger(call: Call) -> Response:
    """Ledger rows of a period, day by day."""

    def read(site: str, points: Sequence[str], first: int, last: int) -> Stretch:
        table = call.service.ledger(start=first, end=last, points=points, site=site, metrics=_metrics(call))
        return of_table(table, ledger_rows)

    call.refuse_others("from", "to", "site", "point", "metric", *PARAMETERS)
    return paged(call, _by_day(call, read))


def readings(call: Call) -> Response:
    """Readings of a period, day by day, as the meters gave them; with rejected=true those in quarantine too."""
    from ui.exporting import readings_between

    def read(_site: str, points: Sequence[str], first: int, last: int) -> Stretch:
        table = readings_between(call.service, points, _metrics(call), first, last, rejected=_flag(call, "rejected"))
        return of_table(table, _reading_rows)

    call.refuse_others("from", "to", "site", "point", "metric", "rejected", *PARAMETERS)
    return paged(call, _by_day(call, read))


def alerts(call: Call) -> Response:
    """Alerts that are pending or firing, and those without data."""
    from ui.alerts.rows import standing

    call.refuse_others("site", *PARAMETERS)
    site = _known_site(call)
    rows = [row for row in standing(call.service) if site in {None, row["subject"].partition("/")[0]}]
    return paged(call, [lambda: of_rows(rows)])


def records(call: Call) -> Response:
    """The newest version of each record; with waiting=true those that nobody has approved."""
    from ui.records.entering import standing_rows

    call.refuse_others("site", "kind", "waiting", *PARAMETERS)
    sites = [one.id for one in chosen(call.service.settings, site=call.site())]
    waiting = _flag(call, "waiting")
    rows = list(standing_rows(call.service, sites, kinds=call.query.getlist("kind"), waiting=waiting))
    return paged(call, [lambda: of_rows(rows)])


def reports(call: Call) -> Response:
    """All reports with who took which step; with id= the content that was prepared."""
    from ui.reports.kept import content_of
    from ui.reports.sealing import report_row

    call.refuse_others("site", "id", *PARAMETERS)
    site, store = _known_site(call), call.service.stores.state.reports
    found = [one for one in store.all() if shows(call.service, one.subject) and site in {None, one.subject}]
    if "id" in call.query:
        if site is not None and call.query["id"] not in {one.id for one in found}:
            raise Refusal(403, f"There is no such report of site {site}.")  # whether it is of another or of none
        return as_json(content_of(call.service, store.get(call.query["id"])))
    rows = [report_row(one) for one in found]
    return paged(call, [lambda: of_rows(rows)])


def plan(call: Call) -> Response:
    """The plan by kind: targets with their year, milestones with their standing, steps with what they rest on.

    Raises:
        InputError: there is no such kind.
    """
    from ui.plan.status import plan_of
    from ui.plan.steps import milestone_rows, step_rows

    call.refuse_others("site", "kind", *PARAMETERS)
    site, service = _known_site(call), call.service
    makers: dict[str, Callable[[], list[Row]]] = {
        "target": lambda: plan_of(service, only=site).rows,
        "milestone": lambda: milestone_rows(service, site=site),
        "step": lambda: step_rows(service, site=site),
    }
    kinds = call.query.getlist("kind") or list(makers)
    for kind in kinds:
        if kind not in makers:
            msg = f'"{kind}" is no kind of the plan; {remedy(kind, makers)}'
            raise InputError(msg)
    rows = [{"kind": kind, **row} for kind in dict.fromkeys(kinds) for row in makers[kind]()]
    return paged(call, [lambda: of_rows(rows)])


def _known_site(call: Call) -> str | None:
    site = call.site()
    return None if site is None else call.service.settings.site(site).id


def _periods(call: Call) -> list[tuple[str, int, int]]:
    """Each site asked for with its period [UTC s].

    Raises:
        InputError: from is missing, or no such site, point or time.
        Refusal: a point is of another site than the token.
    """
    start = call.query.get("from")
    if start is None:
        msg = "from is missing: give the period, for example from=2026-03."
        raise InputError(msg)
    settings, site, points = call.service.settings, call.site(), call.query.getlist("point")
    for point in points:
        if site is not None and "/" in point and not point.startswith(f"{site}/"):
            raise Refusal(403, f"Only points of site {site} can be asked for here: leave point {point[:100]} out.")
    sites = chosen(settings, site=site, points=points or None)
    found = [
        (one.id, first, last) for one, first, last in periods(sites, start, call.query.get("to"), now=asked_at(call))
    ]
    for _, first, last in found:
        if last - first > LONGEST_DAYS * DAY_S:
            msg = f"the period is longer than {LONGEST_DAYS} days: ask for parts of it."
            raise InputError(msg)
    return found


def _by_day(call: Call, read: Callable[[str, Sequence[str], int, int], Stretch]) -> list[Callable[[], Stretch]]:
    """Stretches of a period, one a UTC day and site, for the points asked for."""
    refuse_unknown_metrics(call.query.getlist("metric"))
    wanted = call.query.getlist("point")
    found: list[Callable[[], Stretch]] = []
    for site, first, last in _periods(call):
        points = points_in(call.service.settings, site, first, last, wanted)
        edges = [first, *range(first - first % DAY_S + DAY_S, last, DAY_S), last]
        for a, b in pairwise(edges):
            if points:
                found.append(lambda site=site, points=points, a=a, b=b: read(site, points, a, b))  # type: ignore[misc]  # by its defaults
    return found


def _reading_rows(table: pa.Table) -> Iterable[Row]:
    return chain.from_iterable(
        ({**row, "time": iso(row["time"])} for row in batch.to_pylist()) for batch in table.to_batches()
    )


def _metrics(call: Call) -> list[str] | None:
    return call.query.getlist("metric") or None


def _flag(call: Call, name: str) -> bool:
    text = call.query.get(name, "false")
    if text not in {"true", "false"}:
        msg = f"{name} must be true or false."
        raise InputError(msg)
    return text == "true"


def _category(call: Call) -> int | None:
    text = call.query.get("category")
    if text not in {None, "1", "2", "3"}:
        msg = "category must be 1, 2 or 3."
        raise InputError(msg)
    return None if text is None else int(text)
