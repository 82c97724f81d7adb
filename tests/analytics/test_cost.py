"""Energy cost by time of use: worked months, clocks that change, and no sum without a rate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cost import Cost, energy_cost, hour_prices, in_currency
from config.electricity.tariffs import ExchangeRate, Tariff
from config.errors import InputError

BERLIN = ZoneInfo("Europe/Berlin")
QUARTER = 900
PEAK = {"name": "peak", "price_per_kwh": 0.30, "days": ["mon", "tue", "wed", "thu", "fri"], "hours": [[8, 20]]}
OFF = {"name": "off", "price_per_kwh": 0.20}


def tariff(**more: Any) -> Tariff:  # noqa: ANN401 - fields of Tariff
    return Tariff.model_validate({"id": "t", "site": "a", "currency": "EUR", "rates": [PEAK, OFF], **more})


def cost(first: str, last: str, tariffs: list[Tariff], *, kw: float = 4.0, zone: Any = BERLIN, **more: Any) -> Cost:  # noqa: ANN401
    start, end = (int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) for text in (first, last))
    starts = np.arange(start, end, QUARTER, dtype=np.int64)
    seconds = np.full(starts.size, float(QUARTER))
    more.setdefault("energy_kwh", np.full(starts.size, kw / 4))
    return energy_cost(starts=starts, seconds=seconds, tariffs=tariffs, zone=zone, end=end, **more)


def test_a_week_by_time_of_use() -> None:
    found = cost("2026-03-02", "2026-03-09", [tariff()])
    assert found.energy == pytest.approx(4 * (60 * 0.30 + 108 * 0.20))
    assert found.by_rate == {"t off": pytest.approx(4 * 108 * 0.20), "t peak": pytest.approx(4 * 60 * 0.30)}
    assert found.total == pytest.approx(158.4)
    assert found.currency == "EUR"


def test_the_day_on_which_clocks_change_has_23_hours() -> None:
    found = cost("2026-03-29", "2026-03-30", [tariff(rates=[OFF])])
    assert found.energy == pytest.approx(4 * 23 * 0.20)


def test_rates_over_midnight_and_by_month_follow_the_local_clock() -> None:
    night = {"name": "night", "price_per_kwh": 0.1, "hours": [[22, 6]], "months": [1]}
    found = cost("2026-01-10", "2026-01-11", [tariff(rates=[night, OFF])], zone=ZoneInfo("Asia/Kolkata"))
    assert found.by_rate["t night"] == pytest.approx(4 * 8 * 0.1)
    assert cost("2026-02-10", "2026-02-11", [tariff(rates=[night, OFF])]).by_rate == {"t off": pytest.approx(19.2)}


def test_demand_is_charged_for_the_peak_of_each_month() -> None:
    one = tariff(demand_price_per_kw=10.0, fixed_per_month=100.0)
    whole = cost("2026-01-01", "2026-03-01", [one], kw=6.0)
    assert whole.demand == pytest.approx(2 * 60.0)
    assert whole.fixed == pytest.approx(200.0)
    half = cost("2026-02-01", "2026-02-15", [one], kw=6.0)
    assert half.demand == pytest.approx(30.0)
    assert half.fixed == pytest.approx(50.0)


def test_tariffs_follow_one_another() -> None:
    turn = "2026-01-16T00:00:00+01:00"
    former, later = (
        tariff(rates=[OFF], valid_to=turn, fixed_per_month=31.0),
        tariff(id="u", rates=[PEAK, OFF], valid_from=turn),
    )
    found = cost("2026-01-15", "2026-01-17", [former, later])
    assert found.by_rate["u peak"] == pytest.approx(4 * 12 * 0.30)
    assert found.fixed == pytest.approx(1.0)


def test_missing_time_is_charged_at_the_dearest_rate() -> None:
    start, end = "2026-03-07", "2026-03-09"
    energy, fill = np.zeros(192), np.zeros(192)
    energy[1:], fill[0] = 1.0, 1.0
    found = cost(start, end, [tariff()], energy_kwh=energy, fill_kwh=fill)
    assert found.energy == pytest.approx(192 * 0.2)
    monday = cost("2026-03-07", "2026-03-10", [tariff()], energy_kwh=np.zeros(288), fill_kwh=np.eye(1, 288)[0])
    assert monday.energy == pytest.approx(0.30)


@pytest.mark.parametrize(
    ("tariffs", "more", "reason"),
    [
        ([], {}, "no tariff"),
        ([tariff(), tariff(id="u", currency="USD")], {}, "several currencies"),
        ([tariff(valid_from="2026-03-08T00:00:00Z")], {}, "no tariff holds at 2026-03-06T23:00Z and in 99 other"),
        ([tariff(rates=[PEAK])], {}, "no rate holds at 2026-03-07 00:00, 2026-03-07 00:15"),
        ([tariff()], {"fill_kwh": np.full(192, np.nan)}, "nothing bounds"),
    ],
)
def test_no_rate_no_sum(tariffs: list[Tariff], more: dict[str, Any], reason: str) -> None:
    found = cost("2026-03-07", "2026-03-09", tariffs, **more)
    assert found.total is None
    assert reason in str(found.reason)


def test_a_period_without_intervals_costs_nothing() -> None:
    found = cost("2026-03-07", "2026-03-07", [tariff(fixed_per_month=10.0)])
    assert found.total == 0.0


def rate(first: str, last: str, value: float = 0.9) -> ExchangeRate:
    return ExchangeRate.model_validate(
        {"currency": "USD", "to": "EUR", "rate": value, "source": "ECB", "valid_from": first, "valid_to": last}
    )


def test_money_changes_by_the_rate_of_its_date_alone() -> None:
    rates = [
        rate("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
        rate("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", 0.8),
    ]
    at = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp())
    assert in_currency(amount=10.0, currency="USD", to="EUR", at=at, rates=rates) == pytest.approx(8.0)
    assert in_currency(amount=10.0, currency="EUR", to="EUR", at=at, rates=[]) == 10.0
    for currency, to in (("EUR", "USD"), ("CNY", "EUR")):
        with pytest.raises(InputError, match=f"no rate from {currency} to {to} holds on 2026-02-01"):
            in_currency(amount=10.0, currency=currency, to=to, at=at, rates=rates)


@given(
    st.sampled_from(
        ["Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "UTC"]
    ),
    st.integers(1_300_000_000 // QUARTER, 1_900_000_000 // QUARTER),
    st.integers(1, 400),
)
@settings(max_examples=60)
def test_each_quarter_hour_has_the_price_of_its_own_clock(name: str, first: int, count: int) -> None:
    """Also on days on which clocks change, by half an hour at Lord Howe, or that a zone skipped (Samoa, 2011)."""
    zone, edge = ZoneInfo(name), (first + count // 2) * QUARTER
    night = {"name": "night", "price_per_kwh": 0.1, "hours": [[22, 6]], "months": [3, 10, 12]}
    held = [tariff(rates=[night, PEAK, OFF], valid_to=edge), tariff(id="u", rates=[PEAK], valid_from=edge)]
    starts = np.arange(first, first + count, dtype=np.int64) * QUARTER
    for time, price in zip(starts.tolist(), hour_prices(starts, held, zone).tolist(), strict=True):
        local = datetime.fromtimestamp(time, zone)
        clock = {"month": local.month, "weekday": local.weekday(), "hour": local.hour}
        rates = [rate for one in held if one.covers(time) for rate in one.rates if rate.applies(**clock)]
        assert [price] == [rate.price_per_kwh for rate in rates[:1]] or (not rates and np.isnan(price))
