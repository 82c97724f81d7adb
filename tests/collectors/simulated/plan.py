"""A small datacenter for the simulator's tests: one utility, two UPS paths, a few machines, every role once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collectors.plugins.simulated.faults import Fault
from collectors.plugins.simulated.site import SimulatedSite
from collectors.plugins.simulated.spec import Place, Psu, SiteSpec, Workload, Zone
from config.points import PointState, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCH = 1_767_225_600  # 2026-01-01T00:00:00Z
DAY = 86_400
LOADS = ("t/grid", "t/pv", "t/genset")

WORKLOADS = {
    "jobs": Workload(base_ratio=0.2, job_ratio=0.7, job_h=5, restart_chance=0.02, ripple_ratio=0.06),
    "people": Workload(base_ratio=0.5, daily_ratio=0.25, weekend_ratio=0.6, growth_per_year=0.1),
    "still": Workload(base_ratio=0.5, noise_ratio=0.0, ripple_ratio=0.0),
}
PSUS = {"titanium": Psu(load_ratio=(0.02, 0.1, 0.5, 1.0), efficiency_ratio=(0.8, 0.9, 0.96, 0.94))}


def point(
    name: str, role: Role, parents: Sequence[str] = (), feeds: Sequence[str] = (), *, copy: bool = False
) -> PointState:
    """One point of site `t`; parents and feeds may lack the site."""
    full = tuple(each if "/" in each else f"t/{each}" for each in parents)
    return PointState(
        f"t/{name}", "t", name, role, full, tuple(f"t/{each}" for each in feeds), share="copy" if copy else None
    )


def points() -> list[PointState]:
    """The tree: both cords metered (srv), both cords unmetered (two), and one cord (one)."""
    return [
        point("grid", "utility"),
        point("pv", "pv"),
        point("genset", "genset"),
        *(point(f"in-{x}", "ups_input", LOADS) for x in "ab"),
        *(point(f"ups-{x}", "ups", [f"in-{x}"]) for x in "ab"),
        *(point(f"pdu-{x}", "pdu", [f"ups-{x}"]) for x in "ab"),
        point("cooling", "cooling", LOADS),
        point("lighting", "lighting", LOADS),
        point("heat", "heat_export"),
        point("water", "water"),
        point("weather", "other"),
        point("srv", "server", ["pdu-a", "pdu-b"], ["srv-a", "srv-b"]),
        *(point(f"srv-{x}", "feed", [f"pdu-{x}"]) for x in "ab"),
        point("gpu", "component", ["srv"]),
        point("mig", "component", ["gpu"], copy=True),
        point("two", "storage", ["pdu-a", "pdu-b"]),
        point("one", "network", ["pdu-b"]),
    ]


def place(*, scale: float = 1.0, busy: str = "jobs") -> Place:
    """The body of site `t`; `scale` multiplies all machines."""
    machines = {
        "srv": {"idle_w": 20e3 * scale, "max_w": 100e3 * scale, "workload": busy},
        "gpu": {"idle_w": 5e3 * scale, "max_w": 70e3 * scale},
        "two": {"idle_w": 10e3 * scale, "max_w": 15e3 * scale, "workload": "people"},
        "one": {"idle_w": 4e3 * scale, "max_w": 6e3 * scale, "workload": "still"},
    }
    return Place.model_validate(
        {
            "latitude_deg": 50.1,
            "longitude_deg": 8.7,
            "weather": {"mean_degc": 11.0, "seasonal_k": 9.0, "daily_k": 4.0, "mean_humidity_percent": 75.0},
            "weather_point": "weather",
            "intensity_point": "grid",
            "ups": {f"in-{x}": {"rated_w": 90e3 * scale} for x in "ab"},
            "machines": machines,
            "occupied": {"lighting": {"day_w": 900.0 * scale, "night_w": 200.0 * scale}},
            "pv": {"pv": {"peak_w": 8e3 * scale}},
            "gensets": {"genset": {"test_w": 10e3 * scale, "test_every_days": 7}},
            "heat": {"heat": {"max_w": 30e3 * scale}},
        }
    )


def site(seed: int = 7, *, faults: Sequence[Fault] = (), scale: float = 1.0, busy: str = "jobs") -> SimulatedSite:
    """The site, fresh: nothing cached."""
    spec = SiteSpec(
        site="t",
        time_zone="Europe/Berlin",
        points={each.id: each for each in points()},
        place=place(scale=scale, busy=busy),
        zone=Zone(solar_noon_ratio=0.9, wind_ratio=0.25, firm_ratio=0.2, coal_of_fossil_ratio=0.5),
        workloads=WORKLOADS,
        psus=PSUS,
        faults=tuple(faults),
        register_epoch=EPOCH,
    )
    return SimulatedSite(seed, spec)


def fault(name: str, kind: str, first_h: float, last_h: float | None = None, **rest: object) -> Fault:
    """A fault of a point of `t` from hour to hour after day 20."""
    start = EPOCH + 20 * DAY
    ends = {} if last_h is None else {"end": int(start + last_h * 3600)}
    return Fault.model_validate(
        {"point": f"t/{name}", "kind": kind, "start": int(start + first_h * 3600), **ends, **rest}
    )


def times(first_h: float, last_h: float, step_s: int = 900) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Instants from hour to hour after day 20."""
    start = EPOCH + 20 * DAY
    return np.arange(start + int(first_h * 3600), start + int(last_h * 3600), step_s, dtype=np.int64)
