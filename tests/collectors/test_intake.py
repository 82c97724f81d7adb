"""Between runner and spool: one judged table a second, nothing lost while the store refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from collectors import intake as module
from collectors.clock import SystemClock
from collectors.intake import Intake
from collectors.judge import Judge
from collectors.reading import READING_SCHEMA, Reading
from collectors.store.spool import Spool
from config.errors import InputError, StoreUnavailable
from tests.collectors.test_judge import NOW, settings

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


def poll(*values: float, off: bool = False) -> list[Reading]:
    return [Reading("fra1/srv-1", "power", datetime.fromtimestamp(NOW, UTC), value, off=off) for value in values]


class Store:
    """Takes tables unless it refuses."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []
        self.refuses = False

    def accept(self, table: pa.Table) -> None:
        if self.refuses:
            msg = "locked."
            raise StoreUnavailable(msg)
        self.tables.append(table)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def intake(store: Store) -> Intake:
    return Intake(Judge(settings(max_w=2000.0)), store.accept, SystemClock())


def test_polls_of_a_second_become_one_judged_table(intake: Intake, store: Store) -> None:
    intake.accept(poll(100, 5000), "bmc-1")
    intake.accept(poll(0, off=True), "bmc-2")
    intake.flush()
    intake.flush()
    (table,) = store.tables
    assert table.schema == READING_SCHEMA
    assert table["origin"].to_pylist() == ["bmc-1", "bmc-1", "bmc-2"]
    assert table["quality"].to_pylist() == ["measured", "rejected", "measured"]


def test_what_the_store_refuses_is_offered_again_in_order(intake: Intake, store: Store) -> None:
    store.refuses = True
    for value in (1.0, 2.0):
        intake.accept(poll(value), "bmc-1")
        with pytest.raises(StoreUnavailable):
            intake.flush()
    store.refuses = False
    intake.accept(poll(3.0), "bmc-1")
    intake.flush()
    assert [table["value"].to_pylist() for table in store.tables] == [[1.0, 2.0, 3.0]]


def test_a_batch_holds_about_ten_thousand_readings(
    intake: Intake, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 10)
    for _ in range(9):
        intake.accept(poll(1.0, 2.0, 3.0), "bmc-1")
    intake.flush()
    assert [table.num_rows for table in store.tables] == [12, 12, 3]


def test_memory_is_bounded(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_MOST", 2)
    intake.accept(poll(1.0), "bmc-1")
    intake.accept(poll(1.0), "bmc-1")
    with pytest.raises(StoreUnavailable, match="readings are being lost"):
        intake.accept(poll(1.0), "bmc-1")


def test_what_no_store_takes_is_lost_alone_and_told_with_its_source(tmp_path: Path) -> None:
    """A time before the year 1 of UTC, say: it must not keep all other sources from their store."""
    spool = Spool(tmp_path / "spool.sqlite")
    intake = Intake(Judge(settings(max_w=2000.0)), spool.accept, SystemClock())
    impossible = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    intake.accept(poll(100.0), "bmc-1")
    intake.accept([Reading("fra1/srv-1", "power", impossible, 1.0)], "grid-1")
    intake.accept(poll(300.0), "bmc-2")
    with pytest.raises(InputError, match=r"source grid-1: .*times must lie in the years 1 to 9999"):
        intake.flush()
    intake.flush()
    assert spool.after(0)["value"].to_pylist() == [100.0, 300.0]
