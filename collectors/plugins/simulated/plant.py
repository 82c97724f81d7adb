"""Formulas of the building: conversion losses, cooling, water, light, sun, gensets and heat given away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collectors.plugins.simulated.clock import DAY_S, HOUR_S, hour_of_day, weekday

if TYPE_CHECKING:
    from collectors.plugins.simulated.noise import Floats, Times
    from collectors.plugins.simulated.spec import Cooling, Genset, HeatExport, Occupied, Ups, Water

LATENT_HEAT_WS_PER_L = 2.45e6
"""Evaporating one litre of water at 20 degC takes 2.45 MJ (FAO irrigation paper 56, annex 3)."""

_SATURDAY = 5


def ramp(x: Floats, low: float, high: float) -> Floats:
    """Return 0 below `low`, 1 above `high`, and a straight line between."""
    return np.clip((x - low) / (high - low), 0.0, 1.0)


def ups_loss_w(ups: Ups, output_w: Floats) -> Floats:
    """Return a + b P + c P^2: standing, proportional and ohmic losses of a double conversion UPS [W]."""
    load = output_w / ups.rated_w
    return ups.rated_w * (ups.standing_ratio + ups.linear_ratio * load + ups.square_ratio * load * load)


def cooling_power_w(cooling: Cooling, heat_w: Floats, wet_bulb_degc: Floats, times: Times) -> Floats:
    """Return fans and pumps in proportion to the heat, plus the chillers' share of it over their COP [W]."""
    warmer_k = wet_bulb_degc - cooling.cop_wet_bulb_degc
    cop = np.clip(cooling.cop - cooling.cop_per_k * warmer_k, cooling.cop_low, cooling.cop_high)
    mechanical = ramp(wet_bulb_degc, cooling.free_below_degc, cooling.chillers_above_degc)
    fans = np.where(times < (cooling.fans_since or 0), cooling.fans_ratio_before, cooling.fans_ratio)
    return heat_w * (fans + mechanical / cop)


def water_l_per_s(water: Water, heat_w: Floats, outdoor_degc: Floats) -> Floats:
    """Return make-up water of the towers: evaporation of the wet share of the heat, plus blow-down."""
    wet = water.wet_low_ratio + (water.wet_high_ratio - water.wet_low_ratio) * ramp(
        outdoor_degc, water.dry_below_degc, water.wet_above_degc
    )
    return heat_w * wet * (1.0 + water.blowdown_ratio) / LATENT_HEAT_WS_PER_L


def occupied_power_w(occupied: Occupied, local: Times) -> Floats:
    """Return lighting, or other loads of people, in local working hours and outside of them."""
    hours = hour_of_day(local)
    present = (hours >= occupied.from_hour) & (hours < occupied.to_hour) & (weekday(local) < _SATURDAY)
    return np.where(present, occupied.day_w, occupied.night_w)


def genset_power_w(genset: Genset, times: Times) -> Floats:
    """Return the load of the regular test run, else 0; a test begins every so many days at the same UTC hour."""
    into_s = (times - int(genset.test_hour_utc * HOUR_S)) % (genset.test_every_days * DAY_S)
    return np.where(into_s < genset.test_h * HOUR_S, genset.test_w, 0.0)


def heat_export_w(export: HeatExport, heat_w: Floats, outdoor_degc: Floats) -> Floats:
    """Return heat handed to the district network: more on cold days, never above the share that can be caught."""
    wanted = export.max_w * (1.0 - ramp(outdoor_degc, export.full_below_degc, export.none_above_degc))
    return np.minimum(wanted, export.caught_ratio * heat_w)
