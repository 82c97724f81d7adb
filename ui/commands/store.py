"""`wattlas store`: making and proving the buckets of a server, lines it refused, the way there from a lake."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import ConfigOption, DataOption, JsonOption, YesOption

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.influx.bootstrap import Finding
    from collectors.store.influx.store import InfluxStore
    from ui.service import Service

app = typer.Typer(no_args_is_help=True, help="Prepare, prove and mend the InfluxDB store.")
COLUMNS = ("ok", "sentence")
LETTER_COLUMNS = ("id", "at", "bucket", "line", "words")
UNSOUND = 2
RequeueOption = Annotated[bool, typer.Option("--requeue", help="Send them again.")]
IdOption = Annotated[
    list[int] | None, typer.Option("--id", help="Only this line; may be repeated.", show_default=False)
]


@app.command()
def init(*, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Create databases or buckets where our login may, then prove a reading written and read back."""
    from collectors.store.influx import bootstrap

    service, store = _opened(config, data)
    months = service.settings.store.raw_retention_months
    found = bootstrap.init(store.server, raw_retention_months=months)
    waiting = store.begin_again()
    if waiting is not None:
        sentence = (
            f"The server had lost readings: {waiting:,} that the spool still holds are sent again; older ones come "
            "back from the server's backup alone, and where it was restored after this, run this command again."
        )
        found.append(bootstrap.Finding(ok=True, sentence=sentence))
    _report(found, as_json=as_json)


@app.command()
def check(*, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Prove the server: version, a reading written and read back, retention, what waits and what was refused."""
    from collectors.store.influx import bootstrap
    from collectors.store.influx.health import findings
    from collectors.store.influx.mark import is_lost

    service, store = _opened(config, data)
    months = service.settings.store.raw_retention_months
    proved = bootstrap.check(store.server, raw_retention_months=months)
    if all(one.ok for one in proved):
        store.journal.note_lost(lost=is_lost(store.server, store.journal))
    found = findings(service.stores.data)
    store.journal.clear("expired")  # told now: a late reading of long ago is no fault that stays
    _report([*proved, *found], as_json=as_json)


@app.command("dead-letters")
def dead_letters(
    *,
    requeue: RequeueOption = False,
    number: IdOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List lines that the server refused, with its words; or send them again."""
    from dataclasses import asdict

    from collectors.store.influx.letters import requeue as send_again
    from ui.tables import show

    _, store = _opened(config, data)
    letters = [one for one in store.journal.dead_letters() if not number or one.id in number]
    if not requeue:
        show([asdict(one) for one in letters], as_json=as_json, columns=LETTER_COLUMNS, empty="No line was refused.")
        return
    if letters and not yes:
        question = f"{len(letters)} lines go to the server but for those that it has newer values of; send them?"
        typer.confirm(question, abort=True)
    done = send_again(store, at=int(time.time()), ids=[one.id for one in letters])
    older = f"{done.older:,} left out as the server has newer values, " if done.older else ""
    sys.stdout.write(f"{done.taken:,} lines were taken, {older}{done.refused:,} are still refused.\n")
    if done.refused:
        raise typer.Exit(UNSOUND)


@app.command()
def migrate(*, config: ConfigOption = None, data: DataOption = None) -> None:
    """Bring the readings of the lake over, day by day and counted; stopped anywhere, it goes on from there."""
    from collectors.store.influx.migrate import migrate as bring_over
    from ui.progress import progress

    _, store = _opened(config, data)
    with progress("Bringing the lake over") as report:
        done = bring_over(store, at=int(time.time()), progress=report)
    sys.stdout.write(f"{done.readings:,} readings of {done.days:,} days brought over and counted; ")
    sys.stdout.write(f"{done.skipped:,} days were over before.\n")


def _opened(config: Path | None, data: Path | None) -> tuple[Service, InfluxStore]:
    from config.errors import ConfigError
    from ui.service import open_service

    service = open_service(config, data)
    store = service.stores.influx
    if store is None:
        message = (
            f"{service.settings.path.name} [store]: the store is a lake, which needs none of this; "
            'write kind = "influxdb" and url to keep readings on a server.'
        )
        raise ConfigError(message)
    return service, store


def _report(found: list[Finding], *, as_json: bool) -> None:
    from dataclasses import asdict

    from ui.tables import print_json

    if as_json:
        print_json(asdict(one) for one in found)
    else:
        sys.stdout.writelines(f"{'ok ' if one.ok else 'BAD'} {one.sentence}\n" for one in found)
    if not all(one.ok for one in found):
        raise typer.Exit(UNSOUND)
