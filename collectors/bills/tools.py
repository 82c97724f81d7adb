"""Exports of other tools that estimate energy: CodeCarbon runs, and footprints of Cloud Carbon Footprint (CCF).

- CodeCarbon `emissions.csv`: one row a run, which ends at `timestamp`, in the clock of the machine without an offset
  (so the caller names the time zone) and took `duration` seconds. A run that was flushed stands several times with
  growing sums: the longest row counts. Its energy was multiplied by `pue`, so it is divided by it: the building is a
  row of its own here. Provider `codecarbon`, account the project, region the cloud's or the country.
- CCF as JSON (its API and its cache: a list of `timestamp`, `groupBy`, `serviceEstimates`), and the table by day that
  its command line writes as CSV. Its energy holds the provider's PUE: it stands with boundary `facility`.

Column names as the two projects write them (CodeCarbon 2.3 to 3.0; CCF of 2024-03).
"""

from __future__ import annotations

import csv
import json
import math
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from collectors.bills.line import ENERGY, Line
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

RUN: Final = ("run_id", "energy_consumed", "duration", "timestamp")
DAY: Final = "Date (UTC)"
SUM: Final = "SUM kilowatt hours"
OF_SERVICE: Final = " kilowatt hours"
MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
DAYS: Final = {"day": 1, "week": 7}
CCF: Final = "Cloud Carbon Footprint"


def tool_lines(path: Path, *, zone: tzinfo | None) -> tuple[str, list[Line]] | None:
    """Return the tool's name and its lines, or None where the file is none of theirs.

    Raises:
        InputError: the file is one of theirs, and something in it makes no sense.
    """
    if path.name.endswith(".json"):
        return CCF, list(_footprints(path))
    if path.name.endswith((".parquet", ".gz")):
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader([file.readline()]), [])
    except (OSError, UnicodeDecodeError):
        return None
    if set(RUN) <= set(header):
        return "CodeCarbon", list(_runs(_rows(path), path.name, zone))
    if DAY in header and SUM in header:
        return CCF, list(_days(_rows(path), path.name))
    return None


def _rows(path: Path) -> list[dict[str, str]]:
    text = path.read_text(encoding="utf-8-sig")
    return [
        {name: value or "" for name, value in row.items() if name} for row in csv.DictReader(StringIO(text, newline=""))
    ]


def _runs(rows: Sequence[Mapping[str, str]], file: str, zone: tzinfo | None) -> Iterator[Line]:
    longest: dict[str, tuple[float, int, Mapping[str, str]]] = {}
    for number, row in enumerate(rows, start=2):
        seconds = _number(row["duration"], f"{file} line {number}", "duration")
        if seconds > longest.get(row["run_id"], (-1.0, 0, row))[0]:
            longest[row["run_id"]] = (seconds, number, row)
    for seconds, number, row in longest.values():
        where = f"{file} line {number}"
        end = _moment(row["timestamp"], where, zone)
        start = end - max(round(seconds), 1)
        kwh = _number(row["energy_consumed"], where, "energy_consumed")
        if not seconds:
            if kwh:
                msg = f"{where}: a run of 0 s used no energy: correct its duration or leave the row out."
                raise InputError(msg)
            continue
        pue = _number(row["pue"], where, "pue") if row.get("pue") else 1.0
        yield _line(
            start=start,
            end=end,
            provider="codecarbon",
            account=row.get("project_name", ""),
            region=row.get("cloud_region") or row.get("country_iso_code", ""),
            item=row.get("tracking_mode") or "run",
            kwh=kwh / max(pue, 1.0),
            source=f"CodeCarbon {row.get('codecarbon_version', '')}".strip(),
        )


def _days(rows: Sequence[Mapping[str, str]], file: str) -> Iterator[Line]:
    for number, row in enumerate(rows, start=2):
        if not row[DAY][:1].isdigit():  # the line of totals
            continue
        start = _moment(row[DAY], f"{file} line {number}", UTC)
        for column in row:
            if column.endswith(OF_SERVICE) and column != SUM and row[column]:
                kwh = _number(row[column], f"{file} line {number}", column)
                service = column.removesuffix(OF_SERVICE)
                yield _line(
                    start=start, end=start + 86_400, provider="ccf", item=service, kwh=kwh, source=CCF, facility=True
                )


def _footprints(path: Path) -> Iterator[Line]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        for number, result in enumerate(found, start=1):
            where = f"{path.name}, entry {number}"
            start = _moment(result["timestamp"], where, UTC)
            end = _after(start, str(result.get("groupBy", "")), where)
            for one in result["serviceEstimates"]:
                yield _line(
                    start=start,
                    end=end,
                    provider=str(one["cloudProvider"]).casefold(),
                    account=str(one.get("accountId") or one.get("accountName") or ""),
                    region=str(one.get("region") or ""),
                    item=str(one["serviceName"]),
                    kwh=_number(one["kilowattHours"], where, "kilowattHours"),
                    source=CCF,
                    facility=True,
                )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"{path.name}: this is no footprint of {CCF} ({type(error).__name__} {error})"
        msg = f"{what}: export /api/footprint as JSON."
        raise InputError(msg) from None


def _after(start: int, group: str, where: str) -> int:
    if group in DAYS:
        return start + DAYS[group] * 86_400
    if group not in MONTHS:
        msg = f'{where}: groupBy "{group}" is no length of time: export by {", ".join([*DAYS, *MONTHS])}.'
        raise InputError(msg)
    moment = datetime.fromtimestamp(start, UTC)
    for _ in range(MONTHS[group]):
        moment += timedelta(days=monthrange(moment.year, moment.month)[1])
    return int(moment.timestamp())


def _line(
    *, start: int, end: int, provider: str, item: str, kwh: float, source: str, facility: bool = False, **where: str
) -> Line:
    said = {"account": "", "region": "", **where}
    return Line(
        start=start,
        end=end,
        provider=provider,
        sub_account="",
        service="",
        item=item,
        kind=ENERGY,
        unit="kWh",
        tags=(),
        amount=kwh,
        source=source,
        facility=facility,
        **said,
    )


def _moment(text: Any, where: str, zone: tzinfo | None) -> int:  # noqa: ANN401 - a cell of JSON or CSV
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        msg = f'{where}: "{text}" is no time: write ISO 8601 such as 2026-03-01T00:00:00Z.'
        raise InputError(msg) from None
    if moment.tzinfo is None:
        if zone is None:
            msg = (
                f"{where}: {text} is in the clock of the machine that ran: name its zone by --time-zone Europe/Berlin."
            )
            raise InputError(msg)
        moment, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
        if moment.utcoffset() != second.utcoffset():
            msg = f"{where}: {text} was never or twice in {zone}: write its offset behind it, such as +02:00."
            raise InputError(msg)
    return int(moment.timestamp())


def _number(text: Any, where: str, column: str) -> float:  # noqa: ANN401 - a cell of JSON or CSV
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value) or value < 0:
        msg = f'{where}: {column} must be a number of 0 or more, not "{text}".'
        raise InputError(msg)
    return value
