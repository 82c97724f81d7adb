"""Builders for the tests of attribution: nodes, jobs and cells in a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from analytics.attribution.nodes import Power
from analytics.attribution.whole import It
from analytics.sheets import Sheet
from collectors.jobs.job import JOB_SCHEMA
from tests.analytics.build import MIDNIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.attribution.nodes import NodeSpec

CELL_S = 900


def job(name: str, point: str = "s/a", *, start: int = 0, end: int = CELL_S, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """One placement from `start` to `end` [seconds after midnight], of half of a node; `more` replaces columns."""
    return {
        "since": MIDNIGHT + start,
        "until": MIDNIGHT + end,
        "key": 0,
        "version": 1,
        "digest": 0,
        "cluster": "c",
        "id": name,
        "kind": "job",
        "name": "",
        "user": "",
        "team": name,
        "tenant": name,
        "model": "",
        "state": "",
        "start": MIDNIGHT + start,
        "end": MIDNIGHT + end,
        "running": False,
        "point": point,
        "cpu_share": 0.5,
        "gpus": "",
        "gpu_share": 0.0,
        "origin": "test",
        "taken_in": 0,
        **more,
    }


def jobs(*rows: dict[str, Any]) -> pa.Table:
    """Job records of rows."""
    return pa.Table.from_pylist(list(rows), schema=JOB_SCHEMA)


def sheet(energy: Sequence[Sequence[float]], covered: Sequence[Sequence[float]] | None = None) -> Sheet:
    """A sheet from midnight on with the energy of points by cells; bounds are 10 % off."""
    kwh = np.array(energy, np.float64).reshape(len(energy), -1)
    seen = np.ones(kwh.shape) if covered is None else np.array(covered, np.float64)
    cells = kwh.shape[1]
    return Sheet(
        index={},
        starts=MIDNIGHT + np.arange(cells, dtype=np.int64) * CELL_S,
        seconds=np.full(cells, float(CELL_S)),
        energy=kwh,
        low=0.9 * kwh,
        high=1.1 * kwh,
        measured=seen.copy(),
        covered=seen,
    )


def power(energy: NDArray[np.float64], idle: float = 0.0, covered: float = 1.0) -> Power:
    """Power of nodes or GPUs, all with the same idle energy and covered share."""
    return Power(energy=energy, covered=np.full(energy.shape, covered), idle=np.full(energy.shape, idle))


def it(specs: Sequence[NodeSpec], of: Sheet, limit: float = 0.0) -> It:
    """All IT of a site, of which nothing is silent."""
    nothing = np.zeros(of.energy.shape)
    return It(
        specs=specs,
        sheet=of,
        lost=nothing,
        fill=nothing.copy(),
        idle=nothing,
        limit=np.full(len(specs), limit),
        window_s=np.zeros(len(specs), np.int64),
    )
