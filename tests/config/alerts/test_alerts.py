"""Alert rules and channels: each slip names the rule and what to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.alerts.alerting import Alerting, rule_book
from config.alerts.rules import Rule
from config.loading import load_settings
from config.points import PointState
from config.reading.fields import epoch_seconds
from config.reading.mistakes import Mistakes, build

if TYPE_CHECKING:
    from pathlib import Path

RULE: dict[str, Any] = {"id": "r", "kind": "reading", "above": 100.0, "reason": "because"}


def told(*tables: dict[str, Any]) -> list[str]:
    return list(rule_book({"wattlas.toml": tables}, Alerting(), sites=["s"])[1])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({**RULE, "below": 1.0}, "must have one limit"),
        ({"id": "r", "kind": "kpi", "metric": "pue", "reason": "x"}, "must have one limit"),
        ({**RULE, "kind": "silent"}, "speaks of silence"),
        ({"id": "r", "kind": "month", "by_day": 5, "above": 1.0, "reason": "x"}, "speaks of what is left to do"),
        ({"id": "r", "kind": "month", "reason": "x"}, "by_day and kind month or report stand together"),
        ({"id": "r", "kind": "burn", "above": 1.0, "reason": "x"}, "budget_per_year and kind burn stand together"),
        ({**RULE, "budget_per_year": 5.0}, "budget_per_year and kind burn stand together"),
        ({**RULE, "kind": "coverage"}, "kind coverage has its limit in below"),
        ({**RULE, "limit_w": 5.0}, "limit_w is for kind capacity only"),
        (
            {**RULE, "kind": "burn", "budget_per_year": 5.0, "fast_s": 86_400.0},
            "fast_s must be shorter than window_s",
        ),
        ({**RULE, "kind": "capacity", "above": 1.0}, "readings beyond max_w are set aside; write limit_w"),
        ({"id": "r", "kind": "coverage", "below": 95.0, "reason": "x"}, "kind coverage is a share: write 0.95"),
        ({**RULE, "kind": "kpi", "metric": "pue", "window_s": 0.5}, "window_s and fast_s of kind kpi must be 60 or"),
        ({**RULE, "recover": 101.0}, "key recover must lie on the good side"),
        (
            {"id": "r", "kind": "reading", "below": 1.0, "recover": 0.5, "reason": "x"},
            "key recover must lie on the good",
        ),
        ({**RULE, "site": "t"}, 'key site names "t"'),
        ({**RULE, "channels": ["mail"]}, 'key channels names "mail"'),
        ({**RULE, "reason": ""}, "reason"),
        ({**RULE, "metric": "powr"}, 'key metric names "powr", which no point is read for; did you mean "power"?'),
        ({**RULE, "severity": "bad"}, "severity"),
    ],
)
def test_a_slip_is_told(table: dict[str, Any], words: str) -> None:
    (said,) = told(table)
    assert said.startswith('wattlas.toml [[alerts]] "r"')
    assert words in said


def test_two_rules_of_one_name() -> None:
    assert "stands twice" in told(RULE, RULE)[0]
    rules, said = rule_book({"a.toml": [RULE], "b.toml": [RULE, {**RULE, "id": "q"}]}, Alerting(), sites=["s"])
    assert ([one.id for one in rules], said[0][:21]) == (["r", "q"], 'b.toml [[alerts]] "r"')
    assert told(RULE, {"id": "q", "kind": "silent", "reason": "x"}) == []


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"comment": "x"}, "needs a site, points or under"),
        ({"site": "s", "comment": "x", "to": "2026-01-01T00:00:00Z"}, "to must lie after from"),
        ({"site": "s"}, "comment is missing"),
    ],
)
def test_a_maintenance_without_its_place_or_time(keys: dict[str, Any], words: str) -> None:
    table = {"from": "2026-06-01T08:00:00Z", "to": "2026-06-01T12:00:00Z", **keys}
    mistakes = Mistakes()
    assert build(Alerting, {"maintenance": [table]}, place="p", mistakes=mistakes) is None
    assert words in mistakes.sentences()[0]


def test_what_waits_is_kept_as_long_as_it_is_tried() -> None:
    mistakes = Mistakes()
    assert build(Alerting, {"keep_days": 3}, place="p", mistakes=mistakes) is None
    assert "keep_days must be give_up_days = 7 or more" in mistakes.sentences()[0]


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ({"id": "m", "kind": "apprise"}, 'needs url = { env = "NAME" }'),
        ({"id": "m", "kind": "apprise", "url": "mailto://user:pass@host"}, "must not stand in the file"),
        ({"id": "m", "kind": "webhook", "address": "ftp://x"}, "needs address: http:// or https://"),
        ({"id": "m", "kind": "webhook", "address": "http://x/告警"}, "without spaces: write other characters as %XX"),
        ({"id": "m", "kind": "webhook", "address": "http://x/a b"}, "without spaces: write other characters as %XX"),
        ({"id": "m", "kind": "webhook", "address": f"http://{'a' * 70}.de/"}, "address must have a host"),
        ({"id": "m", "kind": "webhook", "address": "http://x:99999/"}, "a port from 0 to 65535"),
        ({"id": "m", "kind": "webhook", "address": "http:///x"}, "address must have a host in ASCII"),
        ({"id": "m", "kind": "webhook", "address": "http://bücher.de/"}, "write its xn-- form"),
    ],
)
def test_a_channel_without_its_address(channel: dict[str, Any], words: str) -> None:
    mistakes = Mistakes()
    assert build(Alerting, {"channels": [channel]}, place="p", mistakes=mistakes) is None
    assert words in mistakes.sentences()[0]
    assert "user:pass" not in " ".join(mistakes.sentences())


SITE = """
[company]
name = "A"
currency = "EUR"
[[sites]]
id = "s"
name = "S"
zone = "DE"
time_zone = "UTC"
[alerting]
file = "alerts.toml"
[[alerts]]
id = "dark"
kind = "silent"
reason = "x"
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no such file; correct file under [alerting]."),
        ("oops", "alerts.toml end of document: expected '=' after a key"),
        ("[alerts]\nid = 1", "a file of alert rules holds [[alerts]] tables and nothing else: take the rest out."),
        ("[[points]]\nid = 1", "a file of alert rules holds [[alerts]] tables and nothing else: take the rest out."),
        ('[[alerts]]\nid = "r"\nkind = "readin"', 'alerts.toml [[alerts]] "r": key kind cannot be "readin"'),
    ],
)
def test_a_bad_file_of_rules_leaves_the_others_running(tmp_path: Path, text: str | None, words: str) -> None:
    (tmp_path / "wattlas.toml").write_text(SITE)
    if text is not None:
        (tmp_path / "alerts.toml").write_text(text)
    settings = load_settings(tmp_path / "wattlas.toml")
    assert [one.id for one in settings.alerts] == ["dark"]
    assert words in settings.alert_mistakes[0]


def test_rules_of_a_file_stand_beside_those_of_the_site_file(tmp_path: Path) -> None:
    (tmp_path / "wattlas.toml").write_text(SITE)
    (tmp_path / "alerts.toml").write_text('[[alerts]]\nid = "r"\nkind = "reading"\nabove = 1.0\nreason = "x"\n')
    settings = load_settings(tmp_path / "wattlas.toml")
    assert ([one.id for one in settings.alerts], settings.alert_mistakes) == (["dark", "r"], ())


def test_a_file_of_rules_may_have_the_name_of_the_site_file(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "wattlas.toml").write_text(SITE.replace("alerts.toml", "more/wattlas.toml"))
    rule = '[[alerts]]\nid = "r"\nkind = "reading"\nabove = 1.0\nreason = "x"\n'
    (tmp_path / "more" / "wattlas.toml").write_text(rule)
    assert [one.id for one in load_settings(tmp_path / "wattlas.toml").alerts] == ["dark", "r"]


def test_points_by_pattern_node_role_tenant_and_tag() -> None:
    rack = PointState("s/rack-1", "s", "rack-1", "pdu", tags=("prod",), tenant="ml")
    ups = PointState("s/ups", "s", "ups", "ups")

    def of(**keys: Any) -> list[bool]:  # noqa: ANN401 - keys of a rule
        return [Rule(**RULE, **keys).speaks_of(one, above) for one, above in ((rack, {"s/ups"}), (ups, ()))]

    assert of(points=("s/rack-*",)) == [True, False]
    assert of(role="ups") == [False, True]
    assert of(tenant="ml") == of(tag="prod") == [True, False]
    assert of(under="s/ups") == [True, True]
    assert of(under="s/rack-1") == [True, False]
    assert of() == [True, True]


def test_a_rule_under_a_node_that_there_is_not() -> None:
    table = {**RULE, "under": "s/hal-1"}
    said = rule_book({"w.toml": [table]}, Alerting(), sites=["s"], points=["s/hall-1"])[1]
    assert said == ('w.toml [[alerts]] "r": key under names "s/hal-1", which is no point; did you mean "s/hall-1"?',)


def test_a_point_that_a_source_names_is_polled(tmp_path: Path) -> None:
    points = "".join(f'[[points]]\nid = "s/{name}"\nrole = "server"\n' for name in ("bmc", "gpu", "bill"))
    source = '[[sources]]\nid = "n"\nkind = "nvml"\npoint = "s/bmc"\nvalid_to = 2026-06-01T00:00:00Z\n'
    (tmp_path / "wattlas.toml").write_text(SITE + points + source + 'gpus = { "s/gpu" = ["0"] }\n')
    (tmp_path / "alerts.toml").write_text("")
    settings = load_settings(tmp_path / "wattlas.toml")
    end = epoch_seconds("2026-06-01T00:00:00Z")
    polled = {at: [one.polled for one in settings.points_at("s", at)] for at in (end - 1, end)}
    assert polled == {end - 1: [True, True, False], end: [False, False, False]}
