"""The manual of `kind = "entsoe"`: what European zones generate by type, from ENTSO-E's Transparency Platform.

    [[sources]]
    id = "de-mix"
    kind = "entsoe"
    point = "de-grid"
    metrics = ["grid_carbon_free"]    # and "grid_intensity" with a scope
    interval_s = 3600                 # 900 where the zone publishes quarter hours
    area = "10Y1001A1001A82H"         # the zone's EIC code: this is Germany with Luxembourg
    api_key = { env = "ENTSOE_KEY" }  # the platform calls it security token
    # scope = "life_cycle"            # or "direct": an intensity too; the site's hourly_intensity must say the same
    # factors = { B02 = 1100, B06 = 650 }     # gCO2e/kWh of types that have none here; yours stand before ours
    # factors_source = "where they are published"
    # expected = ["B02", "B04"]       # types without which a period has no value, however long they are silent
    # and in the site: grid_cfe_point = "fra1/de-grid"

**What it is.** Average, of what is generated in the zone: imports are not in it.

| the platform says | the reading |
|---|---|
| every type of a period | `grid_carbon_free` 0 to 1, measured, in the middle of the period |
| and with `scope`, where each type that generated has a factor | `grid_intensity`, estimated: general factors |
| a type that generated and has no factor | no intensity of that period: none is made up |
| a period without a type that other periods have or `expected` names | none: without its gas it would look clean |
| storage (B10 pumped, B25) | in neither part: its energy was generated before |
| what plants took in (pumps) | left out: it is another direction, not a negative generation |
| a point left out of a curve of type A03 | the one before it; of type A01: not known |
| types in quarter hours beside types in hours | the mean of the hour |
| a negative generation | 0: it is the plants' own use |
| biomass, waste, other renewable (B01, B15, B17) | not counted as carbon-free |

Our factors are medians of IPCC AR5 (`factors/fuels.csv`): hard coal, gas, nuclear, hydro, wind, solar, geothermal, and
for the life cycle biomass. Lignite, oil, peat, waste, marine and "other" have none there.

Values come an hour or more late and are revised: each poll asks for 72 hours, and a type that was silent for all of
them is missed only if `expected` names it.

**Errors**: no answer, too many requests: `SourceUnreachable`. A token that is refused: `SourceRefused`. Nothing
published yet is an answer without readings; anything else that the platform says instead: `PayloadUnreadable`.

Source: ENTSO-E Transparency Platform, RESTful API, document type A75 (Regulation (EU) 543/2013, article 16.1.b and c).
Its terms let the data be used freely with the source named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from collectors.plugins.grid.entsoe_xml import by_slot, generation
from collectors.plugins.grid.service import Address, GridService, Period
from config.factors.fuels import fuel_factors
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

    from collectors.reading import Reading

MINUTES = "%Y%m%d%H%M"
CARBON_FREE = frozenset({"B09", "B11", "B12", "B13", "B14", "B16", "B18", "B19"})
STORAGE = frozenset({"B10", "B25"})
TECHNOLOGY = {
    "B01": "biomass_dedicated",
    "B04": "gas_ccgt",
    "B05": "coal_pc",
    "B09": "geothermal",
    "B11": "hydro",
    "B12": "hydro",
    "B14": "nuclear",
    "B16": "solar_pv_utility",
    "B18": "wind_offshore",
    "B19": "wind_onshore",
}


class Entsoe(GridService):
    """One zone; see the module's manual."""

    publisher: ClassVar[str] = "ENTSO-E"
    key_query: ClassVar[str | None] = "securityToken"
    accept: ClassVar[str] = "application/xml"
    recent: ClassVar[timedelta] = GridService.revised_for

    kind: Literal["entsoe"] = "entsoe"
    interval_s: float = Field(default=3600.0, ge=300)
    url: Address = "https://web-api.tp.entsoe.eu"
    area: str = Field(pattern=r"^\d\d[A-Z][A-Z0-9-]{13}$")
    api_key: Secret
    scope: Literal["direct", "life_cycle"] | None = None
    factors: dict[str, float] = Field(default_factory=dict)
    factors_source: str | None = None
    expected: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _factors_have_a_source(self) -> Self:
        if bool(self.factors) != bool(self.factors_source):
            msg = "factors and factors_source go together: name the publication that they are from"
            raise ValueError(msg)
        if self.factors and self.scope is None:
            msg = "factors needs scope: say whether they are direct or life_cycle"
            raise ValueError(msg)
        odd = [kind for kind, value in self.factors.items() if not (kind[:1] == "B" and 0 <= value <= 3000)]  # noqa: PLR2004 - as the metric's bound
        if odd:
            msg = f"factors has {odd[0]}: write production types (B01 to B25) with gCO2e/kWh from 0 to 3000"
            raise ValueError(msg)
        return self

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        return frozenset({"grid_carbon_free", "grid_intensity"})

    @property
    def intensity(self) -> tuple[str, str] | None:
        """Basis and scope of its `grid_intensity`, if it gives one."""
        return ("average", self.scope) if self.scope else None

    def question(self, start: datetime, end: datetime) -> tuple[str, Mapping[str, str], Secret | None]:
        """Return path and query of the window, in whole hours, and the token."""
        span = {"periodStart": f"{start:%Y%m%d%H}00", "periodEnd": f"{end:%Y%m%d%H}00"}
        return "/api", {"documentType": "A75", "processType": "A16", "in_Domain": self.area, **span}, self.api_key

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """The carbon-free share, and with a scope the intensity, of each period of which every type is known.

        Raises:
            PayloadUnreadable: the answer is not the platform's, or of another zone.
        """
        found = generation(payload, self.area)
        known = self._factors() if self.scope else {}
        types = found.keys() | set(self.expected)
        for start, length, told in by_slot(found):
            generated = {name: max(0.0, mw) for name, mw in told.items() if name not in STORAGE}
            total = sum(generated.values())
            if told.keys() != types or total <= 0:
                continue
            share = sum(mw for name, mw in generated.items() if name in CARBON_FREE) / total
            yield from self.readings([Period(start, start + length, share, estimated=False)], at, "grid_carbon_free")
            if self.scope and all(name in known for name, mw in generated.items() if mw):
                grams = sum(mw * known.get(name, 0.0) for name, mw in generated.items()) / total
                yield from self.readings([Period(start, start + length, grams, estimated=True)], at)

    def _factors(self) -> dict[str, float]:
        """Emissions of each type [gCO2e/kWh]: the user's own before IPCC's."""
        shipped = {
            row.fuel: row.value for row in fuel_factors() if row.use == "electricity" and row.scope == self.scope
        }
        ours = {kind: shipped[fuel] for kind, fuel in TECHNOLOGY.items() if fuel in shipped}
        return ours | self.factors
