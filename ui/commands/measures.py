"""`wattlas measures`: what is done to save, at what cost of a tonne, and what it really saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.options import ConfigOption, CsvOption, DataOption, JsonOption, SiteOption, caller

if TYPE_CHECKING:
    from ui.service import Service

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Rank measures, follow and verify them.")
MEASURES = (
    "rank",
    "measure",
    "basis",
    "state",
    "saves_kwh",
    "saves_tco2e",
    "npv",
    "cost_per_tco2e",
    "currency",
    "reason",
)
VERIFY = (
    "measure",
    "saved_kwh",
    "low_kwh",
    "high_kwh",
    "promised_low_kwh",
    "promised_high_kwh",
    "cv_rmse",
    "days",
    "non_routine",
    "reason",
)
LIBRARY = ("id", "title", "on", "effect_low", "effect_high", "source")
NO_MEASURE = "The site file has no [[measures]]: `wattlas measures library` shows what literature knows."


def _checked(service: Service, site: str | None) -> Service:
    if site is not None:
        service.settings.site(site)
    return service


@app.command("curve")
def curve(
    *,
    site: SiteOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print the abatement curve: what pays first, then by cost of a tonne; market instruments apart."""
    from ui.plan.curve import measure_rows
    from ui.service import open_service
    from ui.tables import show

    rows = measure_rows(_checked(open_service(config, data), site), site=site)
    show(rows, as_json=as_json, as_csv=as_csv, columns=MEASURES, empty=NO_MEASURE)


@app.command()
def verify(
    *,
    site: SiteOption = None,
    measure: Annotated[str | None, typer.Option("--measure", help="Only this measure.", show_default=False)] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what measures saved against a baseline model of the days before them, with its 90 % interval."""
    from ui.plan.curve import measure_named
    from ui.plan.verify import verify_rows
    from ui.service import open_service
    from ui.tables import show

    service = _checked(open_service(config, data), site)
    if measure is not None:
        measure_named(service, measure)
    rows = verify_rows(service, site=site, measure=measure)
    show(rows, as_json=as_json, as_csv=as_csv, columns=VERIFY, empty=NO_MEASURE)


@app.command()
def progress(
    measure: Annotated[str, typer.Argument(help="Id of the measure.")],
    state: Annotated[Literal["planned", "approved", "started", "done", "stopped"], typer.Argument(help="How it is.")],
    *,
    cost: Annotated[
        float | None, typer.Option("--cost", min=0, help="Spent so far, in the measure's currency.", show_default=False)
    ] = None,
    note: Annotated[str, typer.Option("--note", help="Why, or what happened.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Note how a measure stands; each step is kept, with a line of the audit log."""
    from ui.plan.curve import note_progress
    from ui.service import open_service

    service = open_service(config, data)
    step = note_progress(service, measure, state=state, cost=cost, note=note, who=caller())
    spent = "" if step.cost is None else f", {step.cost:,.2f} {step.currency} spent"
    typer.echo(f"{step.measure} is {step.state} (step {step.version}{spent}).")


@app.command()
def library(*, as_json: JsonOption = False) -> None:
    """Print measures of literature with their effect and source."""
    from config.plan.measures import library as shipped
    from ui.tables import show

    rows = (one.model_dump(mode="json") for one in shipped().values())
    show(rows, as_json=as_json, columns=LIBRARY, empty="None is shipped.")
