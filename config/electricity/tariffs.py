"""What electricity costs: `[[tariffs]]` and `[[exchange_rates]]` of the site file, each with its dates.

No rate, no sum (design 4.11): a time of day without a price, or an amount in another currency without a rate of its
date, leaves no figure and says so. Prices are without tax, in the tariff's currency.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from config.reading.fields import Dated, Instant, Name, Number, Positive, Table, Whole, covers
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from config.reading.fields import Raw

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
Price = Annotated[Number, Field(ge=0)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = range(24)
MONTHS = range(1, 13)


class Rate(Table):
    """A price per kWh in some months, on some days, in some hours of the site's own clock; left out means all.

    `hours` are pairs [from, to) of whole hours; [22, 6] reaches over midnight.
    """

    name: str = Field(min_length=1, examples=["peak"])
    price_per_kwh: Price = Field(examples=[0.21])
    months: tuple[Whole, ...] = ()
    days: tuple[Day, ...] = ()
    hours: tuple[tuple[Whole, Whole], ...] = ()

    @field_validator("months")
    @classmethod
    def _months_exist(cls, months: tuple[int, ...]) -> tuple[int, ...]:
        if any(month not in MONTHS for month in months):
            msg = "must hold numbers of months, 1 to 12"
            raise ValueError(msg)
        return months

    @field_validator("hours")
    @classmethod
    def _hours_exist(cls, hours: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        if any(first not in HOURS or last not in range(25) or first == last for first, last in hours):
            msg = "must hold pairs of hours such as [8, 20], from 0 to 24 and never the same twice"
            raise ValueError(msg)
        return hours

    def applies(self, *, month: int, weekday: int, hour: int) -> bool:
        """Say whether the rate holds in this month (1 to 12), on this day (0 is Monday) and in this hour (0 to 23)."""
        if self.months and month not in self.months:
            return False
        if self.days and DAYS[weekday] not in self.days:
            return False
        return not self.hours or any(
            first <= hour < last if first < last else hour >= first or hour < last for first, last in self.hours
        )


class Tariff(Dated):
    """What one site pays from `valid_from` to `valid_to` [UTC s]: the first rate that applies, a charge for the
    highest power of each month, and a fixed sum a month.

    `demand_price_per_kw` is for the month's highest mean power of an interval of the ledger.
    """  # noqa: D205 - one sentence

    id: Name = Field(examples=["fra1-2026"])
    site: str = Field(examples=["fra1"])
    currency: Currency
    rates: tuple[Rate, ...] = Field(min_length=1)
    demand_price_per_kw: Price = 0.0
    fixed_per_month: Price = 0.0
    valid_from: Instant | None = None
    valid_to: Instant | None = None

    def covers(self, time: int) -> bool:
        """Say whether the tariff holds at `time` [UTC s]."""
        return covers(self.valid_from, self.valid_to, time)


class ExchangeRate(Dated):
    """`rate` units of `to` for one unit of `currency`, from `valid_from` to `valid_to` [UTC s], with its source."""

    currency: Currency
    to: Currency
    rate: Positive = Field(examples=[0.92])
    source: str = Field(min_length=1, examples=["ECB reference rate, mean of 2026-03"])
    valid_from: Instant = Field(examples=["2026-03-01T00:00:00Z"])
    valid_to: Instant = Field(examples=["2026-04-01T00:00:00Z"])


def tariffs_of(tables: Sequence[Raw], *, file: str, sites: Collection[str]) -> tuple[Tariff, ...]:
    """Return the tariffs of a site file's `[[tariffs]]` tables.

    Raises:
        ConfigError: a table has mistakes, a site does not exist, an id stands twice, or two tariffs of a site overlap.
    """
    mistakes = Mistakes()
    found: list[tuple[str, Tariff]] = []
    for number, table in enumerate(tables, start=1):
        place = f'{file} [[tariffs]] "{table.get("id", f"number {number}")}"'
        tariff = build(Tariff, table, place=place, mistakes=mistakes)
        if tariff is None:
            continue
        if tariff.site not in sites:
            mistakes.add(place, f'key site names "{tariff.site}", which is no site; {remedy(tariff.site, sites)}')
        found.append((place, tariff))
    for (_, one), (place, other) in combinations(found, 2):
        if one.id == other.id:
            mistakes.add(place, "stands twice: rename or remove one")
        if one.site == other.site and _overlap(one, other):
            mistakes.add(place, f'overlaps "{one.id}" in time: end one where the other begins')
    mistakes.stop()
    return tuple(tariff for _, tariff in found)


def exchange_rates_of(tables: Sequence[Raw], *, file: str) -> tuple[ExchangeRate, ...]:
    """Return the rates of a site file's `[[exchange_rates]]` tables.

    Raises:
        ConfigError: a table has mistakes, or two rates of the same currencies overlap in time.
    """
    mistakes = Mistakes()
    found: list[tuple[str, ExchangeRate]] = []
    for number, table in enumerate(tables, start=1):
        place = f"{file} [[exchange_rates]] number {number}"
        rate = build(ExchangeRate, table, place=place, mistakes=mistakes)
        if rate is not None:
            found.append((place, rate))
    for (first, one), (place, other) in combinations(found, 2):
        if (one.currency, one.to) == (other.currency, other.to) and _overlap(one, other):
            mistakes.add(place, f"overlaps {first} in time: end one where the other begins")
    mistakes.stop()
    return tuple(rate for _, rate in found)


def _overlap(one: Tariff | ExchangeRate, other: Tariff | ExchangeRate) -> bool:
    before = one.valid_to is not None and other.valid_from is not None and one.valid_to <= other.valid_from
    after = other.valid_to is not None and one.valid_from is not None and other.valid_to <= one.valid_from
    return not (before or after)
