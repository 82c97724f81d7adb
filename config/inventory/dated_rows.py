"""Inventory rows by point and date: how incoming rows are taken in so that the past stays as it was.

A row is known by its `Key`: the full id of its point, and the instant of its change ("" for the point's own row).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from config.inventory.entries import full_id
from config.inventory.rows import Refused, Row
from config.points import STATE_KEYS
from config.reading.fields import epoch_seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from config.inventory.templates import Template

Key = tuple[str, str]


def by_key(rows: Iterable[Row], templates: Sequence[Template]) -> tuple[dict[Key, Row], list[Refused]]:
    """Index rows by point and instant of change; rows that name none, or one twice, are refused."""
    found: dict[Key, Row] = {}
    refused: list[Refused] = []
    for row in rows:
        try:
            key = (full_id(row, templates), _instant_text(row))
        except ValueError as error:
            refused.append(Refused(row.line, str(error), row.cells))
            continue
        if key in found:
            reason = f'id "{key[0]}" stands in line {found[key].line} too: remove one of the two'
            refused.append(Refused(row.line, reason, row.cells))
        else:
            found[key] = row
    return found, refused


def _instant_text(row: Row) -> str:
    try:
        return utc_text(epoch_seconds(row.cells["from"])) if "from" in row.cells else ""
    except ValueError as error:
        msg = f"from {error}"
        raise ValueError(msg) from None


def id_if_known(row: Refused, templates: Sequence[Template]) -> str:
    """Return the full id of a refused row as far as it can be known."""
    try:
        return full_id(Row(row.line, row.cells), templates)
    except ValueError:
        return row.cells.get("id", "")


def taken_in(
    before: dict[Key, Row], accepted: dict[Key, Row], patterned: Collection[str], *, at: int | None
) -> dict[Key, Row]:
    """Return the rows with the accepted ones taken in, each as a change at `at` or as a correction of all times.

    `patterned` are the ids that a template makes by itself: they exist without a row.
    """
    after = dict(before)
    changes = change_times(before)
    for key, row in accepted.items():
        if at is None or key[1]:
            after[key] = Row(0, (after[key].cells if key in after else {}) | row.cells)
        elif key in after or key[0] in patterned:
            _change_from(after, key, row, at, held=cells_at(after, key[0], at, changes))
        else:
            after[key] = Row(0, {"valid_from": utc_text(at)} | row.cells)
    return after


def _change_from(after: dict[Key, Row], key: Key, row: Row, at: int, *, held: dict[str, str]) -> None:
    """Note what is different from `at` on as a dated row; what has no date (template, source) changes in place."""
    different = {column: text for column, text in row.cells.items() if held.get(column) != text}
    dated = {column: text for column, text in different.items() if column in STATE_KEYS}
    undated = {column: text for column, text in different.items() if column not in STATE_KEYS and column != "id"}
    if undated:
        after[key] = Row(0, (after[key].cells if key in after else {"id": key[0]}) | undated)
    if dated:
        change_key = (key[0], utc_text(at))
        former = after.get(change_key)
        cells = {"id": key[0], "from": change_key[1]} if former is None else former.cells
        after[change_key] = Row(0, cells | dated)


def change_times(rows: Iterable[Key]) -> dict[str, list[str]]:
    """Return the instants of the changes of each point, in order (ISO texts of one form sort by time)."""
    found: dict[str, list[str]] = {}
    for id_, start in sorted(rows):
        if start:
            found.setdefault(id_, []).append(start)
    return found


def cells_at(rows: dict[Key, Row], id_: str, at: int, changes: dict[str, list[str]]) -> dict[str, str]:
    """Return the cells of a point as they hold at an instant: its own row, then its changes until then."""
    cells = dict(rows[id_, ""].cells) if (id_, "") in rows else {}
    for start in changes.get(id_, []):
        if start <= utc_text(at):
            cells |= rows[id_, start].cells
    return cells


def ended(before: dict[Key, Row], accepted: dict[Key, Row], *, at: int | None) -> dict[Key, str]:
    """Return the rows that would bring back a point which has ended, by key with the reason."""
    if at is None:
        return {}
    ends = {key: before[key].cells.get("valid_to", "") for key in accepted if key in before and not key[1]}
    return {
        key: f"it ended on {end}: give what stands there now an id of its own"
        for key, end in ends.items()
        if _is_past(end, at)
    }


def _is_past(text: str, at: int) -> bool:
    try:
        return epoch_seconds(text) <= at
    except ValueError:  # no instant: an empty cell, or a mistake that is told where it stands
        return False


def closed(rows: dict[Key, Row], named: set[str], *, at: int | None) -> dict[Key, Row]:
    """Close the points that are not named any more; without `at` they never were."""
    if at is None:
        return {key: row for key, row in rows.items() if key[0] in named}
    end = {"valid_to": utc_text(at)}
    return {
        key: row if key[0] in named or key[1] or "valid_to" in row.cells else replace(row, cells=row.cells | end)
        for key, row in rows.items()
    }


def utc_text(time: int) -> str:
    """Return an instant [UTC s] as ISO 8601 text."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
