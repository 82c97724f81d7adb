"""What tests send to `/api/v1/ingest`: one reading, as a line or as JSON."""

from __future__ import annotations

from typing import Any

from tests.ui.company import START

INGEST = "/api/v1/ingest"


def line(at: int = 0, watts: float = 100.0, point: str = "ups") -> str:
    return f"power,point={point} power_W={watts} {START + at}"


def reading(at: int = 0, **keys: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"point": "ups", "metric": "power", "time": START + at, "value": 100.0, "unit": "W", **keys}
