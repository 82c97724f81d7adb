"""The year of a site of 10,000 series as a page draws it: at most 2,000 points a series, p95 within 2 s (issue 12).

The books hold 351 M rows, 9 GB on disk. `WATTLAS_BENCH_SERIES` makes fewer.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from collectors.ledger_row import INTERVAL_S
from collectors.store.open import Stores
from config.loading import load_settings
from tests.bench.test_billion_rows import HALLS, NOW, START, site_file, write_year
from ui.service import open_service
from ui.views.energy_reading import step_s

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service

pytestmark = pytest.mark.bench
SERIES = int(os.environ.get("WATTLAS_BENCH_SERIES", "10000"))
LOOKS, MOST_POINTS = 20, 2000
NAMES = ("pue", "facility_energy_kwh", "it_energy_kwh")


def looked(service: Service) -> tuple[float, float, int]:
    """Seconds by the clock and of processor time that one view takes, and the points of its longest series."""
    began, used = time.perf_counter(), time.process_time()
    series = service.power_series("b", START, NOW, max_points=-(-(NOW - START) // step_s(NOW - START)))
    figures = {kpi.name: kpi.value for kpi in service.kpis(site="b", start=START, end=NOW, names=NAMES)}
    taken = time.perf_counter() - began, time.process_time() - used
    assert figures["pue"] == pytest.approx(1.33, rel=1e-9)
    assert None not in series["it"][1]
    return *taken, max(len(times) for times, _ in series.values())


def test_a_year_view(tmp_path: Path) -> None:
    servers = -(-(SERIES - HALLS - 1) // HALLS)
    config = site_file(tmp_path, servers)
    began = time.perf_counter()
    rows = write_year(Stores(load_settings(config).store.data).books, servers)
    written_s = time.perf_counter() - began
    service = open_service(config, None, lambda: float(NOW + 2 * INTERVAL_S))
    found = [looked(service) for _ in range(LOOKS)]
    clock_s, used_s = (sorted(one[at] for one in found) for at in (0, 1))
    p95 = int(LOOKS * 0.95) - 1
    print(
        f"\n{len(service.settings.points)} series, {rows} rows written in {written_s:.0f} s; year view: first "
        f"{found[0][0]:.2f} s, p95 {clock_s[p95]:.2f} s, of processor time {used_s[p95]:.2f} s; "
        f"{found[0][2]} points a series; load {os.getloadavg()[0]:.0f}"
    )
    assert max(points for *_, points in found) <= MOST_POINTS
    assert clock_s[p95] <= 2.0
