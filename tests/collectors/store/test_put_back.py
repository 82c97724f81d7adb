"""A spool file that somebody put back to an older one, beside an archive that has more of it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from collectors.store.batches import ROW_BITS
from collectors.store.books import SEQUENCE_MARK
from collectors.store.doctor import examine
from collectors.store.open import Stores
from collectors.store.shipper import ship
from tests.collectors.store.tables import DAY, ledger, plain, tick

if TYPE_CHECKING:
    from pathlib import Path


def put_back(stores: Stores, copy: Path) -> Stores:
    """Lay a copy in the place of the spool, as one does who has only that file in a backup."""
    stores.spool.close()
    for file in stores.spool_path.parent.glob(f"{stores.spool_path.name}*"):
        file.unlink()
    shutil.copy(copy, stores.spool_path)
    return Stores(stores.data)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.sqlite"


@pytest.fixture
def stores(tmp_path: Path, copy: Path) -> Stores:
    """Two batches shipped and one not when the copy was made; two more of all since."""
    found = Stores(tmp_path / "data")
    for at in (0, 1):
        found.spool.accept(tick(DAY + at))
    found.ship(now=DAY)
    found.spool.accept(tick(DAY + 2))
    found.spool.copy_to(copy)
    for at in (3, 4):
        found.spool.accept(tick(DAY + at))
    found.ship(now=DAY)
    return found


def test_what_is_accepted_afterwards_is_seen_and_shipped(stores: Stores, copy: Path) -> None:
    former, number = stores.spool.uuid, stores.spool.highest()
    again = put_back(stores, copy)
    assert again.spool.uuid != former
    assert again.spool.accept(tick(DAY + 2, value=7.0)) > number, "it wins over what stands"
    again.spool.accept(tick(DAY + 9))
    for _ in range(2):
        rows = plain(again.archive.read(start=DAY))
        assert sorted({row["time"] for row in rows}) == [DAY + at for at in (0, 1, 2, 3, 4, 9)]
        assert {row["value"] for row in rows if row["time"] == DAY + 2} == {7.0}
        ship(again.spool, again.lake)
    assert again.spool.backlog().rows == 0
    assert Stores(stores.data).spool.uuid == again.spool.uuid, "once"


def test_the_books_learn_of_it(stores: Stores, copy: Path) -> None:
    booked = (stores.spool.highest() + 7 << ROW_BITS) | 5
    stores.books.write(ledger(1, 1, start=DAY), watermark={SEQUENCE_MARK: booked}, cause="late", now=DAY)
    again = put_back(stores, copy)
    again.spool.accept(tick(DAY + 9))
    assert {row["last"] for row in again.archive.touched(booked).to_pylist()} == {DAY + 9}


def test_a_spool_that_is_not_behind_stays_who_it_is(stores: Stores) -> None:
    stores.spool.accept(tick(DAY + 5))
    again = Stores(stores.data)
    assert (again.spool.uuid, again.spool.backlog().rows) == (stores.spool.uuid, 20)


def test_a_lake_that_cannot_be_read_keeps_nobody_from_accepting(stores: Stores) -> None:
    newest = max((stores.lake.table.root / "_delta_log").glob("*.json"))
    newest.write_bytes(newest.read_bytes()[:50])
    again = Stores(stores.data)
    again.spool.accept(tick(DAY + 9))
    assert again.spool.backlog(0).rows == 120
    assert [finding.store for finding in examine(stores.data)] == ["readings"]
