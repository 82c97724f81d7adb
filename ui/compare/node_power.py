"""Idle and busy power of a strategy's devices from the books of nodes like them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.planning.node_power import seen_power
from collectors.arrays import numpy_of
from collectors.ledger_row import INTERVAL_S
from config.errors import InputError

if TYPE_CHECKING:
    from config.compare.strategies import Strategy
    from ui.service import Service

Row = dict[str, Any]
DAYS: Final = 90


def node_power(one: Strategy, service: Service | None, update: Row, told: list[str], *, now: float) -> None:
    """Put the measured idle and busy power of a strategy's devices into `update`, and say from where.

    Raises:
        InputError: there are no books, or they hold less than a week of these points together.
    """
    if service is None:
        msg = f'strategy "{one.id}" names measured_points: run it beside the site file that has them (--config)'
        raise InputError(msg)
    points = [service.settings.point(point).id for point in one.measured_points]
    end = min(int(now), service.booked_until()) // INTERVAL_S * INTERVAL_S
    start = end - DAYS * 86_400
    count = (end - start) // INTERVAL_S
    kw = np.zeros(count)
    for point in points:
        rows = service.ledger(start=start, end=end, points=[point], metrics=["energy"])
        own = np.full(count, np.nan)
        energy = np.where(numpy_of(rows["missing"]) > 0, np.nan, numpy_of(rows["energy_kwh"]).astype(np.float64))
        own[(numpy_of(rows["start"]) - start) // INTERVAL_S] = energy * 3600 / INTERVAL_S
        kw += own  # an interval that one of them missed is of none
    assert one.measured_devices is not None  # noqa: S101 - the file says both or none
    found = seen_power(kw, devices=one.measured_devices)
    if found is None:
        msg = f'strategy "{one.id}": less than a week of {", ".join(points)} together is in the books of {DAYS} days'
        raise InputError(msg)
    where = f"of {', '.join(points)} over {DAYS} days, {int(np.isfinite(kw).sum()):,} quarter hours"
    if one.busy_kw is None:
        update["busy_kw"] = found.busy_kw
        told.append(f"busy_kw {found.busy_kw[1]:.3f} measured, 75th to 99th percentile {where}")
    if one.idle_kw is None and found.idle_kw is not None:
        update["idle_kw"] = found.idle_kw
        told.append(f"idle_kw {found.idle_kw[1]:.3f} measured, lowest 5 % {where}")
    elif one.idle_kw is None:
        told.append(f"{', '.join(points)} never stood idle: no idle_kw was measured")
