"""A bill as a file, CSV (plain or gzip) or Parquet, to lines of usage: rows alike are added before they are read."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from collectors.bills.forms import DIRECTIONS, TOKEN_USE, form_of, item_of, not_usage, pairs, provider_of
from collectors.bills.line import Line
from collectors.bills.tools import tool_lines
from collectors.importing.origin import file_sha256
from collectors.importing.parquet_rows import open_parquet
from config.errors import InputError
from config.reading.fields import EARLIEST_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from collectors.bills.forms import Cells, Form

BLOCK_BYTES = 16 << 20
LONGEST_S = 366 * 86_400  # a year's commitment is a purchase, and no usage
TAG_COLUMN = "resourceTags/user:"  # of a legacy CUR: a column for each tag


@dataclass(slots=True)
class Bill:
    """What one file says: its lines, and how many rows were no usage, by their type."""

    path: Path
    sha256: str
    form: str
    lines: list[Line] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def read_bill(path: Path, *, tags: Sequence[str] = (), zone: tzinfo | None = None) -> Bill:
    """Read a bill.

    Args:
        path: CSV, CSV in gzip, or Parquet, in a form of `collectors.bills.forms`.
        tags: keys that matter; others are not kept.
        zone: of times without an offset, in exports of tools that have such.

    Raises:
        InputError: the file cannot be read, is no bill, or a row of usage makes no sense; the sentence names it.
    """
    if not path.is_file():
        msg = f"{path}: there is no such file: correct its path."
        raise InputError(msg)
    bill = Bill(path, file_sha256(path), "")
    if (of_tool := tool_lines(path, zone=zone)) is not None:
        bill.form, bill.lines = of_tool
        return bill
    sums: dict[Line, float] = {}
    row = 1
    for table, form in _tables(path, tags):
        bill.form = form.name
        for cells, amount in _grouped(table, where=f"{path.name}, near row {row:,}"):
            if why := not_usage(cells):
                bill.left_out[why] += 1
                continue
            line = _line(cells, form, amount, tags, where=path.name)
            key = replace(line, amount=0.0)
            sums[key] = sums.get(key, 0.0) + line.amount
        row += table.num_rows
    if not sums and not bill.left_out:
        msg = f"{path.name} holds no row: export a time in which something ran."
        raise InputError(msg)
    bill.lines = [replace(line, amount=amount) for line, amount in sums.items() if amount]
    return bill


def _tables(path: Path, tags: Sequence[str]) -> Iterator[tuple[pa.Table, Form]]:
    """Yield the file in tables of text columns named by what they say, with its form."""
    if path.name.endswith(".parquet"):
        with open_parquet(path) as file:
            header = file.schema_arrow.names
            form = form_of(header, where=path.name)
            wanted = _wanted(form, header, tags)
            columns = sorted({name for names in wanted.values() for name in names})
            for batch in file.iter_batches(columns=columns):
                yield from _shaped(_renamed(pa.Table.from_batches([batch]), wanted), form)
        return
    yield from _csv_tables(path, tags)


def _csv_tables(path: Path, tags: Sequence[str]) -> Iterator[tuple[pa.Table, Form]]:
    from pyarrow import csv as arrow_csv

    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            header = arrow_csv.open_csv(stream, read_options=arrow_csv.ReadOptions(block_size=BLOCK_BYTES)).schema.names
        form = form_of(header, where=path.name)
        wanted = _wanted(form, header, tags)
        columns = sorted({name for names in wanted.values() for name in names})
        with pa.input_stream(str(path), compression="detect") as stream:
            reader = arrow_csv.open_csv(
                stream,
                read_options=arrow_csv.ReadOptions(block_size=BLOCK_BYTES),
                parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=columns,
                    column_types=dict.fromkeys(columns, pa.string()),
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                yield from _shaped(_renamed(pa.Table.from_batches([batch]), wanted), form)
    except (pa.ArrowInvalid, OSError) as error:
        msg = f"{path.name}: this file cannot be read as CSV ({str(error).splitlines()[0]}): export it again."
        raise InputError(msg) from None


def _shaped(table: pa.Table, form: Form) -> Iterator[tuple[pa.Table, Form]]:
    """A table with one amount a row: token usage has one for each direction that the file has."""
    directions = [name for name in DIRECTIONS if name in table.column_names]
    if form is not TOKEN_USE:
        yield table, form
        return
    rest = table.drop_columns([*directions, "model"])
    for name in directions:
        items = pc.binary_join_element_wise(table["model"], DIRECTIONS[name], ":")
        unit = pa.array(["tokens"] * table.num_rows)
        yield rest.append_column("amount", table[name]).append_column("unit", unit).append_column("usage", items), form


def _wanted(form: Form, header: Sequence[str], tags: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found = form.found(header)
    if not tags:
        found.pop("tags", None)
    present = set(header)
    return found | {f"tag:{key}": (TAG_COLUMN + key,) for key in tags if TAG_COLUMN + key in present}


def _renamed(table: pa.Table, wanted: dict[str, tuple[str, ...]]) -> pa.Table:
    """One text column for each thing: of several that may say it, the first that is filled."""
    columns = {}
    for thing, names in wanted.items():
        texts = [_text(table[name]) for name in names]
        filled = [pc.if_else(pc.equal(text, ""), None, text) for text in texts]
        columns[thing] = pc.fill_null(pc.coalesce(*filled), "")
    return pa.table(columns)


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return pa.chunked_array([pa.array([_iso(x) for x in column.to_pylist()], pa.string())])
    if pa.types.is_nested(kind):
        return pa.chunked_array([pa.array([_json(x) for x in column.to_pylist()], pa.string())])
    return pc.fill_null(pc.cast(column, pa.string()), "")


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def _json(value: Any) -> str:  # noqa: ANN401 - whatever a nested column holds
    table = dict(value) if isinstance(value, list) else value
    return "" if table is None else json.dumps(table, sort_keys=True, default=str)


def _grouped(table: pa.Table, *, where: str) -> Iterator[tuple[Cells, float]]:
    """Rows that differ in nothing but the amount, added up."""
    texts = pc.if_else(pc.equal(table["amount"], ""), "0", table["amount"])
    try:
        amounts = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid as error:
        msg = f"{where}: an amount is no number ({str(error).splitlines()[0]}): correct that row."
        raise InputError(msg) from None
    keys = [name for name in table.column_names if name != "amount"]
    summed = table.drop_columns(["amount"]).append_column("amount", amounts)
    for row in summed.group_by(keys).aggregate([("amount", "sum")]).to_pylist():
        yield row, row.pop("amount_sum")


def _line(cells: Cells, form: Form, amount: float, tags: Sequence[str], *, where: str) -> Line:
    start, end = (_instant(cells[key], utc=form.utc, where=where) for key in ("start", "end"))
    if fault := _fault(start, end, amount):
        msg = f"{where}: a charge from {cells['start']} to {cells['end']} {fault}."
        raise InputError(msg)
    item, unit, kind = item_of(cells, form)
    said = pairs(cells.get("tags", "")) | {key: cells[f"tag:{key}"] for key in tags if cells.get(f"tag:{key}")}
    return Line(
        start=start,
        end=end,
        provider=provider_of(cells, form),
        account=cells.get("account", ""),
        sub_account=cells.get("sub_account", ""),
        region=cells.get("region", ""),
        service=cells.get("service", ""),
        item=item,
        kind=kind,
        unit=cells.get("unit", ""),
        tags=tuple((key, said[key]) for key in tags if key in said),
        amount=amount * unit.factor * (_month_h(start) if unit.per_month else 1.0),
    )


def _fault(start: int, end: int, amount: float) -> str:
    """Say what is wrong with a charge, and what to do; nothing where all is well."""
    if end <= start:
        return "holds no time: correct that row"
    if not math.isfinite(amount):
        return "has an amount that is no finite number: correct that row"
    if start < EARLIEST_S:
        return "lies before 2000: correct that row"
    if end - start > LONGEST_S:
        return "lasts more than a year, and nobody could say when in it something ran: export by month, day or hour"
    return ""


@lru_cache(maxsize=4096)
def _instant(text: str, *, utc: bool, where: str) -> int:
    try:
        moment = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        msg = f'{where}: "{text}" is no time: write ISO 8601 such as 2026-03-01T00:00:00Z.'
        raise InputError(msg) from None
    if moment.tzinfo is None:
        if not utc:
            msg = f'{where}: "{text}" has no offset from UTC: write 2026-03-01T00:00:00Z.'
            raise InputError(msg)
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())


def _month_h(start: int) -> float:
    """Hours of the UTC month: a GB-month is a GB over all of them."""
    first = datetime.fromtimestamp(start, UTC).replace(day=1, hour=0, minute=0, second=0)
    following = (first + timedelta(days=32)).replace(day=1)
    return (following - first).total_seconds() / 3600
