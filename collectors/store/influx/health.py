"""What our side knows about the server store, for `wattlas store check` and the doctor; nobody is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collectors.store.influx.bootstrap import Finding
from collectors.store.influx.journal import JOURNAL, Journal
from collectors.store.influx.mark import LOST, days_left, left_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def findings(data: Path) -> list[Finding]:
    """Return what is wrong with the server store of a data folder, and what waits; empty where there never was one."""
    path = data / "spool" / JOURNAL
    return list(_findings(data, Journal(path))) if path.exists() else []


def _findings(data: Path, journal: Journal) -> Iterator[Finding]:
    from collectors.store.lake import Lake
    from collectors.store.spool import Spool

    spool = Spool(data / "spool" / "spool.sqlite")
    shipped = journal.shipped(spool.uuid) or 0
    waiting = spool.backlog(shipped)
    yield Finding(ok=True, sentence=f"{waiting.rows:,} readings wait in the spool{_since(waiting.oldest)}.")
    trouble = journal.trouble()
    if trouble:
        yield Finding(ok=False, sentence=f"{trouble.sentence.rstrip('.')} (since {_moment(trouble.since)}).")
    lake = Lake(data / "lake")
    days = days_left(lake, journal) if shipped >= lake.version_of(spool.app_id) else 0  # else the lake is in use again
    if days:
        yield Finding(ok=False, sentence=left_words(days))
    if journal.count("lost"):
        yield Finding(ok=False, sentence=f"InfluxDB {LOST}")
    if beside := journal.beside():
        yield Finding(ok=False, sentence=f"{beside[0].upper()}{beside[1:]}")
    dead = journal.dead_count()
    if dead:
        sentence = f"{dead:,} lines were refused by InfluxDB: look at `wattlas store dead-letters`."
        yield Finding(ok=False, sentence=sentence)
    dropped, expired = journal.count("dropped"), journal.count("expired")
    if dropped:
        sentence = f"{dropped:,} readings were dropped because the spool was full: raise [store] spool_max_gb."
        yield Finding(ok=False, sentence=sentence)
    if expired:
        sentence = f"{expired:,} readings came later than bucket_raw keeps them, since the last `wattlas store check`."
        yield Finding(ok=True, sentence=sentence)


def _since(second: int | None) -> str:
    return f", the oldest since {_moment(second)}" if second is not None else ""


def _moment(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
