"""`wattlas plan`: the targets of the site file against the books, with a forecast of the year and its probability."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

from typing import Annotated, Literal

import typer

from ui.options import ConfigOption, CsvOption, DataOption, JsonOption, SiteOption

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Targets against the books, and how the year ends.")
COLUMNS = (
    "id",
    "site",
    "metric",
    "years",
    "so_far",
    "allowed",
    "expected",
    "low_80",
    "high_80",
    "probability",
    "probability_with_measures",
    "status",
    "left",
    "runs_out",
    "runs_out_earliest",
    "required_rate",
    "target_year",
    "target_year_probability",
    "target_year_reason",
    "reason",
)
MILESTONE_COLUMNS = ("id", "site", "title", "step", "due", "owner", "state", "standing", "note")
STEP_COLUMNS = (
    "site",
    "step",
    "targets",
    "contracts",
    "measures",
    "measures_at_work",
    "milestones",
    "met",
    "late",
    "next_due",
    "owners",
)
COURSE_COLUMNS = ("at", "even", "booked", "expected", "low_80", "high_80")
GAP_COLUMNS = ("id", "measure", "level", "adds", "value", "low", "high", "goal", "closes", "required_rate", "reason")
MONTH_COLUMNS = (
    "month",
    "booked",
    "days_booked",
    "forecast",
    "low_80",
    "high_80",
    "days_forecast",
    "model",
    "unit",
    "reason",
)


@app.command()
def status(*, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Print each standing target: what the year may be, was so far, and will be, and how likely it is met."""
    from ui.plan.status import plan_rows
    from ui.plan.steps import milestone_rows
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    rows, marks = plan_rows(service), milestone_rows(service)
    if as_json:
        kinds = (("target", rows), ("milestone", marks))
        show([{"kind": kind, **row} for kind, own in kinds for row in own], as_json=True, columns=(), empty="")
        return
    empty = "The site file has no [[targets]] that hold now: add one, for example from `wattlas plan templates`."
    show(rows, as_json=False, columns=COLUMNS, empty=empty)
    if marks:
        typer.echo()
        show(marks, as_json=False, columns=MILESTONE_COLUMNS, empty="")


@app.command()
def steps(
    *, site: SiteOption = None, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Print the five steps of each plan: assess, green energy, design, management tools, execute and review."""
    from ui.plan.steps import step_rows
    from ui.service import open_service
    from ui.tables import show

    empty = "No site has a plan: write [[targets]], [[measures]] and [[milestones]] into the site file."
    rows = step_rows(open_service(config, data), site=site)
    show(rows, as_json=as_json, columns=STEP_COLUMNS, empty=empty)


@app.command()
def milestone(
    name: Annotated[str, typer.Argument(metavar="MILESTONE", help="Id of the milestone.", show_default=False)],
    state: Annotated[
        Literal["planned", "approved", "started", "done", "stopped"],
        typer.Argument(help="How it is.", show_default=False),
    ],
    *,
    cost: Annotated[float | None, typer.Option("--cost", min=0, help="Spent so far.", show_default=False)] = None,
    note: Annotated[str, typer.Option("--note", help="Why, or what happened.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Note how a milestone stands; each step is kept, with a line of the audit log."""
    from ui.options import caller
    from ui.plan.steps import milestone_rows, note_milestone
    from ui.service import open_service

    service = open_service(config, data)
    note_milestone(service, name, state=state, cost=cost, note=note, who=caller())
    (row,) = [one for one in milestone_rows(service) if one["id"] == name]
    typer.echo(f"{name} is {row['state']}: {row['standing']}, due {row['due']}.")


@app.command("burn-down")
def burn_down(
    target: Annotated[str, typer.Argument(help="Id of a target.", show_default=False)],
    *,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print a target's year day by day: what is left of an amount, or where a ratio stands, booked and to come."""
    from config.errors import InputError
    from config.reading.wording import remedy
    from ui.plan.ahead import OF_A_DAY
    from ui.plan.status import plan_of
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    ids = [one.id for one in service.settings.targets]
    if target not in ids:
        message = f'"{target}" is no target of the site file; {remedy(target, ids)}'
        raise InputError(message)
    rows = plan_of(service).courses.get(target, [])
    empty = (
        f"{target} has no course: it has no limit this year, or its figure is not known by day ({', '.join(OF_A_DAY)})."
    )
    show(rows, as_json=as_json, as_csv=as_csv, columns=COURSE_COLUMNS, empty=empty)


@app.command()
def forecast(
    *,
    metric: Annotated[
        str, typer.Option("--metric", help="pue, facility_energy_kwh, it_energy_kwh or emissions_location_kgco2e.")
    ] = "facility_energy_kwh",
    site: SiteOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print a figure of this year by month: what is booked, and the days to come."""
    from config.errors import InputError
    from config.reading.wording import remedy
    from ui.plan.ahead import OF_A_DAY
    from ui.plan.forecast import forecast_rows
    from ui.service import open_service
    from ui.sites import chosen
    from ui.tables import show

    if metric not in OF_A_DAY:
        message = f'"{metric}" is no figure that is known by day; {remedy(metric, OF_A_DAY)}'
        raise InputError(message)
    service = open_service(config, data)
    rows = [
        {"site": one.id, **row}
        for one in chosen(service.settings, site=site)
        for row in forecast_rows(service, one, metric)
    ]
    show(rows, as_json=as_json, columns=("site", *MONTH_COLUMNS), empty="")


@app.command()
def gap(*, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Print what each measure adds to each target by its year, and what is left to find."""
    from ui.plan.gap import gap_rows
    from ui.plan.status import plan_rows
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    empty = "The site file has no [[targets]] that hold now: add one, for example from `wattlas plan templates`."
    show(gap_rows(service, plan_rows(service)), as_json=as_json, columns=GAP_COLUMNS, empty=empty)


@app.command()
def templates(*, as_json: JsonOption = False) -> None:
    """Print targets that laws and pledges set, each with its date and source, to write into the site file."""
    from config.plan.target_templates import target_templates
    from ui.tables import show

    columns = ("id", "metric", "value", "by", "for", "source", "basis")
    show(target_templates(), as_json=as_json, columns=columns, empty="")
