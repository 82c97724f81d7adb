"""Alert rules and channels: each slip names the rule and what to write."""

from __future__ import annotations

from typing import Any

import pytest

from config.alerts import Alerting, Rule, rules_of
from config.mistakes import Mistakes, build

RULE: dict[str, Any] = {"id": "r", "kind": "reading", "above": 100.0, "reason": "because"}


def told(*tables: dict[str, Any]) -> list[str]:
    mistakes = Mistakes()
    rules_of(tables, Alerting(), file="wattlas.toml", sites=["s"], mistakes=mistakes)
    return [f"{place}: {text}" for place, text in mistakes.found]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({**RULE, "below": 1.0}, "must have one limit"),
        ({"id": "r", "kind": "kpi", "metric": "pue", "reason": "x"}, "must have one limit"),
        ({**RULE, "kind": "silent"}, "speaks of silence"),
        ({**RULE, "recover": 101.0}, "key recover must lie on the good side"),
        (
            {"id": "r", "kind": "reading", "below": 1.0, "recover": 0.5, "reason": "x"},
            "key recover must lie on the good",
        ),
        ({**RULE, "site": "t"}, 'key site names "t"'),
        ({**RULE, "channels": ["mail"]}, 'key channels names "mail"'),
        ({**RULE, "reason": ""}, "reason"),
        ({**RULE, "severity": "bad"}, "severity"),
    ],
)
def test_a_slip_is_told(table: dict[str, Any], words: str) -> None:
    (said,) = told(table)
    assert said.startswith('wattlas.toml [[alerts]] "r"')
    assert words in said


def test_two_rules_of_one_name() -> None:
    assert "stands twice" in told(RULE, RULE)[0]
    assert told(RULE, {"id": "q", "kind": "silent", "reason": "x"}) == []


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ({"id": "m", "kind": "apprise"}, 'needs url = { env = "NAME" }'),
        ({"id": "m", "kind": "apprise", "url": "mailto://user:pass@host"}, "must not stand in the file"),
        ({"id": "m", "kind": "webhook", "address": "ftp://x"}, "needs address: http:// or https://"),
    ],
)
def test_a_channel_without_its_address(channel: dict[str, Any], words: str) -> None:
    mistakes = Mistakes()
    assert build(Alerting, {"channels": [channel]}, place="p", mistakes=mistakes) is None
    assert words in mistakes.sentences()[0]
    assert "user:pass" not in " ".join(mistakes.sentences())


def test_points_by_pattern_and_role() -> None:
    racks = Rule(**RULE, points=("s/rack-*",))
    assert racks.speaks_of("s/rack-1", "pdu")
    assert not racks.speaks_of("s/ups", "ups")
    assert Rule(**RULE, role="ups").speaks_of("s/ups", "ups")
    assert not Rule(**RULE, role="ups").speaks_of("s/rack-1", "pdu")
