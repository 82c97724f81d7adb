"""What the bill of the shop comes to, worked out by hand, and what is booked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.usage.bought import CPU_W, END, GPU_W, HOURS, MARCH

if TYPE_CHECKING:
    from tests.ui.company import Company

CPU_KWH = CPU_W * HOURS / 1000 + 500 * 0.001
GPU_KWH = GPU_W * 10 / 1000
DISK_KWH = 1000 * 744 * 2 * 1.2e-6  # a GB-month is a GB over all hours of the month


def kwh(shop: Company, point: str) -> float:
    rows = shop.service.ledger(start=MARCH, end=END, points=[point], metrics=["energy"])
    return float(sum(rows["energy_kwh"].to_pylist()))
