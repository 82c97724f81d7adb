"""Alerts as rows: what the rules see, and which alerts stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics.alerts import State
from collectors.store.alerts import Silence
from config.errors import InputError
from config.wording import remedy
from ui.alert_sight import listening, seen
from ui.format import iso
from ui.rows import finite

if TYPE_CHECKING:
    from ui.service import Service

STATES = ("firing", "pending", "no data")
SEVERITIES = ("critical", "warning", "info", "")  # the last of a rule that the site file has no longer
OF_METRIC = frozenset({"reading", "rate", "silent", "kpi", "burn"})


def rule_mistakes(service: Service) -> list[str]:
    """Return one sentence for each rule that cannot be used, those included that name a figure that there is not."""
    from ui.figures import FIGURES

    file = service.settings.path.name
    return list(service.settings.alert_mistakes) + [
        f'{file} [[alerts]] "{rule.id}": key metric names "{rule.metric}", which is no figure; '
        f"{remedy(rule.metric, FIGURES)}."
        for rule in service.settings.alerts
        if rule.kind in {"kpi", "burn"} and rule.metric not in FIGURES
    ]


def checked(service: Service) -> list[dict[str, Any]]:
    """Return what every rule sees now, without telling anybody: a dry run."""
    rows = []
    for rule, site, values in seen(service, listening(service), monotonic_s=0.0):
        for subject, value in values.items():
            bad = value is not None and rule.bad(value)
            rows.append(
                {
                    "rule": rule.id,
                    "site": site.id,
                    "subject": subject,
                    "metric": rule.metric if rule.kind in OF_METRIC else "",
                    "value": finite(value),
                    "limit": rule.limit,
                    "state": "no data" if value is None else ("passed" if bad else "ok"),
                }
            )
    return rows


def standing(service: Service) -> list[dict[str, Any]]:
    """Return every alert that is not ok, with what it last saw; the firing ones first, the most severe on top."""
    rules = {rule.id: rule for rule in service.settings.alerts}
    rows = []
    for key, fields in service.stores.state.alerts.states().items():
        state = State(**fields)
        name, subject = key.split("|", 1)
        rule = rules.get(name)
        if state.phase != "ok" or state.dark:
            rows.append(
                {
                    "rule": name,
                    "subject": subject,
                    "state": "no data" if state.dark and state.phase == "ok" else state.phase,
                    "since": iso(state.since) if state.since else None,
                    "value": finite(state.value),
                    "limit": rule.limit if rule else None,
                    "severity": rule.severity if rule else "",
                    "reason": rule.reason if rule else "",
                    "dark": state.dark,
                    "acked_by": state.acked_by,
                }
            )
    return sorted(rows, key=_urgency)


def _urgency(row: dict[str, Any]) -> tuple[int, int, str, str]:
    return STATES.index(row["state"]), SEVERITIES.index(row["severity"]), row["rule"], row["subject"]


def told(service: Service) -> list[dict[str, Any]]:
    """Return what was told, oldest first, one row for each channel that it went to, or one where it went to none."""
    ways: dict[str, list[dict[str, Any]]] = {}
    for one in service.stores.state.alerts.parcels():
        at = None if one.delivered_at is None else iso(one.delivered_at)
        way = {"channel": one.channel, "delivered_at": at, "attempts": one.attempts, "fault": one.fault}
        ways.setdefault(one.event.key, []).append(way)
    return [
        {
            "key": one.key,
            "at": iso(one.at),
            "word": one.word,
            "rule": one.rule,
            "severity": one.severity,
            "title": one.title,
            "body": one.body,
            "subjects": list(one.subjects),
            **way,
        }
        for one in service.stores.state.alerts.events()
        for way in ways.get(one.key, [{}])
    ]


def silenced(service: Service) -> list[dict[str, Any]]:
    """Return the rules that are silent now, until when, by whom and why."""
    found = service.stores.state.alerts.silenced(int(service.now())).values()
    return [{"rule": one.rule, "until": iso(one.until), "who": one.who, "comment": one.comment} for one in found]


def acknowledge(service: Service, rule: str, *, who: str, comment: str) -> list[dict[str, Any]]:
    """Note who takes care of a rule's firing alerts: they remind no more, and their end is told all the same.

    Raises:
        InputError: none of them fires, or the name or the comment is empty.
    """
    service.allow("acknowledge", who)
    _refuse_empty(who, comment)
    found = service.stores.state.alerts.acknowledge(rule, who=who, comment=comment, at=int(service.now()))
    return [{"rule": rule, "subject": key.partition("|")[2], "acked_by": who, "comment": comment} for key in found]


def silence(service: Service, rule: str, *, hours: float, who: str, comment: str) -> dict[str, Any]:
    """Tell nothing of a rule for some hours; its alerts go on underneath.

    Raises:
        InputError: there is no such rule, or the name or the comment is empty.
    """
    service.allow("silence", who)
    rules = [one.id for one in service.settings.alerts]
    if rule not in rules:
        message = f'"{rule}" is no rule of the site file; {remedy(rule, rules)}'
        raise InputError(message)
    _refuse_empty(who, comment)
    now = int(service.now())
    one = Silence(rule=rule, until=now + int(hours * 3600), who=who, comment=comment)
    service.stores.state.alerts.silence(one, at=now)
    return {"rule": rule, "until": iso(one.until), "who": who, "comment": comment}


def _refuse_empty(who: str, comment: str) -> None:
    if not who.strip() or not comment.strip():
        message = "an alert is acknowledged or silenced by somebody for a reason: give a name and a comment"
        raise InputError(message)
