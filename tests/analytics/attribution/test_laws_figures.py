"""Laws of figures of subjects: whatever is silent, a value lies within its own interval."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.attribution.figures import it_energy_of, part_of
from analytics.attribution.nodes import portions
from analytics.attribution.sums import Sums
from analytics.attribution.whole import It
from analytics.attribution.work import work_of
from analytics.kpi import Kpi
from tests.analytics.attribution.build import jobs, sheet
from tests.analytics.attribution.test_laws import CELLS, KWH, halls, placements
from tests.analytics.build import MIDNIGHT

COVERED = st.sampled_from([0.0, 0.5, 1.0])
HIDDEN = st.sampled_from([0.0, 0.2, 3.0, np.nan])


def matrix(draw: st.DrawFn, of: st.SearchStrategy[float], rows: int) -> np.ndarray[Any, Any]:
    return np.array(draw(st.lists(of, min_size=rows * CELLS, max_size=rows * CELLS))).reshape(rows, CELLS)


@st.composite
def gaps(draw: st.DrawFn) -> dict[str, Any]:
    """What is silent of nodes and GPUs: covered, at the last known power, at the ceiling."""
    return {
        name: {
            "covered": matrix(draw, COVERED, rows),
            "lost": matrix(draw, HIDDEN, rows),
            "most": matrix(draw, HIDDEN, rows),
        }
        for name, rows in (("nodes", 3), ("gpus", 2))
    } | {
        "site": matrix(draw, KWH, 3),
        "window": draw(st.sampled_from([0, 3600])),
        "wide": draw(st.sampled_from([0.5, 1.0, 2.0])),
    }


def shared(hall: dict[str, Any], rows: list[dict[str, Any]], gap: dict[str, Any]) -> tuple[Sums, It]:
    """Sums of a hall with gaps: `lost` and `most` hold where something is not covered; either may be the greater."""
    powers = {}
    for name in ("nodes", "gpus"):
        of = gap[name]
        open_at = of["covered"] < 1
        lost, most = (np.where(open_at, of[one], 0.0) for one in ("lost", "most"))
        lost = lost if name == "gpus" else np.where(np.isnan(lost), most, lost)  # a node is guessed at its ceiling
        energy = hall[name].energy * of["covered"]
        powers[name] = replace(hall[name], energy=energy, covered=of["covered"], lost=lost, most=most)
    nodes = powers["nodes"]
    own = replace(sheet(nodes.energy.tolist(), nodes.covered.tolist()), measured=nodes.covered)
    work = work_of(jobs(*rows), by="tenant")
    found = portions(hall["specs"], work, nodes=nodes, gpus=powers["gpus"], sheet=own)
    it = It(
        specs=hall["specs"],
        sheet=own,
        lost=nodes.lost,
        fill=nodes.most,
        idle=nodes.idle,
        limit=np.array([0.0, 0.01, 0.05]),
        window_s=np.full(3, gap["window"]),
    )
    value, less, more = gap["site"]
    spans = {"facility": np.stack([np.minimum(value, less), np.maximum(value, more), np.minimum(value, less)])}
    sums = Sums()
    sums.enter(it, found, work, {"facility": value}, spans)
    return sums, it


@settings(max_examples=25, deadline=None)
@given(halls(), st.lists(placements(), max_size=5), gaps())
def test_a_value_lies_within_its_own_interval(
    hall: dict[str, Any], rows: list[dict[str, Any]], gap: dict[str, Any]
) -> None:
    sums, _ = shared(hall, rows, gap)
    least, most, read = sums.spans["facility"].tolist()
    total = sums.totals["facility"]
    wide = gap["wide"]
    span: dict[str, Any] = {"start": MIDNIGHT, "end": MIDNIGHT + 900 * CELLS}
    bounds: dict[str, Any] = {"low": least * wide, "high": most / wide}  # a figure's own, whatever its course
    whole: dict[str, Any] = {"value_reported": total, "value_measured": read, **bounds, **span}
    site = Kpi(
        name="facility_energy_kwh", unit="kWh", site="s", measured=1.0, estimated=0.0, missing=0.0, method="m", **whole
    )
    for amount in sums.amounts():
        own = it_energy_of(amount, rule="use", site="s", limit=np.inf, **span)
        free = replace(own, reason=None)
        part = part_of(site, amount, free, quantity="facility", total=total, spans=[least, most, read], limit=np.inf)
        for one in (own, part):
            if one.value is not None and one.low is not None and one.high is not None:
                assert one.low <= one.value + 1e-9, one
                assert one.value <= one.high + 1e-9, one
