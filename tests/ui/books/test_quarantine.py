"""What only neighbours show to be impossible is put aside once, however often its time is computed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.company import TREE, Company

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


def test_a_refused_reading_is_not_put_aside_again_with_each_new_neighbour(tmp_path: Path) -> None:
    company = Company(tmp_path, points=TREE.replace("power = 60", "energy_counter = 60"))
    values = {at: 100.0 + at / HOUR for at in range(0, HOUR + 1, 60)}
    spikes = {1800: 999_999.0, 2400: 888_888.0}
    late = [(at, spikes.get(at, values[at])) for at in (2400, 2460)]
    early = [(at, spikes.get(at, value)) for at, value in values.items() if at not in dict(late)]
    company.read("s/utility", early, metric="energy_counter")
    assert company.keep().refused == 1
    company.read("s/utility", late, metric="energy_counter")
    assert company.keep().refused == 1, "the new one alone"
    accepted = company.service.stores.spool.highest()
    company.keep()
    assert company.service.stores.spool.highest() == accepted
