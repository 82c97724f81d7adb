"""`wattlas export`: readings or ledger rows of a period as CSV or Parquet."""
# ruff: noqa: TC001, TC003 - typer reads the annotations when it runs

from __future__ import annotations

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, DataOption, FromOption, MetricOption, PointOption, SiteOption, ToOption

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from ui.service import Service

app = typer.Typer()
DAY_S = 86_400


class What(StrEnum):
    """What can be exported."""

    READINGS = "readings"
    LEDGER = "ledger"


@app.command()
def export(  # noqa: PLR0913 - the options of one command
    what: Annotated[What, typer.Argument(help="readings or ledger.", show_default=False)],
    *,
    start: FromOption,
    end: ToOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A .csv or .parquet file (default: CSV to stdout).", show_default=False)
    ] = None,
    site: SiteOption = None,
    point: PointOption = None,
    metric: MetricOption = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Readings in quarantine too, with their reason.")
    ] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Write rows of a period; readings in the form that `wattlas import` takes, values before the CT ratio."""
    from ui.exporting import write
    from ui.service import open_service
    from ui.sites import chosen, periods, points_in, refuse_unknown_metrics

    refuse_unknown_metrics(metric)
    service = open_service(config, data)
    spans = list(periods(chosen(service.settings, site=site, points=point), start, end, now=time.time()))
    read = _ledger(service, metric) if what is What.LEDGER else _readings(service, metric, rejected=rejected)
    chosen_points = {one.id: points_in(service.settings, one.id, first, last, point) for one, first, last in spans}
    tables = (
        read(chosen_points[one.id], a, min(a + DAY_S, last))
        for one, first, last in spans
        if chosen_points[one.id]
        for a in range(first, last, DAY_S)
    )
    rows = write(tables, read([], 0, 0), out)
    if out is not None:
        sys.stderr.write(f"{rows:,} rows written to {out}.\n")


def _ledger(service: Service, metrics: list[str] | None) -> Callable[[list[str], int, int], pa.Table]:
    from collectors.arrays import empty_table
    from collectors.ledger_row import LEDGER_SCHEMA

    def read(points: list[str], start: int, end: int) -> pa.Table:
        if not points:
            return empty_table(LEDGER_SCHEMA)
        return service.ledger(start=start, end=end, points=points, metrics=metrics)

    return read


def _readings(
    service: Service, metrics: list[str] | None, *, rejected: bool
) -> Callable[[list[str], int, int], pa.Table]:
    from ui.exporting import readings_between

    def read(points: list[str], start: int, end: int) -> pa.Table:
        return readings_between(service, points, metrics, start, end, rejected=rejected)

    return read
