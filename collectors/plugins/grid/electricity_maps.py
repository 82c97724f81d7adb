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

**What it is.** Average, of what is consumed in the zone (imports included). `scope` chooses between combustion alone
and life cycle. Location-based scope 2 takes the direct one only.

| the service says | the reading |
|---|---|
| `carbonIntensity`, `isEstimated` false | `grid_intensity`, measured, in the middle of the period |
| `isEstimated` true | estimated |
| null | none |
| another `emissionFactorType` than asked for | the answer is refused: the two never mix |

Values are revised: every sixth hour the last 72 hours are asked for again, and the latest answer stands.

**Errors**: no answer, too many requests: `SourceUnreachable`. A key that is refused or has no right to the zone:
`SourceRefused`. The other scope: `PayloadUnreadable`.

Source: Electricity Maps API v3, `carbon-intensity/past-range`. Its data is licensed to the key's owner, never
bundled.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field

from collectors.plugins.grid.service import Address, GridService, Period
from collectors.plugins.local import decoded
from config.errors import PayloadUnreadable
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from collectors.reading import Reading

WORDS = {"direct": "direct", "life_cycle": "lifecycle"}
LENGTHS = {
    "5_minutes": timedelta(minutes=5),
    "15_minutes": timedelta(minutes=15),
    "hourly": timedelta(hours=1),
    None: timedelta(hours=1),  # answers from before granularity was told are hourly
}


class Hour(BaseModel):
    """One period; intensity in gCO2e/kWh."""

    start: AwareDatetime = Field(alias="datetime")
    intensity: float | None = Field(alias="carbonIntensity")
    estimated: bool = Field(alias="isEstimated")
    scope: str = Field(alias="emissionFactorType")
    granularity: Literal["5_minutes", "15_minutes", "hourly"] | None = Field(default=None, alias="temporalGranularity")


class Answer(BaseModel):
    """The periods of one zone."""

    zone: str
    data: list[Hour]


class ElectricityMaps(GridService):
    """One zone; see the module's manual."""

    publisher: ClassVar[str] = "Electricity Maps"
    key_header: ClassVar[str | None] = "auth-token"

    kind: Literal["electricity_maps"] = "electricity_maps"
    interval_s: float = Field(default=3600.0, ge=300)
    url: Address = "https://api.electricitymaps.com"
    zone: str = Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]+)*$")
    scope: Literal["direct", "life_cycle"]
    api_key: Secret

    @property
    def intensity(self) -> tuple[str, str] | None:
        """Basis and scope of its readings."""
        return "average", self.scope

    def question(self, start: datetime, end: datetime) -> tuple[str, Mapping[str, str], Secret | None]:
        """Return path and query of the window, and the key."""
        span = {"start": f"{start:%Y-%m-%dT%H:00:00Z}", "end": f"{end:%Y-%m-%dT%H:00:00Z}"}
        query = {"zone": self.zone, **span, "emissionFactorType": WORDS[self.scope]}
        return "/v3/carbon-intensity/past-range", query, self.api_key

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One `grid_intensity` for each period that is over.

        Raises:
            PayloadUnreadable: the answer is not the service's, or of another zone or scope.
        """
        told = decoded(Answer, payload, what="An answer of Electricity Maps")
        others = {row.scope for row in told.data} - {WORDS[self.scope]}
        if others or told.zone != self.zone:
            found = f"{told.zone}, {', '.join(sorted(others)) or WORDS[self.scope]}"
            msg = f"An answer of Electricity Maps is of {found}, not of {self.zone}, {WORDS[self.scope]}."
            raise PayloadUnreadable(msg)
        return self.readings((period for row in told.data if (period := _period(row))), at)


def _period(row: Hour) -> Period | None:
    if row.intensity is None:
        return None
    return Period(row.start, row.start + LENGTHS[row.granularity], row.intensity, row.estimated)
