"""What nobody saw of one node makes nobody's part of the site look better: within intervals, days that add up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analytics.kpi import Kpi
from config.errors import InputError
from tests.ui.company import HEAD, START, Company
from ui.attribution.figures import Attributed, attributed, chargeback_rows
from ui.jobs import import_jobs

if TYPE_CHECKING:
    from pathlib import Path

DAY, STEP = 86_400, 900
POINTS = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 900 }
[[points]]
id = "s/n1"
role = "server"
parent = "utility"
max_w = 2000.0
interval_s = { power = 900 }
[[points]]
id = "s/n2"
role = "server"
parent = "utility"
max_w = 1000.0
interval_s = { power = 900 }
[[clusters]]
id = "alpha"
site = "s"
[[clusters.nodes]]
hosts = "n[1-2]"
cpus = 8
idle_w = 100.0
"""
JOBS = """id,start,end,nodes,team,cpus
1,2026-03-14T00:00:00Z,2026-03-16T00:00:00Z,n1,red,8
2,2026-03-14T00:00:00Z,2026-03-16T00:00:00Z,n2,blue,8
"""
SECOND = (START + DAY, START + 2 * DAY)


def company(folder: Path, *, gone: range = range(0), busy: range = range(0)) -> Company:
    """Two days: the facility takes 1500 W, each node 500 W, but n2 1000 W while `busy` and nothing in `gone`."""
    folder.mkdir()
    made = Company(folder, POINTS, HEAD, now=START + 2 * DAY + 7200.0)
    times = range(0, 2 * DAY + STEP, STEP)
    made.read("s/utility", [(at, 2000.0 if at in busy else 1500.0) for at in times])
    made.read("s/n1", [(at, 500.0) for at in times])
    made.read("s/n2", [(at, 1000.0 if at in busy else 500.0) for at in times if at not in gone])
    made.keep()
    (folder / "jobs.csv").write_text(JOBS)
    import_jobs(made.service, folder / "jobs.csv", cluster="alpha", who="ana")
    return made


def facility(made: Company, start: int, end: int) -> dict[str, Kpi]:
    service = made.service
    found = attributed(service, service.settings.site("s"), start, end, by="tenant", names=["facility_energy_kwh"])
    return {one.of: one.kpi for one in found}


def test_a_node_that_was_not_read_takes_its_last_known_part(tmp_path: Path) -> None:
    whole, holed = (
        facility(company(tmp_path / name, gone=gone), *SECOND)
        for name, gone in (("whole", range(0)), ("holed", range(DAY, 2 * DAY + STEP)))
    )
    assert whole["red"].value == whole["blue"].value == pytest.approx(18.0)
    red = holed["red"]
    assert red.value == pytest.approx(18.0), "its own meter is complete, the other's last known power is as high"
    assert red.low is not None
    assert red.high is not None
    assert red.low <= 12.0
    assert red.measured == pytest.approx(0.5), "half of what it is shared by was not read"
    assert red.high > 18.0


def test_days_add_up_to_their_period(tmp_path: Path) -> None:
    made = company(tmp_path / "two", gone=range(DAY, DAY + 3600))
    days = [facility(made, START + first * DAY, START + (first + 1) * DAY)["red"].value for first in (0, 1)]
    assert sum(day or 0.0 for day in days) == pytest.approx(facility(made, START, START + 2 * DAY)["red"].value)


def test_an_interval_holds_what_a_silent_hour_hid(tmp_path: Path) -> None:
    noon = range(DAY + 12 * 3600, DAY + 12 * 3600 + 2700)
    full = facility(company(tmp_path / "full", busy=noon), *SECOND)
    gap = facility(company(tmp_path / "gap", busy=noon, gone=noon), *SECOND)
    for team in ("red", "blue"):
        low, high, truth = gap[team].low, gap[team].high, full[team].value
        assert low is not None
        assert high is not None
        assert truth is not None
        assert low < truth < high
        assert (full[team].low or 0.0) <= truth <= (full[team].high or 0.0)


def test_a_period_within_an_interval_is_refused(tmp_path: Path) -> None:
    made = company(tmp_path / "edge")
    with pytest.raises(InputError, match="is not cut at quarter hours"):
        facility(made, START + DAY, START + DAY + 60)
    with pytest.raises(InputError, match="is not cut at quarter hours"):
        facility(made, START + DAY + 60, START + 2 * DAY)


def test_what_no_node_s_meter_sees_is_nobody_s(tmp_path: Path) -> None:
    """The UPS sees 1200 W, n1 500 W of it; n2 has no meter: 700 W and their part of the site are unallocated."""
    ups = '[[points]]\nid = "s/ups"\nrole = "ups"\nparent = "utility"\nmax_w = 3000.0\ninterval_s = { power = 900 }\n'
    tree = POINTS.replace('role = "server"\nparent = "utility"', 'role = "server"\nparent = "ups"')
    at = tree.index("interval_s", tree.index('id = "s/n2"'))
    made = Company(tmp_path, tree[:at] + tree[tree.index("\n", at) :] + ups, HEAD, now=START + DAY + 7200.0)
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1200.0), ("s/n1", 500.0)):
        made.steady(point, watts, end=DAY, step=STEP)
    made.keep()
    (tmp_path / "jobs.csv").write_text(JOBS.replace("2026-03-16T00", "2026-03-14T12"))
    import_jobs(made.service, tmp_path / "jobs.csv", cluster="alpha", who="ana")
    service, names = made.service, ["it_energy_kwh", "facility_energy_kwh"]
    rows = attributed(service, service.settings.site("s"), START, START + 7200, by="tenant", names=names)
    found = {(one.of, one.kpi.name): one.kpi for one in rows}
    assert found["red", "it_energy_kwh"].value == pytest.approx(1.0)
    assert found["red", "facility_energy_kwh"].value == pytest.approx(3.0 * 500 / 1200)
    assert found["unallocated", "it_energy_kwh"].value == pytest.approx(1.4)
    assert found["unallocated", "facility_energy_kwh"].value == pytest.approx(3.0 * 700 / 1200)


def test_a_node_is_seen_only_while_it_stands_in_the_site_file(tmp_path: Path) -> None:
    late = POINTS.replace('id = "s/n1"', 'id = "s/n1"\nvalid_from = "2026-03-14T01:00:00Z"')
    made = Company(tmp_path, late, HEAD, now=START + DAY + 7200.0)
    for point, watts in (("s/utility", 1500.0), ("s/n1", 500.0), ("s/n2", 500.0)):
        made.steady(point, watts, end=DAY, step=STEP)
    made.keep()
    (tmp_path / "jobs.csv").write_text(JOBS.replace("2026-03-16T00", "2026-03-14T12"))
    import_jobs(made.service, tmp_path / "jobs.csv", cluster="alpha", who="ana")
    service = made.service
    rows = attributed(service, service.settings.site("s"), START, START + 7200, by="tenant", names=["it_energy_kwh"])
    found = {one.of: one.kpi for one in rows}
    assert found["red"].value is None
    assert "50.0% of its time was on nodes that no meter sees" in (found["red"].reason or "")
    assert found["blue"].value == pytest.approx(1.0)


def test_currencies_of_a_fleet_have_rows_of_their_own() -> None:
    def one(unit: str, value: float, name: str = "energy_cost") -> Attributed:
        told: dict[str, Any] = {"site": "fleet", "start": 0, "end": 1, "method": "m", "low": value, "high": value}
        shares: dict[str, Any] = {"measured": 1.0, "estimated": 0.0, "missing": 0.0}
        kpi = Kpi(name=name, unit=unit, value_reported=value, value_measured=value, **told, **shares)
        return Attributed("tenant", "red", kpi)

    rows = list(chargeback_rows([one("kWh", 5.0, "it_energy_kwh"), one("EUR", 2.0), one("CNY", 9.0)]))
    assert [(row["currency"], row["energy_cost"], row["it_energy_kwh"]) for row in rows] == [
        ("EUR", 2.0, 5.0),
        ("CNY", 9.0, None),
    ]
    assert rows[0].keys() == rows[1].keys()


def test_a_silent_hour_is_split_by_the_last_known_power(tmp_path: Path) -> None:
    """Red uses its half of n1 all the time, the other half is nobody's: of 500 W, 100 W are idle power."""
    jobs = (
        JOBS.replace("team,cpus", "team,cpus,cpu_use").replace("n1,red,8", "n1,red,4,1").replace("blue,8", "blue,8,1")
    )
    noon = range(DAY + 12 * 3600, DAY + 12 * 3600 + 2700)
    found = {}
    for name, gone in (("whole", range(0)), ("holed", noon)):
        (tmp_path / name).mkdir()
        made = Company(tmp_path / name, POINTS, HEAD, now=START + 2 * DAY + 7200.0)
        for point, watts in (("s/utility", 1500.0), ("s/n1", 500.0), ("s/n2", 500.0)):
            left = [at for at in range(0, 2 * DAY + STEP, STEP) if point != "s/n1" or at not in gone]
            made.read(point, [(at, watts) for at in left])
        made.keep()
        (tmp_path / name / "jobs.csv").write_text(jobs)
        import_jobs(made.service, tmp_path / name / "jobs.csv", cluster="alpha", who="ana")
        service, names = made.service, ["it_energy_kwh", "facility_energy_kwh"]
        rows = attributed(service, service.settings.site("s"), *SECOND, by="tenant", names=names)
        found[name] = {(one.of, one.kpi.name): one.kpi for one in rows}
    for key, whole in found["whole"].items():
        holed, truth = found["holed"][key], whole.value or 0.0
        assert holed.value is not None, key
        assert holed.value >= (whole.low or 0.0) - 1e-9, key
        assert (holed.low or 0.0) - 1e-9 <= truth <= (holed.high or 0.0) + 1e-9, key
    assert found["whole"]["red", "it_energy_kwh"].value == pytest.approx(24 * (0.05 + 0.4))


def test_a_silent_facility_is_the_doubt_of_those_who_were_there(tmp_path: Path) -> None:
    """Night has n1 until noon and day from noon on; n2 is nobody's. The utility is silent at night."""
    made = Company(tmp_path, POINTS.replace('"s/n2"', '"s/n2"\ntenant = "own"'), HEAD, now=START + DAY + 7200.0)
    for point, watts in (("s/utility", 1500.0), ("s/n1", 500.0), ("s/n2", 500.0)):
        gone = range(10_800, 13_500) if point == "s/utility" else range(0)
        made.read(point, [(at, watts) for at in range(0, DAY + STEP, STEP) if at not in gone])
    made.keep()
    rows = (
        "1,2026-03-14T00:00:00Z,2026-03-14T12:00:00Z,n1,night,8\n2,2026-03-14T12:00:00Z,2026-03-15T00:00:00Z,n1,day,8\n"
    )
    (tmp_path / "jobs.csv").write_text("id,start,end,nodes,team,cpus\n" + rows)
    import_jobs(made.service, tmp_path / "jobs.csv", cluster="alpha", who="ana")
    found = facility(made, START, START + DAY)
    day, night = found["day"], found["night"]
    assert (day.value, day.low, day.high, day.value_measured) == pytest.approx((9.0,) * 4)
    assert night.value_measured == night.low == pytest.approx(9.0 * 11 / 12)
    assert (night.high or 0.0) >= (night.value or 0.0) > 9.0
