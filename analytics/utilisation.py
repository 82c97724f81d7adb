"""ITEUsv as a figure: how busy the servers in operation were, from ledger rows (ISO/IEC 30134-5, unverified basis)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.effectiveness import TIME_USED, YEAR_S
from analytics.frame import coded, plain
from analytics.kpi import Kpi
from analytics.relatives import UNVERIFIED, iteusv
from config.reading.wording import percent

if TYPE_CHECKING:
    import pyarrow as pa

METRIC: Final = "utilisation"
NAME: Final = "iteusv"


def iteusv_of_period(
    rows: pa.Table, *, servers: int, start: int, end: int, site: str, least: float = TIME_USED, config_hash: str = ""
) -> Kpi:
    """Return the mean utilisation of the servers [%] over the period.

    Args:
        rows: ledger rows of metric utilisation (0 to 1) of the servers.
        servers: how many servers were in operation; one whose utilisation nobody reads counts as not seen.
        start: begin of the period [UTC s].
        end: its end.
        site: site id.
        least: share of the servers' time that must be known.
        config_hash: fingerprint of the configuration.

    Two servers at 0.25 and 0.75 over the same hour: 50 %. `low` and `high` take unseen time as idle and as fully busy.
    """
    metrics, names = coded(rows["metric"])
    value = plain(rows["value"])
    ours = (metrics == (names.index(METRIC) if METRIC in names else -1)) & np.isfinite(value)
    seconds = (plain(rows["end"]) - plain(rows["start"]))[ours].astype(np.float64)
    known_s = seconds * (1 - plain(rows["missing"])[ours])
    whole_s = float(servers * (end - start))
    known = float(known_s.sum()) / whole_s if servers else 0.0
    measured = float((seconds * plain(rows["measured"])[ours]).sum()) / whole_s if servers else 0.0
    busy = float((known_s * value[ours]).sum()) / whole_s if servers else 0.0
    mean = iteusv(mean_utilisation=[busy / known]) if known else None
    reason = _reason(servers, known, least)
    given = reason is None
    interim = [f"interim: {(end - start) / 86_400:.3g} days"] if end - start < YEAR_S else []
    return Kpi(
        name=NAME,
        unit="percent",
        site=site,
        start=start,
        end=end,
        value_reported=mean if given else None,
        value_measured=mean,
        low=100 * busy if given else None,
        high=100 * (busy + 1 - known) if given else None,
        measured=measured,
        estimated=max(0.0, known - measured),
        missing=max(0.0, 1 - known),
        method="; ".join([f"mean utilisation of {servers} servers", *interim, UNVERIFIED]),
        reason=reason,
        config_hash=config_hash,
    )


def _reason(servers: int, known: float, least: float) -> str | None:
    if not servers:
        return "the site has no server point: give at least one point that role in the site file"
    if known < least:
        return f"utilisation of the servers is known for {percent(known, 1)} of their time ({least:.0%} needed)"
    return None
