"""Alerts from readings to words: told once, and a dark hall is one message."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.judge import judge_readings
from collectors.reading import Reading
from collectors.store.silences import Silence
from config.alerts.scope import Scope
from tests.ui.alerts.alert_site import HALL, MINUTE, Site
from tests.ui.company import HEAD, START
from ui.alerts.rows import checked, end_silence, standing
from ui.alerts.sight import Watch
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_a_limit_is_told_once_and_its_end_once(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.minute(1000.0) == []
    assert site.minute(1600.0) == [], "pending"
    assert {row["rule"]: row["state"] for row in standing(site.service)}["ups-load"] == "pending"
    assert site.minute(1600.0) == ["ups-load firing"]
    assert site.minute(1450.0) == [], "not below its recovery yet"
    assert site.minute(1300.0) == ["ups-load resolved"]
    first, last = site.service.stores.state.alerts.events()
    assert (first.severity, first.subjects) == ("critical", ("s/ups",))
    assert "s/ups is 1.6\u00a0kW, above 1.5\u00a0kW" in first.body
    assert "the UPS is rated 2 kW" in first.body
    assert "Since 2026-03-14T00:02:01Z" in first.body, "when the limit was first passed"
    assert last.word == "resolved"


def test_a_dark_hall_is_one_message_of_its_topmost_meter(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    for _ in range(2):
        assert site.minute(1000.0, points=("s/utility",)) == []
    assert site.minute(1000.0, points=("s/utility",)) == ["silent firing"]
    (event,) = site.service.stores.state.alerts.events()
    assert event.subjects == ("s/ups",), "the servers below it are left out"
    assert site.minute(1000.0) == ["silent resolved"]


def test_a_hall_of_three_thousand_that_goes_dark_is_one_message(tmp_path: Path) -> None:
    servers = "".join(
        f'[[points]]\nid = "s/n-{n}"\nrole = "server"\nparent = "ups"\nmax_w = 900.0\ninterval_s = {{ power = 60 }}\n'
        for n in range(3000)
    )
    site = Site(tmp_path)
    site.company.points = HALL + servers
    site.reopen()
    hall = ("s/ups", *(f"s/n-{n}" for n in range(3000)))
    site.minute(1000.0, points=("s/utility", *hall))
    early = ("s/utility", *hall[1::2])  # half of the hall was read once more before it went dark
    words = site.minute(1000.0, points=early)
    words += [word for _ in range(8) for word in site.minute(1000.0, points=("s/utility",))]
    assert [word for word in words if word.startswith("silent")] == ["silent firing"]
    assert [event.subjects for event in site.service.stores.state.alerts.events()] == [("s/ups",)]


def test_many_silent_meters_without_a_common_one_are_one_message(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    words = [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility", "s/ups"))]
    assert words == ["silent firing"]
    (event,) = site.service.stores.state.alerts.events()
    assert len(event.subjects) == 20
    assert "+15" in event.body


def test_a_figure_over_a_window_and_one_without_a_value(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for _ in range(90):
        site.minute(1000.0, utility=1.8)
    site.service.keep_books()
    assert "pue firing" in site.minute(1000.0, utility=1.8)
    site.at += 3 * 3600  # nothing was read: the figure has no value, and nothing ends
    site.monotonic += 3 * 3600
    assert "pue resolved" not in site.look()


@pytest.mark.parametrize("step_s", [3600, -3600])
def test_a_step_of_the_clock_is_no_alarm_and_hides_none(tmp_path: Path, step_s: int) -> None:
    site = Site(tmp_path)
    for _ in range(5):
        site.minute(1000.0)
    site.at += step_s
    assert site.look() == [], "before the next reading came"
    assert [word for _ in range(3) for word in site.minute(1000.0)] == []
    assert [word for _ in range(2) for word in site.minute(1600.0)] == ["ups-load firing"]
    words = [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility",))]
    assert words == ["silent firing"]


def test_a_restart_after_an_hour_is_no_alarm(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for _ in range(3):
        site.minute(1000.0)
    site.at += 3600
    site.watch, site.monotonic = Watch(), 0.0
    assert site.look() == []
    assert [word for _ in range(3) for word in site.minute(1000.0)] == []


def test_what_stays_silent_after_a_restart_is_told_within_three_intervals(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    site.at += 3600
    site.watch, site.monotonic = Watch(), 0.0
    words = [word for _ in range(5) for word in site.minute(1000.0, points=("s/utility",))]
    assert words == ["silent firing"]


def test_an_import_of_old_readings_is_no_reading_of_now(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    when = datetime.fromtimestamp(START - 86_400, UTC)
    table, _ = judge_readings([Reading("s/ups", "power", when, 2900.0)], site.service.settings, origin="x", now=START)
    site.service.stores.spool.accept(table)
    assert [word for _ in range(3) for word in site.minute(1000.0)] == []


def test_a_meter_that_falls_silent_after_all_it_feeds_is_the_same_outage(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    servers = [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility", "s/ups"))]
    assert servers == ["silent firing"]
    assert [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility",))] == []
    assert site.minute(1000.0, points=("s/utility", "s/ups", "s/srv-0")) == [], "most of it is still dark"
    assert site.minute(1000.0) == ["silent resolved"]
    first, last = site.service.stores.state.alerts.events()
    assert (last.key, last.subjects) == (f"{first.key}.resolved", first.subjects)
    assert "First told" in last.body


def test_a_point_that_is_taken_out_ends_its_alert(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1600.0)
    assert site.minute(1600.0) == ["ups-load firing"]
    site.company.points = HALL.replace('role = "ups"', 'role = "pdu"')
    site.reopen()
    assert site.minute(1600.0) == ["ups-load resolved"]
    site.company.head = HEAD
    site.reopen()
    site.minute(1600.0)
    assert standing(site.service) == [], "a rule that is no more leaves nothing"


def test_a_silenced_rule_goes_on_underneath(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    assert main(["alerts", "silence", "ups-load", "--hours", "2", "--comment", "test of the UPS"]) == 0
    assert "is silent until" in capsys.readouterr().out
    site.minute(1600.0)
    assert site.minute(1600.0) == []
    assert site.minute(1600.0) == []
    assert main(["alerts", "list", "--json"]) == 0
    assert {row["rule"]: row["state"] for row in json.loads(capsys.readouterr().out)}["ups-load"] == "firing"
    assert main(["alerts", "ack", "ups-load", "--comment", "on my way"]) == 0
    assert "takes care of 1 alerts of ups-load" in capsys.readouterr().out
    assert [row["acked_by"] != "" for row in standing(site.service) if row["rule"] == "ups-load"] == [True]
    assert main(["alerts", "ack", "silent", "--comment", "x"]) == 2
    assert "no alert fires of silent" in capsys.readouterr().err
    assert main(["alerts", "silence", "ups-load", "--hours", "0.0001", "--comment", "x"]) == 2
    assert "0.0001 hours are less than a second" in capsys.readouterr().err
    assert main(["alerts", "silence", "ups", "--comment", "x"]) == 2
    assert '"ups" is no rule of the site file' in capsys.readouterr().err
    assert main(["alerts", "check", "--json"]) == 0
    assert {row["rule"] for row in json.loads(capsys.readouterr().out)} == {"ups-load", "silent", "pue"}
    site.company.head = site.company.head.replace('metric = "pue"', 'metric = "puee"')
    site.reopen()
    assert main(["alerts", "check"]) == 2
    assert '[[alerts]] "pue": key metric names "puee", which is no figure' in capsys.readouterr().err
    assert site.minute(1000.0) == [], "the other rules keep running"


def test_what_began_in_silence_is_told_when_the_silence_ends(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    silence = Silence(scope=Scope(rule="ups-load"), until=START + 5 * MINUTE, who="ada", comment="test of the UPS")
    site.service.stores.state.silences.add(silence, at=START)
    words = [word for _ in range(6) for word in site.minute(1600.0)]
    assert words == ["ups-load firing"]
    quiet = Silence(scope=Scope(rule="ups-load"), until=START + 20 * MINUTE, who="ada", comment="again")
    site.service.stores.state.silences.add(quiet, at=START)
    assert site.minute(1000.0) == ["ups-load resolved"], "the end of what was told is told"
    assert [word for watts in (1600.0, 1600.0, 1000.0) for word in site.minute(watts)] == [], "never told, never ended"


@pytest.fixture
def racks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Twenty servers above their limit, ten of them tagged; one is fed by the first."""
    rule = '[[alerts]]\nid = "hot"\nkind = "reading"\nrole = "server"\nabove = 60.0\nremind_s = 60\nreason = "x"\n'
    site = Site(tmp_path, "[alerting]\nevery_s = 60\n" + rule)
    text = HALL.replace(
        'id = "s/srv-1"\nrole = "server"\nparent = "ups"', 'id = "s/srv-1"\nrole = "server"\nparent = "srv-0"'
    )
    for n in range(10, 20):
        text = text.replace(f'id = "s/srv-{n}"\n', f'id = "s/srv-{n}"\ntags = ["prod"]\n')
    site.company.points = text
    site.reopen()
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    return site


def test_a_node_and_a_tag_are_silenced_with_what_they_feed(racks: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "silence", "--node", "s/srv-0", "--comment", "moved"]) == 0
    assert "at s/srv-0 is silent until" in capsys.readouterr().out
    assert main(["alerts", "silence", "hot", "--tag", "prod", "--comment", "load test"]) == 0
    assert racks.minute(1300.0) == ["hot firing"]
    (event,) = racks.service.stores.state.alerts.events()
    assert event.subjects == tuple(f"s/srv-{n}" for n in range(2, 10))
    rows = {row["subject"]: row["silent_until"] for row in standing(racks.service)}
    assert [rows[f"s/srv-{n}"] is not None for n in (0, 1, 2, 9, 10)] == [True, True, False, False, True]
    assert main(["alerts", "list", "--silences", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.partition("\n")[2] or "[]")
    assert [(row["rule"], row["node"], row["tag"]) for row in found] == [("", "s/srv-0", ""), ("hot", "", "prod")]
    end_silence(racks.service, Scope(rule="hot", tag="prod"), who="ada", comment="done")
    assert main(["alerts", "silence", "hot", "--hours", "0", "--comment", "x"]) == 2
    assert "hot is not silent" in capsys.readouterr().err
    assert racks.minute(1300.0) == ["hot reminder", "hot firing"]
    assert {len(one.subjects) for one in racks.service.stores.state.alerts.events() if one.word == "firing"} == {8, 10}
    assert racks.minute(900.0) == ["hot resolved", "hot resolved"], "what was never told never ends"


def test_a_node_is_taken_on_and_the_others_go_on_reminding(racks: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert racks.minute(1300.0) == ["hot firing"]
    assert main(["alerts", "ack", "--node", "s/srv-0", "--comment", "on my way", "--json"]) == 0
    assert [row["subject"] for row in json.loads(capsys.readouterr().out)] == ["s/srv-0", "s/srv-1"]
    assert racks.minute(1300.0) == ["hot reminder"], "eighteen have nobody"
    assert main(["alerts", "ack", "hot", "--comment", "all"]) == 0
    assert racks.minute(1300.0) == []
    assert {row["ack_comment"] for row in standing(racks.service) if row["state"] == "firing"} == {"all"}
    for argv, words in (
        (["ack", "--comment", "x"], "say what it is about"),
        (["ack", "--node", "s/srv-x", "--comment", "x"], "is no point of wattlas.toml"),
        (["silence", "--tag", "prodd", "--comment", "x"], 'no point has the tag "prodd"; did you mean "prod"?'),
    ):
        assert main(["alerts", *argv]) == 2
        assert words in capsys.readouterr().err


def test_an_alert_taken_on_while_it_is_looked_at_stays_taken(racks: Site) -> None:
    racks.minute(1300.0)
    store = racks.service.stores.state.alerts
    held = store.states()
    store.acknowledge(Scope(rule="hot"), lambda _: True, who="ada", comment="mine", at=START)
    store.move(held, [], {})
    assert {one["acked_by"] for one in store.states().values() if one["phase"] == "firing"} == {"ada"}


def test_points_that_only_imports_feed_are_silent_by_their_own_age_alone(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.company.points = HALL.replace('id = "s/srv-1"\n', 'id = "s/srv-1"\nmax_silence_s = 600\n')
    site.reopen()
    imported(site, "s/srv-0", "s/srv-1")
    assert {row["subject"] for row in checked(site.service) if row["rule"] == "silent"} == {"s/srv-1"}
    words = [word for _ in range(9) for word in site.minute(1000.0, points=("s/ups",))]
    assert words == [], "neither the imported ones nor those that never came are silent"
    words = [word for _ in range(4) for word in site.minute(1000.0, points=("s/ups",))]
    assert words == ["silent firing"]
    assert site.service.stores.state.alerts.events()[-1].subjects == ("s/srv-1",)
    imported(site, "s/srv-1")
    assert site.minute(1000.0, points=("s/ups",)) == ["silent resolved"]
    words = [word for _ in range(4) for word in site.minute(1000.0, points=())]
    assert words == ["silent firing"], "what an agent pushed is expected again"


def imported(site: Site, *points: str) -> None:
    when = datetime.fromtimestamp(START + site.at, UTC)
    found = [Reading(point, "power", when, 50.0) for point in points]
    table, _ = judge_readings(found, site.service.settings, origin="import:abc", now=START + site.at)
    site.service.stores.spool.accept(table)
