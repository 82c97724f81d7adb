"""`wattlas report`: a period's report as files, and its life from preparation to seal."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from ui.commands.report_tasks import PeriodArgument, SubjectOption, assign, tasks
from ui.options import ConfigOption, DataOption, JsonOption, caller

if TYPE_CHECKING:
    from collections.abc import Collection

    from collectors.store.reports import Report

FILES = "files"
COLUMNS = ("id", "subject", "label", "state", "prepared_by", "reviewed_by", "approved_by", "sealed_by", "restates")
CHECK_COLUMNS = ("level", "name", "text", "remedy")
DIFF_COLUMNS = ("subject", "figure", "unit", "before", "now", "change", "recalculate")
VERIFY_COLUMNS = ("file", "ok", "text")


class DefaultFiles(TyperGroup):
    """A group whose first word may be a period: `wattlas report 2026-09` is `wattlas report files 2026-09`.

    The override is marked because typer carries click's context under another name.
    """

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put the default command before a first word that names none."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [FILES, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=DefaultFiles,
    add_completion=False,
    no_args_is_help=True,
    help="Write, check, sign, seal and compare the report of a month, quarter or year.",
)
app.command()(tasks)
app.command()(assign)
IdArgument = Annotated[str, typer.Argument(help="Id of a report.", show_default=False)]
FormatOption = Annotated[list[str] | None, typer.Option("--format", help="pdf, xlsx, csv or json (default: all).")]
LangOption = Annotated[list[str] | None, typer.Option("--lang", help="en or zh (default: both).")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write into.")]


@app.command(FILES)
def write_files(
    period: PeriodArgument,
    *,
    site: SubjectOption = "company",
    formats: FormatOption = None,
    lang: LangOption = None,
    out: OutOption = Path(),
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Write the report's files: a draft, or what was sealed where the period is."""
    from ui.exports.files import FORMATS, files
    from ui.exports.look import look_of
    from ui.progress import progress
    from ui.reports.content import report_content
    from ui.reports.period import period as read
    from ui.reports.sealing import sealed_files
    from ui.service import open_service
    from ui.text import LANGUAGES

    service, asked = open_service(config, data), read(period)
    refuse_others("--format", formats, FORMATS)
    refuse_others("--lang", lang, LANGUAGES)
    found = sealed_files(service, site, asked)
    if found is None:
        look = look_of(service.settings)
        with progress(f"Figures of {period}") as told:
            content = report_content(service, site, asked, progress=told)
        with progress(f"Files of {period}") as told:
            found = files(content, None, formats=formats or FORMATS, langs=lang or LANGUAGES, look=look, progress=told)
    chosen = {name: raw for name, raw in found.items() if not formats or name.rsplit(".", 1)[-1] in formats}
    chosen = {name: raw for name, raw in chosen.items() if not lang or _of_language(name, lang)}
    out.mkdir(parents=True, exist_ok=True)
    for name, raw in chosen.items():
        (out / name).write_bytes(raw)
        sys.stdout.write(f"{out / name}\n")


def refuse_others(option: str, given: list[str] | None, known: Collection[str]) -> None:
    """Refuse a format or a language that reports have not."""
    from config.errors import InputError
    from config.reading.wording import remedy

    for one in given or ():
        if one not in known:
            message = f'{option} "{one}" is none of a report; {remedy(one, known)}'
            raise InputError(message)


def _of_language(name: str, lang: list[str]) -> bool:
    stem = name.rsplit(".", 1)[0]
    return any(stem.endswith(f"-{one}") for one in lang) or name.endswith((".csv", ".json"))


@app.command()
def check(
    period: PeriodArgument,
    *,
    site: SubjectOption = "company",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Print what was looked at before the report may be signed: what blocks it, and what to note."""
    from ui.progress import progress
    from ui.reports.content import report_content
    from ui.reports.period import period as read
    from ui.service import open_service
    from ui.tables import show

    service, asked = open_service(config, data), read(period)
    with progress(f"Figures of {period}") as told:
        found = report_content(service, site, asked, progress=told)["checks"]
    show(found, as_json=as_json, columns=CHECK_COLUMNS, empty="")


@app.command()
def prepare(
    period: PeriodArgument,
    *,
    site: SubjectOption = "company",
    restates: Annotated[str, typer.Option("--restates", help="Why a sealed report of the period is restated.")] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Keep what the report says now, for another person to review."""
    from ui.progress import progress
    from ui.reports.period import period as read
    from ui.reports.sealing import prepare as prepared
    from ui.service import open_service

    service, asked = open_service(config, data), read(period)
    with progress(f"Figures of {period}"):
        found = prepared(service, site, asked, who=caller(), why=restates)
    _shown([found], as_json=as_json)


@app.command()
def review(
    report: IdArgument, *, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Say that you reviewed a prepared report; another person than its preparer."""
    from ui.reports.sealing import sign
    from ui.service import open_service

    _shown([sign(open_service(config, data), report, "reviewed", who=caller())], as_json=as_json)


@app.command()
def approve(
    report: IdArgument, *, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Approve a reviewed report; a third person."""
    from ui.reports.sealing import sign
    from ui.service import open_service

    _shown([sign(open_service(config, data), report, "approved", who=caller())], as_json=as_json)


@app.command()
def seal(
    report: IdArgument, *, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Seal an approved report: its files, ledger rows, records and configuration are kept as they are."""
    from ui.exports.files import files
    from ui.exports.look import look_of
    from ui.progress import progress
    from ui.reports.sealing import seal as sealed
    from ui.service import open_service

    service = open_service(config, data)
    with progress(f"Sealing {report}") as told:
        render = partial(files, look=look_of(service.settings), progress=told)
        found = sealed(service, report, who=caller(), render=render)
    _shown([found], as_json=as_json)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a report's content."""
    sys.stdout.write((Path(__file__).parents[1] / "exports" / "report.schema.json").read_text(encoding="utf-8"))


@app.command("list")
def list_reports(*, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Print all reports with who took which step."""
    from ui.service import open_service

    _shown(open_service(config, data).stores.state.reports.all(), as_json=as_json)


@app.command()
def verify(
    report: IdArgument, *, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Check every file of a sealed report against its SHA-256, and the audit log; exit code 1 where one differs."""
    from ui.reports.sealing import verify as verified
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    rows = verified(service, service.stores.state.reports.get(report))
    show(rows, as_json=as_json, columns=VERIFY_COLUMNS, empty="")
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


@app.command()
def diff(
    report: IdArgument, *, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None
) -> None:
    """Print which figures of a report the books would give otherwise now, by how much, and why."""
    from ui.reports.period import period as read
    from ui.reports.restating import changes
    from ui.service import open_service
    from ui.tables import show

    service = open_service(config, data)
    one = service.stores.state.reports.get(report)
    found = changes(service, one, read(one.label))
    causes = "; ".join(found.causes)
    rows = [{**row, "causes": found.causes} for row in found.figures]
    show(rows, as_json=as_json, columns=DIFF_COLUMNS, empty="The books say the same as the report.")
    if rows and not as_json:
        sys.stdout.write(f"\nCauses: {causes}\n")


@app.command()
def pack(
    report: IdArgument,
    out: Annotated[Path, typer.Argument(help="A .zip file to write.", show_default=False)],
    *,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Write a sealed report with all its evidence, its manifest and the audit log into one file for an auditor."""
    from config.errors import InputError
    from ui.reports.sealing import packed
    from ui.service import open_service

    if out.exists():
        message = f"{out} is there already: name another file, for a pack overwrites nothing."
        raise InputError(message)
    service = open_service(config, data)
    out.write_bytes(packed(service, service.stores.state.reports.get(report)))
    sys.stdout.write(f"{out}\n")


def _shown(reports: list[Report], *, as_json: bool) -> None:
    from ui.reports.sealing import report_row
    from ui.tables import show

    show(map(report_row, reports), as_json=as_json, columns=COLUMNS, empty="There is no report yet.")
