"""A compare file: the work, the ways to get compute for it, what is known of each, and what rules one out.

A number may be a range `[low, most likely, high]`. A price is a quote: value, date and source stand together, in the
file or in the table of quotes that it names; nothing has a price by default.
"""

from __future__ import annotations

import sys
from datetime import date
from math import inf
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.compare.checks import slips
from config.electricity.tariffs import Currency, ExchangeRate  # noqa: TC001 - pydantic reads the types of fields
from config.reading.fields import Name, Number, Positive, Table, Whole

Kind = Literal["cloud_on_demand", "cloud_reserved", "cloud_spot", "colocation", "own_datacenter", "edge", "tokens"]
Day = date  # a field of that name hides it
RENTED: Final = frozenset({"cloud_on_demand", "cloud_reserved", "cloud_spot"})
OWNED: Final = frozenset({"colocation", "own_datacenter", "edge"})
RANGE_ITEMS: Final = 3
DUST: Final = 1e-6
MOST: Final = sys.float_info.max  # TOML knows whole numbers beyond it


def _range(value: object) -> object:
    """Make a number a range of itself, and refuse a list that is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = (value,) * RANGE_ITEMS
    numbers = [one for one in value if type(one) in {int, float}] if isinstance(value, (list, tuple)) else []
    if len(numbers) != RANGE_ITEMS or not isinstance(value, (list, tuple)) or len(value) != RANGE_ITEMS:
        msg = "must be a number, or a range [low, most likely, high]"
        raise ValueError(msg)
    low, mid, high = (inf if abs(one) > MOST else float(one) for one in numbers)
    if not 0 <= low <= mid <= high:
        msg = "must be a number from 0 on, or a range in order from 0 on: [low, most likely, high]"
        raise ValueError(msg)
    return (low, mid, high)


Known = Annotated[tuple[float, float, float], BeforeValidator(_range)]


class Price(Table):
    """What somebody asked for, when, and who: money of the strategy's currency, or of its own.

    `valid_to` is the last day of the offer; `included` says what is in it.
    """

    value: Known = Field(examples=[2.5])
    date: date
    source: str = Field(min_length=1, examples=["offer 4711 of Example Cloud"])
    currency: Currency | None = None
    valid_to: Day | None = None
    included: str = ""


class Green(Table):
    """Green supply laid over a strategy: it changes the market-based figure and the cost, never the other one."""

    matched_share: Annotated[Number, Field(ge=0, le=1)]
    gco2e_per_kwh: Annotated[Number, Field(ge=0)] = 0.0
    premium_per_kwh: Price


class Workload(Table):
    """The work: operations, or parameters with tokens, or device-hours; and the data that has to arrive first.

    Tokens may be said as `requests` of so many `tokens_per_request`, read and written.
    """

    kind: Literal["training", "inference", "fleet"]
    flop: Positive | None = None
    active_parameters: Positive | None = None
    tokens: Positive | None = None
    requests: Positive | None = None
    tokens_per_request: Positive | None = None
    device_hours: Positive | None = None
    data_gb: Annotated[Number, Field(ge=0)] = 0.0
    gbit_per_s: Positive = 10.0

    @model_validator(mode="before")
    @classmethod
    def _of_requests(cls, tables: Any) -> Any:  # noqa: ANN401 - whatever the file has there
        """Tokens are requests times tokens of one, where these are said."""
        if not isinstance(tables, dict):
            return tables
        requests, of_one = tables.get("requests"), tables.get("tokens_per_request")
        if "tokens" in tables or not isinstance(requests, (int, float)) or not isinstance(of_one, (int, float)):
            return tables
        try:
            return tables | {"tokens": float(requests) * float(of_one)}
        except OverflowError:  # a number of hundreds of digits: its own key tells
            return tables

    @model_validator(mode="after")
    def _is_said_once(self) -> Self:
        if not self._requests_fit():
            msg = "must say requests and tokens_per_request together, and tokens no second time"
            raise ValueError(msg)
        by_tokens = self.active_parameters is not None and self.tokens is not None
        said = [self.flop is not None, by_tokens, self.device_hours is not None]
        if sum(said) != 1 or (self.kind == "fleet") != (self.device_hours is not None):
            msg = "must say the work once: flop, or active_parameters and tokens, or, for a fleet, device_hours"
            raise ValueError(msg)
        return self

    def _requests_fit(self) -> bool:
        if self.requests is None or self.tokens_per_request is None:
            return self.requests is self.tokens_per_request
        return self.tokens == self.requests * self.tokens_per_request


class Constraints(Table):
    """What a strategy has to meet; left out means no constraint."""

    deadline_days: Positive | None = None
    deadline: date | None = None
    budget: Positive | None = None
    regions: tuple[str, ...] = ()
    latency_ms: Positive | None = None


Weight = Annotated[Number, Field(ge=0)] | str


class Weights(Table):
    """What an hour, a kWh, a kilogram and a litre are worth, in the file's currency, beside the cost itself.

    A weight may be a text with its unit, "100 EUR/tCO2e", which is turned into that of the key, or refused.
    """

    time_per_hour: Weight = 0.0
    energy_per_kwh: Weight = 0.0
    carbon_per_kg: Weight = 0.0
    water_per_l: Weight = 0.0


class Device(Table):
    """An accelerator that the product's table does not hold, or holds otherwise."""

    id: Name
    peak_tflops: Positive
    tdp_w: Positive
    node_kw: Positive
    embodied_kgco2e: Known
    sparse: bool = False
    used_share: Known | None = None
    used_share_source: str = ""
    source: str = Field(min_length=1)


class Strategy(Table):
    """One way to get compute. Which keys it needs depends on its kind; powers are per device at the plug [kW].

    An input of a name has the same luck in every strategy; those in `independent` have their own.
    """

    id: Name
    name: str = Field(min_length=1)
    kind: Kind
    currency: Currency | None = None
    device: str = ""
    devices: Annotated[Whole, Field(ge=1)] = 1
    used_share: Known | None = None
    lost_share: Known = (0.0, 0.0, 0.0)
    lead_time_days: Known
    utilisation: Known | None = None
    price_per_device_hour: Price | None = None
    term_hours: Positive | None = None
    interruptions_per_hour: Known | None = None
    checkpoint_h: Positive | None = None
    restart_h: Positive | None = None
    capex_per_device: Price | None = None
    network_share: Known = (0.0, 0.0, 0.0)
    residual_share: Known | None = None
    life_years: Positive | None = None
    maintenance_share: Known | None = None
    place_per_kw_month: Price | None = None
    building_per_kw: Price | None = None
    building_life_years: Positive | None = None
    people_per_device_year: Price | None = None
    link_per_device_year: Price | None = None
    tariff_per_kwh: Price | None = None
    price_per_million_tokens: Price | None = None
    kwh_per_million_tokens: Known | None = None
    tokens_per_second: Known | None = None
    idle_kw: Known | None = None
    busy_kw: Known | None = None
    site: str = ""
    pue: Known | None = None
    gco2e_per_kwh: Known | None = None
    market_gco2e_per_kwh: Known | None = None
    wue_l_per_kwh: Known | None = None
    grid_l_per_kwh: Known | None = None
    embodied_kgco2e: Known | None = None
    embodied_life_years: Positive | None = None
    region: str = ""
    latency_ms: Positive | None = None
    available_kw: Positive | None = None
    delivery_date: date | None = None
    connection_date: date | None = None
    measured_points: tuple[str, ...] = ()
    measured_devices: Annotated[Whole, Field(ge=1)] | None = None
    green: Green | None = None
    independent: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        for sentence in slips(self):
            raise ValueError(sentence)
        return self

    def prices(self) -> dict[str, Price]:
        """Return its prices by key."""
        found = {key: getattr(self, key) for key in type(self).model_fields}
        own = {key: value for key, value in found.items() if isinstance(value, Price)}
        return own | ({"green.premium_per_kwh": self.green.premium_per_kwh} if self.green else {})


class Mixture(Table):
    """Strategies that share the work, each with its share of the work and of its own devices."""

    id: Name
    name: str = Field(min_length=1)
    shares: dict[str, Annotated[Number, Field(gt=0, lt=1)]] = Field(min_length=2, examples=[{"own": 0.6, "cloud": 0.4}])

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if abs(sum(self.shares.values()) - 1) > DUST:
            msg = f"key shares sum to {sum(self.shares.values()):g}: let them sum to 1"
            raise ValueError(msg)
        return self


class Mixing(Table):
    """Every mixture of some strategies in even steps of their shares."""

    between: tuple[str, ...] = Field(min_length=2, max_length=4, examples=[["own", "cloud"]])
    step: Annotated[Number, Field(ge=0.1, le=0.5)] = 0.2

    @model_validator(mode="after")
    def _steps_fit(self) -> Self:
        if abs(1 / self.step - round(1 / self.step)) > DUST:
            msg = "key step must divide 1 evenly: 0.5, 0.25, 0.2 or 0.1"
            raise ValueError(msg)
        if len(set(self.between)) < len(self.between):
            msg = "key between names a strategy twice: name each once"
            raise ValueError(msg)
        return self


class Comparison(Table):
    """A whole compare file."""

    title: str = Field(min_length=1)
    currency: Currency
    real_rate: Annotated[Number, Field(ge=0, le=1)]
    workload: Workload
    constraints: Constraints = Constraints()
    weights: Weights = Weights()
    devices: tuple[Device, ...] = ()
    strategies: tuple[Strategy, ...]
    mixtures: tuple[Mixture, ...] = ()
    mixing: Mixing | None = None
    exchange_rates: tuple[ExchangeRate, ...] = ()
    quotes: str = ""
