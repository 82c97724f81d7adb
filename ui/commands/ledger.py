"""`wattlas ledger`: read, keep, audit and compact the books."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import typer

from ui.options import ConfigOption, DataOption, FromOption, JsonOption, MetricOption, PointOption, SiteOption, ToOption

if TYPE_CHECKING:
    import pyarrow as pa

    from ui.service import Service

app = typer.Typer(no_args_is_help=True, help="Show, keep, judge anew and compact the books.")
COLUMNS = (
    "start",
    "end",
    "point",
    "metric",
    "energy_kwh",
    "value",
    "unit",
    "coverage",
    "quality",
    "method",
    "revision",
)


@app.command("show")
def show_rows(
    *,
    start: FromOption,
    end: ToOption = None,
    point: PointOption = None,
    site: SiteOption = None,
    metric: MetricOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print ledger rows of a period; its first and last row are cut to the period."""
    from ui.rows import ledger_rows
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    table = _rows(service, start, end, points=point, site=site, metrics=metric)
    show(ledger_rows(table), as_json=as_json, columns=COLUMNS, empty="The books hold no row of this period.")


def _rows(
    service: Service,
    start: str,
    end: str | None,
    *,
    points: list[str] | None,
    site: str | None,
    metrics: list[str] | None,
) -> pa.Table:
    import pyarrow as pa

    from collectors.arrays import empty_table
    from collectors.ledger_row import LEDGER_SCHEMA
    from ui.sites import chosen, periods, refuse_unknown_metrics

    refuse_unknown_metrics(metrics)
    spans = list(periods(chosen(service.settings, site=site, points=points), start, end, now=time.time()))
    tables = [
        service.ledger(start=first, end=last, points=points, site=one.id, metrics=metrics) for one, first, last in spans
    ]
    return pa.concat_tables([empty_table(LEDGER_SCHEMA), *tables])


@app.command()
def keep(*, config: ConfigOption = None, data: DataOption = None) -> None:
    """Bring the books up to date with all readings now; `wattlas collect` and `up` do it by themselves."""
    from ui.format import iso
    from ui.progress import progress
    from ui.service import open_service

    service = open_service(config, data)
    with progress("Keeping the books") as report:
        kept = service.keep_books(progress=report)
    service.ship()  # on a server the hourly copy follows the books
    sys.stdout.write(
        f"Books kept until {iso(kept.until)}: {kept.rows_new:,} rows new, {kept.rows_revised:,} revised"
        + (f", {kept.frozen:,} left as they are: their raw readings have expired.\n" if kept.frozen else ".\n")
    )


@app.command()
def recompute(
    *,
    start: FromOption,
    end: ToOption = None,
    site: SiteOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Judge booked intervals anew by the site file as it stands; what changes becomes a revision with its cause.

    Readings keep the CT ratio and the bounds that stood when they came in: after a correction of these undo the import
    and import the file again.
    """
    from ui.progress import progress
    from ui.service import open_service
    from ui.sites import chosen, periods

    service = open_service(config, data)
    for one, first, last in list(periods(chosen(service.settings, site=site), start, end, now=time.time())):
        with progress(f"Judging {one.id} anew") as report:
            kept = service.recompute(site=one.id, start=first, end=last, progress=report)
        sys.stdout.write(
            f"{one.id}: {kept.rows_new:,} rows new, {kept.rows_revised:,} revised, {kept.frozen:,} frozen.\n"
        )


@app.command()
def history(
    *,
    start: FromOption,
    end: ToOption = None,
    point: PointOption = None,
    site: SiteOption = None,
    metric: MetricOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print former versions of ledger rows: what late readings changed, when and why."""
    from ui.rows import history_rows
    from ui.service import open_service
    from ui.sites import chosen, periods, points_in, refuse_unknown_metrics
    from ui.tables import show

    refuse_unknown_metrics(metric)
    service = open_service(config, data)
    spans = list(periods(chosen(service.settings, site=site, points=point), start, end, now=time.time()))
    rows = [
        row
        for one, first, last in spans
        for row in history_rows(
            service.stores.books.history(points_in(service.settings, one.id, first, last, point), metric, first, last)
        )
    ]
    show(rows, as_json=as_json, columns=(*COLUMNS, "replaced_at", "cause"), empty="No row of this period was revised.")


@app.command()
def compact(*, config: ConfigOption = None, data: DataOption = None) -> None:
    """Rewrite closed months into few sorted files; nothing is dropped, and `collect` and `up` do it by themselves."""
    from ui.service import open_service

    partitions = open_service(config, data).stores.books.compact(before=int(time.time()))
    sys.stdout.write(f"{partitions} months of the books rewritten.\n")
