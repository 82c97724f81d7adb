"""Alerts as rows: what the rules see, and which alerts stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics.alerts import State
from collectors.store.silences import Silence
from config.errors import InputError
from config.reading.wording import sentence
from ui.access.part import shows
from ui.alerts.figures import figure_mistake
from ui.alerts.reach import covering
from ui.alerts.sight import listening, seen
from ui.format import iso
from ui.rows import finite

if TYPE_CHECKING:
    from collectors.store.alerts import AlertEvent, Parcel
    from config.alerts.rules import Rule
    from config.alerts.scope import Scope
    from ui.service import Service

DAY_S, HOUR_S = 86_400, 3600
STATES = ("firing", "pending", "no data")
SEVERITIES = ("critical", "warning", "info", "")  # the last of a rule that the site file has no longer
OF_POINTS = frozenset({"reading", "rate", "capacity", "silent", "coverage"})
OF_METRIC = frozenset({"reading", "rate", "silent", "kpi", "burn"})


def rule_mistakes(service: Service) -> list[str]:
    """Return one sentence for each rule that cannot be used, those included that cannot be about their figure."""
    file = service.settings.path.name
    found = ((rule.id, figure_mistake(service, rule)) for rule in service.settings.alerts)
    ours = (sentence(f'{file} [[alerts]] "{rule}"', text) for rule, text in found if text)
    return [*service.settings.alert_mistakes, *ours]


def checked(service: Service) -> list[dict[str, Any]]:
    """Return what every rule sees now, without telling anybody: a dry run."""
    rows, looked = list[dict[str, Any]](), set[str]()
    for sight in seen(service, listening(service), monotonic_s=0.0):
        rule, site = sight.rule, sight.site
        looked |= {rule.id} if sight.values else set()
        for subject, value in sight.values.items():
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
    idle = [rule for rule in service.settings.alerts if rule.kind in OF_POINTS and rule.id not in looked]
    return rows + [_idle(rule) for rule in idle]


def _idle(rule: Rule) -> dict[str, Any]:
    """Say of a rule that speaks of no point that it will never warn of anything."""
    nothing = {"subject": "", "metric": rule.metric if rule.kind in OF_METRIC else "", "value": None}
    return {"rule": rule.id, "site": rule.site or ""} | nothing | {"limit": rule.limit, "state": "no such point"}


def standing(service: Service) -> list[dict[str, Any]]:
    """Return every alert that is not ok, with what it last saw; the firing ones first, the most severe on top."""
    rules = {rule.id: rule for rule in service.settings.alerts}
    rows, quiet = (
        [],
        [(one, covering(service, one.scope)) for one in service.stores.state.silences.standing(_at(service))],
    )
    for key, fields in service.stores.state.alerts.states().items():
        state = State(**fields)
        name, subject = key.split("|", 1)
        rule = rules.get(name)
        if (state.phase != "ok" or state.dark) and shows(service, subject.partition("/")[0]):
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
                    "ack_comment": state.ack_comment,
                    "silent_until": max((iso(one.until) for one, covers in quiet if covers(key)), default=None),
                }
            )
    return sorted(rows, key=_urgency)


def _urgency(row: dict[str, Any]) -> tuple[int, int, str, str]:
    return STATES.index(row["state"]), SEVERITIES.index(row["severity"]), row["rule"], row["subject"]


def told(service: Service) -> list[dict[str, Any]]:
    """Return what was told, oldest first, one row for each channel that it went to, or one where it went to none.

    Who sees some sites alone is told what was about these.
    """
    ways: dict[str, list[dict[str, Any]]] = {}
    for one in service.stores.state.alerts.parcels():
        ways.setdefault(one.event.key, []).append(_way(service, one))
    kept_from = _at(service) - service.settings.alerting.keep_days * DAY_S
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
        if _may_hear(service, one)
        for way in ways.get(one.key, [{"way": "no channel" if one.at >= kept_from else "kept no longer"}])
    ]


def _may_hear(service: Service, one: AlertEvent) -> bool:
    sites = {subject.partition("/")[0] for subject in one.subjects} or {""}
    return all(shows(service, site) for site in sites)


def _way(service: Service, one: Parcel) -> dict[str, Any]:
    at = None if one.delivered_at is None else iso(one.delivered_at)
    given_up = one.given_up(_at(service), service.settings.alerting.give_up_days * DAY_S)
    word = "delivered" if at else ("given up" if given_up else "waiting")
    return {"channel": one.channel, "way": word, "delivered_at": at, "attempts": one.attempts, "fault": one.fault}


def silenced(service: Service) -> list[dict[str, Any]]:
    """Return what is silent now, until when, by whom and why."""
    standing = service.stores.state.silences.standing(int(service.now()))
    return [_silence_row(one) for one in standing if _is_silent_here(service, one.scope)]


def _is_silent_here(service: Service, scope: Scope) -> bool:
    """Whether who is there may know of it: what is about all sites is about theirs too, where they know its rule."""
    site = _site_of(service, scope)
    rules = {one.id for one in service.settings.alerts} if service.whole else {scope.rule}
    return shows(service, site) if site else scope.rule in {"", *rules}


def _silence_row(one: Silence) -> dict[str, Any]:
    scope = {"rule": one.scope.rule, "node": one.scope.node, "tag": one.scope.tag}
    return scope | {"until": iso(one.until), "who": one.who, "comment": one.comment}


def acknowledge(service: Service, scope: Scope, *, who: str, comment: str) -> list[dict[str, Any]]:
    """Note who takes care of firing alerts: they remind no more, and their end is told all the same.

    Raises:
        InputError: none of them fires, or the name or the comment is empty.
    """
    service.allow("acknowledge", who, sites=[_site_of(service, scope)])
    _refuse_empty(who, comment)
    store, covers = service.stores.state.alerts, covering(service, scope)
    keys = [key.partition("|") for key in store.acknowledge(scope, covers, who=who, comment=comment, at=_at(service))]
    return [{"rule": rule, "subject": subject, "acked_by": who, "comment": comment} for rule, _, subject in keys]


def silence(service: Service, scope: Scope, *, hours: float, who: str, comment: str) -> dict[str, Any]:
    """Tell nothing of a rule, node or tag for some hours; its alerts go on underneath.

    Raises:
        InputError: the name or the comment is empty, or it is silent for no second.
    """
    service.allow("silence", who, sites=[_site_of(service, scope)])
    _refuse_empty(who, comment)
    seconds = int(hours * HOUR_S)
    if seconds < 1:
        message = f"{hours:g} hours are less than a second: give more, or 0 to end a silence"
        raise InputError(message)
    one = Silence(scope=scope, until=_at(service) + seconds, who=who, comment=comment)
    service.stores.state.silences.add(one, at=_at(service))
    return _silence_row(one)


def end_silence(service: Service, scope: Scope, *, who: str, comment: str) -> dict[str, Any]:
    """Let a silence end now, before its time.

    Raises:
        InputError: just this is not silent, or the name or the comment is empty.
    """
    service.allow("silence", who, sites=[_site_of(service, scope)])
    _refuse_empty(who, comment)
    service.stores.state.silences.end(scope, who=who, comment=comment, at=_at(service))
    return _silence_row(Silence(scope=scope, until=_at(service), who=who, comment=comment))


def _site_of(service: Service, scope: Scope) -> str | None:
    """The site that a scope stays within: of its node, else of its rule; None where it may be about any."""
    of_rule = next((one.site for one in service.settings.alerts if one.id == scope.rule), None)
    return scope.node.partition("/")[0] or of_rule


def _at(service: Service) -> int:
    return int(service.now())


def _refuse_empty(who: str, comment: str) -> None:
    if not who.strip() or not comment.strip():
        message = "an alert is acknowledged or silenced by somebody for a reason: give a name and a comment"
        raise InputError(message)
