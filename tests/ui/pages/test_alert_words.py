"""What alerts say on a Chinese page: titles told in English, faults, mistakes of rules, reasons of the demo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from config.alerts.alerting import Alerting, rule_book
from config.alerts.rules import CONDITIONS, Kind, Rule
from config.loading import load_settings
from config.reading.mistakes import EXPECTED
from config.reading.wording import sentence
from tests.ui.pages.sentences import WORDS, sentences
from ui.phrases import message_title, own_words, phrase
from ui.text import LANGUAGES, t

ROOT = Path(__file__).parents[3]
ALERTS = ROOT / "config" / "alerts"
MISTAKES = (
    sentences([ALERTS / "rules.py", ROOT / "ui/alerts/figures.py"], re.compile(r"_\w*mistake|figure_mistake"))
    | sentences([ALERTS / "alerting.py"], re.compile(r"_unknown\w*"))
    | {f"speaks of {what}: leave above, below and recover out" for what in CONDITIONS.values()}
) - {"speaks of 7: leave above, below and recover out"}
HINT = re.compile("(add|write) ")  # what stands at the end of another sentence
FAULTS = sentences([ROOT / "ui/alerts/notify.py"], re.compile("_fault|msg|elsewhere"))
NAMES = {
    *Rule.model_fields,
    *get_args(Kind),
    "apprise",
    "url",
    "alerts",
    "alerting",
    "channels",
    "max_w",
    "kW",
    "MW",
    "power",
    "name",
    "true",
    "recovery",
    "false",
    "ISO",
}
KEYS = re.compile(rf"\b({'|'.join(sorted(NAMES))}|CT|UPS|DEMO)\b")
VALUES = dict.fromkeys(("gt", "ge", "lt", "le"), 7.0)
BAD = (
    {"id": "a", "kind": "reading", "above": 3, "recovery": 2, "reason": "r"},
    {"id": "b", "kind": "redaing", "above": 3, "reason": "r"},
    {"id": "c", "kind": "reading", "above": "3", "reason": "r"},
    {"id": "d", "kind": "reading", "above": 3},
    {"id": "e", "kind": "reading", "above": 3, "reason": "r", "site": "t"},
)


def left(said: str) -> str:
    """What is still English, the keys of a rule and names aside."""
    return KEYS.sub("", re.sub(r"\w+\.toml|“\w+”|\"[^\"]*\"", "", said))


def test_there_are_sentences() -> None:
    assert len(MISTAKES) > 15
    assert len(FAULTS) > 4


@pytest.mark.parametrize("text", sorted(MISTAKES))
def test_a_mistake_of_a_rule_has_chinese_words(text: str) -> None:
    whole = f"{text}." if HINT.match(text) else sentence('site.toml [[alerts]] "7"', text)
    assert not WORDS.search(left(phrase(whole, "zh")))


@pytest.mark.parametrize("expected", sorted(EXPECTED.keys() - {"dict_type"}))  # no key of a rule is a table
def test_what_a_key_must_be_has_chinese_words(expected: str) -> None:
    text = f"key above must be {EXPECTED[expected].format(**VALUES)}, not 7"
    said = phrase(sentence('site.toml [[alerts]] "7"', text), "zh")
    assert not WORDS.search(left(said))


def test_mistakes_of_tables_are_told_in_chinese() -> None:
    found, mistakes = rule_book({"site.toml": BAD}, Alerting(), sites=["s"])
    assert not found
    assert len(mistakes) >= len(BAD)
    assert not [said for said in (phrase(one, "zh") for one in mistakes) if WORDS.search(left(said))]


@pytest.mark.parametrize("text", sorted(FAULTS))
def test_a_fault_of_a_channel_has_chinese_words(text: str) -> None:
    whole = f"channel 7: 7 answered 7{text}" if text.startswith(" ") else text
    assert not WORDS.search(left(phrase(whole, "zh")))


def test_a_title_is_read_in_the_language_of_its_reader_whichever_it_was_told_in() -> None:
    places = {"rule": "ups-load", "subject": "s/ups", "n": 3, "channel": "hook", "period": "2026-03", "company": "C"}
    for key in ("alert.firing", "alert.resolved", "alert.reminder", "alert.undelivered", "report.sent_draft"):
        told = {lang: t(key, lang, **places) for lang in LANGUAGES}
        assert {message_title(one, "zh") for one in told.values()} == {told["zh"]}
        assert {message_title(one, "en") for one in told.values()} == {told["en"]}
    assert message_title("Alerte de la page", "zh") == "Alerte de la page"


def test_reasons_of_the_demo_have_chinese_words_and_those_of_a_user_stay_as_they_are() -> None:
    rules = load_settings(ROOT / "config/sites/demo.toml").alerts
    assert rules
    assert not [rule.id for rule in rules if WORDS.search(left(own_words(rule.reason, "zh")))]
    assert own_words("beyond it, one point; no hardware", "zh") == "beyond it, one point; no hardware"
