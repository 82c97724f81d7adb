"""A site's hours for a look at green supply: load from the books, when plants run, price and intensity of the grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from analytics.cost import in_currency, mean_hour_prices
from analytics.entered import entered
from analytics.planning.supply import Hours
from collectors.arrays import numpy_of
from config.compare.supply import MOST_PER_KW, of_hours, read_profile
from config.errors import InputError
from config.reading.wording import percent
from ui.figures.hours import intensity_point
from ui.figures.site import Question
from ui.format import iso

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from analytics.entered import Hours as Loads
    from config.compare.supply import Plant, Supply
    from config.electricity.tariffs import ExchangeRate
    from config.site import Site
    from ui.service import Service

    Floats = NDArray[np.float64]

HOUR_S: Final = 3600
YEAR_H: Final = 8760
LEAST_H: Final = 28 * 24  # four weeks: below that a period says nothing of a year


@dataclass(frozen=True, slots=True)
class Period:
    """A question of a site over whole hours, and what was said on the way."""

    question: Question
    told: list[str]

    @property
    def service(self) -> Service:
        """Whose books these are."""
        return self.question.service

    @property
    def site(self) -> Site:
        """The site."""
        return self.question.site

    @property
    def start(self) -> int:
        """The start [UTC s]."""
        return self.question.start

    @property
    def end(self) -> int:
        """The end [UTC s]."""
        return self.question.end

    @property
    def starts(self) -> NDArray[np.int64]:
        """The start of each hour [UTC s]."""
        return np.arange(self.start, self.end, HOUR_S, dtype=np.int64)


def period_of(supply: Supply, service: Service, start: int | None, end: int | None) -> Period:
    """Return the whole hours of [start, end) that are booked.

    Left out, the end is the last booked hour, and the start 365 days before it, or the first hour that was fully seen.

    Raises:
        InputError: they are fewer than four weeks.
    """
    booked = service.booked_until()
    last = min(booked, end or booked) // HOUR_S * HOUR_S
    first = last - YEAR_H * HOUR_S if start is None else -(-start // HOUR_S) * HOUR_S
    site = service.settings.site(supply.site)
    question = Question(service, site, first, max(last, first + HOUR_S), site.pue_category)
    if start is None and (unseen := _leading(_loads(question).dark)):
        question = replace(question, start=first + unseen * HOUR_S)
    first = question.start
    hours = (last - first) // HOUR_S
    if hours < LEAST_H:
        msg = f"{max(hours, 0)} h of {supply.site} are in the books of this period: {LEAST_H} are needed to plan by"
        raise InputError(msg)
    told = [f"load: bought electricity of {supply.site}, {hours:,} h from {iso(first)} to {iso(last)}"]
    if hours < YEAR_H:
        told.append(f"{hours:,} h stand for a year by their length: the seasons that are not in them are not in it")
    return Period(question, told)


def _loads(question: Question) -> Loads:
    """What was bought hour by hour from the period's start, in UTC as all that is tried on it."""
    return entered(question.entered_tables, question.eras).hours


def _leading(dark: NDArray[np.bool_]) -> int:
    """How many hours stand before the first one that was fully seen; none where nothing was."""
    return 0 if dark.all() else int(dark.argmin())


def hours_of(supply: Supply, folder: Path, period: Period) -> Hours:
    """Return the load of each hour by the books, when plants run, and the grid's price and intensity.

    Raises:
        InputError: one of them cannot be known.
        ConfigError: a profile cannot be read.
    """
    question = period.question
    if question.bought.reason is not None:
        msg = f"the load of {period.site.id} is not known: {question.bought.reason}"
        raise InputError(msg)
    load = _loads(question)
    if not load.load.any():
        msg = f"the load of {period.site.id} is 0 in all of this period: choose --from and --to where it drew power"
        raise InputError(msg)
    if dark := int(load.dark.sum()):
        period.told.append(f"{dark:,} h of load were not fully seen: filled at max_w, and nothing covers them")
    if supply.movable_share:
        period.told.append(
            f"{percent(supply.movable_share)} of each hour's load moves within its day, "
            f"up to {supply.most_load_kw:,.0f} kW"
            ": what more servers for that cost and emit is not in it"
        )
    return Hours(
        load_kwh=load.load,
        pv_kwh_per_kw=_profile("pv", supply.pv, folder, period),
        wind_kwh_per_kw=_profile("wind", supply.wind, folder, period),
        price_per_kwh=_prices(supply, period),
        gco2e_per_kwh=_intensity(supply, period, question),
        dark=load.dark,
        movable_share=supply.movable_share,
        most_load_kwh=supply.most_load_kw or 0.0,
    )


def _profile(name: str, plant: Plant | None, folder: Path, period: Period) -> Floats:
    """When a plant runs: by the user's table, or by its own meter; hours that a meter missed are none."""
    if plant is None:
        return np.zeros(period.starts.size)
    if plant.profile:
        said = of_hours(read_profile(folder / plant.profile), period.starts.tolist(), typical_year=plant.typical_year)
        values = np.array([np.nan if one is None else one for one in said])
        lacking = np.flatnonzero(np.isnan(values))
        if lacking.size:
            msg = (
                f"{plant.profile} lacks {lacking.size:,} of {values.size:,} h, the first of them "
                f"{iso(int(period.starts[lacking[0]]))}: give them, choose --from and --to within it, or say "
                f"typical_year = true in [{name}] if it is of any year"
            )
            raise InputError(msg)
        period.told.append(f"{name}: {plant.profile}{', a typical year' if plant.typical_year else ''}")
        return values
    return _metered(name, plant, period)


def _metered(name: str, plant: Plant, period: Period) -> Floats:
    point = period.service.settings.point(plant.point).id
    assert plant.point_kw is not None  # noqa: S101 - the file says both or none
    rows = period.service.ledger(start=period.start, end=period.end, points=[point], metrics=["energy"])
    hour = (numpy_of(rows["start"]) - period.start) // HOUR_S
    read = (numpy_of(rows["end"]) - numpy_of(rows["start"])) * (1 - numpy_of(rows["missing"]))
    energy = np.nan_to_num(numpy_of(rows["energy_kwh"]).astype(np.float64))
    made = np.bincount(hour, weights=energy, minlength=period.starts.size)
    seen = np.bincount(hour, weights=read, minlength=period.starts.size)
    if not made.any():
        msg = f"{point} made nothing in this period: give [{name}] a profile, or a meter that ran"
        raise InputError(msg)
    least = made.max() / plant.point_kw
    if least > MOST_PER_KW:
        kw = f"{plant.point_kw:g}"
        msg = f"{point} made {made.max():,.0f} kWh in an hour, more than its point_kw = {kw} can: correct it"
        raise InputError(msg)
    unseen = int((seen < HOUR_S - 1).sum())
    gap = f"; {unseen:,} h were not fully read, what was not read counts as none" if unseen else ""
    period.told.append(f"{name}: as {point} of {plant.point_kw:g} kW made it{gap}")
    return made / plant.point_kw


def _prices(supply: Supply, period: Period) -> Floats:
    at, to = int(period.service.now()), supply.currency
    if supply.price_per_kwh is not None:
        return np.full(period.starts.size, supply.price_per_kwh.value[1])
    own = [tariff for tariff in period.service.settings.tariffs if tariff.site == period.site.id]
    if len({tariff.currency for tariff in own}) != 1:
        msg = f"{period.site.id} has no tariff in one currency: give price_per_kwh with its date and source"
        raise InputError(msg)
    prices = mean_hour_prices(period.starts, own, ZoneInfo(period.site.time_zone))
    if np.isnan(prices).any():
        msg = f"no tariff of {period.site.id} holds over all of the period: give price_per_kwh with its date and source"
        raise InputError(msg)
    rate = in_currency(amount=1.0, currency=own[0].currency, to=to, at=at, rates=rates_of(supply, period))
    period.told.append(f"price of the grid: {', '.join(tariff.id for tariff in own)}, energy alone, no demand charge")
    return prices * rate


def rates_of(supply: Supply, period: Period) -> tuple[ExchangeRate, ...]:
    """Return the rates of the supply file, then those of the site file."""
    return (*supply.exchange_rates, *period.service.settings.exchange_rates)


def _intensity(supply: Supply, period: Period, question: Question) -> Floats:
    """The grid's intensity: as the file says, else hour by hour as read, else the mean of the books."""
    count = period.starts.size
    if supply.gco2e_per_kwh is not None:
        period.told.append(f"intensity of the grid: {supply.gco2e_per_kwh.source}")
        return np.full(count, supply.gco2e_per_kwh.value[1])
    point = intensity_point(period.service.settings, period.site, period.end - 1)
    if point is not None:
        read = period.service.mean_intensity(period.site.id, start=period.start, end=period.end, step_s=HOUR_S)
        values = np.array([np.nan if one is None else one for one in read], dtype=np.float64)
        unread = np.isnan(values)
        if not unread.all():
            gap = f"; {int(unread.sum()):,} h were not read and have the highest one" if unread.any() else ""
            period.told.append(f"intensity of the grid: hour by hour as {point} reads it{gap}")
            return np.where(unread, np.nanmax(values), values)
    if question.emissions.value is None or not question.bought.value:
        msg = f"the grid's intensity is not known: {question.emissions.reason}; or give gco2e_per_kwh with its source"
        raise InputError(msg)
    mean = question.emissions.value / question.bought.value * 1000
    period.told.append(f"intensity of the grid: {mean:.0f} gCO2e/kWh, the mean of the books")
    return np.full(count, mean)
