"""Green energy of three sites over a year, hour by hour with contracts, beside a bare read of the same ledger rows."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.arrays import arrow_of
from collectors.ledger_row import INTERVAL_S, LEDGER_SCHEMA
from collectors.store.books import SEQUENCE_MARK
from ui.books.keeping import TIME_MARK
from ui.service import Service, open_service

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.bench
EDGES = [int(datetime(2025 + m // 12, m % 12 + 1, 1, tzinfo=UTC).timestamp()) for m in range(13)]
SITES, FEEDS = ("a", "b", "c"), 40
NAMES = ["emissions_market_kgco2e", "matched_share_annual", "matched_share_hourly", "ref"]
READ = ["start", "end", "point", "metric", "energy_kwh", "measured", "missing", "low_kwh", "high_kwh"]
QUALITY = (
    "conveys_rate_claim only_instrument tracked_and_retired vintage_close same_market supplier_rate_from_retired "
    "direct_contract_owns_claim residual_mix_or_disclosed"
)


def site_text() -> str:
    quality = ", ".join(f"{name} = true" for name in QUALITY.split())
    parts = ['[company]\nname = "Bench"\ncurrency = "EUR"\n[factors]\nfiles = ["own.csv"]\n']
    for site in SITES:
        parts += [f'[[sites]]\nid = "{site}"\nname = "{site}"\nzone = "XT"\ntime_zone = "UTC"\ncurrency = "EUR"\n']
        for feed in range(FEEDS):
            parts.append(
                f'[[points]]\nid = "{site}/feed-{feed}"\nrole = "utility"\nmax_w = 9e5\ninterval_s.power = 60\n'
            )
        parts.append(f'[[points]]\nid = "{site}/wind"\nrole = "pv"\nmax_w = 9e7\ninterval_s.power = 60\n')
        parts.append(
            f'[[contracts]]\nid = "ppa-{site}"\nkind = "ppa"\nsites = {{ {site} = 1.0 }}\nzones = ["XT"]\n'
            f'technology = "wind"\nfactor_gco2e_per_kwh = 0.0\nrenewable = true\ncarbon_free = true\n'
            f'point = "{site}/wind"\nquality = {{ {quality} }}\n[[contracts.certificates]]\nid = "GO-{site}"\n'
            "mwh = 9e5\nfrom = 2025-01-01T00:00:00Z\nto = 2026-01-01T00:00:00Z\nretired_at = 2026-02-01T00:00:00Z\n"
        )
    return "".join(parts)


def month_of_rows(start: int, end: int) -> pa.Table:
    cells = np.arange(start, end, INTERVAL_S, dtype=np.int64)
    points = [f"{site}/{name}" for site in SITES for name in (*(f"feed-{n}" for n in range(FEEDS)), "wind")]
    rows = len(points) * len(cells)
    energy = np.random.default_rng(start).uniform(1, 50, rows).round(3)
    texts = {"metric": "energy", "unit": "W", "quality": "measured", "method": "power", "config_hash": "0"}
    columns = {
        "start": arrow_of(np.tile(cells, len(points))),
        "end": arrow_of(np.tile(cells + INTERVAL_S, len(points))),
        "point": pa.array(np.repeat(points, len(cells))).dictionary_encode(),
        "energy_kwh": arrow_of(energy),
        "value": arrow_of(energy * 4000),
        "measured": arrow_of(np.ones(rows)),
        "revision": arrow_of(np.zeros(rows, np.int32)),
        "low_kwh": arrow_of(energy),
        "high_kwh": arrow_of(energy),
        **{name: arrow_of(np.zeros(rows)) for name in ("estimated", "missing")},
        **{name: pa.array([text] * rows).dictionary_encode() for name, text in texts.items()},
    }
    return pa.table([columns[name] for name in LEDGER_SCHEMA.names], names=LEDGER_SCHEMA.names).cast(LEDGER_SCHEMA)


def opened(folder: Path) -> Service:
    return open_service(folder / "wattlas.toml", folder / "data")


def test_a_year_of_contracts(tmp_path: Path) -> None:
    (tmp_path / "wattlas.toml").write_text(site_text())
    header = "id,zone,year,value,unit,basis,scope,source,licence,verified,note"
    (tmp_path / "own.csv").write_text(f"{header}\nx,XT,2025,500,gCO2e/kWh,average,direct,Office,CC0,yes,\n")
    books, rows = opened(tmp_path).stores.books, 0
    for start, end in pairwise(EDGES):
        table = month_of_rows(start, end)
        rows += table.num_rows
        books.write(table, watermark={SEQUENCE_MARK: 1, TIME_MARK: end + 86_400}, cause="bench", now=end)
    books.compact(EDGES[-1] + 40 * 86_400)
    ours, bare = [], []
    for _ in range(3):
        service = opened(tmp_path)
        began = time.perf_counter()
        found = [service.kpis(site=site, start=EDGES[0], end=EDGES[-1], names=NAMES) for site in SITES]
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        for file in sorted((tmp_path / "data" / "books" / "ledger").rglob("*.parquet")):
            pq.read_table(file, columns=READ)
        bare.append(time.perf_counter() - began)
    assert all(kpi.value is not None for of_site in found for kpi in of_site)
    ratio = min(ours) / min(bare)
    sys.stdout.write(f"\n{rows:,} rows: {min(ours):.2f} s, bare read {min(bare):.2f} s: {ratio:.2f} of it (<= 3)\n")
    assert min(ours) <= 30
    assert ratio <= 3
