"""The manual of `kind = "electricity_maps"`: the grid of a zone by hours, from Electricity Maps, with the user's key.

    [[sources]]
    id = "de-intensity"
    kind = "electricity_maps"
    point = "de-grid"
    metrics = ["grid_intensity"]
    interval_s = 3600                 # the length of its periods
    zone = "DE"                       # Electricity Maps' own name of the zone
    scope = "direct"                  # or "life_cycle"; the site's hourly_intensity must say the same
    api_key = { env = "ELECTRICITY_MAPS_KEY" }

or, instead of the intensity, how carbon-free the mix is (a second source, if both are wanted):

    metrics = ["grid_carbon_free"]
    signal = "carbon_free"            # without scope
    # expected = ["gas", "coal"]      # types without which a period has no share, however long they are silent
    # and in the site: grid_cfe_point = "fra1/de-grid"

**What it is.** Average, of what is consumed in the zone (imports included). `scope` chooses between combustion alone
and life cycle. Location-based scope 2 takes the direct one only.

| the service says | the reading |
|---|---|
| `carbonIntensity`, `isEstimated` false | `grid_intensity`, measured, in the middle of the period |
| `isEstimated` true | estimated |
| null | none |
| another `emissionFactorType` than asked for | the answer is refused: the two never mix |
| a mix with every type that other periods have | `grid_carbon_free` 0 to 1 |
| a mix without one of them or of `expected`, or null for it | none: without its gas it would look clean |
| discharge of storage in the mix | in neither part: its energy was generated before |
| biomass and `unknown` in the mix | not counted as carbon-free, as of ENTSO-E's types |
| `estimationMethod` `SANDBOX_MODE_DATA` (a trial key) | the answer is refused: its values are made up |

Values are revised: every sixth hour the last 72 hours are asked for again (of a mix at every poll, for it is held
against them), and the latest answer stands.

**Errors**: no answer, too many requests: `SourceUnreachable`. A key that is refused or has no right to the zone:
`SourceRefused`. The other scope, another zone, a sandbox: `PayloadUnreadable`.

Source: Electricity Maps API v3, `carbon-intensity/past-range` and `power-breakdown/past-range`. Its data is licensed
to the key's owner, never bundled.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from collectors.plugins.grid.service import Address, GridService, Known, Period
from collectors.plugins.local import decoded
from config.errors import PayloadUnreadable
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from collectors.reading import Reading

WORDS = {"direct": "direct", "life_cycle": "lifecycle"}
LENGTHS = {
    "5_minutes": timedelta(minutes=5),
    "15_minutes": timedelta(minutes=15),
    "hourly": timedelta(hours=1),
    None: timedelta(hours=1),  # answers from before granularity was told are hourly
}


CARBON_FREE = frozenset({"nuclear", "geothermal", "wind", "solar", "hydro"})
STORAGE = frozenset({"hydro discharge", "battery discharge"})
SANDBOX = "SANDBOX_MODE_DATA"
PATHS = {"intensity": "/v3/carbon-intensity/past-range", "carbon_free": "/v3/power-breakdown/past-range"}


class Told(BaseModel):
    """What every period says of itself."""

    start: AwareDatetime = Field(alias="datetime")
    estimated: bool = Field(alias="isEstimated")
    method: str | None = Field(default=None, alias="estimationMethod")
    granularity: Literal["5_minutes", "15_minutes", "hourly"] | None = Field(default=None, alias="temporalGranularity")

    def period(self, value: float) -> Period:
        """Return a value of this period."""
        return Period(self.start, self.start + LENGTHS[self.granularity], value, self.estimated)


class Hour(Told):
    """One period; intensity in gCO2e/kWh."""

    intensity: Known = Field(alias="carbonIntensity")
    scope: str = Field(alias="emissionFactorType")


class Mix(Told):
    """What was consumed in one period by type [MW]."""

    consumed: dict[str, Known] | None = Field(alias="powerConsumptionBreakdown")


class Answer(BaseModel):
    """The periods of one zone."""

    zone: str
    data: list[Hour]


class Mixes(BaseModel):
    """The mixes of one zone."""

    zone: str
    data: list[Mix]


class ElectricityMaps(GridService):
    """One zone; see the module's manual."""

    publisher: ClassVar[str] = "Electricity Maps"
    key_header: ClassVar[str | None] = "auth-token"

    kind: Literal["electricity_maps"] = "electricity_maps"
    interval_s: float = Field(default=3600.0, ge=300)
    url: Address = "https://api.electricitymaps.com"
    zone: str = Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]+)*$")
    signal: Literal["intensity", "carbon_free"] = "intensity"
    scope: Literal["direct", "life_cycle"] | None = None
    api_key: Secret
    expected: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _scope_is_of_an_intensity(self) -> Self:
        if self.signal == "intensity" and self.scope is None:
            msg = 'scope is missing: say "direct" or "life_cycle", or signal = "carbon_free" for the mix'
            raise ValueError(msg)
        if self.signal == "carbon_free" and self.scope is not None:
            msg = 'scope is of an intensity: leave it out beside signal = "carbon_free"'
            raise ValueError(msg)
        if self.expected and self.signal == "intensity":
            msg = 'expected is of a mix: leave it out, or write signal = "carbon_free"'
            raise ValueError(msg)
        return self

    @property
    def usual_window(self) -> timedelta:
        """How far a poll asks back: of a mix always the whole, so that a type which fell silent is missed."""
        return self.recent if self.signal == "intensity" else self.revised_for

    @property
    def intensity(self) -> tuple[str, str] | None:
        """Basis and scope of its intensities, if it gives any."""
        return ("average", self.scope) if self.scope else None

    def question(self, start: datetime, end: datetime) -> tuple[str, Mapping[str, str], Secret | None]:
        """Return path and query of the window, and the key."""
        span = {"start": f"{start:%Y-%m-%dT%H:00:00Z}", "end": f"{end:%Y-%m-%dT%H:00:00Z}"}
        scope = {"emissionFactorType": WORDS[self.scope]} if self.scope else {}
        return PATHS[self.signal], {"zone": self.zone, **span, **scope}, self.api_key

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One `grid_intensity`, or `grid_carbon_free`, for each period that is over.

        Raises:
            PayloadUnreadable: the answer is not the service's, of another zone or scope, or of its sandbox.
        """
        if self.scope is None:
            mixes = decoded(Mixes, payload, what="An answer of Electricity Maps")
            self._meant(mixes.zone, mixes.data, "mix", {"mix"})
            return self.readings(_shares(mixes.data, self.expected), at, "grid_carbon_free")
        told = decoded(Answer, payload, what="An answer of Electricity Maps")
        self._meant(told.zone, told.data, WORDS[self.scope], {row.scope for row in told.data})
        return self.readings((row.period(row.intensity) for row in told.data if row.intensity is not None), at)

    def _meant(self, zone: str, rows: Sequence[Told], wanted: str, found: set[str]) -> None:
        if found - {wanted} or zone != self.zone:
            is_ = f"{zone}, {', '.join(sorted(found - {wanted})) or wanted}"
            msg = f"An answer of Electricity Maps is of {is_}, not of {self.zone}, {wanted}."
            raise PayloadUnreadable(msg)
        if any(row.method == SANDBOX for row in rows):
            msg = "An answer of Electricity Maps is of its sandbox, whose values are made up: use a key for real data."
            raise PayloadUnreadable(msg)


def _shares(rows: Sequence[Mix], expected: Sequence[str]) -> Iterator[Period]:
    """The carbon-free share of each period of which every type is known that is expected or that any period knows."""
    types = {name for row in rows for name, mw in (row.consumed or {}).items() if mw is not None} | set(expected)
    for row in rows:
        known = {name: max(0.0, mw) for name, mw in (row.consumed or {}).items() if mw is not None}
        total = sum(mw for name, mw in known.items() if name not in STORAGE)
        if known.keys() == types and total > 0:
            yield row.period(sum(known.get(name, 0.0) for name in CARBON_FREE) / total)
