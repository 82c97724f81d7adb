"""Upkeep of the lake: compaction, expiry, vacuum, checkpoints, and what is synced before the spool forgets."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collectors.store.parquet import Where
from collectors.store.shipper import ship
from config.errors import StoreUnavailable
from tests.collectors.store.tables import DAY, DAY_S, every_row, plain, tick

if TYPE_CHECKING:
    from collectors.store.lake import Lake
    from collectors.store.spool import Spool


def test_compaction_keeps_every_row_and_sorts_closed_days(lake: Lake, spool: Spool) -> None:
    for second in range(0, 3 * DAY_S, 7200):
        spool.accept(tick(DAY + second))
        spool.accept(tick(DAY + second, value=1.0, points=3))
        ship(spool, lake)
    rows, chosen = every_row(lake), lake.read()
    assert lake.compact(DAY + 2 * DAY_S) == 2
    files = lake.table.snapshot().labels()
    assert [files.count(label) for label in ("2026-03-14", "2026-03-15", "2026-03-16")] == [1, 1, 12]
    assert sorted(plain(rows), key=lambda r: r["seq"]) == sorted(plain(every_row(lake)), key=lambda r: r["seq"])
    assert plain(lake.read()) == plain(chosen)
    assert lake.compact(DAY + 2 * DAY_S) == 0
    spool.accept(tick(DAY + 5))  # late
    ship(spool, lake)
    assert lake.compact(DAY + 2 * DAY_S) == 1


def test_small_files_of_an_open_day_are_merged_once_there_are_many(lake: Lake, spool: Spool) -> None:
    for second in range(40):
        spool.accept(tick(DAY + second))
        ship(spool, lake)
    assert lake.compact(DAY) == 1
    assert len(lake.table.snapshot().labels()) == 1
    assert lake.read().num_rows == 800
    assert lake.compact(DAY) == 0


def test_expire_drops_whole_days_only(lake: Lake, spool: Spool) -> None:
    for day in range(3):
        spool.accept(tick(DAY + day * DAY_S))
    ship(spool, lake)
    assert lake.expire(DAY + DAY_S + 5) == 1
    assert sorted(set(lake.read()["time"].to_pylist())) == [DAY + DAY_S, DAY + 2 * DAY_S]
    assert lake.expire(DAY + DAY_S + 5) == 0


def test_vacuum_spares_what_a_reader_of_today_may_hold(lake: Lake, spool: Spool) -> None:
    for second in range(3):
        spool.accept(tick(DAY + second))
        ship(spool, lake)
    old = lake.table.snapshot()
    lake.compact(DAY + DAY_S)
    assert lake.vacuum() == 0
    assert sum(table.num_rows for table in old.read(Where())) == 60


def test_vacuum_deletes_what_was_removed_a_day_ago_and_a_reader_recovers(
    lake: Lake, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for second in range(3):
        spool.accept(tick(DAY + second))
        ship(spool, lake)
    orphan = lake.table.root / "day=2026-03-14" / "part-of-a-killed-writer.parquet"
    orphan.write_bytes(b"PAR1")
    os.utime(orphan, (DAY, DAY))
    old = lake.table.snapshot()
    two_days_ago = time.time() - 2 * DAY_S
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: two_days_ago)
        lake.compact(DAY + DAY_S)
    assert lake.vacuum() == 4
    assert not orphan.exists()
    with pytest.raises(FileNotFoundError):
        old.read(Where())
    seen: list[int] = []

    def body(snapshot: object) -> int:
        found = old if not seen else snapshot
        seen.append(1)
        return sum(table.num_rows for table in found.read(Where()))  # type: ignore[attr-defined]

    assert lake.table.read(body) == 60
    assert len(seen) == 2
    assert lake.version_of(spool.app_id) == 3
    spool.accept(tick(DAY + 9))
    assert ship(spool, lake) == 20


def test_the_log_stays_short_and_numbers_survive_checkpoints(lake: Lake, spool: Spool) -> None:
    for second in range(52):
        spool.accept(tick(DAY + second, points=1))
        ship(spool, lake)
    assert lake.version_of(spool.app_id) == 52
    assert any(file.name.endswith("checkpoint.parquet") for file in (lake.table.root / "_delta_log").iterdir())
    assert lake.read().num_rows == 52


def test_files_log_and_folders_are_synced_before_the_spool_forgets(
    lake: Lake, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, int]] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), spool.backlog(0).rows))
        sync(descriptor)

    spool.accept(tick(DAY))
    spool.accept(tick(DAY + DAY_S))
    monkeypatch.setattr(os, "fsync", noted)
    ship(spool, lake, grace_s=0, now=DAY)
    root = lake.table.root
    data = [str(root / path) for path in lake.table.snapshot().sizes()]
    log = str(root / "_delta_log" / f"{1:020d}.json")
    order = [path for path, _ in synced]
    folders = [str(root / "day=2026-03-14"), str(root / "day=2026-03-15"), str(root), str(root / "_delta_log")]
    assert {*data, *folders, log} <= set(order)
    assert max(order.index(path) for path in data) < order.index(log)
    assert all(rows == 40 for path, rows in synced if path in {*data, *folders, log})
    assert spool.backlog(0).rows == 0


def test_a_full_disk_is_one_sentence_with_its_cause_and_upkeep_goes_on_later(lake: Lake, spool: Spool) -> None:
    spool.accept(tick(DAY))
    ship(spool, lake)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))  # no file takes a byte more
    try:
        with pytest.raises(
            StoreUnavailable, match=r"cannot be written \([^\n]*File too large[^\n]*\): check free space"
        ):
            lake.vacuum()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert lake.vacuum() == 0
    assert (lake.version_of(spool.app_id), lake.read().num_rows) == (spool.highest(), 20)
