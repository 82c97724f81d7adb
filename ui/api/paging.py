"""Answers in pages: rows come in stretches, and a cursor says in which stretch and where in it the next page begins.

So a page of a long period reads only the stretches that it shows. The cursor also says when the first page was asked
for: `-6h`, `today` or an end that is left out mean the same period on every page, or rows would be lost between two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from config.errors import InputError
from ui.api.answers import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa
    from starlette.responses import Response

    from ui.api.door import Call

Row = dict[str, Any]
LIMIT, LIMIT_MAX = 1_000, 10_000
PARAMETERS = ("limit", "cursor")
CURSOR = re.compile(r"(\d{1,9})-(\d{1,9})-(\d{1,11})", re.ASCII)  # stretch, place, time of the first page


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows in order: how many there are, and those from one place to another."""

    rows: int
    part: Callable[[int, int], Iterable[Row]]


def of_rows(rows: Sequence[Row]) -> Stretch:
    """Rows that are there already."""
    return Stretch(len(rows), lambda first, last: rows[first:last])


def of_table(table: pa.Table, rows_of: Callable[[pa.Table], Iterable[Row]]) -> Stretch:
    """Rows of a table, made only where they are shown."""
    return Stretch(table.num_rows, lambda first, last: rows_of(table.slice(first, last - first)))


def paged(call: Call, stretches: Sequence[Callable[[], Stretch]]) -> Response:
    """One page: `items`, and as `next` the address of the one behind it, None at the end.

    Raises:
        InputError: limit or cursor are none.
    """
    limit = _limit(call)
    number, place, since = _cursor(call)
    items: list[Row] = []
    following: str | None = None
    for at in range(number, len(stretches)):
        stretch = stretches[at]()
        first, place = place, 0
        last = min(stretch.rows, first + limit - len(items))
        items += stretch.part(first, max(first, last))
        if last < stretch.rows:
            following = f"{at}-{last}"
        elif len(items) == limit and at + 1 < len(stretches):
            following = f"{at + 1}-0"
        if following is not None:
            break
    return _page(call, items, following and f"{following}-{since}")


def asked_at(call: Call) -> int:
    """When the first of these pages was asked for [UTC s].

    Raises:
        InputError: the cursor is none.
    """
    return _cursor(call)[2]


def _page(call: Call, items: list[Row], following: str | None) -> Response:
    kept = [(name, text) for name, text in call.query.multi_items() if name != "cursor"]
    address = None if following is None else f"{call.path}?{urlencode([*kept, ('cursor', following)])}"
    headers = {} if address is None else {"Link": f'<{address}>; rel="next"'}
    return as_json({"items": items, "next": address}, headers=headers)


def _limit(call: Call) -> int:
    text = call.query.get("limit", str(LIMIT))
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= LIMIT_MAX):  # noqa: PLR2004
        msg = f"limit must be a number from 1 to {LIMIT_MAX}."
        raise InputError(msg)
    return int(text)


def _cursor(call: Call) -> tuple[int, int, int]:
    now = int(call.service.now())
    if "cursor" not in call.query:
        return 0, 0, now
    found = CURSOR.fullmatch(call.query["cursor"])
    if found is None or int(found[3]) > now:
        msg = "cursor is none that was given here: follow the address under next, or leave it out."
        raise InputError(msg)
    return int(found[1]), int(found[2]), int(found[3])
