"""Kinds of records (`kinds.toml`): what a manager enters because no meter reads it."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from config.errors import InputError
from config.factors.fuels import fuel_factors, refrigerants
from config.points import Role  # noqa: TC001 - a field's type, read when the class is made
from config.reading.fields import Table
from config.reading.wording import remedy
from config.reports.eed import indicators

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from config.factors.fuels import Combustion, OwnFuel
    from config.records.rows import Entry
    from config.site import Settings

FILE = Path(__file__).with_name("kinds.toml")


class Kind(Table):
    """One kind: `unit` is canonical, None for a text; `subjects` names the list that its subject must be in.

    With `overlap` several records of a subject may speak of one day, with `once` there is one of a subject for good.
    """

    name: str
    title: str
    unit: str | None = None
    span: Literal["period", "date"]
    subject: str
    subjects: Literal["fuels", "refrigerants", "points", "eed", "carriers"] | None = None
    overlap: bool
    once: bool = False
    role: Role | None = None  # that a point must have to be the subject


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """Return all kinds by name, in the order of the catalogue."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: Kind(name=name, **table) for name, table in tables.items()})


def kind(name: str) -> Kind:
    """Return one kind.

    Raises:
        InputError: there is none of that name; the sentence says which was most likely meant.
    """
    found = kinds().get(name)
    if found is None:
        msg = f'"{name}" is no kind of record; {remedy(name, kinds())}'
        raise InputError(msg)
    return found


def fuel_kinds() -> dict[str, Kind]:
    """Return the kinds of records that speak of fuel burnt, by name: by volume, by energy, by mass."""
    return {name: of for name, of in kinds().items() if of.subjects == "fuels"}


def fuels_of(of: Kind, own: Iterable[OwnFuel] = ()) -> dict[str, Combustion]:
    """Return the fuels that records of a kind may name, by id: published ones and the company's own.

    They hold CO2 and are per the kind's unit; per energy only where it is known of which heating value it is.
    """
    published = (one for one in fuel_factors() if one.use != "electricity" and one.gas in {"CO2", "CO2e"})
    found = (one for one in (*published, *own) if one.over == of.unit)
    return {one.id: one for one in found if one.heating or one.over != "kWh"}


def subjects_of(of: Kind, *, settings: Settings, site: str) -> Iterable[str] | None:
    """Return the subjects that a kind may have at a site; None where any text will do."""
    match of.subjects:
        case "fuels":
            return fuels_of(of, settings.factors.fuels)
        case "refrigerants":
            return [row.id for row in refrigerants()]
        case "points":
            own = (point for point in settings.points if point.site == site)
            return [point.id for point in own if of.role in {None, point.role, *(one.role for one in point.changes)}]
        case "carriers":
            return settings.site(site).carriers
        case "eed":
            return dict.fromkeys(indicator.code for indicator in indicators())
        case _:
            return None


def amount_unit(one: Entry) -> str:
    """Return the unit that an entry's amount is kept in; empty for a text."""
    if one.amount is None:
        return ""
    units = {indicator.code: indicator.unit for indicator in indicators()}
    return kind(one.kind).unit or units[one.subject]
