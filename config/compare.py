"""A compare file: the work, the ways to get compute for it, what is known of each, and what rules one out.

A number may be a range `[low, most likely, high]`. A price is a quote: value, date and source stand together, in the
file or in the table of quotes that it names; nothing has a price by default.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads the types of fields
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.fields import Name, Number, Positive, Table, Whole
from config.tariffs import Currency, ExchangeRate  # noqa: TC001 - pydantic reads the types of fields

Kind = Literal["cloud_on_demand", "cloud_reserved", "cloud_spot", "colocation", "own_datacenter", "edge", "tokens"]
RENTED: Final = frozenset({"cloud_on_demand", "cloud_reserved", "cloud_spot"})
OWNED: Final = frozenset({"colocation", "own_datacenter", "edge"})
RANGE_ITEMS: Final = 3


def _range(value: object) -> object:
    """Make a number a range of itself, and refuse a list that is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (float(value),) * RANGE_ITEMS
    numbers = [one for one in value if type(one) in {int, float}] if isinstance(value, (list, tuple)) else []
    if len(numbers) != RANGE_ITEMS or not isinstance(value, (list, tuple)) or len(value) != RANGE_ITEMS:
        msg = "must be a number, or a range [low, most likely, high]"
        raise ValueError(msg)
    low, mid, high = (float(one) for one in numbers)
    if not 0 <= low <= mid <= high:
        msg = "must be a range in order from 0 on: [low, most likely, high]"
        raise ValueError(msg)
    return (low, mid, high)


Known = Annotated[tuple[float, float, float], BeforeValidator(_range)]


class Price(Table):
    """What somebody asked for, when, and who: money of the strategy's currency."""

    value: Known = Field(examples=[2.5])
    date: date
    source: str = Field(min_length=1, examples=["offer 4711 of Example Cloud"])


class Green(Table):
    """Green supply laid over a strategy: it changes the market-based figure and the cost, never the other one."""

    matched_share: Annotated[Number, Field(ge=0, le=1)]
    gco2e_per_kwh: Annotated[Number, Field(ge=0)] = 0.0
    premium_per_kwh: Price


class Workload(Table):
    """The work: operations, or parameters with tokens, or device-hours; and the data that has to arrive first."""

    kind: Literal["training", "inference", "fleet"]
    flop: Positive | None = None
    active_parameters: Positive | None = None
    tokens: Positive | None = None
    device_hours: Positive | None = None
    data_gb: Annotated[Number, Field(ge=0)] = 0.0
    gbit_per_s: Positive = 10.0

    @model_validator(mode="after")
    def _is_said_once(self) -> Self:
        by_tokens = self.active_parameters is not None and self.tokens is not None
        said = [self.flop is not None, by_tokens, self.device_hours is not None]
        if sum(said) != 1 or (self.kind == "fleet") != (self.device_hours is not None):
            msg = "must say the work once: flop, or active_parameters and tokens, or, for a fleet, device_hours"
            raise ValueError(msg)
        return self


class Constraints(Table):
    """What a strategy has to meet; left out means no constraint."""

    deadline_days: Positive | None = None
    budget: Positive | None = None
    regions: tuple[str, ...] = ()
    latency_ms: Positive | None = None


class Weights(Table):
    """What an hour, a kWh, a kilogram and a litre are worth, in the file's currency, beside the cost itself."""

    time_per_hour: Annotated[Number, Field(ge=0)] = 0.0
    energy_per_kwh: Annotated[Number, Field(ge=0)] = 0.0
    carbon_per_kg: Annotated[Number, Field(ge=0)] = 0.0
    water_per_l: Annotated[Number, Field(ge=0)] = 0.0


class Device(Table):
    """An accelerator that the product's table does not hold, or holds otherwise."""

    id: Name
    peak_tflops: Positive
    tdp_w: Positive
    node_kw: Positive
    embodied_kgco2e: Known
    sparse: bool = False
    source: str = Field(min_length=1)


class Strategy(Table):
    """One way to get compute. Which keys it needs depends on its kind; powers are per device at the plug [kW]."""

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
    green: Green | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        absent = [key for key in NEEDS[self.kind] if getattr(self, key) is None]
        if absent:
            msg = (
                f"is of kind {self.kind} and lacks {', '.join(absent)}: give each, with its date and source if a price"
            )
            raise ValueError(msg)
        for key in SHARES:
            value = getattr(self, key)
            if value is not None and value[-1] > 1:
                msg = f"key {key} is a share: it must not be above 1"
                raise ValueError(msg)
        for key in ABOVE_0:
            value = getattr(self, key)
            if value is not None and value[0] <= 0:
                msg = f"key {key} must be above 0"
                raise ValueError(msg)
        if self.pue is not None and self.pue[0] < 1:
            msg = "key pue must be 1 or more"
            raise ValueError(msg)
        return self

    def prices(self) -> dict[str, Price]:
        """Return its prices by key."""
        found = {key: getattr(self, key) for key in type(self).model_fields}
        own = {key: value for key, value in found.items() if isinstance(value, Price)}
        return own | ({"green.premium_per_kwh": self.green.premium_per_kwh} if self.green else {})


SHARES: Final = ("used_share", "lost_share", "utilisation", "residual_share", "network_share", "maintenance_share")
ABOVE_0: Final = ("used_share", "utilisation", "tokens_per_second")
_OWNED: Final = (
    "capex_per_device",
    "residual_share",
    "life_years",
    "maintenance_share",
    "utilisation",
    "tariff_per_kwh",
)
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "cloud_on_demand": ("price_per_device_hour",),
    "cloud_reserved": ("price_per_device_hour", "term_hours"),
    "cloud_spot": ("price_per_device_hour", "interruptions_per_hour", "checkpoint_h", "restart_h"),
    "colocation": (*_OWNED, "place_per_kw_month"),
    "own_datacenter": (*_OWNED, "building_per_kw", "building_life_years", "people_per_device_year"),
    "edge": (*_OWNED, "link_per_device_year"),
    "tokens": ("price_per_million_tokens", "kwh_per_million_tokens", "tokens_per_second"),
}


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
    exchange_rates: tuple[ExchangeRate, ...] = ()
    quotes: str = ""
