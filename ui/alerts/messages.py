"""Alerts in words: what, where, since when, how far beyond which limit, and why the rule is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import uuid4

from analytics.alerts import furthest
from collectors.store.alerts import AlertEvent, AlertText
from ui import format as fmt
from ui.alerts.amounts import against_limit
from ui.alerts.movers import moved
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.alerts import State, Word
    from config.alerts.rules import Rule
    from config.site import Site
    from ui.service import Service

NAMED: Final = 5
KEY_DIGITS: Final = 24


def first(service: Service, rule: Rule, site: Site, found: Mapping[str, State], *, now: int) -> AlertEvent:
    """Return the message that begins an incident: one for all subjects of a rule at a site that fire together."""
    subjects = tuple(sorted(found))
    own, *others = [_begun(service, rule, site, found, now=now, lang=lang) for lang in _languages(service)]
    return AlertEvent(
        key=uuid4().hex[:KEY_DIGITS],  # kept with the states in one transaction: made once
        at=now,
        rule=rule.id,
        word="firing",
        severity=rule.severity,
        title=own.title,
        body=own.body,
        subjects=subjects,
        texts=tuple(others),
    )


def _languages(service: Service) -> tuple[str, ...]:
    """That of `[alerting]`, then the others that a channel speaks."""
    alerting = service.settings.alerting
    return tuple(dict.fromkeys((alerting.language, *(one.lang for one in alerting.channels if one.lang))))


def _begun(service: Service, rule: Rule, site: Site, found: Mapping[str, State], *, now: int, lang: str) -> AlertText:
    values = {subject: state.value for subject, state in found.items() if state.value is not None}
    worst = furthest(values, rule)
    subjects = tuple(sorted(found))
    lines = [
        t(f"alert.{rule.kind}", lang, n=len(subjects), names=named(subjects), metric=rule.metric),
        *([] if rule.kind == "silent" or worst is None else [against_limit(rule, worst, values[worst], lang)]),
        *([] if worst is None else moved(service, rule, site, worst, now=now, lang=lang)),
        t("alert.since", lang, time=fmt.iso(min(int(state.since - state.passed_s) for state in found.values()))),
        t("alert.reason", lang, reason=rule.reason),
        *_link(service.settings.alerting.link, lang),
    ]
    head = subjects[0] if len(subjects) == 1 else site.name
    return AlertText(lang, t("alert.firing", lang, rule=rule.id, subject=head), "\n".join(lines))


def _link(link: str, lang: str) -> list[str]:
    """The page of alerts in the reader's language; a link that names a page itself stays as it is."""
    if not link or urlsplit(link).path not in {"", "/"}:
        return [link] if link else []
    return [f"{link.rstrip('/')}/alerts?lang={lang}"]


def again(service: Service, former: AlertEvent, word: Word, *, now: int, dropped: bool = False) -> AlertEvent:
    """Return the reminder or the end of an incident that `former` began; its key leads back to it.

    It is as severe as its beginning, whatever the rule says by now: receivers know it by that. What ends for its rule
    looks there no more (`dropped`) says so.
    """
    words = AlertText(service.settings.alerting.language, former.title, former.body)
    own, *others = [_ended(one, former, word, now=now, dropped=dropped) for one in (words, *former.texts)]
    return replace(
        former,
        key=f"{former.key}.{word}" + (f"-{now}" if word == "reminder" else ""),
        at=now,
        word=word,
        title=own.title,
        body=own.body,
        texts=tuple(others),
    )


def _ended(text: AlertText, former: AlertEvent, word: Word, *, now: int, dropped: bool) -> AlertText:
    lang = text.lang
    lines = [text.body, *([t("alert.dropped", lang, rule=former.rule)] if dropped else [])]
    lasted = t("alert.lasted", lang, time=fmt.iso(former.at), length=fmt.duration(now - former.at, lang))
    title = t(f"alert.{word}", lang, rule=former.rule, subject=named(former.subjects))
    return AlertText(lang, title, "\n".join([*lines, lasted]))


def named(subjects: tuple[str, ...]) -> str:
    """Return the first few subjects, and how many more there are."""
    more = len(subjects) - NAMED
    return ", ".join(subjects[:NAMED]) + (f" +{more}" if more > 0 else "")
