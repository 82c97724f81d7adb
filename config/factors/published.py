"""Taking published factors in: a CSV or XLSX table becomes rows of the company's own factor table (design 4.8).

Every row needs a source, a licence, a basis and a scope, from its own columns or for the whole file; nothing is
assumed. A row replaces the one of the same zone, year, basis and scope.
"""

from __future__ import annotations

import csv
import os
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from config.errors import InputError
from config.factors.tables import OPTIONAL, REQUIRED, Factor, own_factors
from config.reading.workbook import sheet_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLUMNS = REQUIRED + OPTIONAL
Key = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorPlan:
    """What an import would do to `file`: all rows after it, and which of them are new or different."""

    file: Path
    rows: tuple[Factor, ...]
    added: tuple[Factor, ...]
    changed: tuple[Factor, ...]

    def write(self) -> None:
        """Write the table; a crash leaves the old one or the new one, never half."""
        text = StringIO()
        writer = csv.DictWriter(text, fieldnames=COLUMNS, lineterminator="\n")
        writer.writeheader()
        for factor in self.rows:
            row = asdict(factor)
            writer.writerow({**row, "value": repr(factor.value), "verified": "yes" if factor.verified else "no"})
        fresh = self.file.with_name(f".{self.file.name}.new")
        with fresh.open("w", encoding="utf-8", newline="") as table:
            table.write(text.getvalue())
            table.flush()
            os.fsync(table.fileno())
        fresh.replace(self.file)


def plan_factors(
    source: Path,
    target: Path,
    *,
    edition: str,
    fixed: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
) -> FactorPlan:
    """Read a table of factors and lay it over the company's own.

    Args:
        source: CSV (UTF-8) or XLSX with a header row.
        target: the company's own table, which need not exist yet.
        edition: of the publication, for example `2026`; it stands in each row's source and id.
        fixed: what holds for every row, by our column name (`licence`, `basis`, `unit` ...).
        columns: their column name for each of ours, where it differs.
        sheet: of the workbook; the first without one.

    Raises:
        InputError: the file cannot be read, or lacks a column.
        ConfigError: a row, or the own table, has mistakes; one sentence a line.
    """
    rows = list(_ours(_table(source, sheet), source, edition, fixed or {}, columns or {}))
    incoming = _checked(rows, source)
    before = {_key(factor): factor for factor in (own_factors(target) if target.exists() else ())}
    after = {**before, **{_key(factor): factor for factor in incoming}}
    return FactorPlan(
        file=target,
        rows=tuple(after[key] for key in sorted(after)),
        added=tuple(factor for factor in incoming if _key(factor) not in before),
        changed=tuple(factor for factor in incoming if before.get(_key(factor), factor) != factor),
    )


def _key(factor: Factor) -> Key:
    return factor.zone, factor.year, factor.basis, factor.scope


def _table(source: Path, sheet: str | None) -> list[list[str]]:
    if source.suffix.lower() == ".xlsx":
        return sheet_rows(source, sheet)
    try:
        return list(csv.reader(StringIO(source.read_text(encoding="utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{source}: the table of factors cannot be read ({error}); save it as a UTF-8 CSV or an XLSX file."
        raise InputError(msg) from None


def _ours(
    table: Sequence[Sequence[str]], source: Path, edition: str, fixed: Mapping[str, str], columns: Mapping[str, str]
) -> Iterable[dict[str, str]]:
    header = [name.strip() for name in table[0]] if table else []
    places = {ours: header.index(name) for ours in COLUMNS if (name := columns.get(ours, ours)) in header}
    absent = [name for name in REQUIRED if name not in places and name not in fixed and name != "id"]
    if absent:
        msg = f'{source.name}: nothing says the {absent[0]} of the rows; add a column "{absent[0]}" or give it for all.'
        raise InputError(msg)
    for cells in table[1:]:
        row = {ours: cells[at].strip() if at < len(cells) else "" for ours, at in places.items()}
        row = {name: row.get(name) or fixed.get(name, "") for name in COLUMNS}
        row["source"] = f"{row['source']}, edition {edition}" if row["source"] else ""
        if not row["id"]:
            row["id"] = ":".join([edition, row["zone"], row["year"], row["basis"], row["scope"]])
        yield row


def _checked(rows: Sequence[Mapping[str, str]], source: Path) -> tuple[Factor, ...]:
    """Return the rows as factors, by the same rules as the company's own table."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{source.stem}.csv"
        with path.open("w", encoding="utf-8", newline="") as table:
            writer = csv.DictWriter(table, fieldnames=COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return own_factors(path)
