"""Measures as a site file gives them, for tests."""

from __future__ import annotations

from typing import Any

from config.plan.measures import Measure

MEASURE: dict[str, Any] = {
    "id": "m",
    "title": "A measure",
    "site": "s",
    "sub_load": "cooling",
    "effect_low": 0.1,
    "effect_high": 0.3,
    "realisation": 0.5,
    "start": "2026-01-01T00:00:00Z",
    "life_years": 10,
    "capex": 100.0,
    "opex_per_year": 0.0,
    "currency": "EUR",
    "prices_of": "2026-01-01",
    "discount_rate": 0.0,
    "owner": "somebody",
    "source": "quote",
}


def measure(**more: object) -> Measure:
    """A measure of the standard table with other keys."""
    return Measure.model_validate({**MEASURE, **more})
