"""Contracts for green electricity: `[[contracts]]` tables of the site file, with their certificates.

A certificate (GO, REC, GEC, I-REC) stands once in the file, is retired for the company, and is divided among sites by
fixed shares, so that no kWh of it can be claimed twice. The eight quality criteria are those of GHG Protocol Scope 2
Guidance chapter 7 (ESRS E1 AR 45(a)); each must be said to hold, for none is assumed. Their wording is an
unverified basis.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from config.electricity.serials import overlapping, serial
from config.reading.fields import Flag, Instant, Name, Number, Positive, Table, covers, span_mistake
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from config.reading.fields import Raw

ContractKind = Literal["ppa", "on_site", "certificates", "green_tariff"]
Share = Annotated[Number, Field(ge=0, le=1)]
TOLERANCE = 1e-9


class Quality(Table):
    """The eight criteria; one that does not hold leaves the contract without any credit.

    Where a criterion cannot apply (a supplier's rate for a PPA) write true.
    """

    conveys_rate_claim: Flag = False
    only_instrument: Flag = False
    tracked_and_retired: Flag = False
    vintage_close: Flag = False
    same_market: Flag = False
    supplier_rate_from_retired: Flag = False
    direct_contract_owns_claim: Flag = False
    residual_mix_or_disclosed: Flag = False

    def failing(self) -> tuple[str, ...]:
        """Return the names of the criteria that do not hold."""
        return tuple(name for name in type(self).model_fields if not getattr(self, name))


class Certificate(Table):
    """One lot of certificates: `mwh` made from `from` to `to` (its vintage), retired at `retired_at` or not at all.

    `id` is the serial or range of serials in the registry; it stands once in the site file.
    """

    id: str = Field(min_length=1, examples=["GO-DE-2026-000123"])
    mwh: Positive = Field(examples=[1000.0])
    start: Instant = Field(alias="from", examples=["2026-01-01T00:00:00Z"])
    end: Instant = Field(alias="to", examples=["2027-01-01T00:00:00Z"])
    retired_at: Instant | None = None

    @model_validator(mode="after")
    def _span(self) -> Self:
        mistake = span_mistake(self.start, self.end, start_key="from", end_key="to")
        if mistake:
            raise ValueError(mistake)
        return self


class Contract(Table):
    """One contract: what it delivers to which sites, and how its claim is proved.

    `sites` gives each site's fixed share of it. `zones` are the grid zones it may be delivered in. `point` is the meter
    whose energy shows when it delivered, for matching by the hour: of role `plant` where the plant stands elsewhere.
    `tariff_share` is what a green tariff covers.
    """

    id: Name = Field(examples=["ppa-wind-1"])
    kind: ContractKind = Field(examples=["ppa"])
    sites: dict[str, Share] = Field(min_length=1, examples=[{"fra1": 1.0}])
    zones: tuple[str, ...] = Field(min_length=1, examples=[["DE"]])
    technology: str = Field(min_length=1, examples=["wind_onshore"])
    factor_gco2e_per_kwh: Annotated[Number, Field(ge=0, examples=[0.0])]
    renewable: Flag
    carbon_free: Flag
    quality: Quality = Quality()
    certificates: tuple[Certificate, ...] = ()
    point: str | None = None
    tariff_share: Share = 1.0
    valid_from: Instant | None = None
    valid_to: Instant | None = None

    @field_validator("sites")
    @classmethod
    def _shares_fit(cls, shares: dict[str, float]) -> dict[str, float]:
        if sum(shares.values()) > 1 + TOLERANCE:
            msg = f"gives away {sum(shares.values()):g} of the contract: let the shares sum to 1 at most"
            raise ValueError(msg)
        return shares

    @model_validator(mode="after")
    def _fits(self) -> Self:
        mistake = span_mistake(self.valid_from, self.valid_to, start_key="valid_from", end_key="valid_to")
        if mistake is None and self.kind == "green_tariff" and self.certificates:
            mistake = 'a green_tariff covers what is used: leave certificates out, or make it kind = "certificates"'
        if mistake is None and self.kind == "green_tariff" and set(self.sites.values()) != {1.0}:
            mistake = "a green_tariff covers tariff_share of what one site uses: give sites = { that site = 1.0 }"
        if mistake:
            raise ValueError(mistake)
        return self


def contracts_of(
    tables: Sequence[Raw], *, file: str, sites: Collection[str], points: Collection[str]
) -> tuple[Contract, ...]:
    """Return the contracts of a site file's `[[contracts]]` tables.

    Raises:
        ConfigError: a table has mistakes, a certificate stands twice, or a site or point does not exist; all at once.
    """
    mistakes = Mistakes()
    found = []
    for number, table in enumerate(tables, start=1):
        place = f'{file} [[contracts]] "{table.get("id", f"number {number}")}"'
        contract = build(Contract, table, place=place, mistakes=mistakes)
        if contract is not None:
            found.append(contract)
            _names_exist(contract, place, sites, points, mistakes)
    _once("contract", [contract.id for contract in found], file, mistakes)
    _once("certificate", [serial(lot.id) for contract in found for lot in contract.certificates], file, mistakes)
    for one, other in overlapping(lot.id for contract in found for lot in contract.certificates):
        told = f'certificates "{one}" and "{other}" overlap: each certificate can be used once, so part the ranges'
        mistakes.add(f"{file} [[contracts]]", told)
    _given_once(found, file, mistakes)
    mistakes.stop()
    return tuple(found)


def _names_exist(
    contract: Contract, place: str, sites: Collection[str], points: Collection[str], mistakes: Mistakes
) -> None:
    for site in contract.sites:
        if site not in sites:
            mistakes.add(place, f'key sites names "{site}", which is no site; {remedy(site, sites)}')
    if contract.point is not None and contract.point not in points:
        hint = remedy(contract.point, points, otherwise="add that point or correct the id")
        mistakes.add(place, f'key point names "{contract.point}", which is no point; {hint}')


def _given_once(contracts: Sequence[Contract], file: str, mistakes: Mistakes) -> None:
    """A kWh of a plant is given once: contracts that hold at the same time on one meter give away all of it at most."""
    metered = [one for one in contracts if one.point is not None]
    by_point = defaultdict[str | None, list[Contract]](list)
    for one in metered:
        by_point[one.point].append(one)
    begins = {(one.point, one.valid_from or 0) for one in metered}
    held = {
        (point, begin): [one for one in by_point[point] if covers(one.valid_from, one.valid_to, begin)]
        for point, begin in begins
    }
    for at in metered:
        beside = held[at.point, at.valid_from or 0]
        given = sum(sum(one.sites.values()) for one in beside)
        if given > 1 + TOLERANCE:
            names = ", ".join(f'"{one.id}"' for one in beside)
            told = f'point "{at.point}" is given {given:g} times by {names}: let their sites\' shares sum to 1 at most'
            mistakes.add(f'{file} [[contracts]] "{at.id}"', told)


def _once(what: str, ids: Sequence[str], file: str, mistakes: Mistakes) -> None:
    for id_, count in Counter(ids).items():
        if count > 1:
            mistakes.add(f"{file} [[contracts]]", f'{what} "{id_}" stands {count} times: it can be used once')
