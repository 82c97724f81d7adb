"""`wattlas advise`: when to run what can wait, and which renewables and battery a site could have."""
# ruff: noqa: TC001, TC003 - typer reads the annotations when it runs

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from config.reading.wording import percent
from ui.options import ConfigOption, DataOption, JsonOption, SiteOption

app = typer.Typer(add_completion=False, no_args_is_help=True, help="When to run what can wait; green supply.")
COLUMNS = (
    "site",
    "by",
    "start",
    "end",
    "at_once",
    "then",
    "unit",
    "saving",
    "saving_before",
    "regret",
    "delay_h_before",
    "reason",
)


@app.callback()
def _doors() -> None:
    """When to run what can wait, and which renewables and battery a site could have."""


@app.command()
def shift(
    *,
    hours: Annotated[int, typer.Option("--hours", help="Whole hours that the job runs.")],
    within: Annotated[
        int, typer.Option("--within", help="Whole hours from the next full hour to its deadline, at most 168.")
    ] = 24,
    interruptible: Annotated[bool, typer.Option("--interruptible", help="It may stop and go on.")] = False,
    power_kw: Annotated[
        float | None, typer.Option("--power-kw", help="What it draws, for kilograms and money.")
    ] = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print the cleanest and the cheapest hours for a job that can wait, and what such waiting saved before."""
    from ui.advice.deferring import Job, shift_rows
    from ui.service import open_service
    from ui.sites import chosen
    from ui.tables import show

    job = Job(hours=hours, within=within, interruptible=interruptible, power_kw=power_kw)
    service = open_service(config, data)
    rows = [row for one in chosen(service.settings, site=site) for row in shift_rows(service, one, job)]
    show(rows, as_json=as_json, columns=COLUMNS, empty="")


SIZES = ("pv_kw", "wind_kw", "battery_kwh", "hourly", "annual", "cost_a_year", "cost_range", "carbon_t", "embodied_t")


@app.command()
def supply(
    file: Annotated[Path | None, typer.Argument(help="A supply file (TOML).", show_default=False)] = None,
    *,
    template: Annotated[bool, typer.Option("--template", help="Print a file to start from.")] = False,
    start: Annotated[
        str | None, typer.Option("--from", help="Start of the load (default: 365 days back).", show_default=False)
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Its end (default: the last booked hour).", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print which sizes of PV, wind and battery nothing beats in coverage, cost and carbon, by the site's own hours."""
    from zoneinfo import ZoneInfo

    from config.compare.supply import TEMPLATE, load_supply
    from config.errors import InputError
    from ui.advice.supply import supplied
    from ui.periods import instant
    from ui.service import open_service
    from ui.tables import print_json, show

    if template:
        sys.stdout.write(TEMPLATE.read_text(encoding="utf-8"))
        return
    if file is None:
        message = "name a supply file, or take one with --template > supply.toml"
        raise InputError(message)
    found_file = load_supply(file)
    service = open_service(config, data)
    zone, now = ZoneInfo(service.settings.site(found_file.site).time_zone), service.now()
    first = None if start is None else instant(start, zone=zone, now=now)
    last = None if end is None else instant(end, zone=zone, now=now, option="--to")
    found = supplied(found_file, folder=file.parent, service=service, start=first, end=last)
    if as_json:
        print_json([found])
        return
    show(map(_size, found["front"]), as_json=False, columns=SIZES, empty="")
    notes = [*found["told"], *(f"{key}: {source}" for key, source in found["sources"].items())]
    sys.stdout.write("\n" + "\n".join(found["advice"]) + "\n\n" + "\n".join(notes) + "\n")


def _size(row: dict[str, Any]) -> dict[str, object]:
    cost = row["cost_per_year"]
    return {
        **{key: row[key] for key in SIZES[:3]},
        "hourly": percent(row["hourly_share"], 1),
        "annual": percent(row["annual_share"], 1),
        "cost_a_year": round(cost["p50"]),
        "cost_range": f"{cost['p10']:,.0f} to {cost['p90']:,.0f}",
        "carbon_t": row["carbon_kgco2e_per_year"]["p50"] / 1000,
        "embodied_t": row["embodied_kgco2e_per_year"]["p50"] / 1000,
    }
