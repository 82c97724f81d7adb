"""`wattlas weather`: outdoor air by day, with the wet-bulb temperature."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import time
from typing import Annotated

import typer

from ui.options import ConfigOption, CsvOption, DataOption, FromOption, JsonOption, ToOption

app = typer.Typer()
COLUMNS = (
    "start",
    "temperature_degc",
    "humidity_percent",
    "wet_bulb_degc",
    "wet_bulb_highest_degc",
    "hours_known",
)


@app.command()
def weather(
    point: Annotated[str, typer.Argument(help="A point that is read for temperature and humidity, as site/name.")],
    *,
    start: FromOption,
    end: ToOption = None,
    below: Annotated[
        float | None,
        typer.Option("--below", help="Count the hours whose wet-bulb temperature is below this, in degC."),
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print temperature, humidity and wet-bulb temperature of a point by local day, from hours that were read."""
    from zoneinfo import ZoneInfo

    from ui.figures.auditing import cuts
    from ui.figures.weather import weather_rows
    from ui.service import open_service
    from ui.sites import periods
    from ui.tables import show

    service = open_service(config, data)
    site = service.settings.site(service.settings.point(point).site)
    ((_, first, last),) = periods([site], start, end, now=time.time())
    days = cuts(first, last, ZoneInfo(site.time_zone), by="day")
    rows = weather_rows(service, point, days=days, below_degc=below)
    columns = (*COLUMNS, *(["hours_below"] if below is not None else []))
    show(rows, as_json=as_json, as_csv=as_csv, columns=columns, empty="No day in this period.")
