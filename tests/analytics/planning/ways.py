"""Ways to get compute that tests of comparisons vary: an accelerator, work, prices, and what comes of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.planning.outcome import Outcome, outcome
from config.compare.file import known_devices
from config.compare.strategies import Strategy, Workload

H100 = known_devices()["H100-SXM-80GB"]
RATE = 0.08
COMMON: dict[str, Any] = {
    "id": "one",
    "name": "One",
    "device": H100.id,
    "devices": 8,
    "used_share": 0.4,
    "lead_time_days": 2.0,
    "pue": 1.25,
    "gco2e_per_kwh": 400.0,
    "market_gco2e_per_kwh": 500.0,
    "idle_kw": 0.25,
    "busy_kw": 1.0,
    "embodied_kgco2e": 175.2,
    "embodied_life_years": 4.0,
}
HOURS = Workload(kind="fleet", device_hours=800.0)  # 100 hours of 8 devices


def price(value: float) -> dict[str, Any]:
    return {"value": value, "date": "2026-10-01", "source": "test"}


def strategy(kind: str, **more: Any) -> Strategy:  # noqa: ANN401 - keys of a strategy
    life = {"embodied_life_years": None} if "life_years" in more else {}  # that of owned devices is their own
    return Strategy.model_validate({**COMMON, "kind": kind, **life, **more}, strict=False)


OWNED: dict[str, Any] = {
    "capex_per_device": price(37_500.0),
    "network_share": 0.12,
    "residual_share": 0.2,
    "life_years": 4.0,
    "maintenance_share": 0.05,
    "utilisation": 0.5,
    "tariff_per_kwh": price(0.08),
    "place_per_kw_month": price(200.0),
}


def mid(values: Any) -> float:  # noqa: ANN401 - draws
    return float(np.median(values))


def found(kind: str, workload: Workload = HOURS, **more: Any) -> Outcome:  # noqa: ANN401
    return outcome(strategy(kind, **more), workload, H100, rate=RATE)
