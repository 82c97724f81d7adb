"""`wattlas report tasks` and `assign`: what the checks of a report leave to do, by whom and by when."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ui.options import ConfigOption, DataOption, JsonOption, caller

TASK_COLUMNS = ("task", "standing", "person", "due", "level", "text", "remedy")
PeriodArgument = Annotated[str, typer.Argument(help="2026-09, 2026-Q3 or 2026.", show_default=False)]
SubjectOption = Annotated[str, typer.Option("--site", help="Site, or company for all of them together.")]


def tasks(
    period: PeriodArgument,
    *,
    site: SubjectOption = "company",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what the checks leave to do, who was given it and by when; done is what the checks find no more."""
    from ui.reports.content import report_content
    from ui.reports.period import period as read
    from ui.reports.tasks import task_rows
    from ui.service import open_service
    from ui.tables import show

    service, asked = open_service(config, data), read(period)
    found = task_rows(service, report_content(service, site, asked))
    show(found, as_json=as_json, columns=TASK_COLUMNS, empty="The checks leave nothing to do.")


def assign(
    period: PeriodArgument,
    task: Annotated[str, typer.Argument(help="Id of a task, as `report tasks` prints it.", show_default=False)],
    *,
    to: Annotated[str, typer.Option("--to", help="Who does it.", show_default=False)],
    due: Annotated[str, typer.Option("--due", help="By which day, 2026-10-05.", show_default=False)],
    note: Annotated[str, typer.Option("--note", help="What to know of it.")] = "",
    site: SubjectOption = "company",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Give a task of a report's checks to a person, by a day; the audit log tells of it."""
    from ui.reports.content import report_content
    from ui.reports.period import period as read
    from ui.reports.tasks import give
    from ui.service import open_service

    service, asked = open_service(config, data), read(period)
    found = give(service, report_content(service, site, asked), task, person=to, due=due, note=note, who=caller())
    sys.stdout.write(f"{found.person} has task {found.id} to {found.due}: {found.text}\n")
