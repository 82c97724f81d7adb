"""Attribution where sites differ: hourly intensity, years with factors of their own, gaps, no metered equipment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.attribution.per_work import Count
from tests.ui.company import HEAD, START, Company
from ui.attribution.amounts import SiteAmounts
from ui.attribution.figures import attributed
from ui.attribution.per_work import per_work
from ui.attribution.tracing import trace_by
from ui.cli import main
from ui.figures.site import Question

if TYPE_CHECKING:
    from pathlib import Path

    from ui.attribution.figures import Attributed

HOUR = 3600
TOKENS = Count(amount=1e6, measured=1.0, estimated=0.0, method="told")
POINTS = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 60 }
[[points]]
id = "s/grid"
role = "other"
interval_s = { grid_intensity = 900 }
[[points]]
id = "s/n1"
role = "server"
parent = "utility"
max_w = 2000.0
tenant = "red"
interval_s = { power = 60 }
[[points]]
id = "s/n2"
role = "server"
parent = "utility"
max_w = 2000.0
interval_s = { power = 60 }
"""
HOURLY = '\nhourly_intensity = { point = "s/grid", basis = "average", scope = "direct" }\n'

PDU_POINTS = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 900 }
[[points]]
id = "s/pdu"
role = "pdu"
parent = "utility"
max_w = 3000.0
tenant = "red"
interval_s = { power = 900 }
[[points]]
id = "s/n1"
role = "server"
parent = "pdu"
"""


def company(folder: Path, *, hourly: bool = True, points: str = POINTS) -> Company:
    """Two nodes that change places: n1 is busy in the first hour, n2 in the second, when the grid is cleaner."""
    made = Company(folder, points, HEAD + (HOURLY if hourly else ""))
    made.steady("s/utility", 1500.0, end=2 * HOUR)
    for point, first, second in (("s/n1", 1000.0, 200.0), ("s/n2", 200.0, 1000.0)):
        made.read(point, [(at, first if at < HOUR else second) for at in range(0, 2 * HOUR + 1, 60)])
    made.read("s/grid", [(at, 600.0 if at < HOUR else 100.0) for at in range(0, 2 * HOUR + 1, 900)], "grid_intensity")
    made.keep()
    return made


def by_tenant(made: Company, start: int, end: int) -> dict[tuple[str, str], Attributed]:
    service = made.service
    found = attributed(service, service.settings.site("s"), start, end, by="tenant")
    return {(one.of, one.kpi.name): one for one in found}


def test_emissions_follow_the_hour_of_use(tmp_path: Path) -> None:
    made = company(tmp_path)
    found = by_tenant(made, START, START + 2 * HOUR)
    red, rest = (found[of, "emissions_location_kgco2e"].kpi for of in ("red", "unallocated"))
    (site,) = made.service.kpis(site="s", start=START, end=START + 2 * HOUR, names=["emissions_location_kgco2e"])
    assert site.value is not None
    assert (red.value or 0) + (rest.value or 0) == pytest.approx(site.value)
    assert (red.value or 0) > 2.5 * (rest.value or 0)  # the same energy, in the dirty hour
    energy = [found[of, "facility_energy_kwh"].kpi.value for of in ("red", "unallocated")]
    assert energy == [pytest.approx(1.5, rel=0.02)] * 2


def test_a_day_is_the_sum_of_its_parts(tmp_path: Path) -> None:
    made = company(tmp_path)
    whole = by_tenant(made, START, START + 2 * HOUR)["red", "it_energy_kwh"].kpi.value
    parts = [
        by_tenant(made, START + at, START + at + 900)["red", "it_energy_kwh"].kpi.value for at in range(0, 7200, 900)
    ]
    assert sum(part or 0.0 for part in parts) == pytest.approx(whole)


def test_years_have_factors_of_their_own(tmp_path: Path) -> None:
    made = company(tmp_path, hourly=False)
    service = made.service
    question = Question(service, service.settings.site("s"), START - 86_400 * 100, START + 2 * HOUR, 1)
    amounts = SiteAmounts(question)
    assert len(question.years) == 2
    assert amounts.cells["location"].shape == amounts.cells["facility"].shape
    assert amounts.figures["energy_cost"].value is None


def test_a_silent_node_is_charged_by_its_last_power_and_told(tmp_path: Path) -> None:
    made = Company(tmp_path, POINTS, HEAD)
    made.steady("s/utility", 1500.0, end=2 * HOUR)
    made.steady("s/n1", 500.0, end=2 * HOUR)
    made.steady("s/n2", 500.0, end=HOUR)  # then it is silent, but goes on
    made.keep()
    found = by_tenant(made, START, START + 2 * HOUR)
    red = found["red", "facility_energy_kwh"].kpi
    assert red.value == pytest.approx(1.5, rel=0.02)  # not the silent node's half
    rest = found["unallocated", "it_energy_kwh"].kpi
    assert rest.value is None
    assert "of its energy by last known power is missing" in (rest.reason or "")
    assert found["unallocated", "facility_energy_kwh"].kpi.reason == rest.reason


def test_without_metered_equipment_the_site_counts_where_it_measures(tmp_path: Path) -> None:
    made = Company(tmp_path, PDU_POINTS.replace("900", "60"), HEAD)
    made.steady("s/utility", 1500.0)
    made.steady("s/pdu", 1000.0)
    made.keep()
    found = by_tenant(made, START, START + HOUR)
    assert found["red", "it_energy_kwh"].kpi.value == pytest.approx(1.0)
    assert found["red", "facility_energy_kwh"].kpi.value == pytest.approx(1.5)
    assert found["red", "water_l"].kpi.reason is not None


def test_a_site_without_it_leaves_all_unallocated(tmp_path: Path) -> None:
    made = Company(tmp_path, '[[points]]\nid = "s/utility"\nrole = "utility"\ninterval_s = { power = 60 }\n', HEAD)
    made.steady("s/utility", 1500.0)
    made.keep()
    found = by_tenant(made, START, START + HOUR)
    assert found["unallocated", "facility_energy_kwh"].kpi.value == pytest.approx(1.5)


def test_approved_estimates_are_in_what_is_reported_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Company(tmp_path, PDU_POINTS, HEAD, now=START + 40.0 * 86_400)
    times = range(0, 11 * 86_400, 900)
    made.read("s/utility", [(at, 1500.0) for at in times])
    made.read("s/pdu", [(at, 1000.0) for at in times if not 9 * 86_400 <= at < 9 * 86_400 + 6 * HOUR])
    made.keep()
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    span = ["--from", "2026-03-23T00:00:00Z", "--to", "2026-03-24T00:00:00Z"]
    for who, words in (("ada", ["propose", *span]), ("bob", ["approve", "all"])):
        monkeypatch.setattr("ui.commands.estimates.caller", lambda who=who: who)
        main(["estimates", *words])
    said = capsys.readouterr()
    found = by_tenant(made, START + 9 * 86_400, START + 10 * 86_400)["red", "it_energy_kwh"].kpi
    assert found.value == pytest.approx(24.0, rel=0.05), said
    assert found.value_measured == pytest.approx(18.0, rel=0.05)
    assert "with approved estimates" in found.method
    wall = by_tenant(made, START + 9 * 86_400, START + 10 * 86_400)["red", "facility_energy_kwh"].kpi
    assert wall.value_measured is not None
    service, day = made.service, (START + 9 * 86_400, START + 10 * 86_400)
    rows = list(trace_by(service, service.settings.site("s"), "it_energy_kwh", *day, by="tenant", of="red"))
    assert [row["name"] for row in rows if row["kind"] == "estimate"] == ["s/pdu"]
    monkeypatch.setattr("ui.attribution.per_work.count_of", lambda *_: TOKENS)
    (worked,) = per_work(service, service.settings.site("s"), *day, by="tenant", per="token", names=["it_energy_kwh"])
    assert worked.kpi.value == pytest.approx(24.0 * 3.6, rel=0.05)
    assert worked.kpi.value_measured == pytest.approx(18.0 * 3.6, rel=0.05)
    assert "with approved estimates" in worked.kpi.method


def test_an_hour_without_an_intensity_is_the_doubt_of_those_who_were_there(tmp_path: Path) -> None:
    found = {}
    for gone in (-1, 900):
        (tmp_path / str(gone)).mkdir()
        made = Company(tmp_path / str(gone), POINTS, HEAD + HOURLY)
        made.steady("s/utility", 1500.0, end=2 * HOUR)
        for point, first, second in (("s/n1", 1000.0, 100.0), ("s/n2", 100.0, 1000.0)):
            made.read(point, [(at, first if at < HOUR else second) for at in range(0, 2 * HOUR + 1, 60)])
        grid = [(at, 600.0 if at == 900 or at >= HOUR else 100.0) for at in range(0, 2 * HOUR + 1, 900)]
        made.read("s/grid", [one for one in grid if one[0] != gone], "grid_intensity")
        made.keep()
        rows = by_tenant(made, START, START + 2 * HOUR)
        found[gone] = {of: rows[of, "emissions_location_kgco2e"].kpi for of in ("red", "unallocated")}
    for of, whole in found[-1].items():
        holed = found[900][of]
        assert (holed.low or 0.0) <= (whole.value or 0.0) <= (holed.high or 0.0), of
    red, rest = found[900]["red"], found[900]["unallocated"]
    assert (red.high or 0.0) / (red.value or 1.0) > 1.2
    whole = found[-1]["red"]
    assert (whole.measured, whole.estimated) == (1.0, 0.0)
    assert (red.estimated, rest.estimated) == (0.25, 0.25)
    assert (rest.high or 0.0) / (rest.value or 1.0) < 1.1
