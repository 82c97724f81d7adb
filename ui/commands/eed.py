"""`wattlas eed`: the indicators of the EU's data-centre scheme for a calendar year."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

from typing import Annotated

import typer

from ui.options import ConfigOption, CsvOption, DataOption, JsonOption, SiteOption

app = typer.Typer(add_completion=False)


@app.command()
def eed(
    *,
    year: Annotated[int, typer.Option("--year", help="Calendar year of the site.", min=2000, show_default=False)],
    site: SiteOption = None,
    edition: Annotated[str, typer.Option("--edition", help="Edition of the list of indicators.")] = "2024/1364",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print all indicators of Regulation (EU) 2024/1364 with their codes; what is not known is N/A with its reason.

    Nothing is submitted. Figures stand in `value` alone, comments in `reason` and `method` alone.
    """
    from config.errors import InputError
    from ui.figures.eed import COLUMNS, eed_rows
    from ui.format import iso
    from ui.service import open_service
    from ui.sites import chosen
    from ui.tables import show

    service = open_service(config, data)
    if year > _this_year(service.now()):
        message = f"--year {year} has not begun: give a year that has readings."
        raise InputError(message)
    rows = (
        row | {"start": iso(row["start"]), "end": iso(row["end"])}
        for one in chosen(service.settings, site=site)
        for row in eed_rows(service, one, year, edition=edition)
    )
    show(rows, as_json=as_json, as_csv=as_csv, columns=COLUMNS, empty="No indicator: the site file names no site.")


def _this_year(now: float) -> int:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(now, UTC).year
