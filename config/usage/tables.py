"""Tables that turn usage into energy: coefficients, instance types, items of storage and transfer, regions.

Shipped rows stand in `config/usage`; a company's own files have the same columns and stand before them. A row without
a source is refused; what no row holds is missing, never guessed.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from config.errors import ConfigError
from config.reading.wording import remedy, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

FOLDER: Final = Path(__file__).parent
UNITS: Final = {"cpu": "W/vCPU", "gpu": "W/GPU", "storage": "Wh/TB-h", "network": "kWh/GB", "pue": "1"} | {
    "tokens": "Wh/1000 tokens"
}
Row = TypeVar("Row")
IT, FACILITY = BOUNDARIES = ("it", "facility")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """What one unit of usage takes: `low` when idle, `high` at full load; alike where load plays no part.

    `low` is None where only the device's own power is published: then it counts with that whatever its load.
    `boundary` is `it`, or `facility` where the provider's building is in it already: no PUE may stand beside that.
    """

    id: str
    provider: str
    kind: str
    name: str
    low: float | None
    high: float
    unit: str
    year: int
    basis: str
    source: str
    note: str = ""
    boundary: str = IT


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One instance type: vCPUs, the processors that it may run on, and its GPUs (a slice of one is a fraction)."""

    provider: str
    type: str
    vcpus: float
    cpus: tuple[str, ...]
    gpu: str
    gpus: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Storage or transfer that a provider's item pattern means: name of the coefficient, copies that are kept."""

    provider: str
    pattern: str
    coefficient: str
    copies: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where a region is, and which factor zone that is in."""

    provider: str
    region: str
    place: str
    zone: str
    source: str


@dataclass(frozen=True)
class UsageTables:
    """All rows, a company's own first."""

    coefficients: tuple[Coefficient, ...] = ()
    instances: Mapping[tuple[str, str], Instance] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    regions: Mapping[tuple[str, str], Region] = field(default_factory=dict)

    def coefficient(self, provider: str, kind: str, name: str) -> Coefficient | None:
        """Return the first row for a name; an empty provider is any, and a row's name may hold `*`."""
        wanted = name.casefold()
        for row in self.coefficients:
            if row.kind == kind and row.provider in {"", provider} and fnmatchcase(wanted, row.name.casefold()):
                return row
        return None

    def instance(self, provider: str, type_: str) -> Instance | None:
        """Return an instance type, whatever the case that the bill writes it in; else the row whose `*` fits it."""
        wanted = type_.casefold()
        exact = self.instances.get((provider, wanted))
        return exact or next((row for name, row in self._patterns.get(provider, ()) if fnmatchcase(wanted, name)), None)

    @cached_property
    def _patterns(self) -> Mapping[str, Sequence[tuple[str, Instance]]]:
        found: dict[str, list[tuple[str, Instance]]] = {}
        for (provider, name), row in self.instances.items():
            if "*" in name:
                found.setdefault(provider, []).insert(0, (name, row))  # own rows come last, and stand first
        return found

    def item(self, provider: str, name: str) -> Item | None:
        """Return the first item whose pattern fits."""
        fits = (row for row in self.items if row.provider == provider and fnmatchcase(name, row.pattern))
        return next(fits, None)

    def region(self, provider: str, region: str) -> Region | None:
        """Return a region."""
        return self.regions.get((provider, region))


def usage_tables(files: Mapping[str, Sequence[Path]] | None = None) -> UsageTables:
    """Return the tables with a company's own rows first: `files` by `coefficients`, `instances`, `items`, `regions`.

    Raises:
        ConfigError: a file or a row has mistakes; one sentence a line, all mistakes found.
    """
    own, shipped = files or {}, _shipped_tables()
    return _joined(
        [row for file in own.get("coefficients", ()) for row in _own(_coefficient, "coefficients", file)],
        [row for file in own.get("instances", ()) for row in _own(_instance, "instances", file)],
        [row for file in own.get("items", ()) for row in _own(_item, "items", file)],
        [row for file in own.get("regions", ()) for row in _own(_region, "regions", file)],
        beside=shipped,
    )


@lru_cache(maxsize=1)
def _shipped_tables() -> UsageTables:
    return _joined(
        _read(_coefficient, "coefficients", FOLDER / "coefficients.csv"),
        _read(_instance, "instances", FOLDER / "instances.csv"),
        _read(_item, "items", FOLDER / "items.csv"),
        _read(_region, "regions", FOLDER / "regions.csv"),
        beside=UsageTables(),
    )


def _joined(
    coefficients: Iterable[Coefficient],
    instances: Iterable[Instance],
    items: Iterable[Item],
    regions: Iterable[Region],
    *,
    beside: UsageTables,
) -> UsageTables:
    """Put rows before those of other tables."""
    return UsageTables(
        coefficients=(*coefficients, *beside.coefficients),
        instances={**beside.instances, **{(row.provider, row.type.casefold()): row for row in instances}},
        items=(*items, *beside.items),
        regions={**beside.regions, **{(row.provider, row.region): row for row in regions}},
    )


def _own(maker: Callable[[dict[str, str]], Row], key: str, path: Path) -> list[Row]:
    try:
        return _read(maker, key, path)
    except OSError as error:
        msg = f"{path}: the table of {key} cannot be read ({error.strerror}); correct {key} in [factors]."
        raise ConfigError(msg) from None
    except UnicodeDecodeError:
        msg = f"{path}: the table of {key} is not UTF-8; save it as a UTF-8 CSV file."
        raise ConfigError(msg) from None


def _read(maker: Callable[[dict[str, str]], Row], key: str, path: Path) -> list[Row]:
    reader = csv.DictReader(StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    sentences = [sentence(f"{path.name} line 1", text) for text in _header_mistakes(key, reader.fieldnames or ())]
    found = []
    for row in () if sentences else reader:
        try:
            found.append(maker({name: (row.get(name) or "").strip() for name in COLUMNS[key]}))
        except ValueError as error:
            sentences.append(sentence(f"{path.name} line {reader.line_num}", str(error)))
    if sentences:
        raise ConfigError("\n".join(sentences))
    return found


def _header_mistakes(key: str, header: Iterable[str]) -> list[str]:
    names = list(header)
    wanted = [name for name in COLUMNS[key] if name not in OPTIONAL]
    absent = [f"column {name} is missing; add it" for name in wanted if name not in names]
    known = (*COLUMNS[key], "licence")
    return absent + [f'column "{name}" is not known; {remedy(name, known)}' for name in names if name not in known]


def _coefficient(row: dict[str, str]) -> Coefficient:
    _filled(row, "id", "kind", "high", "unit", "year", "basis", "source")
    if row["kind"] not in UNITS:
        msg = f'kind cannot be "{row["kind"]}"; {remedy(row["kind"], UNITS)}'
        raise ValueError(msg)
    if row["unit"] != UNITS[row["kind"]]:
        msg = f'unit of kind {row["kind"]} is "{UNITS[row["kind"]]}", not "{row["unit"]}": convert the value'
        raise ValueError(msg)
    low = _number(row, "low") if row["low"] else None
    high = _number(row, "high")
    if low is not None and low > high:
        msg = f"low {row['low']} is above high {row['high']}: exchange the two"
        raise ValueError(msg)
    if not row["year"].isdecimal():
        msg = f'year must be a year such as 2026, not "{row["year"]}"'
        raise ValueError(msg)
    boundary = row["boundary"] or IT
    if boundary not in BOUNDARIES:
        msg = f'boundary cannot be "{boundary}"; {remedy(boundary, BOUNDARIES)}'
        raise ValueError(msg)
    words = {name: row[name] for name in ("id", "kind", "name", "unit", "basis", "source", "note")}
    words["boundary"] = boundary
    return Coefficient(**words, provider=row["provider"].casefold(), low=low, high=high, year=int(row["year"]))


def _instance(row: dict[str, str]) -> Instance:
    _filled(row, "provider", "type", "vcpus", "source")
    gpus = _number(row, "gpus") if row["gpus"] else 0.0
    if (gpus > 0) != bool(row["gpu"]):
        msg = "gpu and gpus stand together: write both, or neither"
        raise ValueError(msg)
    return Instance(
        provider=row["provider"].casefold(),
        type=row["type"],
        vcpus=_number(row, "vcpus"),
        cpus=tuple(name.strip() for name in row["cpu"].split("|") if name.strip()),
        gpu=row["gpu"],
        gpus=gpus,
        source=row["source"],
    )


def _item(row: dict[str, str]) -> Item:
    _filled(row, "provider", "pattern", "coefficient", "copies", "source")
    words = {name: row[name] for name in ("pattern", "coefficient", "source")}
    return Item(**words, provider=row["provider"].casefold(), copies=_number(row, "copies"))


def _region(row: dict[str, str]) -> Region:
    _filled(row, "provider", "region", "zone", "source")
    return Region(**{**row, "provider": row["provider"].casefold()})


def _filled(row: dict[str, str], *names: str) -> None:
    empty = [name for name in names if not row[name]]
    if empty:
        msg = f"{empty[0]} is empty: fill it, for an estimate without it cannot be audited"
        raise ValueError(msg)


def _number(row: dict[str, str], name: str) -> float:
    try:
        value = float(row[name])
    except ValueError:
        value = float("nan")
    if not isfinite(value) or value < 0:
        msg = f'{name} must be a number of 0 or more with a point as decimal mark, not "{row[name]}"'
        raise ValueError(msg)
    return value


OPTIONAL: Final = frozenset({"low", "note", "boundary", "gpu", "gpus", "place", "provider", "cpu"})
COLUMNS: Final = {
    "coefficients": (
        *("id", "provider", "kind", "name", "low", "high", "unit"),
        *("year", "basis", "source", "note", "boundary"),
    ),
    "instances": ("provider", "type", "vcpus", "cpu", "gpu", "gpus", "source"),
    "items": ("provider", "pattern", "coefficient", "copies", "source"),
    "regions": ("provider", "region", "place", "zone", "source"),
}
