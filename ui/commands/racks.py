"""`wattlas racks`: power and inlet temperature of racks this minute."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

from typing import Annotated

import typer

from ui.options import ConfigOption, CsvOption, DataOption, JsonOption, SiteOption

app = typer.Typer(add_completion=False)
COLUMNS = ("site", "room", "rack", "power_w", "rating_w", "share", "inlet_c", "seen", "loads", "text")
EMPTY = "No point names its rack: give points rack and room, or the inventory columns of these names."
RoomOption = Annotated[str | None, typer.Option("--room", help="Only the racks of this room.", show_default=False)]


@app.command()
def racks(
    *,
    site: SiteOption = None,
    room: RoomOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print each rack's power against its rating and its warmest inlet, and what of it is silent.

    A rack with a silent load has no power: it is unknown, and `text` says what is seen.
    """
    from config.errors import InputError
    from config.reading.wording import remedy
    from ui.figures.racks import rack_rows, racks_now
    from ui.service import open_service
    from ui.sites import chosen
    from ui.tables import show

    service = open_service(config, data)
    rows = [row for one in chosen(service.settings, site=site) for row in rack_rows(one, racks_now(service, one))]
    rooms = {str(row["room"]) for row in rows}
    if room is not None and room not in rooms:
        message = f'no rack stands in room "{room}"; {remedy(room, sorted(rooms))}'
        raise InputError(message)
    shown = [row for row in rows if room in {None, row["room"]}]
    show(shown, as_json=as_json, as_csv=as_csv, columns=COLUMNS, empty=EMPTY)
