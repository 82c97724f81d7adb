"""What bought electricity costs a site, in its own currency: tariffs in another one by the rate of their date."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analytics.bills import energy_cost_of_period
from analytics.cost import in_currency
from analytics.kpi import scaled, summed, without
from config.errors import InputError
from ui.books.overheads import disclosed
from ui.figures.relatives import touching

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from config.electricity.tariffs import Tariff
    from ui.figures.site import Question


def energy_cost(question: Question) -> Kpi:
    """Bought electricity at the site's tariffs, in the currency of the site; no rate, no sum (design 4.11)."""
    currency = question.site.currency
    own = touching(question)
    if all(one.currency == currency for one in own):
        return replace(disclosed(_cost(question), question.eras), unit=currency)
    edges = _edges(question, own, currency)
    parts = [replace(question, start=start, end=end, whole=question) for start, end in pairwise(edges)]
    found = [_converted(_cost(part), part, currency) for part in parts]
    return disclosed(summed(found, site=question.site.id), question.eras)


def _cost(question: Question) -> Kpi:
    return energy_cost_of_period(
        question.entered_tables,
        question.eras,
        pick=lambda tree: tree.purchased,
        tariffs=touching(question),
        zone=ZoneInfo(question.site.time_zone),
        site=question.site.id,
        config_hash=question.service.config_hash,
    )


def _edges(question: Question, tariffs: list[Tariff], currency: str) -> list[int]:
    """The period cut wherever a tariff or a rate into the site's currency begins or ends."""
    rates = [one for one in question.service.settings.exchange_rates if one.to == currency]
    spans = [*((one.valid_from, one.valid_to) for one in tariffs), *((one.valid_from, one.valid_to) for one in rates)]
    times = [time for span in spans for time in span if time is not None]
    return [question.start, *sorted({time for time in times if question.start < time < question.end}), question.end]


def _converted(cost: Kpi, question: Question, currency: str) -> Kpi:
    """Money in the site's currency by the rate that holds over the part of the period."""
    if cost.unit == currency or cost.value_reported is None:
        return replace(cost, unit=currency)
    rates = question.service.settings.exchange_rates
    try:
        rate = in_currency(amount=1.0, currency=cost.unit, to=currency, at=question.start, rates=rates)
    except InputError as error:
        return without(cost, name=cost.name, unit=currency, reason=str(error))
    method = f"{cost.method}; {rate:g} {currency} for 1 {cost.unit}"
    return scaled(cost, rate, name=cost.name, unit=currency, method=method, factors=cost.factors)
