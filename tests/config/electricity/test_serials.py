"""Ranges of serials: what shares a certificate, and what only looks like it."""

from __future__ import annotations

import pytest

from config.electricity.serials import overlapping, span_of


@pytest.mark.parametrize(
    ("texts", "pairs"),
    [
        (("GO-DE-000100 to GO-DE-000199", "GO-DE-000150..000250"), 1),
        (("GO-DE-000100 to GO-DE-000199", "GO-DE-000200 - 000250"), 0),
        (("go-de-100至199", "GO-DE-150"), 1),
        (("GO-DE-100..199", "GO-FR-150"), 0),
        (("A1..9", "A2", "A5..12", "A12"), 3),  # within the first, beyond it, and within that
        (("A1..9", "a 1..9"), 0),  # the same text is told as such
        (("lot one", "lot two"), 0),
        ((), 0),
    ],
)
def test_ranges_that_share_a_certificate(texts: tuple[str, ...], pairs: int) -> None:
    assert len([*overlapping(texts)]) == pairs


@pytest.mark.parametrize("text", ["X-9 to X-1", "A1..B9", "1..2..3", "none", "A1 to none"])
def test_what_is_no_range(text: str) -> None:
    assert span_of(text) is None


def test_a_hyphen_within_a_serial_parts_nothing() -> None:
    assert span_of("GO-2025-2030") == ("GO-2025-", 2030, 2030)
