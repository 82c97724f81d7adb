"""Serials of certificates: ranges in one text, such as `GO-DE-000100 to GO-DE-000199`, that share a certificate."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENDS: Final = re.compile(r"\s*(?:\.\.+|…|–|—|~|～|至|\bto\b|\bbis\b|\s-\s)\s*", re.IGNORECASE)  # noqa: RUF001 - as people write
NUMBERED: Final = re.compile(r"(.*?)([0-9]+)")


def serial(text: str) -> str:
    """Return a serial as registries compare it: neither case nor blanks make another certificate.

    >>> serial("go-de 12")
    'GO-DE12'
    """
    return "".join(text.split()).upper()


def span_of(text: str) -> tuple[str, int, int] | None:
    """Return what stands before the numbers of a serial or range, the first and the last; None where it has no number.

    The end of a range may leave out what stands before its number. A hyphen parts a range between blanks alone: within
    a serial it is a part of it.

    >>> span_of("GO-DE-000100 to GO-DE-000199"), span_of("go-de-000100..000199"), span_of("GO-DE-2026-000123")
    (('GO-DE-', 100, 199), ('GO-DE-', 100, 199), ('GO-DE-2026-', 123, 123))
    """
    ends = [NUMBERED.fullmatch(serial(part)) for part in ENDS.split(text.strip())]
    first, last = ends[0], ends[-1]
    if len(ends) > 2 or first is None or last is None or last[1] not in {"", first[1]}:  # noqa: PLR2004 - two ends
        return None
    return (first[1], int(first[2]), int(last[2])) if int(first[2]) <= int(last[2]) else None


def overlapping(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield pairs of serials or ranges that hold the same certificate; those that are the same text are left out."""
    spans = sorted((span, text) for text in texts if (span := span_of(text)) is not None)
    furthest, owner = spans[0] if spans else (("", 0, 0), "")
    for _, (span, text) in pairwise(spans):
        if span[0] == furthest[0] and span[1] <= furthest[2] and serial(text) != serial(owner):
            yield owner, text
        if span[0] != furthest[0] or span[2] > furthest[2]:
            furthest, owner = span, text
