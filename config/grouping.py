"""Rows by a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row = TypeVar("Row")


def grouped(rows: Iterable[Row], *, key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Group rows by a key, keeping their order within each group."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
