"""The manual of `kind = "open_meteo"`: outdoor temperature and humidity of a place, from Open-Meteo's weather models.

    [[points]]
    id = "weather"
    site = "fra1"
    role = "other"
    [[sources]]
    id = "fra1-weather"
    kind = "open_meteo"
    point = "weather"
    metrics = ["temperature", "humidity"]
    interval_s = 3600                 # the distance of its values
    latitude = 50.11
    longitude = 8.68
    # api_key = { env = "OPEN_METEO_KEY" }    # with url = "https://customer-api.open-meteo.com"

**Needs**: `pip install 'wattlas[weather]'` (aiohttp, psychrolib). Without a key the service is for non-commercial use.

| the service says | the reading |
|---|---|
| `temperature_2m`, `relative_humidity_2m` of an hour that has come | estimated: a model's, not a thermometer's |
| an hour to come | none: a forecast is no reading |
| null | none |
| another unit than degC and percent | the answer is refused |

A thermometer of your own is better: by MQTT, SNMP, Modbus or import, on a point of `temperature` and `humidity`.
Wet-bulb temperature is computed from both where it is asked for (`wattlas weather`, measures of `driver = "wet_bulb"`).

Values are revised: every sixth hour the last 72 hours are asked for again, and the latest answer stands.

**Errors**: no answer, too many requests: `SourceUnreachable`. A place or key that it refuses: `SourceRefused`.

Source: Open-Meteo forecast API, licence CC BY 4.0: name it where its data is published.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, Field, model_validator

from collectors.plugins.grid.service import Address, GridService, Known, Period
from collectors.plugins.local import decoded
from config.errors import PayloadUnreadable
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collectors.reading import Reading

METRICS = {"temperature_2m": "temperature", "relative_humidity_2m": "humidity"}
LAST_S = 1 << 33  # in the year 2242
UNITS = {"time": "unixtime", "temperature_2m": "°C", "relative_humidity_2m": "%"}


class Hours(BaseModel):
    """Values by UTC seconds."""

    time: list[Annotated[int, Field(ge=0, le=LAST_S)]]
    temperature_2m: list[Known]
    relative_humidity_2m: list[Known]

    @model_validator(mode="after")
    def _as_many_of_each(self) -> Self:
        if not len(self.time) == len(self.temperature_2m) == len(self.relative_humidity_2m):
            msg = "its lists are of different lengths"
            raise ValueError(msg)
        return self


class Answer(BaseModel):
    """The hours of one place, and their units."""

    hourly: Hours
    hourly_units: dict[str, str]


class OpenMeteo(GridService):
    """One place; see the module's manual."""

    publisher: ClassVar[str] = "Open-Meteo"
    key_query: ClassVar[str | None] = "apikey"

    kind: Literal["open_meteo"] = "open_meteo"
    interval_s: float = Field(default=3600.0, ge=900)
    url: Address = "https://api.open-meteo.com"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    api_key: Secret | None = None

    def question(self, start: datetime, end: datetime) -> tuple[str, Mapping[str, str], Secret | None]:
        """Return path and query of the window, and the key if there is one."""
        query = {
            "latitude": f"{self.latitude:g}",
            "longitude": f"{self.longitude:g}",
            "hourly": ",".join(METRICS),
            "past_hours": str(int((end - start).total_seconds() // 3600)),
            "forecast_hours": "1",
            "timeformat": "unixtime",
            "timezone": "GMT",
        }
        return "/v1/forecast", query, self.api_key

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        return frozenset(METRICS.values())

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """Temperature and humidity of each hour that has come.

        Raises:
            PayloadUnreadable: the answer is not the service's, or in other units.
        """
        told = decoded(Answer, payload, what="An answer of Open-Meteo")
        units = {name: told.hourly_units.get(name) for name in UNITS}
        if units != UNITS:
            odd = next(name for name, unit in units.items() if unit != UNITS[name])
            msg = f"An answer of Open-Meteo has {odd} in {units[odd]}, not in {UNITS[odd]}."
            raise PayloadUnreadable(msg)
        for name, metric in METRICS.items():
            values = zip(told.hourly.time, getattr(told.hourly, name), strict=True)
            instants = [(datetime.fromtimestamp(time, UTC), value) for time, value in values if value is not None]
            yield from self.readings(
                (Period(time, time, value, estimated=True) for time, value in instants), at, metric
            )
