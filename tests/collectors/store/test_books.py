"""The books: a key stands once, a change is a revision, what stood before is history (design 4.5)."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.ledger_row import LEDGER_SCHEMA
from collectors.store.books import Books, Written
from collectors.store.layout import LEDGER
from collectors.store.parquet import Where
from config.errors import InputError, StoreUnavailable
from tests.collectors.store.tables import DAY_S, MARCH, ledger, plain

if TYPE_CHECKING:
    from pathlib import Path

APRIL = MARCH + 31 * DAY_S
KEY = ("point", "metric", "start")


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "books")


def written(books: Books, rows: pa.Table, *, mark: int = 0, cause: str = "readings", now: int = APRIL) -> Written:
    return books.write(rows, watermark={"ledger:sequence": mark}, cause=cause, now=now)


def changed(rows: pa.Table, column: str, value: Any, *, where: int = 0) -> pa.Table:  # noqa: ANN401
    """The same rows, one cell of one of them other."""
    cells = rows[column].to_pylist()
    cells[where] = value
    return rows.set_column(
        rows.schema.get_field_index(column), rows.schema.field(column), pa.array(cells, rows.schema.field(column).type)
    )


def files(books: Books) -> set[str]:
    return set(books.ledger.snapshot().label_of())


def test_absent_books_read_as_empty(books: Books) -> None:
    assert books.rows().schema == LEDGER_SCHEMA
    assert books.rows().num_rows == books.history().num_rows == len(list(books.months())) == 0
    assert (books.watermark("ledger:sequence"), books.compact(APRIL), books.vacuum()) == (-1, 0, 0)


def test_rows_come_back_as_written_with_the_watermark(books: Books) -> None:
    rows = ledger(3, 10)
    assert written(books, rows.take(list(range(29, -1, -1))), mark=7) == Written(new=30, revised=0)
    assert books.rows().schema == LEDGER_SCHEMA
    assert plain(books.rows()) == plain(rows)
    assert books.watermark("ledger:sequence") == 7
    assert books.watermark("other") == -1


def test_nulls_and_other_metrics_survive(books: Books) -> None:
    cold = ledger(2, 3, metric="temperature", energy_kwh=None, low_kwh=None, high_kwh=None, unit="degC")
    gap = ledger(1, 2, start=MARCH + 9000, value=None, quality="missing", method="none")
    rows = pa.concat_tables([cold, gap]).unify_dictionaries()
    written(books, rows)
    assert sorted(map(repr, plain(books.rows()))) == sorted(map(repr, plain(rows)))
    assert written(books, rows) == Written(0, 0)


def test_unchanged_rows_are_skipped_and_no_file_is_touched(books: Books) -> None:
    written(books, ledger(5, 20), mark=1)
    before = files(books)
    assert written(books, ledger(5, 20), mark=2) == Written(0, 0)
    assert files(books) == before
    assert books.watermark("ledger:sequence") == 2
    version = books.ledger.snapshot().version
    assert written(books, ledger(5, 20), mark=2) == Written(0, 0)
    assert books.ledger.snapshot().version == version, "nothing new is no commit"


def test_a_new_configuration_alone_never_revises(books: Books) -> None:
    written(books, ledger(2, 5))
    assert written(books, ledger(2, 5, config_hash="f" * 16)) == Written(0, 0)
    assert set(books.rows()["config_hash"].to_pylist()) == {"0" * 16}
    rows = changed(ledger(2, 5, config_hash="f" * 16), "energy_kwh", 9.0)
    assert written(books, rows) == Written(0, 1)
    assert books.rows()["config_hash"].to_pylist().count("f" * 16) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("energy_kwh", 0.1 + 0.2),
        ("energy_kwh", None),
        ("value", -1.0),
        ("measured", 0.5),
        ("estimated", 0.5),
        ("missing", 0.5),
        ("quality", "partial"),
        ("method", "power"),
        ("unit", "kW"),
        ("end", MARCH + 600),
        ("low_kwh", 0.0),
        ("high_kwh", 5.0),
    ],
)
def test_what_a_row_says_makes_a_revision(books: Books, column: str, value: object) -> None:
    first = ledger(2, 4)
    written(books, first)
    late = changed(first, column, value, where=5)
    assert written(books, late, cause="late readings", now=APRIL + 5) == Written(0, 1)
    assert plain(books.rows()) == plain(changed(late, "revision", 1, where=5))
    (former,) = plain(books.history())
    assert former == {**plain(first)[5], "replaced_at": APRIL + 5, "cause": "late readings"}
    assert written(books, late) == Written(0, 0)


def test_each_revision_goes_to_history(books: Books) -> None:
    for number in range(4):
        written(books, ledger(1, 2, seed=number), mark=number, now=APRIL + number)
    assert books.rows()["revision"].to_pylist() == [3, 3]
    past = [(row["start"], row["revision"], row["replaced_at"]) for row in plain(books.history())]
    assert past == [(start, n, APRIL + n + 1) for start in (MARCH, MARCH + 900) for n in range(3)]
    assert books.history(points=["other"]).num_rows == 0
    assert books.history(start=MARCH + 900).num_rows == 3


def test_new_and_changed_rows_in_one_step(books: Books) -> None:
    written(books, ledger(2, 4))
    rows = changed(ledger(3, 6), "energy_kwh", 7.0)
    found = written(books, rows)
    standing = {(row["point"], row["start"]): row for row in plain(books.rows())}
    assert found.new == 18 - 8
    assert len(standing) == 18
    assert all(standing[row["point"], row["start"]]["energy_kwh"] == row["energy_kwh"] for row in plain(rows))


def test_only_files_with_changed_rows_are_written_anew(books: Books) -> None:
    for day in range(4):
        written(books, ledger(3, 96, start=MARCH + day * DAY_S, seed=day), mark=day)
    written(books, ledger(3, 96, start=APRIL, seed=9), mark=9)
    before = files(books)
    written(books, changed(ledger(3, 96, start=MARCH + DAY_S, seed=1), "energy_kwh", 1.0), mark=10)
    assert len(before - files(books)) == 1
    assert len(files(books) - before) == 1


def test_a_key_offered_twice_is_refused(books: Books) -> None:
    with pytest.raises(InputError, match=rf"fra1/srv-0000 energy at {MARCH} stands twice"):
        written(books, pa.concat_tables([ledger(1, 2), ledger(1, 1)]))


def test_rows_older_than_the_ledgers_watermark_are_refused(books: Books) -> None:
    written(books, ledger(1, 2), mark=5)
    with pytest.raises(StoreUnavailable, match="is ahead of these rows"):
        written(books, ledger(1, 2, seed=3), mark=4)
    assert books.rows()["revision"].to_pylist() == [0, 0]


def test_a_crash_between_history_and_ledger_leaves_no_false_history(books: Books) -> None:
    first = ledger(1, 2)
    written(books, first)
    books._keep(books.rows(), "killed here", APRIL)  # what a killed write leaves behind
    assert books.history().num_rows == 0
    written(books, ledger(1, 2, seed=1), cause="late readings", now=APRIL + 1)
    assert [(row["revision"], row["cause"]) for row in plain(books.history())] == [(0, "late readings")] * 2


def test_choices_are_exact(books: Books) -> None:
    every = pa.concat_tables([ledger(3, 8, start=APRIL - 4 * 900), ledger(3, 8, start=APRIL - 4 * 900, metric="water")])
    written(books, every.unify_dictionaries())

    def asked(**where: object) -> set[tuple[object, ...]]:
        return {tuple(row[name] for name in KEY) for row in plain(books.rows(**where))}  # type: ignore[arg-type]

    keys = {tuple(row[name] for name in KEY) for row in plain(every)}
    assert asked() == keys
    assert asked(points=["fra1/srv-0001"], metrics=["water"]) == {
        k for k in keys if k[:2] == ("fra1/srv-0001", "water")
    }
    assert asked(start=APRIL - 900, end=APRIL + 900) == {k for k in keys if k[2] in (APRIL - 900, APRIL)}
    assert books.rows(columns=["energy_kwh"]).column_names == ["energy_kwh"]


def test_months_are_one_table_each_in_time_order(books: Books) -> None:
    written(books, ledger(2, 8, start=APRIL - 4 * 900))
    written(books, ledger(2, 8, start=APRIL + 4 * 900), mark=1)
    tables = list(books.months(points=["fra1/srv-0001"], columns=["start", "energy_kwh"]))
    assert [sorted(table["start"].to_pylist()) for table in tables] == [
        [APRIL - 4 * 900 + 900 * cell for cell in range(4)],
        [APRIL + 900 * cell for cell in range(12)],
    ]


def test_compaction_keeps_rows_and_sorts_closed_months(books: Books) -> None:
    for day in range(3):
        written(books, ledger(4, 96, start=MARCH + day * DAY_S, seed=day), mark=day)
    written(books, ledger(4, 4, start=APRIL), mark=8)
    written(books, ledger(4, 4, start=APRIL + 3600), mark=9)
    before = books.rows()
    assert books.compact(APRIL + DAY_S) == 1
    assert books.ledger.snapshot().labels().count("2026-03") == 1
    assert plain(books.rows()) == plain(before)
    assert books.watermark("ledger:sequence") == 9
    assert books.compact(APRIL + DAY_S) == 0
    assert written(books, ledger(4, 96, start=MARCH, seed=0), mark=10) == Written(0, 0)


def test_a_large_month_is_cut_at_points_so_that_few_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(LEDGER, "file_rows", 1000)
    try:
        books = Books(tmp_path / "books")
        written(books, ledger(30, 300, seed=1))
        written(books, ledger(30, 300, seed=2, start=MARCH + 300 * 900), mark=1)
        books.compact(APRIL)
        snapshot = books.ledger.snapshot()
        ranges = sorted((file.low, file.high) for file in snapshot.files_of("2026-03"))
        assert len(ranges) == 30
        assert all(one[1] < other[0] for one, other in pairwise(ranges))
        assert len(snapshot.paths(Where.of(["fra1/srv-0007"], None, None, None))) == 1
        assert books.rows().num_rows == 18_000
    finally:
        object.__setattr__(LEDGER, "file_rows", 1 << 20)


def test_one_job_at_a_time_keeps_the_books(books: Books) -> None:
    code = (
        "import sys; from pathlib import Path; from collectors.store.books import Books\n"
        "with Books(Path(sys.argv[1])).keeping(): print('inside', flush=True)"
    )
    with books.keeping():
        other = subprocess.Popen([sys.executable, "-c", code, str(books.folder)], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(1.5)
    assert other.communicate(timeout=60)[0] == "inside\n"


def test_a_year_of_two_points_needs_no_pandas(tmp_path: Path) -> None:
    books = Books(tmp_path / "books")
    written(books, ledger(5, 96))
    written(books, ledger(5, 96, seed=2), mark=1)
    code = (
        "import sys; from pathlib import Path; from collectors.store.books import Books\n"
        "books = Books(Path(sys.argv[1]));"
        "assert books.rows(points=['fra1/srv-0001'], metrics=['energy'], start=1, end=2**40).num_rows == 96;"
        "assert len(list(books.months())) == 1; assert books.history(points=['fra1/srv-0001']).num_rows == 96;"
        "assert 'pandas' not in sys.modules, 'pandas costs a second'; assert 'pyarrow.dataset' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "books")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


CELL = st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from([None, 0.0, 1.0, float("nan")]))
JOB = st.one_of(st.lists(CELL, min_size=1, max_size=6, unique_by=lambda cell: cell[:2]), st.just("compact"))


@given(jobs=st.lists(JOB, max_size=8))
@settings(max_examples=30, deadline=None)
def test_the_ledger_is_what_was_written_last_and_history_is_all_before(
    jobs: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    books = Books(tmp_path_factory.mktemp("books"))
    stands: dict[tuple[str, int], tuple[str, int]] = {}
    past: list[tuple[str, int, str, int]] = []
    for number, job in enumerate(jobs):
        if job == "compact":
            books.compact(APRIL)
            continue
        rows = pa.concat_tables(
            [ledger(3, 1, start=MARCH + 900 * cell, energy_kwh=value).slice(point, 1) for point, cell, value in job]
        ).unify_dictionaries()
        written(books, rows, mark=number)
        for row in plain(rows):
            key = (row["point"], row["start"])
            former = stands.get(key)
            said = repr(row["energy_kwh"]).replace("nan", "None")  # NaN and null say the same: nothing known
            if former is None:
                stands[key] = (said, 0)
            elif former[0] != said:
                past.append((*key, *former))
                stands[key] = (said, former[1] + 1)
    found = {
        (r["point"], r["start"]): (repr(r["energy_kwh"]).replace("nan", "None"), r["revision"])
        for r in plain(books.rows())
    }
    assert found == stands
    history = [
        (r["point"], r["start"], repr(r["energy_kwh"]).replace("nan", "None"), r["revision"])
        for r in plain(books.history())
    ]
    assert sorted(history) == sorted(past)
