"""The law of gaps by cells of raw readings: what is deleted lowers nothing below its interval nor raises quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.ui.attribution.test_attribution_finer import DAY, HOUR, JOBS, POINTS, it_of
from tests.ui.company import HEAD, START, Company
from ui.jobs import import_jobs

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

POWERS = (("utility", 3000, 6000, 60), ("ups", 2600, 5000, 900), ("n1", 900, 1900, 60), ("disks", 300, 400, 300))


def company(folder: Path, seed: int, gone: AbstractSet[tuple[str, int]]) -> Company:
    """Two hours of powers and registers, without the readings (point, second) that are gone."""
    folder.mkdir()
    luck = np.random.default_rng(seed)
    made = Company(folder, POINTS, HEAD, now=START + 2 * DAY)
    for name, least, most, step in POWERS:
        values = [(at, float(luck.uniform(least, most))) for at in range(0, 2 * HOUR + 1, step)]
        made.read(f"s/{name}", [one for one in values if (name, one[0]) not in gone])
    for name, watts in (("n1-gpu-0", 500.0), ("n2", 800.0)):
        shown = (np.cumsum(luck.uniform(0, 2 * watts, 121)) / 60 / 1000).tolist()
        kept = [(60 * at, shown[at]) for at in range(121) if (name, 60 * at) not in gone]
        made.read(f"s/{name}", kept, "energy_counter")
    made.keep()
    (folder / "jobs.csv").write_text(JOBS)
    import_jobs(made.service, folder / "jobs.csv", cluster="k", who="ana")
    return made


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(25))
def test_deleted_readings_improve_nothing(tmp_path: Path, seed: int) -> None:
    luck = np.random.default_rng(100 + seed)
    name, first = str(luck.choice(["n1", "n2", "n1-gpu-0", "utility"])), int(luck.integers(5, 100))
    in_a_row = range(first, first + int(luck.integers(1, 16)))
    numbers = in_a_row if luck.random() < 0.5 else luck.integers(1, 120, 20).tolist()
    gone = {(name, 60 * number) for number in numbers}
    whole, holed = company(tmp_path / "whole", seed, frozenset()), company(tmp_path / "holed", seed, gone)
    for figure in ("it_energy_kwh", "facility_energy_kwh"):
        before, after = (it_of(one, 0, 2 * HOUR, every_s=60, by="job", name=figure) for one in (whole, holed))
        for job, kpi in before.items():
            left = after[job]
            assert left.measured <= kpi.measured + 1e-9
            if kpi.value is not None and left.value is not None:
                assert left.value >= (kpi.low or 0.0) - 1e-9
                assert (left.low or 0.0) - 1e-9 <= kpi.value <= (left.high or 0.0) + 1e-9
