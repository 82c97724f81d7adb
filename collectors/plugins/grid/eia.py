"""The manual of `kind = "eia"`: the carbon-free share of a US grid's generation by hours, with the user's key.

    [[sources]]
    id = "caiso-mix"
    kind = "eia"
    point = "caiso"
    metrics = ["grid_carbon_free"]
    interval_s = 3600
    respondent = "CISO"               # balancing authority, as EIA names it
    api_key = { env = "EIA_KEY" }
    # expected = ["NG", "COL"]        # fuels without which an hour has no share, however long they are silent
    # and in the site: grid_cfe_point = "sjc1/caiso"

**What it is.** The share of nuclear, hydro, wind, solar and geothermal in the net generation of one balancing
authority. What it imports is not in it. EIA publishes no intensity: that would need a factor for each fuel, which
nobody here has verified, so none is computed.

| the service says | the reading |
|---|---|
| every fuel of an hour | `grid_carbon_free` 0 to 1, measured, in the middle of the hour |
| an hour without a fuel that other hours have or `expected` names, or without its value | none: it would look clean |
| storage (batteries, pumped) | in neither part: its energy was generated before |
| a fuel that is unknown, other, or mixed with storage | counted as not carbon-free |
| a negative generation | 0: it is the plants' own use |

Hours are published about a day late, and revised: each poll asks for 72 hours, and a fuel that was silent for all of
them is missed only if `expected` names it.

**Errors**: no answer, too many requests: `SourceUnreachable`. A key that is refused: `SourceRefused`. More rows than
one answer holds: `PayloadUnreadable`.

Source: U.S. Energy Information Administration, open data API v2, `electricity/rto/fuel-type-data`; in the public
domain. Times are the end of the hour (EIA, hourly electric grid monitor, time reporting).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, Field

from collectors.plugins.grid.service import Address, GridService, Known, Period
from collectors.plugins.local import decoded
from config.errors import PayloadUnreadable
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collectors.reading import Reading

CARBON_FREE = frozenset({"NUC", "WAT", "WND", "SUN", "GEO"})
STORAGE = frozenset({"BAT", "PS", "UES", "OES"})
MOST_ROWS = 5000
HOUR = timedelta(hours=1)


class Row(BaseModel):
    """Net generation of one fuel in the hour that ends at `period` [MWh]."""

    period: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])$")
    respondent: str
    fuel: str = Field(alias="fueltype")
    value: Known


class Rows(BaseModel):
    """The rows of one answer, and how many there are in all."""

    total: int
    data: list[Row]


class Answer(BaseModel):
    """What the service sends, its echo of the question left out."""

    response: Rows


class Eia(GridService):
    """One balancing authority; see the module's manual."""

    publisher: ClassVar[str] = "EIA"
    metric: ClassVar[str] = "grid_carbon_free"
    key_query: ClassVar[str | None] = "api_key"
    recent: ClassVar[timedelta] = GridService.revised_for

    kind: Literal["eia"] = "eia"
    interval_s: float = Field(default=3600.0, ge=300)
    url: Address = "https://api.eia.gov"
    respondent: str = Field(pattern=r"^[A-Z0-9]{2,4}$")
    api_key: Secret
    expected: tuple[str, ...] = ()

    def question(self, start: datetime, end: datetime) -> tuple[str, Mapping[str, str], Secret | None]:
        """Return path and query of the window, and the key."""
        query = {
            "frequency": "hourly",
            "data[0]": "value",
            "facets[respondent][]": self.respondent,
            "start": f"{start:%Y-%m-%dT%H}",
            "end": f"{end:%Y-%m-%dT%H}",
            "length": str(MOST_ROWS),
        }
        return "/v2/electricity/rto/fuel-type-data/data/", query, self.api_key

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One `grid_carbon_free` for each hour of which every fuel is known.

        Raises:
            PayloadUnreadable: the answer is not the service's, is cut, or is of another balancing authority.
        """
        told = decoded(Answer, payload, what="An answer of EIA").response
        if told.total > len(told.data):
            msg = f"An answer of EIA holds {len(told.data)} of {told.total} rows."
            raise PayloadUnreadable(msg)
        hours: dict[str, dict[str, float | None]] = defaultdict(dict)
        for row in told.data:
            if row.respondent != self.respondent:
                msg = f"An answer of EIA is of {row.respondent}, not of {self.respondent}."
                raise PayloadUnreadable(msg)
            hours[row.period][row.fuel] = row.value
        fuels = {row.fuel for row in told.data} | set(self.expected)
        return self.readings((each for end, mwh in sorted(hours.items()) if (each := _period(end, mwh, fuels))), at)


def _period(hour_end: str, mwh: Mapping[str, float | None], fuels: set[str]) -> Period | None:
    generated = {fuel: max(0.0, value) for fuel, value in mwh.items() if value is not None}
    if generated.keys() != fuels:
        return None
    total = sum(value for fuel, value in generated.items() if fuel not in STORAGE)
    if total <= 0:
        return None
    clean = sum(value for fuel, value in generated.items() if fuel in CARBON_FREE)
    end = datetime.strptime(hour_end, "%Y-%m-%dT%H").replace(tzinfo=UTC)
    return Period(end - HOUR, end, clean / total, estimated=False)
