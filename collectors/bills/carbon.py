"""Carbon exports of providers, as CSV or Parquet, to kilograms by account, region and month.

What they say is kept beside our own estimate and never added to it: both speak of the same use.

- AWS Data Exports, carbon emissions: `usage_period_start`, `usage_account_id`, `region_code`,
  `total_lbm_emissions_value` and `total_mbm_emissions_value` in tonnes, all scopes of `model_version`.
- Google Cloud Carbon Footprint from BigQuery: `usage_month`, `project.id`, `location.region` and
  `carbon_footprint_kgCO2e.scope2.location_based` and `.market_based`: scope 2 alone.
- Azure Carbon optimization: `Subscription Id`, `Location`, `Latest Month Emissions` in kg; the month by `--month`.

The columns are those of the providers' documentation; no real export was at hand.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Final

from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

MONTH: Final = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One form of export: its columns (letters and digits alone, lower case), and how many kg one of its unit is."""

    provider: str
    month: str
    account: tuple[str, ...]
    region: tuple[str, ...]
    location: str
    market: str
    model: str
    kg: float
    scopes: str


EXPORTS: Final = (
    Export(
        provider="aws",
        month="usageperiodstart",
        account=("usageaccountid", "payeraccountid"),
        region=("regioncode",),
        location="totallbmemissionsvalue",
        market="totalmbmemissionsvalue",
        model="modelversion",
        kg=1000.0,
        scopes="all scopes of the provider's model",
    ),
    Export(
        provider="gcp",
        month="usagemonth",
        account=("projectid", "billingaccountid"),
        region=("locationregion",),
        location="carbonfootprintkgco2escope2locationbased",
        market="carbonfootprintkgco2escope2marketbased",
        model="carbonmodelversion",
        kg=1.0,
        scopes="scope 2 alone",
    ),
    Export(
        provider="azure",
        month="",
        account=("subscriptionid",),
        region=("location", "region"),
        location="latestmonthemissions",
        market="",
        model="",
        kg=1.0,
        scopes="the scopes that were exported",
    ),
)
UNITS: Final = {"": 1.0, "mtco2e": 1000.0, "kgco2e": 1.0, "tco2e": 1000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCarbon:
    """What a provider says that an account emitted in a region in one month [kgCO2e]; None where it does not say."""

    provider: str
    month: str
    account: str
    region: str
    location_kgco2e: float | None
    market_kgco2e: float | None
    scopes: str
    model: str


def read_carbon(path: Path, *, month: str | None = None) -> list[ProviderCarbon]:
    """Read an export; services of one account, region and month are added.

    Args:
        path: CSV (plain or gzip) or Parquet.
        month: such as 2026-03, for exports that do not say it.

    Raises:
        InputError: the file is no known export, or a cell makes no sense.
    """
    rows = list(_rows(path))
    header = {_plain(name): name for name in (rows[0] if rows else ())}
    export = next((one for one in EXPORTS if _column(header, one.location)), None)
    if export is None:
        msg = (
            f"{path.name}: this is no carbon export of AWS, Google Cloud or Azure, or it holds no row: export it again."
        )
        raise InputError(msg)
    found: dict[tuple[str, str, str], ProviderCarbon] = {}
    for number, row in enumerate(rows, start=2):
        one = _said(row, header, export, month, where=f"{path.name} line {number}")
        key = (one.month, one.account, one.region)
        found[key] = _added(found[key], one) if key in found else one
    return [found[key] for key in sorted(found)]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        msg = f"{path}: there is no such file: correct its path."
        raise InputError(msg)
    if path.name.endswith(".parquet"):
        from collectors.importing.parquet_rows import open_parquet

        with open_parquet(path) as file:
            for row in file.read().to_pylist():
                yield {name: "" if value is None else str(value) for name, value in _flat(row)}
        return
    raw = path.read_bytes()
    try:
        text = (gzip.decompress(raw) if path.name.endswith(".gz") else raw).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, EOFError):
        msg = f"{path.name}: this file is not UTF-8 text: export it as CSV."
        raise InputError(msg) from None
    for row in csv.DictReader(StringIO(text, newline="")):
        yield {name: value or "" for name, value in row.items() if name}


def _flat(row: Mapping[str, object], before: str = "") -> Iterable[tuple[str, object]]:
    """Columns of a nested row by their path: BigQuery writes records within records."""
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _column(header: Mapping[str, str], wanted: str) -> str:
    """The file's column of a name; a unit may stand behind it (`Latest_Month_Emissions_kgCO2E`)."""
    if not wanted:
        return ""
    return next((header[wanted + unit] for unit in UNITS if wanted + unit in header), "")


def _said(
    row: Mapping[str, str], header: Mapping[str, str], export: Export, month: str | None, *, where: str
) -> ProviderCarbon:
    said = month or (row.get(header.get(export.month, ""), "") if export.month else "")
    named = MONTH.match(said)
    if named is None:
        msg = f'{where}: "{said}" is no month: name it with --month 2026-03.'
        raise InputError(msg)

    def first(names: Iterable[str]) -> str:
        return next((row[header[name]] for name in names if name in header and row[header[name]]), "")

    return ProviderCarbon(
        provider=export.provider,
        month=named[1],
        account=first(export.account),
        region=first(export.region),
        location_kgco2e=_kg(row, _column(header, export.location), export.kg, where=where),
        market_kgco2e=_kg(row, _column(header, export.market), export.kg, where=where),
        scopes=export.scopes,
        model=first((export.model,)),
    )


def _kg(row: Mapping[str, str], column: str, kg: float, *, where: str) -> float | None:
    text = row.get(column, "").strip()
    if not text:
        return None
    try:
        found = float(text) * kg
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or found < 0:
        msg = f'{where}: "{text}" is no number of 0 or more: correct column {column}.'
        raise InputError(msg)
    return found


def _added(one: ProviderCarbon, other: ProviderCarbon) -> ProviderCarbon:
    from dataclasses import replace

    def both(a: float | None, b: float | None) -> float | None:
        return b if a is None else a if b is None else a + b

    location = both(one.location_kgco2e, other.location_kgco2e)
    return replace(one, location_kgco2e=location, market_kgco2e=both(one.market_kgco2e, other.market_kgco2e))
