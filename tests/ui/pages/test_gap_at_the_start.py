"""A range of a page that begins in a gap: the gap counts where the site was seen before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.company import START, TREE, Company
from ui.views.reading import _booked, read_before

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 86_400


@pytest.mark.parametrize(("seen_before", "value"), [(True, None), (False, 24.0)])
def test_a_gap_at_the_start_of_a_range_is_not_cut_off(
    tmp_path: Path, *, seen_before: bool, value: float | None
) -> None:
    company = Company(tmp_path, points=TREE, now=START + 6 * DAY_S)
    for point in ("s/utility", "s/ups"):
        if seen_before:
            company.steady(point, 1000.0, start=0, end=DAY_S, step=60)
        company.steady(point, 1000.0, start=4 * DAY_S, end=5 * DAY_S, step=60)
    company.keep()
    start, end = START + 2 * DAY_S, START + 5 * DAY_S
    assert read_before(company.service, "s", start) is seen_before
    found = _booked(company.service, str(tmp_path), "", "s", start, end)
    figures = {one.name: one for one in found.figures}
    assert found.start == (start if seen_before else START + 4 * DAY_S)
    assert figures["facility_energy_kwh"].value == (value and pytest.approx(value, rel=1e-3))
