"""What a strategy brings: time to the result, present cost, energy, carbon by both bases, water; each as draws.

Every input is drawn once and enters everything that it bears on. Green supply is an overlay: it moves the market-based
figure and the cost, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.planning import footprint
from analytics.planning.costs import hourly_parts, premium, summed
from analytics.planning.dice import Dice
from analytics.planning.ranges import DRAWS
from analytics.planning.workload import inference_flop, run_hours, spot_hours, training_flop, transfer_hours
from config.compare.strategies import OWNED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from config.compare.strategies import Device, Strategy, Workload

    Floats = NDArray[np.float64]

HOURS_PER_DAY: Final = 24.0
MILLION: Final = 1e6
FLOP_PER_TFLOP: Final = 1e12


@dataclass(frozen=True, slots=True)
class Outcome:
    """Draws of what a strategy brings. `useful_h` are device-hours of work that is kept, `cost_parts` sum to `cost`.

    Facility energy is `e0_kwh`, what idling takes as long as the devices are reserved, and `alpha_kw` for each hour of
    the run (the founding document's E = E0 + alpha T); None where nobody knows the devices. Of a mixture the run is the
    longest one of its parts.
    """

    time_h: Floats
    cost: Floats
    it_energy_kwh: Floats
    facility_energy_kwh: Floats
    location_kgco2e: Floats
    market_kgco2e: Floats | None  # None where nobody knows what no contract covers
    embodied_kgco2e: Floats | None  # None where nobody said what making the devices emitted
    water_l: Floats | None  # None where nobody said what a kWh takes
    useful_h: Floats
    peak_kw: float
    inputs: dict[str, Floats] = field(repr=False)
    cost_parts: dict[str, Floats] = field(repr=False)
    e0_kwh: Floats | None = None
    alpha_kw: Floats | None = None
    run_h: Floats | None = None  # hours that the devices run

    @property
    def carbon_kgco2e(self) -> Floats | None:
        """Location-based and embodied emissions together; None where the latter are not known."""
        return None if self.embodied_kgco2e is None else self.location_kgco2e + self.embodied_kgco2e


def outcome(strategy: Strategy, workload: Workload, device: Device | None, *, rate: float) -> Outcome:
    """Return the draws of everything that a strategy brings for a workload.

    Args:
        strategy: with `pue`, intensities and powers filled in; prices in one currency.
        workload: the work.
        device: its accelerator; None for bought tokens.
        rate: real rate a year.

    Work and devices give the hours of the run; lost time, interruptions and lead time come on top. Rented devices are
    reserved while they run (or for their whole term), owned ones for the run's share of their useful hours.
    """
    dice = Dice(strategy)
    if device is None:
        return _bought_tokens(strategy, workload, dice)
    useful = _useful_hours(strategy, workload, device, dice)
    run = _run_hours(strategy, useful, dice)
    arrival = transfer_hours(data_gb=workload.data_gb, gbit_per_s=workload.gbit_per_s)
    reserved = _reserved_hours(strategy, run, dice)
    it_kwh = footprint.it_energy_kwh(
        devices=strategy.devices,
        idle_kw=dice.of("idle_kw"),
        busy_kw=dice.of("busy_kw"),
        reserved_h=reserved,
        run_h=run,
    )
    facility_kwh = it_kwh * dice.of("pue")
    embodied = footprint.embodied_kgco2e(
        devices=strategy.devices,
        kg_per_device=dice.of("embodied_kgco2e"),
        reserved_h=reserved,
        life_years=strategy.life_years or strategy.embodied_life_years or 1.0,
    )
    paid_h = (run if strategy.kind in OWNED else reserved) * strategy.devices
    hourly = hourly_parts(strategy, dice, rate=rate, share_busy=run / reserved)
    whole = _outcome(
        strategy,
        dice,
        time_h=dice.of("lead_time_days") * HOURS_PER_DAY + arrival + run,
        cost_parts={name: each * paid_h for name, each in hourly.items()} | premium(strategy, facility_kwh),
        it_kwh=it_kwh,
        facility_kwh=facility_kwh,
        embodied=embodied,
        useful_h=useful * strategy.devices,
        peak_kw=float(strategy.devices * np.median(dice.of("busy_kw") * dice.of("pue"))),
    )
    each_kw = strategy.devices * dice.of("pue")
    e0_kwh, alpha_kw = each_kw * dice.of("idle_kw") * reserved, each_kw * (dice.of("busy_kw") - dice.of("idle_kw"))
    return replace(whole, e0_kwh=e0_kwh, alpha_kw=alpha_kw, run_h=run)


def _useful_hours(strategy: Strategy, workload: Workload, device: Device, dice: Dice) -> Floats:
    """The hours that the work takes where nothing of it is lost."""
    if workload.device_hours is not None:
        return np.full(DRAWS, workload.device_hours / strategy.devices)
    return run_hours(
        flop=work_flop(workload),
        devices=strategy.devices,
        peak_flop_per_s=device.peak_tflops * FLOP_PER_TFLOP,
        used_share=dice.of("used_share"),
    )


def _run_hours(strategy: Strategy, useful: Floats, dice: Dice) -> Floats:
    """The hours that the devices run: what failures and interruptions lose is done again."""
    run = useful / (1 - dice.of("lost_share"))
    if strategy.kind != "cloud_spot":
        return run
    return spot_hours(
        run=run,
        interruptions_per_hour=dice.of("interruptions_per_hour"),
        checkpoint_h=strategy.checkpoint_h or 0.0,
        restart_h=strategy.restart_h or 0.0,
    )


def work_flop(workload: Workload) -> float:
    """Return the work of training or inference in floating-point operations."""
    if workload.flop is not None:
        return workload.flop
    of_kind = training_flop if workload.kind == "training" else inference_flop
    return of_kind(active_parameters=workload.active_parameters or 0.0, tokens=workload.tokens or 0.0)


def _reserved_hours(strategy: Strategy, run: Floats, dice: Dice) -> Floats:
    if strategy.kind == "cloud_reserved":
        return np.maximum(run, strategy.term_hours or 0.0)
    return run / dice.of("utilisation") if strategy.kind in OWNED else run


def _bought_tokens(strategy: Strategy, workload: Workload, dice: Dice) -> Outcome:
    tokens = workload.tokens or 0.0
    it_kwh = dice.of("kwh_per_million_tokens") * tokens / MILLION
    facility_kwh = it_kwh * dice.of("pue")
    return _outcome(
        strategy,
        dice,
        time_h=dice.of("lead_time_days") * HOURS_PER_DAY + tokens / dice.of("tokens_per_second") / 3600,
        cost_parts={"tokens": dice.of("price_per_million_tokens") * tokens / MILLION} | premium(strategy, facility_kwh),
        it_kwh=it_kwh,
        facility_kwh=facility_kwh,
        embodied=None if strategy.embodied_kgco2e is None else dice.of("embodied_kgco2e"),
        useful_h=np.zeros(DRAWS),
        peak_kw=0.0,
    )


def _outcome(  # noqa: PLR0913 - what an outcome is made of
    strategy: Strategy,
    dice: Dice,
    *,
    time_h: Floats,
    cost_parts: dict[str, Floats],
    it_kwh: Floats,
    facility_kwh: Floats,
    embodied: Floats | None,
    useful_h: Floats,
    peak_kw: float,
) -> Outcome:
    return Outcome(
        time_h=time_h,
        cost=summed(cost_parts),
        cost_parts=cost_parts,
        it_energy_kwh=it_kwh,
        facility_energy_kwh=facility_kwh,
        location_kgco2e=footprint.operational_kgco2e(
            facility_energy_kwh=facility_kwh, gco2e_per_kwh=dice.of("gco2e_per_kwh")
        ),
        market_kgco2e=_market(strategy, dice, facility_kwh),
        embodied_kgco2e=embodied,
        water_l=_water(strategy, dice, it_kwh),
        useful_h=useful_h,
        peak_kw=peak_kw,
        inputs=dice.drawn,
    )


def _market(strategy: Strategy, dice: Dice, facility_kwh: Floats) -> Floats | None:
    green = strategy.green
    if strategy.market_gco2e_per_kwh is None and (green is None or green.matched_share < 1):
        return None
    grams = dice.of("market_gco2e_per_kwh")
    if green is not None:
        grams = footprint.market_gco2e_per_kwh(
            residual=grams, matched_share=green.matched_share, contracted=green.gco2e_per_kwh
        )
    return footprint.operational_kgco2e(facility_energy_kwh=facility_kwh, gco2e_per_kwh=grams)


def _water(strategy: Strategy, dice: Dice, it_kwh: Floats) -> Floats | None:
    if strategy.wue_l_per_kwh is None or strategy.grid_l_per_kwh is None:
        return None
    wue, grid = dice.of("wue_l_per_kwh"), dice.of("grid_l_per_kwh")
    return footprint.water_l(it_energy_kwh=it_kwh, pue=dice.of("pue"), wue=wue, grid_l_per_kwh=grid)


def used(strategy: Strategy, workload: Workload, device: Device, *, rate: float, use: float) -> Floats:
    """Return draws of what a useful hour of owned devices costs at some utilisation: for a break-even with renting."""
    found = outcome(strategy.model_copy(update={"utilisation": (use,) * 3}), workload, device, rate=rate)
    return found.cost / found.useful_h
