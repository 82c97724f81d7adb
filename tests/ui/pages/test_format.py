"""Numbers and times as people read them: missing is "-", a share is 100 % only when it is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from ui import format as fmt

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
NOON = 1_781_604_000  # 2026-06-16T10:00:00Z


def spaced(text: str) -> str:
    return text.replace(fmt.SPACE, " ").replace(" \u2013\u2060 ", " to ")


@pytest.mark.parametrize(
    ("watts", "printed"),
    [
        (None, "-"),
        (float("nan"), "-"),
        (0.0, "0 kW"),
        (350.0, "0.350 kW"),
        (465_432.0, "465 kW"),
        (999_600.0, "1.00 MW"),  # rounding may not print 1,000 kW
        (4_651_000.0, "4.65 MW"),
        (1.2e12, "1,200 GW"),
        (-500.0, "-0.500 kW"),
        (12.0, "12.0 W"),  # not 0.0120 kW
        (99.96, "0.100 kW"),
        (-3.0, "-3.00 W"),
        (1e-6, "< 0.01 W"),
        (-1e-6, "> -0.01 W"),
    ],
)
def test_power_has_three_digits_in_a_unit_that_fits(watts: float | None, printed: str) -> None:
    assert spaced(fmt.power(watts)) == printed


@pytest.mark.parametrize(
    ("share", "printed"),
    [(None, "-"), (0.0, "0 %"), (0.001, "< 1 %"), (0.5, "50 %"), (0.9999, "> 99 %"), (1.0, "100 %")],
)
def test_a_share_is_whole_or_nothing_only_when_it_is(share: float | None, printed: str) -> None:
    assert spaced(fmt.percent(share)) == printed


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (1.3549, "ratio", "1.35"),
        (0.996, "1", "0.996"),  # a share that is not whole never reads so
        (0.99996, "1", "0.99996"),
        (0.0004, "1", "0.0004"),
        (1.0 - 1e-12, "1", "1.00"),
        (0.0, "1", "0.00"),
        (1.004, "1", "1.00"),
        (None, "ratio", "-"),
        (776_000.0, "kWh", "776 MWh"),
        (0.001, "kWh", "1.00 Wh"),
        (1e-9, "kWh", "< 0.01 Wh"),
        (0.0, "kWh", "0 kWh"),
        (0.02, "kgCO2e", "20.0 gCO₂e"),
        (281.9e3, "kgCO2e", "282 tCO₂e"),
        (283.0, "gCO2e/kWh", "283 gCO₂e/kWh"),
        (None, "L", "-"),
    ],
)
def test_a_quantity_prints_in_its_own_scale(value: float | None, unit: str, printed: str) -> None:
    assert spaced(fmt.quantity(value, unit)) == printed


def test_what_is_added_to_a_ratio_has_as_many_digits_as_the_ratio() -> None:
    assert [fmt.change(value, "ratio") for value in (0.0002, -0.0512, 0.0, None)] == ["0.00", "-0.05", "0.00", "-"]
    assert spaced(fmt.change(-1500.0, "kWh")) == "-1.50 MWh"


def test_an_interval_names_its_unit_once_and_stays_in_one_scale() -> None:
    assert spaced(fmt.bounds(753_000.0, 1_040_000.0, "kWh")) == "0.753 to 1.04 GWh"
    assert spaced(fmt.bounds(1.32, 1.4, "ratio")) == "1.32 to 1.40"
    assert spaced(fmt.bounds(1.0, 2.0, "L")) == "1.00 to 2.00 L"
    assert fmt.bounds(None, 2.0, "kWh") == "-"


def test_the_bounds_of_a_share_are_whole_only_when_they_are() -> None:
    assert spaced(fmt.bounds(0.004, 0.998, "1")) == "0.004 to 0.998"


def test_times_are_local_to_the_site_and_name_its_zone() -> None:
    assert fmt.moment(NOON, BERLIN, "en") == "Tue 16 Jun 2026, 12:00 CEST"
    assert fmt.moment(NOON, SHANGHAI, "zh") == "2026年6月16日 周二 18:00 CST"
    assert fmt.day_clock(NOON, BERLIN, "en") == "16 Jun, 12:00"
    assert fmt.iso(NOON + 0.9) == "2026-06-16T10:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "printed"),
    [
        *((-3.0, "0 s"), (8.9, "8 s"), (125.0, "2 min"), (7200.0, "2 h"), (86_400.0, "24 h"), (7 * 86_400.0, "7 d")),
        *((4.94 * 86_400, "4.9 d"), (39.9 * 86_400, "40 d")),
    ],
)
def test_a_length_of_time_prints_in_its_largest_unit(seconds: float, printed: str) -> None:
    assert fmt.duration(seconds, "en") == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [(None, "-"), (0.0, "0.00"), (0.004, "0.00"), (-0.004, "0.00"), (0.02, "+0.02"), (-0.1, "-0.10")],
)
def test_a_change_has_its_sign_unless_it_rounds_to_nothing(value: float | None, printed: str) -> None:
    assert fmt.signed(value) == printed


@pytest.mark.parametrize(
    ("share", "printed"),
    [(None, "-"), (0.0, "0 %"), (0.0004, "0 %"), (-0.013, "-1.3 %"), (0.123, "+12 %"), (1.5, "+150 %")],
)
def test_a_relative_change_has_two_digits(share: float | None, printed: str) -> None:
    assert spaced(fmt.signed_percent(share)) == printed


def test_days_have_their_weekday() -> None:
    assert fmt.weekday_day(NOON, BERLIN, "en") == "Tue 16 Jun"
    assert fmt.weekday_day(NOON, SHANGHAI, "zh") == "6月16日 周二"
    assert fmt.weekday_date(NOON, BERLIN, "en") == "Tue 16"
    assert fmt.weekday_date(NOON, BERLIN, "zh") == "16日 周二"
