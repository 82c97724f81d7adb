"""The manual of `kind = "watttime"`: the marginal (or average) emission rate of a grid region, from WattTime.

    [[sources]]
    id = "caiso-marginal"
    kind = "watttime"
    point = "caiso-marginal"
    metrics = ["grid_intensity"]
    interval_s = 300                  # the length of its periods
    region = "CAISO_NORTH"            # WattTime's own name; this one is what a free account may read
    signal = "co2_moer"               # marginal; "co2_aoer" is average
    user = "example-ai"
    password = { env = "WATTTIME_PASSWORD" }

**What it is.** `co2_moer` says by how much the grid's emissions change with its load: for deciding when to compute,
never for scope 2, and never mixed with an average. Both signals are direct: combustion alone, CO2. The site's
`hourly_intensity` must name the same basis and scope.

| the service says | the reading |
|---|---|
| a value in `lbs_co2_per_mwh` | `grid_intensity`, times 0.45359237 (lb/MWh to g/kWh), in the middle of its period |
| any value | estimated: a marginal rate comes from a model, and the answer does not tell which averages do |
| another signal, region or unit than asked for | the answer is refused: they never mix |

The login gives a token for half an hour, which is used again; logins count against a limit of 100 in 5 minutes.
Values are revised: every sixth hour the last 72 hours are asked for again, and the latest answer stands.

**Errors**: no answer, too many requests: `SourceUnreachable`. A login that is refused, or an account without a right to
the region or signal: `SourceRefused`. Another region, signal or unit: `PayloadUnreadable`.

Source: WattTime API v3, `historical`. Its data is licensed to the account's owner, never bundled.
"""

from __future__ import annotations

import time
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field, PrivateAttr

from collectors.plugins.grid.service import Address, GridService, Known, Period
from collectors.plugins.local import decoded
from collectors.plugins.web import asking, body_of
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from collectors.plugins.web import Web
    from collectors.reading import Reading

GRAMS_PER_KWH = 0.45359237  # 1 lb/MWh: the pound of 1959 is exactly 453.59237 g
TOKEN_S = 25 * 60.0  # of the 30 minutes that it lives
BASIS = {"co2_moer": "marginal", "co2_aoer": "average"}
OK, TOO_MANY = 200, 429
LARGEST_LOGIN = 1 << 20


class Token(BaseModel):
    """What a login gives."""

    token: str = Field(min_length=1, repr=False)


class Value(BaseModel):
    """One value at the start of its period."""

    point_time: AwareDatetime
    value: Known


class Meta(BaseModel):
    """What the values are."""

    region: str
    signal_type: str
    units: str
    period_s: float = Field(default=300.0, gt=0, le=86400, alias="data_point_period_seconds")


class Answer(BaseModel):
    """The values of one region and signal."""

    data: list[Value]
    meta: Meta


class WattTime(GridService):
    """One region and signal; see the module's manual."""

    publisher: ClassVar[str] = "WattTime"
    key_header: ClassVar[str | None] = "Authorization"
    login: ClassVar[str] = "user and password"

    kind: Literal["watttime"] = "watttime"
    interval_s: float = Field(default=300.0, ge=300)
    url: Address = "https://api.watttime.org"
    region: str = Field(pattern=r"^[A-Z0-9_]+$")
    signal: Literal["co2_moer", "co2_aoer"]
    user: str = Field(min_length=1)
    password: Secret

    _token: str = PrivateAttr(default="")
    _since: float = PrivateAttr(default=0.0)

    @property
    def intensity(self) -> tuple[str, str] | None:
        """Basis and scope of its readings."""
        return BASIS[self.signal], "direct"

    def question(self, start: datetime, end: datetime) -> tuple[str, Mapping[str, str], Secret | None]:
        """Return path and query of the window, and the password that a login takes."""
        span = {"start": f"{start:%Y-%m-%dT%H:%MZ}", "end": f"{end:%Y-%m-%dT%H:%MZ}"}
        return "/v3/historical", {"region": self.region, "signal_type": self.signal, **span}, self.password

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One `grid_intensity` for each period that is over.

        Raises:
            PayloadUnreadable: the answer is not the service's, or of another region, signal or unit.
        """
        told = decoded(Answer, payload, what="An answer of WattTime")
        wanted = (self.region, self.signal, "lbs_co2_per_mwh")
        found = (told.meta.region, told.meta.signal_type, told.meta.units)
        if found != wanted:
            msg = f"An answer of WattTime is of {', '.join(found)}, not of {', '.join(wanted)}."
            raise PayloadUnreadable(msg)
        length = timedelta(seconds=told.meta.period_s)
        values = [(row.point_time, row.value * GRAMS_PER_KWH) for row in told.data if row.value is not None]
        return self.readings((Period(start, start + length, value, estimated=True) for start, value in values), at)

    async def _key(self, web: Web, secret: Secret | None) -> str | None:
        """Log in where the last token has run out."""
        if not self._token or time.monotonic() - self._since > TOKEN_S:
            pair = b64encode(f"{self.user}:{self._told(secret)}".encode()).decode()
            address = self.url.rstrip("/") + "/login"
            headers = {"Authorization": f"Basic {pair}"}
            async with asking(web, "GET", address, label=self._label, headers=headers) as response:
                if response.status == TOO_MANY or response.status >= 500:  # noqa: PLR2004 - its own trouble
                    msg = f"{self._label} gives no login now (HTTP {response.status})."
                    raise SourceUnreachable(msg)
                if response.status != OK:
                    msg = f"{self._label} refuses the login (HTTP {response.status}): check user and password."
                    raise SourceRefused(msg)
                body = await body_of(response, label=self._label, most=LARGEST_LOGIN, check="url")
            self._token = decoded(Token, body, what="A login of WattTime").token
            self._since = time.monotonic()
        return f"Bearer {self._token}"

    async def _body(self, web: Web, path: str, query: Mapping[str, str], key: str | None) -> bytes:
        try:
            return await super()._body(web, path, query, key)
        except SourceRefused:
            self._token = ""  # whatever was wrong with it, the next poll brings a new one
            raise
