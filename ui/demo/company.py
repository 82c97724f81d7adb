"""The demo company: thirteen months of simulated meter readings through the real path, then live simulated devices.

Nothing is invented on the way: the simulator offers what its instruments would have read, faults included, and the
judge, the spool, the archive and the kernel treat it as they treat anything (design 6).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.judge import Judge
from collectors.plugins.simulated import READS, simulated_company
from collectors.plugins.simulated.company import DEMO_SIMULATION_FILE, DEMO_SITE_FILE, SITES
from config.errors import InputError
from ui.books.keeping import MONTH_S
from ui.books.windows import floor_cell
from ui.demo.jobs import CLUSTER, demo_jobs
from ui.demo.plan import note_progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collectors.plugins.simulated import SimulatedSite
    from config.reading.fields import Raw
    from ui.books.windows import Window
    from ui.service import Service

HISTORY_S = 13 * MONTH_S
METER_INTERVAL_S = 900
CHUNK_S = 32 * 86_400
FILES = {
    DEMO_SITE_FILE: "wattlas.toml",
    DEMO_SIMULATION_FILE: "demo_simulation.toml",
    SITES / "demo_factors.csv": "demo_factors.csv",
}
MARK = "demo"
NOTE = "demo_history.json"
EMBEDDED = 'kind = "lake"'  # in the demo's site file


@dataclass(frozen=True, slots=True)
class HistoryMade:
    """What was made: readings accepted, how many of them the judge put aside, ledger rows written."""

    readings: int
    quarantined: int
    ledger_rows: int


def demo_site_file(folder: Path, server: Raw | None = None) -> Path:
    """Put the demo's files into `folder`, unless they are there, and return the site file's path.

    Args:
        folder: of the demo alone.
        server: keys of `[store]` for an InfluxDB, as `server_keys` makes them; None for the embedded store.

    Raises:
        InputError: the folder holds another company's site file, or a demo that keeps its readings elsewhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    site_file = folder / FILES[DEMO_SITE_FILE]
    if site_file.exists():
        _refuse_another(site_file, server)
    for source, name in FILES.items():
        if not (folder / name).exists():
            shutil.copyfile(source, folder / name)
            if source is DEMO_SITE_FILE and server is not None:
                text = source.read_text(encoding="utf-8").replace(EMBEDDED, _table(server), 1)
                (folder / name).write_text(text, encoding="utf-8")
    return site_file


def server_keys(url: str, *, user: str | None, password: str | None, token: str | None, org: str | None) -> Raw:
    """Return the keys of `[store]` that put the demo on an InfluxDB; `password` and `token` name environment variables.

    The demo has buckets of its own: simulated readings never stand beside real ones.
    """
    secrets = {"password": password, "token": token}
    given = {"user": user, "org": org, **{key: {"env": name} for key, name in secrets.items() if name}}
    own = {"bucket_raw": "wattlas_demo_raw", "bucket_hourly": "wattlas_demo_hourly"}
    return {"kind": "influxdb", "url": url, **own, **{key: value for key, value in given.items() if value}}


def _refuse_another(site_file: Path, server: Raw | None) -> None:
    text = site_file.read_text(encoding="utf-8")
    if "DEMO" not in text:
        msg = f"{site_file} is not the demo's: give the demo a folder of its own with --data."
    elif server is not None and _table(server) not in text:
        msg = f"{site_file} keeps the demo's readings elsewhere: give this one a folder of its own with --data."
    else:
        return
    raise InputError(msg)


def _table(keys: Raw) -> str:
    """Write keys of `[store]` as TOML: its quoted texts are JSON's."""
    lines = (f"{key} = {_value(value)}" for key, value in keys.items())
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


def make_history(service: Service, *, progress: Callable[[str, int, int], None] | None = None) -> HistoryMade:
    """Accept the simulated meters' readings since thirteen months ago and keep the books on them.

    What was accepted before is not accepted again: a demo that was killed goes on where it stopped.
    """
    tell = progress or (lambda _what, _done, _all: None)
    sites = simulated_company(service.settings.path, service.settings.path.with_name(FILES[DEMO_SIMULATION_FILE]))
    chunks = _chunks(service)
    readings = quarantined = 0
    for done, window in enumerate(chunks, start=1):
        for site in sites.values():
            accepted, rejected = _accept(service, site, window)
            readings, quarantined = readings + accepted, quarantined + rejected
        service.ship()
        tell("readings", done, len(chunks))
    if chunks:
        made = list(demo_jobs(service.settings.cluster(CLUSTER), chunks[0][0], chunks[-1][1]))
        service.stores.jobs.add(made, origin=MARK, now=int(service.now()))
        note_progress(service, chunks[0][0])
    kept = service.keep_books(progress=lambda done, everything: tell("books", done, everything))
    _note_made(service)
    return HistoryMade(readings, quarantined, kept.rows_new)


def _chunks(service: Service) -> list[Window]:
    """Windows of the history, the same at every run: the first run decides where it begins and ends."""
    note = service.settings.store.data / NOTE
    if not note.exists():
        end = floor_cell(int(service.now()))
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"start": floor_cell(end - HISTORY_S), "end": end, "made": False}))
    found = json.loads(note.read_text())
    if found["made"]:
        return []
    return [(first, min(first + CHUNK_S, found["end"])) for first in range(found["start"], found["end"], CHUNK_S)]


def _note_made(service: Service) -> None:
    note = service.settings.store.data / NOTE
    note.write_text(json.dumps(json.loads(note.read_text()) | {"made": True}))


def _accept(service: Service, site: SimulatedSite, window: Window) -> tuple[int, int]:
    """Judge and store what one site's meters read in a window: rows accepted, rows rejected."""
    judge = Judge(service.settings)
    accepted = rejected = 0
    for kind in READS:
        points = [point for point in site.spec.points if kind in site.offered(point)] if kind != "power" else []
        if not points:
            continue
        table = site.readings(points, *window, METER_INTERVAL_S, kind=kind, origin=f"{MARK}:{site.spec.site}")
        judged, bad = judge.table(table, now=int(service.now()))
        key = f"{MARK}:{site.spec.site}:{kind}:{window[0]}"
        if service.stores.spool.accept(judged, key=key):
            accepted, rejected = accepted + judged.num_rows, rejected + bad
    return accepted, rejected
