"""Alerts in words: what, where, since when, how far beyond which limit, and why the rule is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from analytics.alerts import furthest
from collectors.store.alerts import AlertEvent
from ui import format as fmt
from ui.alert_amounts import against_limit
from ui.alert_movers import moved
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.alerts import State, Word
    from config.alert_rules import Rule
    from config.site import Site
    from ui.service import Service

NAMED: Final = 5
KEY_DIGITS: Final = 24


def first(service: Service, rule: Rule, site: Site, found: Mapping[str, State], *, now: int) -> AlertEvent:
    """Return the message that begins an incident: one for all subjects of a rule at a site that fire together."""
    lang = service.settings.alerting.language
    values = {subject: state.value for subject, state in found.items() if state.value is not None}
    worst = furthest(values, rule)
    subjects = tuple(sorted(found))
    since = min(state.since for state in found.values())
    lines = [
        t(f"alert.{rule.kind}", lang, n=len(subjects), names=named(subjects), metric=rule.metric),
        *([] if rule.kind == "silent" or worst is None else [against_limit(rule, worst, values[worst], lang)]),
        *([] if worst is None else moved(service, rule, site, worst, now=now)),
        t("alert.since", lang, time=fmt.iso(since)),
        t("alert.reason", lang, reason=rule.reason),
        *([service.settings.alerting.link] if service.settings.alerting.link else []),
    ]
    head = subjects[0] if len(subjects) == 1 else site.name
    return AlertEvent(
        key=uuid4().hex[:KEY_DIGITS],  # kept with the states in one transaction: made once
        at=now,
        rule=rule.id,
        word="firing",
        severity=rule.severity,
        title=t("alert.firing", lang, rule=rule.id, subject=head),
        body="\n".join(lines),
        subjects=subjects,
    )


def again(service: Service, rule: Rule, former: AlertEvent, word: Word, *, now: int) -> AlertEvent:
    """Return the reminder or the end of an incident that `former` began; its key leads back to it."""
    lang = service.settings.alerting.language
    lasted = t("alert.lasted", lang, time=fmt.iso(former.at), length=fmt.duration(now - former.at, lang))
    return replace(
        former,
        key=f"{former.key}.{word}" + (f"-{now}" if word == "reminder" else ""),
        at=now,
        word=word,
        severity=rule.severity,
        title=t(f"alert.{word}", lang, rule=rule.id, subject=named(former.subjects)),
        body=f"{former.body}\n{lasted}",
    )


def named(subjects: tuple[str, ...]) -> str:
    """Return the first few subjects, and how many more there are."""
    more = len(subjects) - NAMED
    return ", ".join(subjects[:NAMED]) + (f" +{more}" if more > 0 else "")
