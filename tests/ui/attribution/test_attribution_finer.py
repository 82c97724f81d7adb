"""Cells finer than the ledger's: jobs of minutes are told apart, each quarter hour keeps the energy of the books."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from config.errors import InputError
from tests.cluster_seconds import hall
from tests.ui.company import HEAD, START, Company
from ui.attribution import finer
from ui.attribution.figures import attributed
from ui.attribution.finer import seconds_of
from ui.attribution.tracing import trace_by
from ui.cli import main
from ui.jobs import import_jobs

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.kpi import Kpi
    from tests.cluster_seconds import Hall

HOUR, QUARTER, DAY = 3600, 900, 86_400
POINTS = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 9000.0
interval_s = { power = 60 }
[[points]]
id = "s/ups"
role = "ups"
parent = "utility"
max_w = 8000.0
interval_s = { power = 900 }
[[points]]
id = "s/n1"
role = "server"
parent = "ups"
max_w = 2000.0
interval_s = { power = 60 }
[[points]]
id = "s/n1-gpu-0"
role = "component"
parent = "n1"
max_w = 800.0
interval_s = { energy_counter = 60 }
[[points]]
id = "s/n2"
role = "server"
parent = "ups"
max_w = 2000.0
interval_s = { energy_counter = 60, power = 60 }
[[points]]
id = "s/disks"
role = "storage"
parent = "ups"
max_w = 500.0
interval_s = { power = 300 }
[[clusters]]
id = "k"
site = "s"
[[clusters.nodes]]
hosts = "n1"
gpu = "{host}-gpu-{n}"
cpus = 8
gpus = 1
[[clusters.nodes]]
hosts = "n2"
cpus = 8
"""
BARE = """
[[points]]
id = "s/switch"
role = "network"
parent = "ups"
"""
JOBS = """id,start,end,nodes,team,cpus,cpu_use,gpus
1,2026-03-14T00:03:20Z,2026-03-14T00:20:10Z,n1,red,8,0.7,n1-gpu-0
2,2026-03-14T00:20:10Z,2026-03-14T01:10:00Z,n1,blue,4,0.4,n1-gpu-0
3,2026-03-14T00:10:00Z,2026-03-14T01:47:13Z,n2,red,2,,
4,2026-03-14T00:55:05Z,2026-03-14T01:20:00Z,n2,blue,6,,
"""


def company(folder: Path, *, points: str = POINTS, jobs: str = JOBS, seed: int = 5) -> Company:
    """Two hours of faulty readings: holes of all lengths, a register that starts again, powers that leap."""
    luck = np.random.default_rng(seed)
    made = Company(folder, points, HEAD, now=START + 2 * DAY)
    for name, least, most, step in (
        ("utility", 3000, 6000, 60),
        ("ups", 2600, 5000, 900),
        ("n1", 900, 1900, 60),
        ("n2", 300, 1500, 60),
        ("disks", 300, 400, 300),
    ):
        holes = [range(at, at + int(luck.integers(60, 900))) for at in luck.integers(0, 2 * HOUR, 3).tolist()]
        times = [at for at in range(0, 2 * HOUR + 1, step) if name == "ups" or not any(at in one for one in holes)]
        made.read(f"s/{name}", [(at, float(luck.uniform(least, most))) for at in times])
    for name, watts in (("n1-gpu-0", 500.0), ("n2", 800.0)):
        steps = np.cumsum(luck.uniform(0, 2 * watts, 2 * HOUR // 60 + 1)) / 60 / 1000
        shown = np.where(np.arange(steps.size) < 70, steps, steps - steps[70])
        kept = [at for at in range(steps.size) if luck.random() > 0.2]
        made.read(f"s/{name}", [(60 * at, float(shown[at])) for at in kept], "energy_counter")
    made.keep()
    (folder / "jobs.csv").write_text(jobs)
    import_jobs(made.service, folder / "jobs.csv", cluster="k", who="ana")
    return made


def it_of(
    made: Company, start: int, end: int, *, every_s: int | None, by: str = "tenant", name: str = "it_energy_kwh"
) -> dict[str, Kpi]:
    service = made.service
    site = service.settings.site("s")
    found = attributed(service, site, START + start, START + end, by=by, names=[name], every_s=every_s)
    return {one.of: one.kpi for one in found}


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    return hall(tmp_path_factory.mktemp("hall"), nodes=3, gpus=4, hours=5, seed=2, mean_minutes=18, gpu_s=10, node_s=10)


def errors(one: Hall, every_s: int | None) -> np.ndarray:
    """Relative errors of the jobs of 10 to 30 minutes."""
    found = it_of(one.company, one.start - START, one.end - START, every_s=every_s, by="job")
    short = [job for job, seconds in one.seconds.items() if 600 <= seconds < 1800]
    for job in short:
        assert (found[job].low or 0.0) <= one.truth[job] <= (found[job].high or 0.0)
    return np.array([abs((found[job].value or 0.0) / one.truth[job] - 1) for job in short])


def test_jobs_of_minutes_are_within_two_percent_by_cells_and_not_by_quarter_hours(truth: Hall) -> None:
    by_quarter, by_minute, by_sample = (errors(truth, every_s) for every_s in (None, 60, 10))
    assert by_minute.size >= 15
    assert (by_minute <= 0.02).mean() >= 0.95
    assert (by_sample <= 0.02).mean() >= 0.95
    assert (by_quarter <= 0.02).mean() <= 0.7
    assert np.median(by_minute) < np.median(by_quarter) / 4


@pytest.mark.parametrize("points", [POINTS, POINTS + BARE])
def test_every_quarter_hour_keeps_the_energy_of_the_books(tmp_path: Path, points: str) -> None:
    made = company(tmp_path, points=points)
    for start in range(QUARTER, 2 * HOUR, 3 * QUARTER):
        whole, cut = (it_of(made, start, start + QUARTER, every_s=every_s) for every_s in (None, 60))
        seen = [
            float(str(row["energy_kwh"]))
            for name in ("n1", "n2", "disks")
            for row in made.rows(f"s/{name}", start, start + QUARTER)
        ]
        sums = [sum(kpi.value_measured or 0.0 for kpi in one.values()) for one in (whole, cut)]
        assert sums[1] == pytest.approx(sums[0], rel=1e-9)
        assert sums[0] >= sum(seen) - 1e-9, "with what the UPS saw beside them"
        assert points != POINTS or sums[0] == pytest.approx(sum(seen), rel=1e-9)
        assert all(kpi.method.endswith("; by 60 s from raw readings") for kpi in cut.values())
    sites = [it_of(made, 0, 2 * HOUR, every_s=one, name="facility_energy_kwh") for one in (None, 60)]
    totals = [sum(kpi.value_measured or 0.0 for kpi in one.values()) for one in sites]
    assert totals[1] == pytest.approx(totals[0])


def test_a_period_is_the_sum_of_its_quarter_hours_and_pieces_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = company(tmp_path)
    at_once = it_of(made, 0, 2 * HOUR, every_s=60, by="job")
    monkeypatch.setattr(finer, "CELLS_AT_ONCE", 1)
    in_pieces = it_of(made, 0, 2 * HOUR, every_s=60, by="job")
    assert {job: kpi.value_measured for job, kpi in in_pieces.items()} == pytest.approx(
        {job: kpi.value_measured for job, kpi in at_once.items()}
    )


def test_what_differs_from_the_books_stays_whole_and_is_told(tmp_path: Path) -> None:
    made = company(tmp_path)
    former = it_of(made, 0, 2 * HOUR, every_s=60)["red"]
    made.read("s/n1", [(HOUR + 450, 1999.0)])  # accepted, not yet in the books
    late = it_of(made, 0, 2 * HOUR, every_s=60)
    told = "but 1 of 8 quarter hours whole (books and readings differ: 1, first 2026-03-14T01:00:00Z s/n1)"
    assert told in late["red"].method
    assert sum(one.value_measured or 0.0 for one in late.values()) == pytest.approx(
        sum(one.value_measured or 0.0 for one in it_of(made, 0, 2 * HOUR, every_s=None).values())
    )
    made.keep()
    booked = it_of(made, 0, 2 * HOUR, every_s=60)["red"]
    assert booked.method == former.method


def test_a_quarter_hour_in_which_a_point_changes_hands_stays_whole(tmp_path: Path) -> None:
    owner = 'tenant = "own"\nvalid_from = "2026-03-14T01:05:00Z"\n'
    twice = (
        POINTS.replace('id = "s/disks"\n', 'id = "s/disks"\nvalid_to = "2026-03-14T01:05:00Z"\n')
        + '[[points]]\nid = "s/tapes"\nrole = "storage"\nparent = "ups"\nmax_w = 500.0\n'
        + owner
    )
    made = company(tmp_path, points=twice)
    red = it_of(made, 0, 2 * HOUR, every_s=60)["red"]
    assert "(a change of the site: 1, first 2026-03-14T01:00:00Z)" in red.method


def test_estimated_quarter_hours_stay_whole_in_both_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Company(tmp_path, POINTS, HEAD, now=START + 3 * DAY)
    for name, watts, step in (
        ("utility", 3000.0, 300),
        ("ups", 2500.0, 900),
        ("n1", 1200.0, 60),
        ("disks", 300.0, 300),
    ):
        gone = range(DAY + HOUR, DAY + HOUR + QUARTER) if name == "n1" else range(0)
        first = DAY - 4 * HOUR
        made.read(f"s/{name}", [(at, watts) for at in range(first, DAY + 4 * HOUR, step) if at not in gone])
    made.read("s/n2", [(at, 900.0) for at in range(DAY - 4 * HOUR, DAY + 4 * HOUR, 60)])
    made.keep()
    (tmp_path / "jobs.csv").write_text(JOBS.replace("2026-03-14", "2026-03-15").replace(",n1-gpu-0", ","))
    import_jobs(made.service, tmp_path / "jobs.csv", cluster="k", who="ana")
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    span = ["--from", "2026-03-15T00:00:00Z", "--to", "2026-03-15T03:00:00Z", "--point", "s/n1"]
    for who, words in (("ada", ["propose", *span]), ("bob", ["approve", "all"])):
        monkeypatch.setattr("ui.commands.estimates.caller", lambda who=who: who)
        assert main(["estimates", *words]) == 0, capsys.readouterr()
    found = it_of(made, DAY, DAY + 2 * HOUR, every_s=60)
    assert "(approved estimates: " in found["blue"].method
    assert "with approved estimates of the site" in found["blue"].method
    whole = it_of(made, DAY, DAY + 2 * HOUR, every_s=None)
    for total in ("value", "value_measured"):
        sums = [sum(getattr(kpi, total) or 0.0 for kpi in one.values()) for one in (found, whole)]
        assert sums[0] == pytest.approx(sums[1])


@pytest.mark.parametrize("every", ["7s", "0s", "900s", "1h", "-60", "16m"])
def test_lengths_that_do_not_divide_a_quarter_hour_are_refused(every: str) -> None:
    with pytest.raises(InputError, match="is no part of a quarter hour"):
        seconds_of(every)


def test_lengths_are_seconds_or_minutes() -> None:
    assert [seconds_of(one) for one in ("60s", "60", "1m", "5 min", "450s")] == [60, 60, 60, 300, 450]


def test_what_cannot_be_had_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = company(tmp_path)
    with pytest.raises(InputError, match="--every 30s: power of s/n1 is read each 60 s; use --every 60s"):
        it_of(made, 0, HOUR, every_s=30)
    monkeypatch.setattr(finer, "MOST_CELLS", 600)
    with pytest.raises(InputError, match=r"of 4 points makes 1,440 cells .* more than 600: ask for 2 h at a time"):
        it_of(made, 0, 6 * HOUR, every_s=60)
    file = str(tmp_path / "wattlas.toml")
    span = ["--config", file, "--from", "2026-03-14T00:00:00Z", "--to", "2026-03-14T01:00:00Z"]
    assert main(["kpi", *span, "--every", "60s"]) == 2
    assert "give --by too" in capsys.readouterr().err
    assert main(["kpi", *span, "--by", "job", "--every", "60s", "--name", "it_energy_kwh", "--json"]) == 0
    assert all(row["method"].endswith("by 60 s from raw readings") for row in json.loads(capsys.readouterr().out))
    made.now += 500 * DAY
    with pytest.raises(InputError, match=r"raw readings are whole from 2026-\S+ on: ask from then on, or without"):
        it_of(made, 0, HOUR, every_s=60)


def test_registers_that_count_in_coarse_steps_are_refused(tmp_path: Path) -> None:
    made = Company(tmp_path, POINTS, HEAD, now=START + 2 * DAY)
    made.read("s/n2", [(at, 7 + at * 3 // HOUR / 10) for at in range(0, HOUR + 1, 60)], "energy_counter")
    made.keep()
    (tmp_path / "jobs.csv").write_text(JOBS)
    import_jobs(made.service, tmp_path / "jobs.csv", cluster="k", who="ana")
    with pytest.raises(InputError, match=r"register of s/n2 counts in steps of 0.1 kWh, above 5% .* 60 s: use longer"):
        it_of(made, 0, HOUR, every_s=60)


def test_a_figure_by_cells_is_traced_by_cells(tmp_path: Path) -> None:
    service = company(tmp_path).service
    span = (START, START + HOUR)
    rows = list(trace_by(service, service.settings.site("s"), "it_energy_kwh", *span, by="job", of="k/1", every_s=60))
    (figure,) = (row for row in rows if row["kind"] == "figure")
    assert figure["text"].endswith("by 60 s from raw readings")
