"""What is measured and what goes to quarantine, and the sentence that says why (design 4.3)."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.judge import Judge, judge, judge_readings
from collectors.reading import READING_SCHEMA, Quality, Reading, reading_table
from config.site import Company, Point, Settings, Site

NOW = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
JUNE = int(datetime(2025, 6, 1, tzinfo=UTC).timestamp())


def settings(**point: object) -> Settings:
    """Make a site with `fra1/srv-1` as told, and `fra1/pdu-1` without any bounds."""
    site = Site(id="fra1", name="Frankfurt", zone="DE", time_zone="Europe/Berlin", currency="EUR")
    tables = [{"id": "srv-1", "site": "fra1", "role": "server", **point}, {"id": "fra1/pdu-1", "role": "pdu"}]
    points = tuple(Point.model_validate(table) for table in tables)
    return Settings(company=Company(name="A", currency="EUR"), sites=(site,), points=points, path=Path("wattlas.toml"))


def reading(
    value: float = 500.0, metric: str = "power", point: str = "fra1/srv-1", ago_s: float = 60, **keys: object
) -> Reading:
    return Reading(point, metric, datetime.fromtimestamp(NOW - ago_s, UTC), value, **keys)  # type: ignore[arg-type]


def verdict(one: Reading, **point: object) -> str | None:
    """Judge one reading: None if it is measured, else the reason; its value stays."""
    table, rejected = judge_readings([one], settings(**point), origin="bmc-1", now=NOW)
    row = table.to_pylist()[0]
    assert (row["quality"] == "rejected") == (rejected == 1) == (row["reason"] is not None)
    return row["reason"]  # type: ignore[no-any-return]


BOUNDS = {"min_w": 50.0, "max_w": 2000.0}


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (reading(500), None),
        (reading(50), None),
        (reading(2000), None),
        (reading(49.5), "49.5 W is below 50 W, the lower bound of fra1/srv-1"),
        (reading(2001), "2001 W is above 2000 W, the upper bound of fra1/srv-1"),
        (reading(-3), "-3 W is below 50 W, the lower bound of fra1/srv-1"),
        (reading(0), "0 W, and neither did the source say that the host is off nor has fra1/srv-1 zero_ok"),
        (reading(0, off=True), None),
        (reading(8, off=True), None),
        (reading(-8, off=True), "-8 W is below 50 W, the lower bound of fra1/srv-1"),
        (reading(65535), "65535 W is how devices say that there is no value"),
        (reading(-1), "-1 W is how devices say that there is no value"),
        (reading(math.nan), "the value is nan W, not a number"),
        (reading(-math.inf), "the value is -inf W, not a number"),
        (reading(ago_s=-300), None),
        (reading(ago_s=-301), "the time is 301 s ahead of the collector's clock, more than 300 s"),
        (reading(ago_s=NOW - 7), "the time is 7 s after 1970-01-01, before the year 2000: the clock was not set"),
        (reading(point="fra1/srv-9"), 'the site file has no point "fra1/srv-9"'),
        (reading(metric="powr"), 'the catalogue has no metric "powr"'),
        (reading(101, "humidity"), "101 percent is above 100 percent, the upper bound of fra1/srv-1"),
        (reading(0, "utilisation"), None),
        (reading(0, "energy_counter"), None),
        (reading(65535, "energy_counter"), None),
        (reading(-1, "temperature"), None),
        (reading(-127, "temperature"), "-127 degC is how devices say that there is no value"),
        (reading(20, "power_average"), "20 W is below 50 W, the lower bound of fra1/srv-1"),
        (reading(2e9, "power", "fra1/pdu-1"), "2000000000 W is above 1000000000 W, the upper bound of fra1/pdu-1"),
    ],
)
def test_a_value_is_measured_or_rejected_with_its_reason(one: Reading, why: str | None) -> None:
    assert verdict(one, **BOUNDS) == why


def test_a_point_may_say_that_zero_is_true() -> None:
    assert verdict(reading(0), zero_ok=True, **BOUNDS) is None
    assert verdict(reading(10), zero_ok=True, **BOUNDS) is not None


@pytest.mark.parametrize(
    ("kwh", "why"),
    [
        (0.5, None),
        (0.0125, None),
        (0.51, "0.51 kWh is above 0.5 kWh, the upper bound of fra1/srv-1"),
        (0.01, "0.01 kWh is below 0.0125 kWh, the lower bound of fra1/srv-1"),
        (0, "0 kWh, and neither did the source say that the host is off nor has fra1/srv-1 zero_ok"),
    ],
)
def test_an_amount_is_judged_by_its_mean_power_over_the_declared_interval(kwh: float, why: str | None) -> None:
    """50 W to 2000 W over 900 s."""
    assert verdict(reading(kwh, "energy"), interval_s={"energy": 900}, **BOUNDS) == why


def test_an_amount_without_a_declared_interval_has_no_mean_power() -> None:
    assert verdict(reading(7, "energy"), **BOUNDS) is None
    assert verdict(reading(0, "energy"), **BOUNDS) is not None
    assert verdict(reading(0, "energy"), zero_ok=True, **BOUNDS) is None
    assert verdict(reading(0, "energy", off=True), interval_s={"energy": 900}, **BOUNDS) is None


def test_bounds_are_those_of_the_reading_s_own_time() -> None:
    change = [{"from": datetime.fromtimestamp(JUNE, UTC), "max_w": 9000.0}]
    later = [*change, {"from": datetime.fromtimestamp(JUNE + 86_400, UTC), "max_w": 100.0}]
    ago = NOW - JUNE
    assert verdict(reading(5000, ago_s=ago + 1), changes=change, **BOUNDS) is not None
    assert verdict(reading(5000, ago_s=ago), changes=change, **BOUNDS) is None
    assert verdict(reading(5000, ago_s=ago), changes=later, **BOUNDS) is None
    assert "above 100 W" in str(verdict(reading(5000), changes=later, **BOUNDS))


def test_a_point_is_measured_only_while_in_service() -> None:
    span = {"valid_from": datetime.fromtimestamp(JUNE, UTC), "valid_to": datetime.fromtimestamp(NOW - 600, UTC)}
    assert verdict(reading(ago_s=NOW - JUNE + 1), **span) == "fra1/srv-1 was not in service on 2025-05-31T23:59:59Z"
    assert verdict(reading(ago_s=NOW - JUNE), **span) is None
    assert verdict(reading(ago_s=601), **span) is None
    assert verdict(reading(ago_s=600), **span) == "fra1/srv-1 was not in service on 2026-02-28T23:50:00Z"


def test_an_amount_belongs_to_the_interval_that_ends_at_its_time() -> None:
    span = {"valid_from": datetime.fromtimestamp(JUNE, UTC), "valid_to": datetime.fromtimestamp(NOW - 600, UTC)}
    keys = {"interval_s": {"energy": 900}, **span}
    assert verdict(reading(0.1, "energy", ago_s=600), **keys) is None, "the last one of the point"
    assert "was not in service" in str(verdict(reading(0.1, "energy", ago_s=NOW - JUNE), **keys)), "of time before it"


def test_the_transformer_s_ratio_of_the_time_is_applied_before_the_bounds() -> None:
    change = [{"from": datetime.fromtimestamp(JUNE, UTC), "ct_ratio": 40.0}]
    keys = {"ct_ratio": 2.0, "changes": change, "max_w": 2000.0}
    some = [reading(100, ago_s=NOW - JUNE + 1), reading(100), reading(100, "temperature"), reading(3, "energy_counter")]
    table, rejected = judge_readings(some, settings(**keys), origin="m", now=NOW)
    assert table["value"].to_pylist() == [200.0, 4000.0, 100.0, 120.0]
    assert rejected == 1
    assert table["reason"].to_pylist()[1] == "4000 W is above 2000 W, the upper bound of fra1/srv-1"


def test_a_sentinel_is_known_before_the_ratio() -> None:
    assert verdict(reading(65535), ct_ratio=2.0) == "65535 W is how devices say that there is no value"


def test_what_a_plugin_rejected_stays_rejected_for_its_reason() -> None:
    assert verdict(reading(500, quality=Quality.REJECTED, reason="frozen for an hour")) == "frozen for an hour"
    table, _ = judge_readings([reading(quality=Quality.ESTIMATED)], settings(), origin="m", now=NOW)
    assert table["quality"].to_pylist() == ["estimated"]


def test_chunks_with_dictionaries_of_their_own_are_one_table() -> None:
    parts = [[reading(5, point="fra1/srv-1")], [reading(0, point="fra1/pdu-1"), reading(3, point="x")], [reading(70)]]
    table = pa.concat_tables([reading_table(part, origin=f"o{n}") for n, part in enumerate(parts)])
    judged, rejected = judge(table, settings(**BOUNDS), now=NOW)
    assert judged["quality"].to_pylist() == ["rejected", "rejected", "rejected", "measured"]
    assert judged["origin"].to_pylist() == ["o0", "o1", "o1", "o2"]
    assert judged["reason"].to_pylist()[2:] == ['the site file has no point "x"', None]
    assert rejected == 3
    assert judged.schema == READING_SCHEMA


def test_an_empty_table_is_no_case() -> None:
    assert judge(READING_SCHEMA.empty_table(), settings(), now=NOW)[1] == 0


values = st.sampled_from([0.0, 49.0, 50.0, 500.0, 2001.0, 65535.0, -1.0, math.nan, math.inf]) | st.floats()
metrics = st.sampled_from(["power", "energy_counter", "temperature", "nonsense"])
points = st.sampled_from(["fra1/srv-1", "fra1/pdu-1", "elsewhere/x"])
ages = st.integers(-1000, 1000) | st.integers(0, NOW)
rows = st.lists(st.builds(reading, values, metrics, points, ages, off=st.booleans()), min_size=1, max_size=60)


@given(rows)
def test_no_row_is_lost_and_each_is_judged_for_itself(some: list[Reading]) -> None:
    known = settings(changes=[{"from": datetime.fromtimestamp(JUNE, UTC), "max_w": 600.0, "ct_ratio": 3.0}], **BOUNDS)
    one_judge = Judge(known)
    table, rejected = judge_readings(some, known, origin="m", now=NOW)
    alone = [judge_readings([one], known, origin="m", now=NOW)[0].to_pylist()[0]["reason"] for one in some]
    assert table["reason"].to_pylist() == alone
    assert rejected == sum(why is not None for why in alone)
    assert one_judge.table(reading_table(some, origin="m"), now=NOW)[0].num_rows == len(some)
    kept = [value for value, one in zip(table["value"].to_pylist(), some, strict=True) if one.metric == "temperature"]
    np.testing.assert_array_equal(kept, [one.value for one in some if one.metric == "temperature"])
    assert table["time"].to_pylist() == [int(one.time.timestamp()) for one in some]
