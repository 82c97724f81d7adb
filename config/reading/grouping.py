"""Rows by a key: which sources and points belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from config.source_table import SourceTable

Row = TypeVar("Row")


def grouped(rows: Iterable[Row], *, key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Group rows by a key, keeping their order within each group."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def by_point(sources: Iterable[SourceTable], points: Collection[str]) -> dict[str, list[SourceTable]]:
    """Return by point the sources that read it: those that name it, or its full id anywhere in their table."""
    groups: dict[str, list[SourceTable]] = {}
    for source in sources:
        named = source.texts() | {source.point} | {point for point, _ in source.claims()}
        for point in named.intersection(points):
            groups.setdefault(point, []).append(source)
    return groups
