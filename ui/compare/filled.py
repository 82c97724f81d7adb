"""What a compare file leaves open, from the books or the device table; each is told, nothing is filled in silently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from analytics.cost import in_currency
from config.compare.file import device_of
from config.compare.strategies import OWNED
from config.errors import InputError
from config.factors.residual import residual_factor
from config.factors.tables import canonical_zone
from ui.compare.node_power import node_power
from ui.compare.words import BY_LOCATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.kpi import Kpi
    from config.compare.strategies import Comparison, Device, Price, Strategy
    from config.electricity.tariffs import ExchangeRate
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
YEAR_DAYS: Final = 365  # all its seasons
LAST_DAYS: Final = 30  # where the books know no PUE of a year
BUSY_SHARE: Final = (0.65, 0.725, 0.8)  # of a node's highest power: until its own meters tell
IDLE_OF_BUSY: Final = 256.6 / (256.6 + 433.2)  # BLOOM: measured idle and dynamic MWh (Luccioni et al. 2022)
LIFE_YEARS: Final = 4.0  # of rented hardware, for its embodied share (Cloud Carbon Footprint)


@dataclass(frozen=True, slots=True)
class Filled:
    """A strategy with nothing left open, its device, and what was assumed or measured to fill it."""

    strategy: Strategy
    device: Device | None
    told: tuple[str, ...]


def filled(comparison: Comparison, one: Strategy, service: Service | None, *, now: float) -> Filled:
    """Fill what the file leaves open: from the books of its site, then from the device table; each is told.

    Raises:
        InputError: something is neither in the file nor in the books, or a price has no rate into the file's currency.
    """
    device = device_of(comparison, one.device) if one.kind != "tokens" else None
    update: Row = {}
    told: list[str] = []
    if one.site:
        _measured(one, service, update, told, now=now)
    if one.measured_points:
        node_power(one, service, update, told, now=now)
    if device is not None:
        _of_device(one, device, update, told)
        _share_of_peak(comparison, one, device, update, told)
    _assumed(one, update, told)
    _unsaid(comparison, one, told)
    _waits(one, update, told, now=now)
    whole = one.model_copy(update=update)
    absent = [key for key in ("pue", "gco2e_per_kwh") if getattr(whole, key) is None]
    if absent:
        msg = f'strategy "{one.id}" lacks {", ".join(absent)}: give it, or a site of your own whose books know it'
        raise InputError(msg)
    return Filled(_in_currency(comparison, whole, now=int(now)), device, tuple(told))


def _measured(one: Strategy, service: Service | None, update: Row, told: list[str], *, now: float) -> None:
    if service is None:
        msg = f'strategy "{one.id}" names site {one.site}: run it beside the site file that has that site (--config)'
        raise InputError(msg)
    (pue, energy, location, wue), days = _of_books(service, one.site, end=min(int(now), service.booked_until()))
    if one.pue is None and pue.value is not None:
        update["pue"] = _around(pue.value, pue.low, pue.high, least=1.0)
        told.append(f"pue {pue.value:.3f} measured at {one.site} over {days} days")
    if one.wue_l_per_kwh is None and wue.value is not None:
        update["wue_l_per_kwh"] = _around(wue.value, wue.low, wue.high, least=0.0)
        told.append(f"wue_l_per_kwh {wue.value:.3f} measured at {one.site} over {days} days")
    if one.gco2e_per_kwh is None and location.value is not None and energy.value:
        grams = location.value / energy.value * 1000
        update["gco2e_per_kwh"] = (grams, grams, grams)
        told.append(f"gco2e_per_kwh {grams:.0f} by the books of {one.site}")
    if one.market_gco2e_per_kwh is None and not _all_contracted(one):
        _residual(service, service.settings.site(one.site), update, told, year=datetime.fromtimestamp(now, UTC).year)


def _of_books(service: Service, site: str, *, end: int) -> tuple[list[Kpi], int]:
    """The figures of a site over a year up to `end` [UTC s], else over its last days; and over how many days."""
    names = ["pue", "bought_energy_kwh", "emissions_location_kgco2e", "wue"]

    def over(days: int) -> list[Kpi]:
        return service.kpis(site=site, start=end - days * 86_400, end=end, names=names)

    of_year = over(YEAR_DAYS)
    return (of_year, YEAR_DAYS) if of_year[0].value is not None else (over(LAST_DAYS), LAST_DAYS)


def _all_contracted(one: Strategy) -> bool:
    """Say whether contracts cover all of it: then its market-based figure is theirs, and no factor enters it."""
    return one.green is not None and one.green.matched_share == 1


def _residual(service: Service, site: Site, update: Row, told: list[str], *, year: int) -> None:
    """New work has no contract: its market-based figure is by the residual mix, and without one there is none."""
    files = service.settings.factors.files
    factor, note = residual_factor(site.zone, year, policy=site.factor_year, files=files)
    if factor is None:
        told.append(
            f"no market-based figure: no residual factor of {canonical_zone(site.zone)} for {year}, and the "
            "location-based one may not stand for it: give market_gco2e_per_kwh"
        )
        return
    grams = factor.value
    update["market_gco2e_per_kwh"] = (grams, grams, grams)
    about = f", {note}" if note else ""
    told.append(
        f"market_gco2e_per_kwh {grams:.0f} by the residual mix, for new work has no contract: {factor.id}{about}"
    )


def _around(value: float, low: float | None, high: float | None, *, least: float) -> tuple[float, float, float]:
    """The interval of a figure as a range; a side that nothing bounds is the value."""
    return (
        max(least, low if low is not None else value),
        max(least, value),
        max(least, high if high is not None else value),
    )


def _of_device(one: Strategy, device: Device, update: Row, told: list[str]) -> None:
    if one.busy_kw is None and "busy_kw" not in update:
        update["busy_kw"] = tuple(device.node_kw * share for share in BUSY_SHARE)
        told.append(f"busy_kw assumed {BUSY_SHARE[0]:.0%} to {BUSY_SHARE[2]:.0%} of the node's {device.node_kw:g} kW")
    if one.idle_kw is None and "idle_kw" not in update:
        update["idle_kw"] = tuple(kw * IDLE_OF_BUSY for kw in update.get("busy_kw", one.busy_kw or ()))
        told.append(f"idle_kw assumed {IDLE_OF_BUSY:.0%} of busy_kw, as measured for BLOOM")
    if one.embodied_kgco2e is None:
        update["embodied_kgco2e"] = device.embodied_kgco2e
        told.append(f"embodied_kgco2e of {device.id} from {device.source}")


def _share_of_peak(comparison: Comparison, one: Strategy, device: Device, update: Row, told: list[str]) -> None:
    """What training gets of the peak, by benchmarks of others, where the file does not say."""
    if one.used_share is None and comparison.workload.kind == "training" and device.used_share is not None:
        update["used_share"] = device.used_share
        low, middle, high = device.used_share
        told.append(f"used_share assumed {low:.0%} to {high:.0%}, most likely {middle:.0%}: {device.used_share_source}")


def _assumed(one: Strategy, update: Row, told: list[str]) -> None:
    location = update.get("gco2e_per_kwh", one.gco2e_per_kwh)
    if one.market_gco2e_per_kwh is None and not one.site and not _all_contracted(one):
        update["market_gco2e_per_kwh"] = location
        told.append(BY_LOCATION)
    if one.kind not in OWNED and one.embodied_life_years is None and one.kind != "tokens":
        update["embodied_life_years"] = LIFE_YEARS
        told.append(f"embodied emissions spread over {LIFE_YEARS:g} years")
    if one.kind == "tokens" and one.embodied_kgco2e is None:
        told.append("embodied_kgco2e of bought tokens not given: it is not in")
    if one.kind == "tokens" and one.embodied_kgco2e is not None:
        told.append("embodied_kgco2e of bought tokens is that of all the tokens of the workload")
    if None in {update.get("wue_l_per_kwh", one.wue_l_per_kwh), one.grid_l_per_kwh}:
        told.append("no water: wue_l_per_kwh and grid_l_per_kwh are not both given")


def _unsaid(comparison: Comparison, one: Strategy, told: list[str]) -> None:
    """Say which defaults stand in for what the file leaves out."""
    work = comparison.workload
    if work.data_gb and "gbit_per_s" not in work.model_fields_set and one.kind != "tokens":
        told.append(f"gbit_per_s not given: the data is taken to arrive at {work.gbit_per_s:g} Gbit/s")
    if one.kind != "tokens" and "lost_share" not in one.model_fields_set:
        told.append("lost_share not given: nothing is taken to be lost to failures")
    if one.kind in OWNED and "network_share" not in one.model_fields_set:
        told.append("network_share not given: no network beside the devices")
    if one.green is not None and "gco2e_per_kwh" not in one.green.model_fields_set:
        told.append("green.gco2e_per_kwh not given: what is contracted is taken to emit nothing")


def _waits(one: Strategy, update: Row, told: list[str], *, now: float) -> None:
    """Nothing runs before the hardware is there and the grid connected: days from today, whatever else leads."""
    today = datetime.fromtimestamp(now, UTC).date()
    for what, day in (("delivery", one.delivery_date), ("grid connection", one.connection_date)):
        if day is None:
            continue
        days = float(max((day - today).days, 0))
        lead = update.get("lead_time_days", one.lead_time_days)
        update["lead_time_days"] = tuple(max(known, days) for known in lead)
        told.append(f"{what} on {day}: nothing runs in the {days:.0f} days before it")


def _in_currency(comparison: Comparison, one: Strategy, *, now: int) -> Strategy:
    """Turn every price into the file's currency, by a rate of its day."""

    def turned(price: Price) -> Price:
        return price_in(
            price,
            of=one.currency or comparison.currency,
            to=comparison.currency,
            at=now,
            rates=comparison.exchange_rates,
        )

    update: Row = {key: turned(price) for key, price in one.prices().items() if "." not in key}
    if one.green is not None:
        update["green"] = one.green.model_copy(update={"premium_per_kwh": turned(one.green.premium_per_kwh)})
    return one.model_copy(update=update)


def price_in(price: Price, *, of: str, to: str, at: int, rates: Sequence[ExchangeRate]) -> Price:
    """Return a price of its own currency, else of `of`, in another one by the rate that holds at `at` [UTC s].

    Raises:
        InputError: no rate of that day is known.
    """
    currency = price.currency or of
    value = tuple(in_currency(amount=amount, currency=currency, to=to, at=at, rates=rates) for amount in price.value)
    return price.model_copy(update={"value": value, "currency": to})
