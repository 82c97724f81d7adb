"""`wattlas jobs`: who ran what on which nodes, from a scheduler or a table."""
# ruff: noqa: TC003 - typer reads the annotations when it runs

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, CsvOption, DataOption, FromOption, JsonOption, ToOption, caller

if TYPE_CHECKING:
    from collectors.jobs.parsed import Parsed
    from collectors.store.jobs import Added

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Take in and list records of jobs, pods and VMs.")
COLUMNS = ("cluster", "id", "kind", "team", "tenant", "model", "state", "start", "end", "point", "cpu_share", "gpus")
SHOWN = 10
ClusterOption = Annotated[
    str, typer.Option("--cluster", help="Cluster of the site file that ran them.", show_default=False)
]
ZoneOption = Annotated[
    str | None,
    typer.Option("--time-zone", help="Zone of times without an offset (default: the cluster's).", show_default=False),
]


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="What `sacct -a --parsable2` printed, or a CSV or XLSX table.", show_default=False)
    ],
    *,
    cluster: ClusterOption,
    time_zone: ZoneOption = None,
    look: Annotated[bool, typer.Option("--preview", help="Print what would be taken in; keep nothing.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Take job records in; a job that is there already is replaced by what is newer, and lines with mistakes are told.

    Columns of a table: id, start, end, nodes; also version, kind (job, pod, daemon, vm), name, user, team, tenant,
    model, state, cpus, cpu_use, gpus, gpu_use, energy_kwh, tokens, requests, steps.
    """
    from ui.format import iso
    from ui.jobs import import_jobs, read_jobs
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    if look:
        parsed, _ = read_jobs(service, file, service.settings.cluster(cluster), time_zone=time_zone)
        rows = [asdict(job) for job in (parsed.jobs if as_json else parsed.jobs[:SHOWN])]
        rows = [row | {"start": iso(row["start"]), "end": iso(row["end"])} for row in rows]
        show(rows, as_json=as_json, columns=COLUMNS[:9], empty="No job of this file can be read.")
        _tell(parsed)
        return
    parsed, added, origin = import_jobs(service, file, cluster=cluster, who=caller(), time_zone=time_zone)
    report(file.name, parsed, added, origin, as_json=as_json)


@app.command()
def fetch(
    *,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", help="Only this cluster (default: every one).", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Ask Slurm, Kubernetes or OpenStack now, as `wattlas collect` does four times an hour."""
    from ui.jobs import fetch_jobs
    from ui.service import open_service

    service = open_service(config, data)
    for one in [cluster] if cluster else [one.id for one in service.settings.clusters if one.source is not None]:
        parsed, added, origin = fetch_jobs(service, one)
        report(one, parsed, added, origin, as_json=as_json)


def report(name: str, parsed: Parsed, added: Added, origin: str, *, as_json: bool) -> None:
    """Say what was taken in; exit code 2 where lines were set aside and nothing was taken."""
    from ui.tables import print_json

    if as_json:
        rejects = [asdict(one) for one in parsed.rejects]
        counts = {**asdict(added), "passed_over": parsed.passed_over, "rejects": rejects, "origin": origin}
        print_json([counts])
    else:
        sys.stdout.write(
            f"{name}: {added.new:,} jobs are new, {added.revised:,} replace what stood, {added.unchanged:,} say "
            f"nothing new, {parsed.passed_over:,} never ran, {len(parsed.rejects):,} lines are set aside.\n"
        )
    _tell(parsed)
    if parsed.rejects and not parsed.jobs:
        raise typer.Exit(2)


def _tell(parsed: Parsed) -> None:
    sys.stderr.writelines(f"{one.where}: {one.reason.rstrip('.')}.\n" for one in parsed.rejects[:SHOWN])
    if len(parsed.rejects) > SHOWN:
        sys.stderr.write(f"{len(parsed.rejects) - SHOWN:,} more lines are set aside; --json names them.\n")


@app.command("list")
def list_jobs(
    *,
    start: FromOption,
    end: ToOption = None,
    cluster: Annotated[str | None, typer.Option("--cluster", help="Only this cluster.", show_default=False)] = None,
    job: Annotated[str | None, typer.Option("--job", help="Only this job.", show_default=False)] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print the jobs that ran in a period, one row for each node of theirs."""
    from ui.jobs import job_rows
    from ui.service import open_service
    from ui.sites import periods
    from ui.tables import show

    service = open_service(config, data)
    clusters = [service.settings.cluster(cluster)] if cluster else list(service.settings.clusters)
    rows = []
    for one in clusters:
        for _, first, last in periods([service.settings.site(one.site)], start, end, now=time.time()):
            found = job_rows(service.stores.jobs.rows(first, last))
            rows += [row for row in found if row["cluster"] == one.id and job in {None, row["id"]}]
    show(rows, as_json=as_json, as_csv=as_csv, columns=COLUMNS, empty="No job ran in this period.")


@app.command()
def history(
    job: Annotated[str, typer.Argument(help="Id of the job.", show_default=False)],
    *,
    cluster: ClusterOption,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print all versions of one job's record."""
    from ui.jobs import version_rows
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    rows = version_rows(service.stores.jobs.versions(service.settings.cluster(cluster).id, job))
    columns = ("version", "taken_in", "origin", *COLUMNS[2:])
    show(rows, as_json=as_json, columns=columns, empty=f"There is no job {job}.")
