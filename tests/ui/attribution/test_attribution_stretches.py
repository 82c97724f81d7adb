"""Servers that are kept in stretches: however many these are, a server is one, and a part of it a part of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.jobs.job import Job, Placement
from tests.ui.attribution.test_attribution_sites import POINTS
from tests.ui.company import HEAD, START, Company
from ui.attribution.figures import attributed
from ui.attribution.per_work import per_work

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
CLUSTER = '[[clusters]]\nid = "k"\nsite = "s"\nnodes = [{ hosts = "n2", cpus = 8 }]\n'


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A server of two hours in four stretches, one each half hour, on a node that was read for the first hour."""
    made = Company(tmp_path, POINTS + CLUSTER, HEAD)
    for point, watts in (("s/utility", 1500.0), ("s/n1", 400.0), ("s/n2", 600.0)):
        made.steady(point, watts)
    made.keep()
    place = (Placement(point="s/n2", cpu_share=1.0),)
    begins = range(START, START + 2 * HOUR, HOUR // 2)
    made.service.stores.jobs.add(
        [
            Job(cluster="k", id="v", kind="vm", tenant="t", start=at, end=at + HOUR // 2, stretch=at, placements=place)
            for at in begins
        ],
        origin="source:openstack",
        now=START + 2 * HOUR,
    )
    return made


def test_an_hour_of_a_server_of_two_hours_is_half_of_one(company: Company) -> None:
    service = company.service
    of = {"by": "job", "names": ["it_energy_kwh"], "of": ["k/v"]}
    (one,) = per_work(service, service.settings.site("s"), START, START + HOUR, per="job", **of)  # type: ignore[arg-type]
    assert "over 0.5 jobs" in one.kpi.method
    assert one.kpi.value == pytest.approx(0.6 * 3.6e6 / 0.5, rel=0.01)


def test_a_part_that_is_missing_does_not_have_the_shares_of_the_site(company: Company) -> None:
    company.steady("s/utility", 1500.0, start=HOUR, end=2 * HOUR)
    company.keep()
    service = company.service
    names = ["facility_energy_kwh"]
    found = attributed(service, service.settings.site("s"), START, START + 2 * HOUR, by="job", names=names)
    (part,) = (one.kpi for one in found if one.of == "k/v")
    assert part.value is None
    assert "missing" in str(part.reason)
    assert (part.measured, part.missing) == (pytest.approx(0.5, abs=0.02), pytest.approx(0.5, abs=0.02))
