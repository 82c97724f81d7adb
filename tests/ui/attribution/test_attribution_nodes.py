"""Nodes as they are wired: blades in a chassis, GPUs that are not behind their node."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.ui.company import HEAD, START, Company
from ui.attribution.figures import attributed
from ui.cli import main
from ui.jobs import import_jobs

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.kpi import Kpi

DAY, STEP = 86_400, 900
POINT = """
[[points]]
id = "s/{name}"
role = "{role}"
parent = "{parent}"
max_w = {max_w}
interval_s = {{ power = 900 }}
"""
UTILITY = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 900 }
"""


def point(name: str, parent: str = "utility", *, role: str = "server", max_w: float = 2000.0) -> str:
    return POINT.format(name=name, parent=parent, role=role, max_w=max_w)


def cluster(hosts: str, more: str = "idle_w = 100.0\n") -> str:
    return f'[[clusters]]\nid = "alpha"\nsite = "s"\n[[clusters.nodes]]\nhosts = "{hosts}"\ncpus = 8\n{more}'


def made(folder: Path, points: str, watts: dict[str, float], jobs: str, end: int = 7200) -> Company:
    """A company whose points draw constant power, with its job records taken in."""
    found = Company(folder, points, HEAD, now=START + DAY + 7200.0)
    for name, power in watts.items():
        found.steady(f"s/{name}", power, end=end, step=STEP)
    found.keep()
    (folder / "jobs.csv").write_text(jobs)
    import_jobs(found.service, folder / "jobs.csv", cluster="alpha", who="ana")
    return found


def by(company: Company, name: str = "it_energy_kwh", kind: str = "tenant", end: int = 7200) -> dict[str, Kpi]:
    service = company.service
    found = attributed(service, service.settings.site("s"), START, START + end, by=kind, names=[name])
    return {one.of: one.kpi for one in found}


HEADER = "id,start,end,nodes,team,cpus\n"
RED = "1,2026-03-14T00:00:00Z,2026-03-14T02:00:00Z,b1,red,8\n"
CHASSIS = UTILITY + point("c1") + point("b1", "c1", max_w=800.0) + point("b2", "c1", max_w=800.0)
WATTS = {"utility": 1500.0, "c1": 1000.0, "b1": 450.0, "b2": 450.0}


@pytest.mark.parametrize(
    ("hosts", "blue", "expected"),
    [
        ("b[1-2]", "b2", {"red": 0.9, "blue": 0.9, "unallocated": 0.2}),  # what no blade took is nobody's
        ("b1,b2,c1", "c1", {"red": 0.9, "blue": 0.2, "unallocated": 0.9}),  # the chassis is a node, less its blades
    ],
)
def test_blades_of_a_metered_chassis(tmp_path: Path, hosts: str, blue: str, expected: dict[str, float]) -> None:
    jobs = HEADER + RED + RED.replace("1,", "2,", 1).replace("b1,red", f"{blue},blue")
    company = made(tmp_path, CHASSIS + cluster(hosts), WATTS, jobs)
    found = by(company)
    assert {of: kpi.value for of, kpi in found.items()} == {of: pytest.approx(kwh) for of, kwh in expected.items()}
    wall = by(company, "facility_energy_kwh")
    assert {of: kpi.value for of, kpi in wall.items()} == {of: pytest.approx(1.5 * kwh) for of, kwh in expected.items()}


def test_a_silent_blade_leaves_the_chassis_bounded_by_its_own_meter(tmp_path: Path) -> None:
    company = Company(tmp_path, CHASSIS + cluster("b1,b2,c1"), HEAD, now=START + 2 * DAY)
    for name, power in WATTS.items():
        gone = range(21_600, 24_300) if name == "b2" else range(0)
        company.read(f"s/{name}", [(at, power) for at in range(0, DAY + 1, STEP) if at not in gone])
    company.keep()
    (tmp_path / "jobs.csv").write_text(HEADER + RED.replace("14T02:00", "15T00:00").replace("b1,red", "c1,blue"))
    import_jobs(company.service, tmp_path / "jobs.csv", cluster="alpha", who="ana")
    blue = by(company, end=DAY)["blue"]
    assert blue.missing > 0
    assert blue.value_measured == pytest.approx(2.4 * (1 - blue.missing))
    assert blue.value == pytest.approx(2.4 * (1 - blue.missing) + 0.55 * 24 * blue.missing)  # 1000 W less b1's 450


CARDS = UTILITY + point("n1") + "".join(point(f"n1-gpu-{n}", "n1", role="component", max_w=800.0) for n in (0, 1))
CARDED = 'gpu = "{host}-gpu-{n}"\ngpus = 2\nidle_w = 100.0\ngpu_idle_w = 50.0\n'
GPU_JOBS = """id,start,end,nodes,team,cpus,gpus,cpu_use
1,2026-03-14T00:00:00Z,2026-03-14T02:00:00Z,n1,red,0,n1-gpu-0,0
2,2026-03-14T00:00:00Z,2026-03-14T02:00:00Z,n1,blue,8,0
"""


def test_a_silent_gpu_counter_is_told_and_lowers_nothing(tmp_path: Path) -> None:
    """GPU 0 draws 600 W for red and is silent for half of the time; the host's 300 W are blue's, GPU 1 is nobody's."""
    company = Company(tmp_path, CARDS + cluster("n1", CARDED), HEAD, now=START + DAY)
    for name, watts in (("utility", 1500.0), ("n1", 1100.0), ("n1-gpu-0", 600.0), ("n1-gpu-1", 200.0)):
        gone = range(2700, 5400) if name == "n1-gpu-0" else range(0)
        company.read(f"s/{name}", [(at, watts) for at in range(0, 7201, STEP) if at not in gone])
    company.keep()
    (tmp_path / "jobs.csv").write_text(GPU_JOBS)
    import_jobs(company.service, tmp_path / "jobs.csv", cluster="alpha", who="ana")
    found = by(company)
    red, blue = found["red"], found["blue"]
    assert (red.value, blue.value) == (pytest.approx(1.2), pytest.approx(0.6))
    assert (red.measured, red.estimated, red.missing) == pytest.approx((0.5, 0.5, 0.0))
    assert red.low == pytest.approx(0.6)
    assert red.high == pytest.approx(0.6 + 0.8)  # its max_w
    assert blue.low == pytest.approx(0.6 - 0.2)
    assert (blue.high or 0.0) > 0.6 + 0.6 - 0.01


def test_a_second_may_have_next_to_nothing_and_idle_power_is_none_while_off(tmp_path: Path) -> None:
    held = point("n1").replace("max_w", 'tenant = "owner"\nzero_ok = true\nmax_w')
    company = Company(tmp_path, UTILITY + held + cluster("n1", ""), HEAD, now=START + 2 * DAY)
    off = range(36_000, 38_400)
    times = range(0, DAY + 7201, 300)
    company.points = company.points.replace("power = 900", "power = 300")
    company.read("s/utility", [(at, 700.0) for at in times])
    company.read("s/n1", [(at, 0.0 if at in off else 500.0) for at in times])
    company.keep()
    jobs = (
        "1,2026-03-15T00:00:00Z,2026-03-15T00:00:01Z,n1,red,1\n2,2026-03-15T01:00:00Z,2026-03-15T02:00:00Z,n1,red,1\n"
    )
    (tmp_path / "jobs.csv").write_text(HEADER + jobs)
    import_jobs(company.service, tmp_path / "jobs.csv", cluster="alpha", who="ana")
    service = company.service

    def it_of(first: int, last: int) -> dict[str, Kpi]:
        found = attributed(
            service, service.settings.site("s"), START + first, START + last, by="tenant", names=["it_energy_kwh"]
        )
        return {one.of: one.kpi for one in found}

    second = it_of(DAY, DAY + 900)
    assert second["red"].low == pytest.approx(0.0, abs=2e-4)
    assert second["owner"].high == pytest.approx(0.125, rel=0.002)
    hour = it_of(DAY + 3600, DAY + 7200)
    assert hour["red"].value == hour["red"].low == pytest.approx(0.5 / 8)
    assert hour["red"].high == pytest.approx(0.5)  # what nobody declared may be anything
    assert "idle power 500 W a node, the lowest of a week" in hour["red"].method


GPU_AT = UTILITY + point("n1") + point("n1-gpu-0", "utility", max_w=800.0)
GPU = 'gpu = "{host}-gpu-{n}"\ngpus = 1\nidle_w = 100.0\ngpu_idle_w = 50.0\n'


def test_check_refuses_gpus_that_are_not_behind_their_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wattlas.toml"
    file.write_text(HEAD + GPU_AT + cluster("n1", GPU))
    assert main(["check", "--config", str(file)]) == 2
    assert 's/n1-gpu-0 is no part of its node: give it parent = "n1" and role = "component"' in capsys.readouterr().err
    file.write_text(HEAD + GPU_AT.replace('parent = "utility"\nmax_w = 800', 'parent = "n1"\nmax_w = 800'))
    assert main(["check", "--config", str(file)]) == 0


def test_check_names_nodes_whose_meter_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wattlas.toml"
    bare = point("n3").replace("interval_s = { power = 900 }\n", "")
    file.write_text(HEAD + UTILITY + point("p1", role="pdu") + point("n1", "p1") + bare + cluster("p1,n1,n3"))
    assert main(["check", "--json", "--config", str(file)]) == 0
    notes = json.loads(capsys.readouterr().out)[0]["notes"]
    assert notes[-2:] == [
        "the meter of node s/p1 is not used: it is no IT equipment and lies in none",
        "no meter sees node s/n3: what jobs take there is not known",
    ]


def test_a_neighbour_that_was_never_read_leaves_no_figure_of_the_site(tmp_path: Path) -> None:
    jobs = HEADER + RED.replace("b1,red", "n2,blue") + RED.replace("1,", "2,", 1).replace("b1,red", "n1,red")
    watts = {"utility": 1500.0, "n2": 500.0}
    company = made(tmp_path, UTILITY + point("n1") + point("n2", max_w=1000.0) + cluster("n[1-2]"), watts, jobs)
    blue = by(company, "facility_energy_kwh")["blue"]
    assert blue.value is None, "it may have 0.6 of 3 kWh or all of them"
    assert "the power of 80.0% of the site's IT was never known (limit 5%)" in (blue.reason or "")
    assert by(company)["blue"].value == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("max_w", "category", "ups", "expected"),
    [
        (2000.0, 1, False, None),
        (2000.0, 3, False, None),
        (2000.0, 3, True, (2.25, 2.25, 2.25)),
        (20.0, 3, False, (4.0, 4.0 * 900 / 920, 4.0)),  # too little to matter, but it lowers what may be
    ],
)
def test_a_node_without_a_meter_is_not_charged_to_its_neighbour(
    tmp_path: Path, max_w: float, category: int, *, ups: bool, expected: tuple[float, ...] | None
) -> None:
    above = "ups" if ups else "utility"
    bare = point("n2", above, max_w=max_w).replace("interval_s = { power = 900 }\n", "")
    points = UTILITY + (point("ups", role="ups") if ups else "") + point("n1", above) + bare + cluster("n[1-2]")
    company = Company(tmp_path, points, HEAD.replace("pue_category = 1", f"pue_category = {category}"), now=START + DAY)
    for name, watts in {"utility": 2000.0, "n1": 900.0, **({"ups": 1600.0} if ups else {})}.items():
        company.steady(f"s/{name}", watts, end=7200, step=STEP)
    company.keep()
    (tmp_path / "jobs.csv").write_text(HEADER + RED.replace("b1,red", "n1,red"))
    import_jobs(company.service, tmp_path / "jobs.csv", cluster="alpha", who="ana")
    found = by(company, "facility_energy_kwh")
    red = found["red"]
    if expected is None:
        assert red.value is None
        assert "equipment without a meter or readings" in (red.reason or "")
    else:
        assert (red.value, red.low, red.high) == pytest.approx(expected)
        assert ups == (found["unallocated"].value == pytest.approx(1.75))
