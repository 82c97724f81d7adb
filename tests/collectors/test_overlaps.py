"""One series from two hands: the second is kept, told and in nobody's books; a handover loses an interval at most."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.clock import SystemClock
from collectors.intake import Intake
from collectors.judge import Judge, judge_readings
from collectors.overlaps import Overlaps, overlaps_of
from collectors.reading import READING_SCHEMA, Reading, reading_table
from collectors.store.open import Stores, open_stores
from config.errors import StoreCorrupt, StoreUnavailable, WattlasError
from tests.collectors.importing.site import site_settings

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from config.site import Settings

START = 1_773_446_400
BROKERS = """
[[sources]]
id = "a"
kind = "mqtt"
point = "pdu-a"
host = "a"
metrics = ["energy"]
topics = [{ topic = "x/{point}", values = { power = { unit = "W" } } }]
[[sources]]
id = "b"
kind = "mqtt"
point = "srv-2"
host = "b"
topics = [{ topic = "x/{point}", values = { power = { unit = "W" } } }]
"""
A, B = "ingest:hall@aaaaaaaa/bmc", "ingest:hall@bbbbbbbb/bmc"


class Central:
    """Accepts what collectors send, as the doors do."""

    def __init__(self, site: Settings, stores: Stores) -> None:
        self.site, self.stores = site, stores
        self.overlaps = overlaps_of(site, stores)

    def takes(self, origin: str, *times: int, metric: str = "energy", value: float = 0.1) -> list[int]:
        """Return the seconds after START of what counts."""
        found = [Reading("t/srv-1", metric, datetime.fromtimestamp(START + at, UTC), value) for at in times]
        judged, _ = judge_readings(found, self.site, origin=origin, now=START + 10**6)
        table, twice = self.overlaps.table(judged)
        self.stores.spool.accept(table)
        good = [row["time"] - START for row in table.to_pylist() if row["quality"] == "measured"]
        assert twice == len(times) - len(good)
        return good


@pytest.fixture
def central(tmp_path: Path) -> Central:
    site = site_settings(tmp_path)
    return Central(site, open_stores(site))


def test_two_collectors_of_one_point_count_once(central: Central) -> None:
    assert central.takes(A, 0, 900, 1800) == [0, 900, 1800]
    assert central.takes(B, 300, 1200, 2100) == []
    reason = central.stores.spool.after(0)["reason"].to_pylist()[-1]
    assert reason == (
        "ingest:hall@aaaaaaaa gives energy of t/srv-1 already, less than 900 s from this of ingest:hall@bbbbbbbb: "
        "let one of the two give it"
    )
    assert central.takes(A, 2700) == [2700]
    assert central.takes(B, 3000, 3600, 4500) == [3600, 4500], "the first is silent: the second follows"
    assert central.takes(A, 3300, 5000) == [], "and so the other way round"


def test_what_was_late_is_taken_where_nobody_spoke(central: Central) -> None:
    assert central.takes(A, 0, 900) == [0, 900]
    assert central.takes(B, 9000) == [9000]
    assert central.takes(A, 1800, 2700, 8500) == [1800, 2700]
    assert central.takes(B, 9000) == [9000], "what is sent again is the same reading"


def test_a_restored_collector_sends_the_same_readings_again(central: Central) -> None:
    """It has another identity, and polls a second more or less apart: none is refused beside its former self."""
    times = [0, 899, 1800, 2699, 3601]
    assert central.takes(A, *times) == times
    assert central.takes(B, *times) == times
    assert central.takes(B, 899, value=0.2) == [899], "all are its own now"
    assert central.takes(A, 1300) == []


def test_one_request_with_two_hands_counts_once(central: Central) -> None:
    moments = [datetime.fromtimestamp(START + at, UTC) for at in (0, 300, 900)]
    rows = [
        reading_table([Reading("t/srv-1", "energy", at, 0.1)], origin=who)
        for at, who in zip(moments, (A, B, A), strict=True)
    ]
    table, twice = central.overlaps.table(pa.concat_tables(rows))
    assert (table["quality"].to_pylist(), twice) == (["measured", "rejected", "measured"], 1)


def test_gauges_of_two_hands_are_no_series_either(central: Central) -> None:
    assert central.takes("ingest:one", 0, 10, metric="power", value=300) == [0, 10]
    assert central.takes("ingest:two", 5, 15, 20, metric="power", value=900) == [20]


def test_an_import_fills_and_corrects_and_doubles_no_amount(central: Central) -> None:
    assert central.takes(A, 0, 900) == [0, 900]
    assert central.takes("import:a", 0, 300, 900, 1800) == [0, 900, 1800]
    assert central.takes("import:b", 300, 1000, 2700) == [2700]
    assert central.takes("ingest:one", 0, 10, metric="power", value=300) == [0, 10]
    assert central.takes("import:a", 5, 15, metric="power", value=301) == [5, 15], "powers of an import are taken whole"
    assert central.takes("ingest:one", 16, metric="power", value=300) == [16]


def test_files_that_follow_each_other_lose_nothing(central: Central) -> None:
    """Each file is a hand of its own; months, days and jitter make the step at its edge a little short."""
    for number, at in enumerate((0, 899, 1720, 2615)):
        assert central.takes(f"import:{number}", at) == [at]
    assert central.takes("import:x", 2615 + 800) == [], "a second telling"


def test_an_import_corrects_its_very_seconds_whatever_their_jitter(central: Central) -> None:
    times = [0, 901, 1800, 2701, 3600]
    assert central.takes(A, *times) == times
    assert central.takes("import:x", *times, value=0.2) == times
    assert central.takes("import:y", 450) == []


@pytest.mark.parametrize("hand", ["import:{}", "ingest:token-{}"])
def test_months_by_file_or_by_a_new_token(central: Central, hand: str) -> None:
    more = """
[[points]]
id = "srv-9"
site = "t"
role = "server"
interval_s = { energy = 2678400 }
"""
    site = site_settings(central.site.path.parent, more=more)
    overlaps = overlaps_of(site, central.stores)
    for month in range(1, 8):
        one = Reading("t/srv-9", "energy", datetime(2026, month, 1, tzinfo=UTC), 900.0)
        judged, _ = judge_readings([one], site, origin=hand.format(month), now=START + 10**8)
        judged, twice = overlaps.table(judged)
        central.stores.spool.accept(judged)
        assert not twice, judged["reason"].to_pylist()


def test_what_has_no_interval_and_what_a_collector_says_of_itself_is_not_asked(central: Central) -> None:
    for metric, value in (("humidity", 50.0), ("collector_missed", 1.0)):
        assert central.takes(A, 0, metric=metric, value=value) == [0]
        assert central.takes(B, 1, metric=metric, value=value) == [1]


@pytest.mark.parametrize("trouble", [StoreUnavailable, StoreCorrupt])
def test_an_archive_that_is_away_or_damaged_stops_nobody(
    tmp_path: Path, central: Central, trouble: type[WattlasError]
) -> None:
    def away(*_: object) -> pa.Table:
        msg = "away"
        raise trouble(msg)

    central.overlaps = Overlaps(central.site, central.stores.spool.latest, away)
    assert central.takes(A, 0, 900) == [0, 900]
    assert central.takes(B, 1000, 1800) == [1800]


def test_two_brokers_count_once_and_what_a_source_claims_is_not_looked_up(central: Central) -> None:
    site = site_settings(central.site.path.parent, more=BROKERS)
    asked: list[Collection[str]] = []

    def latest(points: Collection[str], metrics: Collection[str]) -> pa.Table:
        asked.append(points)
        return central.stores.spool.latest(points, metrics)

    overlaps = Overlaps(site, latest, central.stores.archive.read)
    intake = Intake(Judge(site), central.stores.spool.accept, SystemClock(), overlaps)
    for origin, point, at in (("a", "srv-1", 0), ("b", "srv-1", 5), ("b", "srv-2", 5)):
        intake.accept([Reading(f"t/{point}", "power", datetime.fromtimestamp(START + at, UTC), 300.0)], origin)
        intake.flush()
    rows = central.stores.spool.after(0).to_pylist()
    assert [(row["point"], row["quality"]) for row in rows] == [
        ("t/srv-1", "measured"),
        ("t/srv-1", "rejected"),
        ("t/srv-2", "measured"),
    ]
    assert "a gives power of t/srv-1 already" in rows[1]["reason"]
    assert asked == [{"t/srv-1"}] * 2, "srv-2 is claimed by b"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from([A, B, "import:x"]), st.integers(0, 20_000)), max_size=25))
def test_no_second_stands_twice_within_an_interval_whatever_came(
    tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[str, int]]
) -> None:
    site = site_settings(tmp_path_factory.mktemp("c"))
    stood: dict[int, str] = {}
    corrected: set[int] = set()  # of one second the last one stands, whoever gave it

    def latest(points: Collection[str], metrics: Collection[str]) -> pa.Table:
        return table(sorted(stood.items())[-1:])

    def held(points: Collection[str], metrics: Collection[str], start: int, end: int) -> pa.Table:
        return table(sorted(stood.items()))

    def table(rows: list[tuple[int, str]]) -> pa.Table:
        found = READING_SCHEMA.empty_table()
        for at, origin in rows:
            one = Reading("t/srv-1", "energy", datetime.fromtimestamp(START + at, UTC), 0.1)
            found = pa_concat(found, reading_table([one], origin=origin))
        return found

    overlaps = Overlaps(site, latest, held)
    for origin, at in sent:
        judged, twice = overlaps.table(table([(at, origin)]))
        assert judged.num_rows == 1, "nothing accepted is lost"
        if not twice:
            corrected |= {at} if at in stood else set()
            stood[at] = origin
    ordered = sorted(stood.items())
    steps = [(b - a, {of_a, of_b}) for (a, of_a), (b, of_b) in pairwise(ordered) if not corrected & {a, b}]
    assert all(step_s >= (810 if "import:x" in hands else 900) or len(hands) == 1 for step_s, hands in steps)


def pa_concat(one: pa.Table, other: pa.Table) -> pa.Table:
    return pa.concat_tables([one, other])
