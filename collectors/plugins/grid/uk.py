"""The manual of `kind = "uk_carbon_intensity"`: Great Britain's grid by half-hours, from its operator; no key.

    [[points]]
    id = "gb-grid"
    site = "lon1"
    role = "other"
    [[sources]]
    id = "gb-intensity"
    kind = "uk_carbon_intensity"
    point = "gb-grid"
    metrics = ["grid_intensity"]
    interval_s = 1800                 # the length of its periods
    # region = 13                     # 1 to 17 (13 is London), or postcode = "SW1"; else Great Britain as a whole
    # and in the site: hourly_intensity = { point = "lon1/gb-grid", basis = "average", scope = "direct" }

**What it is.** Average, direct: what power stations and imports emit in operation, per kWh drawn. CO2 alone.

| the service says | the reading |
|---|---|
| `actual` | `grid_intensity`, measured, in the middle of the half-hour |
| only `forecast`, of a half-hour that is over; always so for a region | estimated |
| a half-hour that is not over | none: a forecast is no reading |

Values are revised: every sixth hour the last 72 hours are asked for again, and the latest answer stands.

**Errors**: no answer: `SourceUnreachable`. An unknown region or postcode: `SourceRefused`.

Source: Carbon Intensity API (National Energy System Operator, Environmental Defense Fund Europe, University of Oxford,
WWF), licence CC BY 4.0: name it where its figures are published.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, field_validator, model_validator

from collectors.plugins.grid.service import Address, GridService, Known, Period
from collectors.plugins.local import decoded
from config.errors import PayloadUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collectors.reading import Reading
    from config.secrets import Secret

MINUTES = "%Y-%m-%dT%H:%MZ"


class Values(BaseModel):
    """Intensity [gCO2/kWh] of one half-hour."""

    forecast: Known = None
    actual: Known = None


class HalfHour(BaseModel):
    """One half-hour; its times are of UTC and without seconds."""

    start: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    intensity: Values

    @field_validator("start", "to", mode="before")
    @classmethod
    def _minutes(cls, text: object) -> object:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M%z") if isinstance(text, str) else text


class Region(BaseModel):
    """A region's half-hours."""

    id: int = Field(alias="regionid")
    data: list[HalfHour]


class Answer(BaseModel):
    """The country's half-hours, or one region."""

    data: list[HalfHour] | Region


class UkCarbonIntensity(GridService):
    """Great Britain or one of its regions; see the module's manual."""

    publisher: ClassVar[str] = "Carbon Intensity API"

    kind: Literal["uk_carbon_intensity"] = "uk_carbon_intensity"
    url: Address = "https://api.carbonintensity.org.uk"
    region: int | None = Field(default=None, ge=1, le=17)
    postcode: str | None = Field(default=None, pattern=r"^[A-Z]{1,2}\d[A-Z\d]?$")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.region and self.postcode:
            msg = "region and postcode say the same: keep one"
            raise ValueError(msg)
        return self

    @property
    def intensity(self) -> tuple[str, str] | None:
        """Basis and scope of its readings."""
        return "average", "direct"

    def question(self, start: datetime, end: datetime) -> tuple[str, Mapping[str, str], Secret | None]:
        """Return the path of the window; there is no key."""
        window = f"{start:{MINUTES}}/{end:{MINUTES}}"
        if self.region or self.postcode:
            place = f"regionid/{self.region}" if self.region else f"postcode/{self.postcode}"
            return f"/regional/intensity/{window}/{place}", {}, None
        return f"/intensity/{window}", {}, None

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One `grid_intensity` for each half-hour that is over.

        Raises:
            PayloadUnreadable: the answer is not the service's, or of another region.
        """
        told = decoded(Answer, payload, what="An answer of the Carbon Intensity API").data
        rows = told.data if isinstance(told, Region) else told
        self._meant(told.id if isinstance(told, Region) else None)
        return self.readings((period for row in rows if (period := _period(row))), at)

    def _meant(self, region: int | None) -> None:
        """Refuse an answer of another place: of a postcode nobody here knows the region, but it has one."""
        regional = bool(self.region or self.postcode)
        if (region is None) == regional or (self.region and region != self.region):
            wanted = f"region {self.region}" if self.region else self.postcode or "Great Britain"
            found = f"region {region}" if region else "Great Britain"
            msg = f"An answer of the Carbon Intensity API is of {found}, not of {wanted}."
            raise PayloadUnreadable(msg)


def _period(row: HalfHour) -> Period | None:
    actual, forecast = row.intensity.actual, row.intensity.forecast
    value = forecast if actual is None else actual
    return None if value is None else Period(row.start, row.to, value, estimated=actual is None)
