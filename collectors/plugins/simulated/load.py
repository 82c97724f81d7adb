"""IT load: what the machines are asked to do, and the watts that costs at the plug."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collectors.plugins.simulated.clock import HOUR_S, YEAR_S, daily_cosine, hour_of_day, local_times, weekday
from collectors.plugins.simulated.noise import named_seed, smooth, steps

if TYPE_CHECKING:
    from collectors.plugins.simulated.noise import Floats, Times
    from collectors.plugins.simulated.spec import Machine, Psu, Workload

LOAD_EXPONENT = 1.2
"""Power rises a little faster than utilisation: clocks and fans go up together (collectors note, section 12)."""

_SATURDAY = 5
_LEAST_UTILISATION = 0.02
_RESTART_S = HOUR_S // 2  # a crashed job is back within half an hour


def utilisation_ratio(workload: Workload, times: Times, *, seed: int, time_zone: str, since: int) -> Floats:
    """Return how busy a machine is, 0.02 to 1: base, day, week, jobs, chance, and growth since an instant [UTC s]."""
    local = local_times(times, time_zone)
    people = workload.daily_ratio * daily_cosine(hour_of_day(local), workload.peak_local_hour)
    busy = (workload.base_ratio + people) * np.where(weekday(local) >= _SATURDAY, workload.weekend_ratio, 1.0)
    busy += workload.job_ratio * jobs(workload, times, seed=seed)
    busy += workload.noise_ratio * smooth(named_seed(seed, "noise"), times, int(workload.noise_h * HOUR_S))
    busy *= 1.0 + workload.growth_per_year * (times - since) / YEAR_S
    return np.clip(busy, _LEAST_UTILISATION, 1.0)


def jobs(workload: Workload, times: Times, *, seed: int) -> Floats:
    """Return what jobs add, 0 to 1: long jobs run or do not, their phases differ, and now and then one restarts."""
    length_s = int(workload.job_h * HOUR_S)
    running = steps(named_seed(seed, "job"), times, length_s) < workload.job_chance
    phase = 0.75 + 0.25 * steps(named_seed(seed, "phase"), times, max(length_s // 6, HOUR_S))
    crashed = steps(named_seed(seed, "crash"), times, _RESTART_S) < workload.restart_chance
    return np.where(running & ~crashed, phase, 0.0)


def dc_power_w(machine: Machine, utilisation: Floats) -> Floats:
    """Return idle + (max - idle) * u^1.2 [W] behind the power supplies."""
    power: Floats = machine.idle_w + (machine.max_w - machine.idle_w) * utilisation**LOAD_EXPONENT
    return power


def plug_power_w(power_dc_w: Floats, *, rated_w: float, psu: Psu) -> Floats:
    """Return what the power supplies draw for `power_dc_w`; their efficiency follows the load (80 PLUS curve)."""
    return power_dc_w / np.interp(power_dc_w / rated_w, psu.load_ratio, psu.efficiency_ratio)
