"""The end of an alert reaches who heard of its beginning, whatever became of rule, site, hall and clock meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.alerts.alert_site import RULES, Site
from tests.ui.company import HEAD, Company
from ui.alerts.evaluate import evaluate
from ui.alerts.rows import standing
from ui.alerts.sight import Watch

if TYPE_CHECKING:
    from pathlib import Path

HOOKS = "[alerting]\nevery_s = 60\n" + "".join(
    f'[[alerting.channels]]\nid = "{name}"\nkind = "webhook"\naddress = "http://127.0.0.1:9/{name}"\n'
    for name in ("old", "new")
)
ONLY_OLD = RULES.replace('id = "ups-load"', 'id = "ups-load"\nchannels = ["old"]')


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """The UPS's load was told to channel `old` alone."""
    made = Site(tmp_path)
    made.company.head = HEAD + HOOKS + ONLY_OLD
    made.reopen()
    made.minute(1600.0)
    assert made.minute(1600.0) == ["ups-load firing"]
    return made


def change(site: Site, former: str, new: str) -> None:
    assert former in site.company.head
    site.company.head = site.company.head.replace(former, new)
    site.reopen()


def test_a_rule_left_out_for_a_slip_stands_still_until_it_is_mended(site: Site) -> None:
    change(site, "above = 1500.0", "abov = 1500.0")
    assert [word for _ in range(3) for word in site.minute(1600.0)] == []
    assert [row["state"] for row in standing(site.service) if row["rule"] == "ups-load"] == ["firing"]
    change(site, "abov = 1500.0", "above = 1500.0")
    assert site.minute(1600.0) == [], "it was told before"
    assert site.minute(1000.0) == ["ups-load resolved"]


def test_a_rule_that_is_taken_out_tells_the_end_to_who_heard_the_beginning(site: Site) -> None:
    site.company.head = HEAD + HOOKS
    site.reopen()
    assert site.minute(1600.0) == ["ups-load resolved"]
    assert standing(site.service) == []
    first, last = site.service.stores.state.alerts.events()
    assert (last.incident, last.severity) == (first.key, first.severity)
    assert "Rule ups-load no longer looks at it" in last.body
    assert [(one.event.word, one.channel) for one in site.service.stores.state.alerts.parcels()] == [
        ("firing", "old"),
        ("resolved", "old"),
    ]


def test_an_end_is_as_severe_as_its_beginning_and_goes_where_that_went(site: Site) -> None:
    change(site, 'severity = "critical"', 'severity = "info"')
    change(site, 'channels = ["old"]', 'channels = ["new"]')
    assert site.minute(1000.0) == ["ups-load resolved"]
    first, last = site.service.stores.state.alerts.events()
    assert first.severity == last.severity == "critical"
    assert [one.channel for one in site.service.stores.state.alerts.parcels()] == ["old", "old"]


def test_a_rule_that_leaves_a_site_ends_its_alerts_there(tmp_path: Path) -> None:
    zone = HEAD[HEAD.index("[[sites]]") :].replace('"s"', '"z"')
    points = "".join(
        f'[[points]]\nid = "{one}/a"\nrole = "ups"\nmax_w = 5000.0\ninterval_s = {{ power = 60 }}\n' for one in "sz"
    )
    rule = '[[alerts]]\nid = "hot"\nkind = "reading"\nabove = 1000.0\nreason = "x"\n'
    made, watch = Company(tmp_path, points, HEAD + zone + rule), Watch()
    made.now -= 10 * 86_400.0

    def look(watts: float) -> list[tuple[str, tuple[str, ...]]]:
        made.now += 60.0
        for one in "sz":
            made.read(f"{one}/a", [(int(made.now) - 1_773_446_400, watts)])
        events = evaluate(made.service, watch, monotonic_s=made.now)
        return sorted((event.word, event.subjects) for event in events)

    assert look(1500.0) == [("firing", ("s/a",)), ("firing", ("z/a",))]
    made.head += 'site = "z"\n'
    assert look(1500.0) == [("resolved", ("s/a",))]
    assert look(500.0) == [("resolved", ("z/a",))]
    assert made.service.stores.state.alerts.states() == {}


def test_a_server_that_stays_dark_after_its_hall_came_back_is_named(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    assert [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility",))] == ["silent firing"]
    most = ("s/utility", "s/ups", *(f"s/srv-{n}" for n in range(19)))
    words = [word for _ in range(6) for word in site.minute(1000.0, points=most)]
    assert words == ["silent resolved", "silent firing"]
    begun = [one.subjects for one in site.service.stores.state.alerts.events() if one.word == "firing"]
    assert begun == [("s/ups",), ("s/srv-19",)]
    assert site.minute(1000.0) == ["silent resolved"]
