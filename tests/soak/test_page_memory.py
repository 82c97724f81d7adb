"""Twenty readers of live pages for half an hour: the server's memory stays flat (issue 12)."""

from __future__ import annotations

import os
from statistics import median
from typing import TYPE_CHECKING

import pytest

from tests.bench.test_pages_of_a_year import twenty_readers, year

if TYPE_CHECKING:
    from tests.program import Job

pytestmark = [pytest.mark.soak, pytest.mark.peer]
__all__ = ["year"]  # a fixture, found by name
MINUTES = float(os.environ.get("WATTLAS_SOAK_MINUTES", "30"))


def test_memory_is_flat(year: tuple[str, Job]) -> None:
    _, marks = twenty_readers(year, MINUTES)
    fifth = len(marks) // 5
    early_mb, late_mb = median(marks[fifth : 2 * fifth]), median(marks[-fifth:])
    print(f"memory {early_mb:.0f} MB in the second fifth, {late_mb:.0f} MB in the last, {max(marks):.0f} MB at most")
    assert late_mb <= 1.1 * early_mb
