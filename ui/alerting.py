"""Alerts evaluated: what each rule sees now becomes states and messages, in one transaction (design 6).

A message speaks of a rule at a site, however many points it is about: a hall that goes dark is one message. A point
whose parent is in it too is left out, for the parent says it all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from analytics.alerts import State, furthest, step, topmost
from analytics.boundary import Tree
from collectors.store.alerts import AlertEvent
from config.errors import InputError
from ui.format import iso
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.alerts import Rule
    from config.site import PointState, Site
    from ui.service import Service

Values = dict[str, float | None]
Points = tuple["PointState", ...]
NAMED: Final = 5
STALE_INTERVALS: Final = 3


@dataclass(slots=True)
class Watch:
    """What one process remembers between two looks.

    `figures` holds when each figure was last computed, and its value; `chosen` which points each rule speaks of, for
    the tree that stood.
    """

    looked_s: float | None = None
    figures: dict[str, tuple[float, float | None]] = field(default_factory=dict)
    chosen: dict[str, tuple[Points, list[PointState]]] = field(default_factory=dict)

    def points(self, rule: Rule, site: Site, tree: Points) -> list[PointState]:
        """Return the points of a rule at a site, matched once as long as the tree stands."""
        key = f"{rule.id}|{site.id}"
        held = self.chosen.get(key)
        if held is None or held[0] is not tree:
            metric = "power" if rule.kind == "silent" else rule.metric
            found = [one for one in tree if metric in one.interval_s and rule.speaks_of(one.id, one.role)]
            held = self.chosen[key] = (tree, found)
        return held[1]


def evaluate(service: Service, watch: Watch, *, monotonic_s: float) -> list[AlertEvent]:
    """Look at every rule once, keep where each alert stands, and return what has to be told.

    A rule whose figure does not exist is told as `InputError` by `wattlas alerts check`; here it is left out, so that
    the other rules keep running.
    """
    longest = 3 * service.settings.alerting.every_s
    elapsed = 0.0 if watch.looked_s is None else min(monotonic_s - watch.looked_s, longest)
    watch.looked_s = monotonic_s
    store, now = service.stores.state.alerts, int(service.now())
    states, silenced = store.states(), store.silenced(now)
    changed: dict[str, dict[str, Any] | None] = {}
    events: list[AlertEvent] = []
    for rule, site, values in seen(service, watch, monotonic_s=monotonic_s):
        words: dict[str, dict[str, State]] = defaultdict(dict)
        for subject, value in values.items():
            key = f"{rule.id}|{subject}"
            former = State(**states[key]) if key in states else State()
            state, word = step(former, rule, value, elapsed_s=elapsed, now=now)
            if state != former:
                changed[key] = None if state == State() else asdict(state)
            if word is not None:
                words[word][subject] = replace(state, value=value)
        if rule.id not in silenced:
            events += [_event(service, rule, site, word, found, now) for word, found in words.items()]
    channels = {rule.id: _channels(service, rule) for rule in service.settings.alerts}
    if changed or events:
        store.move(changed, events, channels)
    return events


def _channels(service: Service, rule: Rule) -> tuple[str, ...]:
    return rule.channels or tuple(one.id for one in service.settings.alerting.channels)


def seen(service: Service, watch: Watch, *, monotonic_s: float) -> Iterator[tuple[Rule, Site, Values]]:
    """Yield each rule at each of its sites with what it sees there by subject; None where there is no data."""
    now = int(service.now())
    newest = _newest(service)
    for rule in service.settings.alerts:
        for site in service.settings.sites:
            if rule.site not in {None, site.id}:
                continue
            if rule.kind == "kpi":
                yield rule, site, {site.id: _figure(service, rule, site, watch, monotonic_s=monotonic_s)}
                continue
            tree = service.settings.points_at(site.id, now)
            metric = "power" if rule.kind == "silent" else rule.metric
            values: Values = {
                one.id: _fresh(newest.get((one.id, metric)), now=now, stale_s=STALE_INTERVALS * one.interval_s[metric])
                for one in watch.points(rule, site, tree)
            }
            if rule.kind == "silent":
                dark = set(topmost((point for point, value in values.items() if value is None), Tree(tree).ancestors))
                values = {point: float(point in dark) for point in values}
            yield rule, site, values


def _newest(service: Service) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The newest good reading of every series that a rule may speak of, read once a look."""
    rules = service.settings.alerts
    metrics = {"power" if rule.kind == "silent" else rule.metric for rule in rules if rule.kind != "kpi"}
    if not metrics:
        return {}
    rows = service.stores.spool.latest(metrics=sorted(metrics)).to_pylist()
    return {(row["point"], row["metric"]): row for row in rows}


def _fresh(row: Mapping[str, Any] | None, *, now: int, stale_s: float) -> float | None:
    return None if row is None or now - row["time"] > stale_s else float(row["value"])


def _figure(service: Service, rule: Rule, site: Site, watch: Watch, *, monotonic_s: float) -> float | None:
    """The rule's figure over its window, computed at most every `every_s`; None where it has no value (design 4.6)."""
    key = f"{rule.id}|{site.id}"
    at, value = watch.figures.get(key, (None, None))
    if at is None or monotonic_s - at >= rule.every_s:
        end = min(int(service.now()), service.booked_until())
        value = None
        if end - int(rule.window_s) > 0:
            try:
                (figure,) = service.kpis(site=site.id, start=end - int(rule.window_s), end=end, names=[rule.metric])
            except InputError:
                return None
            value = figure.value
        watch.figures[key] = (monotonic_s, value)
    return value


def _event(service: Service, rule: Rule, site: Site, word: str, found: dict[str, State], now: int) -> AlertEvent:
    """One message for all subjects of a rule at a site that moved together."""
    lang = service.settings.alerting.language
    values = {subject: state.value for subject, state in found.items() if state.value is not None}
    worst = furthest(values, rule)
    subjects = tuple(sorted(found))
    named = ", ".join(subjects[:NAMED]) + (f" +{len(subjects) - NAMED}" if len(subjects) > NAMED else "")
    since = min(state.since or now for state in found.values())
    lines = [
        t(f"alert.{rule.kind}", lang, n=len(subjects), names=named, metric=rule.metric),
        *([] if rule.kind == "silent" or worst is None else [_value(rule, worst, values[worst], lang)]),
        t("alert.since", lang, time=iso(since)),
        t("alert.reason", lang, reason=rule.reason),
        *([service.settings.alerting.link] if service.settings.alerting.link else []),
    ]
    first = subjects[0] if len(subjects) == 1 else site.name
    key = sha256(f"{rule.id}|{site.id}|{word}|{now}|{subjects}".encode()).hexdigest()[:24]
    return AlertEvent(
        key=key,
        at=now,
        rule=rule.id,
        word=word,
        severity=rule.severity,
        title=t(f"alert.{word}", lang, rule=rule.id, subject=first),
        body="\n".join(lines),
        subjects=subjects,
    )


def _value(rule: Rule, subject: str, value: float, lang: str) -> str:
    key = "alert.above" if rule.above is not None else "alert.below"
    return t(key, lang, subject=subject, value=f"{value:.6g}", limit=f"{rule.limit:g}")


def checked(service: Service) -> list[dict[str, Any]]:
    """Return what every rule sees now, without telling anybody: a dry run.

    Raises:
        InputError: a rule names a figure that there is not.
    """
    from config.wording import remedy
    from ui.figures import FIGURES

    for rule in service.settings.alerts:
        if rule.kind == "kpi" and rule.metric not in FIGURES:
            hint = remedy(rule.metric, FIGURES)
            msg = f'rule "{rule.id}": key metric names "{rule.metric}", which is no figure; {hint}'
            raise InputError(msg)
    rows = []
    for rule, site, values in seen(service, Watch(), monotonic_s=0.0):
        for subject, value in values.items():
            bad = value is not None and (value > 0 if rule.kind == "silent" else rule.passed(value))
            rows.append(
                {
                    "rule": rule.id,
                    "site": site.id,
                    "subject": subject,
                    "metric": "" if rule.kind == "silent" else rule.metric,
                    "value": value,
                    "limit": rule.limit,
                    "state": "no data" if value is None else ("passed" if bad else "ok"),
                }
            )
    return rows


def standing(service: Service) -> list[dict[str, Any]]:
    """Return every alert that is not ok, with what it last saw."""
    rows = []
    for key, fields in sorted(service.stores.state.alerts.states().items()):
        state = State(**fields)
        rule, subject = key.split("|", 1)
        if state.phase != "ok" or state.dark:
            rows.append(
                {
                    "rule": rule,
                    "subject": subject,
                    "state": "no data" if state.dark and state.phase == "ok" else state.phase,
                    "since": iso(state.since) if state.since else None,
                    "value": state.value,
                    "dark": state.dark,
                    "acked_by": state.acked_by,
                }
            )
    return rows
