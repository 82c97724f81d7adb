"""What a simulated company is made of: the tables of the simulation file, and a site's share of them.

The site file says which points there are and how they hang together; this file says how big and how busy they are.
Ratios are 0 to 1 unless said otherwise; every other quantity carries its unit in its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, Self

from pydantic import Field, model_validator

from collectors.plugins.simulated.faults import Fault  # noqa: TC001 - pydantic reads the annotation
from config.reading.fields import Instant, Number, Positive, Table, Whole

if TYPE_CHECKING:
    from collections.abc import Mapping

Ratio = Annotated[Number, Field(ge=0, le=1)]
AtLeastZero = Annotated[Number, Field(ge=0)]
Hour = Annotated[Number, Field(ge=0, le=24)]


class Workload(Table):
    """What a kind of work asks of a machine: u = (base + day) x week + jobs + noise, times growth, within 0.02 to 1."""

    base_ratio: Ratio
    daily_ratio: Ratio = 0.0
    peak_local_hour: Hour = 15.0
    weekend_ratio: Ratio = 1.0
    job_ratio: Ratio = 0.0
    job_h: Positive = 12.0
    job_chance: Ratio = 0.7
    restart_chance: Ratio = 0.0  # of each half hour: a job crashed and starts again
    noise_ratio: Ratio = 0.03
    noise_h: Positive = 2.0
    growth_per_year: Number = 0.0
    ripple_ratio: Annotated[Number, Field(ge=0, le=0.5)] = 0.05  # of the power: swings within minutes stay below


class Psu(Table):
    """Efficiency of power supplies over their load, as straight lines between points."""

    load_ratio: tuple[Ratio, ...]
    efficiency_ratio: tuple[Positive, ...]

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        if len(self.load_ratio) != len(self.efficiency_ratio) or list(self.load_ratio) != sorted(self.load_ratio):
            msg = "load_ratio must rise and be as long as efficiency_ratio: give one efficiency for each load"
            raise ValueError(msg)
        return self


class Machine(Table):
    """A piece of IT equipment, or a component in one: watts behind the power supply."""

    idle_w: AtLeastZero
    max_w: Positive
    workload: str = ""  # a component does what its machine does
    psu: str = "titanium"


class Weather(Table):
    """The climate of a place."""

    mean_degc: Number
    seasonal_k: AtLeastZero
    daily_k: AtLeastZero
    front_k: AtLeastZero = 4.0
    warmest_day: Annotated[Number, Field(ge=0, le=366)] = 200.0
    mean_humidity_percent: Annotated[Number, Field(ge=15, le=99)]
    clear_sky_ratio: Ratio = 0.6


class Cooling(Table):
    """Heat rejection: fans and pumps for all of the heat, chillers for the share that the weather leaves to them."""

    fans_ratio: AtLeastZero = 0.05  # W of fans and pumps for each W of heat
    fans_since: Instant | None = None  # from when on; before it they took fans_ratio_before
    fans_ratio_before: AtLeastZero = 0.0
    cop: Positive = 6.0  # of the chillers at cop_wet_bulb_degc
    cop_wet_bulb_degc: Number = 20.0
    cop_per_k: AtLeastZero = 0.12  # lost with each K of wet-bulb temperature
    cop_low: Positive = 3.0
    cop_high: Positive = 9.0
    free_below_degc: Number = 10.0  # wet bulb: no chiller runs
    chillers_above_degc: Number = 19.0  # wet bulb: chillers carry everything


class Water(Table):
    """Evaporative towers: the wet share of the heat between a cold and a hot day, and what is blown down."""

    wet_low_ratio: Ratio = 0.0
    wet_high_ratio: Ratio = 0.8
    dry_below_degc: Number = 12.0
    wet_above_degc: Number = 28.0
    blowdown_ratio: AtLeastZero = 0.3


class Ups(Table):
    """A UPS system: losses a + bP + cP^2 with ratios of the rated power."""

    rated_w: Positive
    standing_ratio: Ratio = 0.006
    linear_ratio: Ratio = 0.015
    square_ratio: Ratio = 0.014


class Occupied(Table):
    """Lighting and other loads of people."""

    day_w: AtLeastZero
    night_w: AtLeastZero
    from_hour: Hour = 7.0
    to_hour: Hour = 19.0


class Pv(Table):
    """A photovoltaic plant; `peak_w` is what it gives under a clear sky at the zenith."""

    peak_w: Positive


class WindPark(Table):
    """A wind park elsewhere, whose meter the site reads; `peak_w` is what its turbines give in full wind."""

    peak_w: Positive


class Genset(Table):
    """A diesel generator that only runs its tests."""

    test_w: Positive
    test_every_days: Annotated[Whole, Field(ge=1)] = 28
    test_hour_utc: Hour = 8.0
    test_h: Positive = 1.0


class HeatExport(Table):
    """Heat sold to a district network: thermal watts, counted apart from electricity."""

    max_w: Positive
    full_below_degc: Number = 2.0
    none_above_degc: Number = 16.0
    caught_ratio: Ratio = 0.6  # of the heat of the halls


class Zone(Table):
    """A grid zone: what runs there, as shares of mean demand, and what its fossil plants emit."""

    solar_noon_ratio: AtLeastZero
    wind_ratio: Ratio
    firm_ratio: Ratio  # nuclear, hydro, biomass, imports without direct emissions
    coal_of_fossil_ratio: Ratio
    must_run_fossil_ratio: Ratio = 0.1
    coal_gco2e_per_kwh: Positive = 940.0
    gas_gco2e_per_kwh: Positive = 400.0


class Place(Table):
    """The body of one site; tables are keyed by the name of the point, without its site."""

    latitude_deg: Annotated[Number, Field(ge=-66, le=66)]
    longitude_deg: Annotated[Number, Field(ge=-180, le=180)]
    weather: Weather
    weather_point: str | None = None  # shows temperature and humidity outdoors
    intensity_point: str | None = None  # shows the carbon intensity of the grid
    carbon_free_point: str | None = None  # shows the carbon-free share of the grid
    reading_quality: Literal["measured", "estimated"] = "measured"  # a cloud's figures are its provider's estimates
    pdu_loss_ratio: Ratio = 0.01
    transformer_loss_ratio: Ratio = 0.008
    cooling: Cooling = Cooling()
    water: Water = Water()
    ups: dict[str, Ups] = Field(default_factory=dict)
    machines: dict[str, Machine] = Field(default_factory=dict)
    occupied: dict[str, Occupied] = Field(default_factory=dict)
    pv: dict[str, Pv] = Field(default_factory=dict)
    gensets: dict[str, Genset] = Field(default_factory=dict)
    wind_parks: dict[str, WindPark] = Field(default_factory=dict)
    heat: dict[str, HeatExport] = Field(default_factory=dict)


class Simulation(Table):
    """The simulation file as a whole. Registers stand at their first value at `register_epoch` [UTC s]."""

    seed: Annotated[Whole, Field(ge=0)]
    register_epoch: Instant
    workloads: dict[str, Workload]
    psus: dict[str, Psu]
    zones: dict[str, Zone]
    sites: dict[str, Place]
    faults: tuple[Fault, ...] = ()


class PointLike(Protocol):
    """What the simulator asks of a point (`config.points.PointState` is one)."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def role(self) -> str: ...  # noqa: D102
    @property
    def parents(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def feeds(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def share(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True)
class SiteSpec:
    """Everything that the figures of one site follow from, apart from the seed."""

    site: str
    time_zone: str
    points: Mapping[str, PointLike]
    place: Place
    zone: Zone
    workloads: Mapping[str, Workload]
    psus: Mapping[str, Psu]
    faults: tuple[Fault, ...]
    register_epoch: int
