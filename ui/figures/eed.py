"""The EU's data-centre indicators of a site's calendar year, as far as the books know them (Regulation (EU) 2024/1364).

What no meter and no key of the site file says is "N/A" with the reason. Nothing here is submitted anywhere.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from analytics.eed import L_PER_M3, eed_figures
from analytics.ratios import renewable_kwh
from analytics.relatives import PLAIN_WEIGHTS
from config.reading.wording import percent
from config.reports.eed import indicators
from ui.figures.from_records import carriers_kwh, eed_facts, pue_weighed
from ui.figures.opening import open_days, since
from ui.figures.relatives import renewable_years
from ui.figures.site import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.eed import Figure as EedFigure
    from analytics.eed_facts import Told
    from analytics.kpi import Kpi
    from config.reports.eed import Indicator
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
CATEGORY = 1  # EIT is measured at the UPS (Annex II 1(e))
COLUMNS = ("clause", "code", "name", "value", "unit", "reason")


def eed_rows(service: Service, site: Site, year: int, *, edition: str) -> list[Row]:
    """Return every indicator of an edition for one calendar year of a site, on its own clock.

    A site of which every point begins within the year (`valid_from`), or ends in it (`valid_to`), reports the part that
    it ran, from the local day of the first one on (Article 3) to that of the last: `start` and `end` of each row say
    which. Where a point is without a beginning or an end the site was there all year, and what was not read is missing.
    """
    zone = ZoneInfo(site.time_zone)
    start, end = (int(datetime(one, 1, 1, tzinfo=zone).timestamp()) for one in (year, year + 1))
    first, last = open_days(service, site)
    start, end = max(start, min(first, end)), min(end, int(service.now()))
    end = last if start < last < end else end
    told = _Told(Question(service, site, start, end, CATEGORY))
    listed = {one.code: one for one in indicators(edition)}
    given = {code: value for code, (value, _) in told.known.items() if code in listed}
    methods = {code: method for code, (_, method) in told.known.items()}
    named = {"site": site.id, "start": start, "end": end, "edition": edition}
    figures = eed_figures(given=given, methods=methods, withheld=told.withheld, edition=edition)
    return [named | _row(figure, listed[figure.code], told) for figure in figures]


def _row(figure: EedFigure, of: Indicator, told: _Told) -> Row:
    known = figure.value is not None
    return {
        "clause": figure.clause,
        "code": of.published_code or figure.code,
        "name": figure.name,
        "value": figure.value if known else "N/A",
        "unit": figure.unit,
        "method": figure.method if known else "",
        "reason": None if known else told.reasons.get(figure.code, figure.reason),
        "coverage": told.coverage.get(figure.code),
        "verified_rule": of.verified,
    }


class _Told:
    """What the books and the site file say: values with their method by code, and why a figure has none."""

    def __init__(self, question: Question) -> None:
        self.known: dict[str, tuple[float | str, str]] = {}
        self.reasons: dict[str, str] = {}
        self.coverage: dict[str, float] = {}
        self.withheld: set[str] = set()
        site = question.site
        self._fact("DC_NAME", site.name)
        self._fact("PDIT", site.installed_it_kw)
        self._fact("SDC", site.floor_area_m2)
        facility, it = question.facility, question.it
        self._carriers(facility, question)
        self._figure("EIT", it)
        genset, heat = (_of_role(question, role) for role in ("genset", "heat_export"))
        self._figure("EDC-BG", genset)
        self._figure("EREUSE", replace(heat, value_reported=heat.value_measured if heat.value is not None else None))
        pue = pue_weighed(question, PLAIN_WEIGHTS) if site.carriers else question.pue
        self._ratio("PUE", since(pue, question), it)
        self._ratio("WUE", since(question.wue, question), it)
        if facility.value is not None:
            for code, kwh in renewable_kwh(renewable_years(question)).items():
                self.known[code] = (kwh, "contracts of the site file with retired certificates")
        self._water(question.wue, it)
        self._records(eed_facts(question))
        self.reasons["AGG"] = "published by the EU over at least three data centres, never by one"

    def _fact(self, code: str, value: float | str | None) -> None:
        if value is not None:
            self.known[code] = (value, "site file")

    def _records(self, facts: Mapping[str, Told]) -> None:
        """Enter what people recorded, where neither a meter nor the site file says it."""
        for code, one in facts.items():
            if code in self.known:
                continue
            self.coverage[code] = one.coverage
            if one.value is None:
                self.reasons[code] = one.reason or "not known"
            else:
                self.known[code] = (one.value, one.method)

    def _figure(self, code: str, figure: Kpi) -> None:
        self.coverage[code] = figure.coverage
        if figure.value is None:
            self.reasons[code] = figure.reason or "not known"
        else:
            self.known[code] = (figure.value, figure.method)

    def _carriers(self, facility: Kpi, question: Question) -> None:
        """Enter EDC: electricity, and the other carriers that the site names, in plain kWh (Annex II 1(d))."""
        self._figure("EDC", facility)
        if not question.site.carriers or facility.value is None:
            return
        others = carriers_kwh(question)
        if isinstance(others, str):
            del self.known["EDC"]
            self.reasons["EDC"] = others
            return
        told = ", ".join(f"{kwh:.6g} kWh of {carrier}" for carrier, kwh in others.items())
        self.known["EDC"] = (facility.value + sum(others.values()), f"{facility.method}; {told}")

    def _ratio(self, code: str, figure: Kpi, it: Kpi) -> None:
        """Enter a ratio over IT of the time in which both were seen; what was put in for unseen IT is never below.

        Water may come from records alone: then WUE follows by its formula, if IT was seen throughout.
        """
        self._figure(code, figure)
        if figure.value is None and (it.missing > 0 or code == "PUE"):
            self.withheld.add(code)

    def _water(self, wue: Kpi, it: Kpi) -> None:
        """Enter the water of the year: that of the cells which WUE counts, and only where these are all."""
        self.coverage["WIN"] = wue.coverage
        if wue.value is None or it.value is None or wue.missing > 0:
            self.reasons["WIN"] = wue.reason or f"{percent(wue.missing, 1)} of the time has no water or IT reading"
        else:
            self.known["WIN"] = (wue.value * it.value / L_PER_M3, wue.method)


def _of_role(question: Question, role: str) -> Kpi:
    """Energy of the points of a role; before the first one was there, there was none of it."""
    return question.energy(role, f"{role} points", lambda tree: tree.topmost(role), may_be_absent=True)
