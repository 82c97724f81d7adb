"""`wattlas import`: readings from files, once and only once, and undone as a whole."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.options import ConfigOption, DataOption, JsonOption, SiteOption

if TYPE_CHECKING:
    from collectors.importing.import_file import ImportResult
    from collectors.importing.mapping import Mapping
    from ui.service import Service

app = typer.Typer()
UNSOUND = 2
_LIST_COLUMNS = ("imported_at", "file", "mapping", "rows", "rejected", "undone_at", "origin")


def _option(flag: str, words: str) -> Any:  # noqa: ANN401 - typer's own type
    return typer.Option(flag, help=words, show_default=False)


@app.command("import")
def import_(  # noqa: PLR0913 - the options of one command
    file: Annotated[Path | None, typer.Argument(help="CSV, Parquet or line protocol.", show_default=False)] = None,
    *,
    mapping: Annotated[
        str | None, _option("--mapping", "Saved name or TOML file that says how to read the file.")
    ] = None,
    save_as: Annotated[str | None, _option("--save-mapping", "Keep the mapping used under this name.")] = None,
    unit: Annotated[str | None, _option("--unit", "Unit of the values, where the file does not say it.")] = None,
    metric: Annotated[str | None, _option("--metric", "Metric of all values, where the file does not say it.")] = None,
    time_zone: Annotated[str | None, _option("--time-zone", "Zone of times without an offset.")] = None,
    encoding: Annotated[str | None, _option("--encoding", "utf-8 or gbk.")] = None,
    decimal: Annotated[str | None, _option("--decimal", "Decimal sign, '.' or ','.")] = None,
    delimiter: Annotated[str | None, _option("--delimiter", "Sign between columns.")] = None,
    site: SiteOption = None,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave out points and metrics not known.")
    ] = False,
    look: Annotated[bool, typer.Option("--preview", help="Print ten rows as understood; accept nothing.")] = False,
    undo: Annotated[str | None, _option("--undo", "Take back the import of this origin, as --list prints it.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="List all imports.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Import readings from a file; the same file twice changes nothing, and bad lines are set aside."""
    from ui.service import open_service

    service = open_service(config, data)
    if listing:
        _list(service, as_json=as_json)
    elif undo is not None:
        _undo(service, undo)
    else:
        path = _required(file)
        keys = {
            "unit": unit,
            "metric": metric,
            "time_zone": time_zone,
            "encoding": encoding,
            "decimal": decimal,
            "delimiter": delimiter,
        }
        found = _mapping(service, path, mapping, keys, save_as=save_as)
        if look:
            _preview(service, path, found, site=site, as_json=as_json)
        else:
            _import(service, path, found, site=site, skip_unknown=skip_unknown, as_json=as_json)


def _required(file: Path | None) -> Path:
    from config.errors import InputError

    if file is None:
        message = "Name the file to import, or give --list or --undo."
        raise InputError(message)
    if not file.is_file():
        message = f"{file}: there is no such file: correct its path."
        raise InputError(message)
    return file


def _mapping(
    service: Service, path: Path, named: str | None, keys: dict[str, str | None], *, save_as: str | None
) -> Mapping:
    """How to read the file: as named, else guessed from the file and what the options say."""
    from collectors.importing.guessing import guess_mapping
    from collectors.importing.mapping import load_mapping, read_mapping, save_mapping

    given = {key: value for key, value in keys.items() if value is not None}
    if named is None:
        guess = guess_mapping(path, given)
        found = guess.mapping
        sys.stderr.writelines(f"{sentence}\n" for sentence in guess.said)
    else:
        is_file = named.endswith(".toml") or Path(named).is_file()
        found = read_mapping(Path(named)) if is_file else load_mapping(named, service.stores.state)
        found = found.changed(**given)
    if save_as is not None:
        save_mapping(save_as, found, service.stores.state)
    return found


def _preview(service: Service, path: Path, mapping: Mapping, *, site: str | None, as_json: bool) -> None:
    from collectors.importing.preview import preview
    from ui.tables import show

    found = preview(path, mapping, settings=service.settings, site=site)
    rows = [{**asdict(row), "time": row.time.isoformat().replace("+00:00", "Z")} for row in found.rows]
    columns = ("line", "time", "point", "metric", "value", "unit")
    show(rows, as_json=as_json, columns=columns, empty="No row of this file can be read.")
    sys.stderr.writelines(f"{sentence}\n" for sentence in found.said)
    sys.stderr.writelines(f"line {reject.line}: {reject.reason}\n" for reject in found.rejects)


def _import(
    service: Service, path: Path, mapping: Mapping, *, site: str | None, skip_unknown: bool, as_json: bool
) -> None:
    from collectors.importing.import_file import import_file
    from ui.books.upto import bring_up_to_date
    from ui.progress import progress

    with progress(f"Importing {path.name}") as report:
        result = import_file(
            path,
            mapping,
            service.settings,
            service.stores,
            now=int(service.now()),
            site=site,
            skip_unknown=skip_unknown,
            progress=report,
        )
    if not result.already:
        after = {"file": path.name, "rows": result.rows, "first": result.first, "last": result.last}
        _logged(service, f"readings {result.origin}", after, result.first, result.last)
    trouble = bring_up_to_date(service)
    if as_json:
        _print_result(result)
    else:
        sys.stdout.write(_words(path, result))
    sys.stderr.writelines(f"{sentence}\n" for sentence in result.said)
    if trouble:
        behind = f"The readings of {path.name} are accepted and wait in the spool, but the books are behind"
        sys.stderr.write(f"{behind}: {trouble.rstrip('.')}; `wattlas ledger keep` brings them up to date.\n")
    if result.first is not None:
        _frozen(service, result.first, ".")
    refused = service.stores.refused_of(result.origin)
    if refused:
        sys.stderr.write(
            f"InfluxDB refused {refused:,} of the {result.rows:,} readings of {path.name}, and no figure has them: "
            "look at `wattlas store dead-letters`.\n"
        )
    if trouble or refused:
        raise typer.Exit(UNSOUND)


def _frozen(service: Service, first: int | None, remedy: str) -> bool:
    """Say where the books do not follow, for raw readings of that time have expired or are about to (design 4.5)."""
    from ui.books.keeping import raw_since
    from ui.format import iso

    since = raw_since(service.settings, service.stores, now=int(service.now()))
    if first is not None and first >= since:
        return False
    months = service.settings.store.raw_retention_months
    kept = f"raw readings of that time expire ([store] raw_retention_months = {months})"
    sys.stderr.write(f"What the books held of the time before {iso(since)} stays as it was: {kept}{remedy}\n")
    return True


def _logged(service: Service, what: str, after: object, first: int | None, last: int | None) -> None:
    """Tell the audit log of an import, and of the sealed reports of whose time it speaks: it may have changed them."""
    from analytics.consolidation import COMPANY
    from ui.options import caller

    state, subjects = service.stores.state, {COMPANY, *(site.id for site in service.settings.sites)}
    sealed = state.reports.sealed_over(subjects, first, last + 1) if first is not None and last is not None else []
    why = f"of the time of sealed reports: {', '.join(one.id for one in sealed)}" if sealed else ""
    state.audit.append(caller(), what, None, after, why, at=int(service.now()))
    if sealed:
        names = ", ".join(f"{one.id} of {one.subject} {one.label}" for one in sealed)
        sys.stderr.write(f"Reports of that time are sealed ({names}): `wattlas report diff` says what changed.\n")


def _print_result(result: ImportResult) -> None:
    from ui.format import iso
    from ui.tables import print_json

    times = {key: None if time is None else iso(time) for key, time in (("first", result.first), ("last", result.last))}
    print_json([{**asdict(result), **times, "rejects": None if result.rejects is None else str(result.rejects)}])


def _words(path: Path, result: ImportResult) -> str:
    if result.already:
        return f"{path.name} was imported before: nothing changed.\n"
    lines = f", {result.rejected_lines:,} lines set aside in {result.rejects}" if result.rejected_lines else ""
    refused = f", {result.quarantined:,} of them in quarantine" if result.quarantined else ""
    return f"{result.rows:,} readings imported{refused}{lines}. Undo with: wattlas import --undo {result.origin}\n"


def _list(service: Service, *, as_json: bool) -> None:
    from ui.format import iso
    from ui.tables import show

    rows = [
        {**asdict(note), "imported_at": iso(note.imported_at), "undone_at": note.undone_at and iso(note.undone_at)}
        for note in service.stores.state.imports()
    ]
    show(rows, as_json=as_json, columns=_LIST_COLUMNS, empty="Nothing was imported yet.")


def _undo(service: Service, origin: str) -> None:
    from collectors.importing.readmit import readmit
    from collectors.importing.undo import undo_import
    from ui.books.upto import bring_up_to_date

    undone = undo_import(origin, service.stores, now=int(service.now()))
    _logged(service, f"readings {origin} undone", None, undone.first, undone.last)
    again = readmit(undone, service.settings, service.stores, now=int(service.now()))
    trouble = bring_up_to_date(service)
    sys.stdout.write(f"The import of {undone.file} is undone; it touched {undone.series:,} series.\n")
    if again:
        sys.stdout.write(f"{again:,} readings of others, which it had kept out, count in its place.\n")
    if service.stores.influx is not None:
        sys.stdout.write(
            "InfluxDB has no longer what it had written over: where that came from an older file, undo that import "
            "too, then import its file again.\n"
        )
    if trouble:
        behind = f"The books do not know it yet: {trouble.rstrip('.')}; `wattlas ledger keep` brings them up to date."
        sys.stderr.write(f"{behind}\n")
    frozen = undone.rows > 0 and _frozen(service, undone.first, ". Raise that, import the file again and undo it.")
    if trouble or frozen:
        raise typer.Exit(UNSOUND)
