"""Times in all their spellings; Python's calendar is the judge of every one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.importing.times import times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STAMP = 1_773_446_400  # 2026-03-14T00:00:00Z


@pytest.mark.parametrize(
    ("text", "seconds", "local"),
    [
        ("2026-03-14T00:00:00Z", STAMP, 0), ("2026-03-14 00:00:00+00:00", STAMP, 0),
        ("2026-03-14T01:00+0100", STAMP, 0),
        ("2026-03-14T00:00:00.999999Z", STAMP, 0), ("2026-03-14T00:00:00.123456789Z", STAMP, 0),
        ("2026-03-14t00:00:00z", STAMP, 0), ("2026-03-14 00:00:00 UTC", STAMP, 0),
        ("2026-03-14 05:30:00 +05:30", STAMP, 0),
        ("2026-03-14T00:00:00,5Z", STAMP, 0), (" 2026-03-14T00:00:00Z ", STAMP, 0),
        ("2026-03-14 00:00:00", STAMP, 1), ("2026-03-14T00:00", STAMP, 1), ("2026-03-14", STAMP, 1),
    ],
)  # fmt: skip
def test_iso(text: str, seconds: int, local: int) -> None:
    found, bad = times(pa.array([text]), "iso")
    assert (found[:, 0].tolist(), bad) == ([seconds, local], {})


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        ("", "iso", "time is empty"), ("yesterday", "iso", "is not ISO 8601"),
        ("14.03.2026 00:00", "iso", "is not ISO 8601"),
        ("1773446400", "iso", "is not ISO 8601"), ("20260314T000000Z", "iso", "is not ISO 8601"),
        ("2026-02-30T00:00:00Z", "iso", "does not exist in the calendar"),
        ("2026-03-14T24:00:00Z", "iso", "does not exist"),
        ("2026-13-01", "iso", "does not exist"), ("2026-03-14 00:00:00 CET", "iso", "is not ISO 8601"),
        ("2026-03-14T00:00:00Z", "epoch_s", "is not a count of s"), ("", "epoch_s", "time is empty"),
        ("1773446400000", "epoch_s", "beyond the year 9999"), ("1e9", "epoch_s", "is not a count"),
        ("31.02.2026 00:00", "%d.%m.%Y %H:%M", 'is not written as "%d.%m.%Y %H:%M"'),
        ("", "%d.%m.%Y %H:%M", "time is empty"),
        ("14.03.2026", "%d.%m.%Y %H:%M", "is not written as"),
        ("14.03.2026 24:00", "%d.%m.%Y %H:%M", "is not written as"),
        ("14.03.2026 00:00:00", "%d.%m.%Y %H:%M", "is not written as"), ("29.02.2025", "%d.%m.%Y", "is not written as"),
    ],
)  # fmt: skip
def test_an_impossible_time_is_told(text: str, form: str, reason: str) -> None:
    _, bad = times(pa.array([text]), form)
    assert reason in bad[0]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (str(STAMP), "epoch_s"), (f"{STAMP}.75", "epoch_s"), (f"{STAMP}999", "epoch_ms"),
        (f"{STAMP}999999", "epoch_us"),
        (f"{STAMP}999999999", "epoch_ns"),
    ],
)  # fmt: skip
def test_counts_are_cut_to_whole_seconds(text: str, form: str) -> None:
    found, bad = times(pa.array([text]), form)
    assert (found[:, 0].tolist(), bad) == ([STAMP, 0], {})


def test_arrow_types_need_no_format() -> None:
    stamp = datetime(2026, 3, 14, tzinfo=UTC)
    for kind in ("s", "ms", "us", "ns"):
        assert times(pa.array([stamp], pa.timestamp(kind, "Asia/Shanghai")), "iso")[0][:, 0].tolist() == [STAMP, 0]
        assert times(pa.array([stamp.replace(tzinfo=None)], pa.timestamp(kind)), "iso")[0][:, 0].tolist() == [STAMP, 1]
    assert times(pa.array([date(2026, 3, 14), None]), "iso")[1] == {1: "time is empty"}
    assert times(pa.array([float(STAMP) + 0.5]), "epoch_s")[0][0, 0] == STAMP
    assert times(pa.array([STAMP * 1000 + 7]), "epoch_ms")[0][0, 0] == STAMP


moments = st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2200, 1, 1))  # noqa: DTZ001 - offsets are drawn
zones = st.one_of(st.none(), st.integers(-56, 56).map(lambda quarters: timezone(timedelta(minutes=15 * quarters))))


@settings(deadline=None)
@given(st.lists(st.tuples(moments, zones), max_size=150))
def test_iso_agrees_with_the_standard_library(stamps: list[tuple[datetime, timezone | None]]) -> None:
    aware = [moment.replace(tzinfo=zone) for moment, zone in stamps]
    (seconds, local), bad = times(pa.array([moment.isoformat() for moment in aware], pa.string()), "iso")
    assert bad == {}
    assert local.tolist() == [int(moment.tzinfo is None) for moment in aware]
    utc = [moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in aware]
    assert seconds.tolist() == [(moment - EPOCH) // timedelta(seconds=1) for moment in utc]


FORMS = [
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%m/%d/%Y %I:%M:%S %p",
    "%y%m%d %H%M%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%d.%m.%Y %H:%M %z",
]
digits = st.integers(0, 40).map(lambda number: f"{number:02d}")


@st.composite
def written(draw: st.DrawFn, form: str) -> str:
    """A text in this form, of a time that may be none."""
    text = form.replace("%Y", draw(st.sampled_from(["2024", "2025", "2026"])))
    text = text.replace("%p", draw(st.sampled_from(["AM", "PM"]))) if "%p" in form else text
    for sign in re.findall("%[dmyHMSI]", form):
        text = text.replace(sign, draw(digits))
    return text


@settings(max_examples=100, deadline=None)
@given(
    drawn=st.sampled_from(FORMS[:4]).flatmap(
        lambda form: st.tuples(st.just(form), st.lists(written(form), min_size=1, max_size=8))
    )
)
def test_a_format_reads_what_python_reads_and_nothing_else(drawn: tuple[str, list[str]]) -> None:
    form, texts = drawn
    (seconds, local), bad = times(pa.array(texts * 20), form)
    for row, text in enumerate(texts * 20):
        try:
            expected = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            assert row in bad, text
        else:
            assert row not in bad, text
            assert (seconds[row], local[row]) == (expected.timestamp(), 1), text


@pytest.mark.parametrize("form", FORMS)
def test_every_format_survives_its_own_writing(form: str) -> None:
    moment = datetime(2026, 10, 31, 15, 16, 17, tzinfo=timezone(timedelta(hours=2)))
    (seconds, local), bad = times(pa.array([moment.strftime(form)] * 3), form)
    assert bad == {}
    read = datetime.strptime(moment.strftime(form), form)  # noqa: DTZ007 - some formats name no offset
    assert local.tolist() == [int(read.tzinfo is None)] * 3
    assert seconds[0] == int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())
