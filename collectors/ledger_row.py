"""The ledger row: what one point drew in one interval, and how well that is known (design 4.5).

`start` and `end` are whole UTC seconds, half-open; `measured`, `estimated` and `missing` are shares of the
interval's time and sum to 1. For metric `energy`, `energy_kwh` is the energy of the covered time alone (a gap
adds nothing), and `low_kwh <= energy_kwh <= high_kwh` bound what the readings allow for that covered time
(see `analytics.intervals`). For every other metric `value` is the time-weighted mean in `unit`.
"""

from __future__ import annotations

import pyarrow as pa

from collectors.reading import TEXT

LEDGER_SCHEMA = pa.schema(
    [
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("point", TEXT, nullable=False),
        pa.field("metric", TEXT, nullable=False),
        pa.field("energy_kwh", pa.float64()),  # null for metrics that are not energy
        pa.field("value", pa.float64()),  # mean over the covered time; for energy the mean power in W; null if none
        pa.field("unit", TEXT, nullable=False),  # of value
        pa.field("measured", pa.float64(), nullable=False),
        pa.field("estimated", pa.float64(), nullable=False),
        pa.field("missing", pa.float64(), nullable=False),
        pa.field("quality", TEXT, nullable=False),  # measured | estimated | partial | missing
        pa.field("method", TEXT, nullable=False),  # register | power | energy, joined by "+", or "none"
        pa.field("revision", pa.int32(), nullable=False),
        pa.field("config_hash", TEXT, nullable=False),
        pa.field("low_kwh", pa.float64()),
        pa.field("high_kwh", pa.float64()),
    ],
)

INTERVAL_S = 900
