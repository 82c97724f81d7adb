"""Alerts evaluated: what each rule sees now becomes states and messages, in one transaction (design 6).

A message speaks of a rule at a site, however many points it is about: a hall that goes dark is one message. A point
whose parent is in it too is left out, for the parent says it all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from analytics.alerts import State
from analytics.look import looked
from analytics.telling import Patience, telling, with_incident
from ui.alerts.hearing import STALE_INTERVALS
from ui.alerts.messages import again, first
from ui.alerts.reach import reach
from ui.alerts.sight import seen, wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analytics.boundary import Tree
    from analytics.look import Look
    from analytics.telling import Told
    from collectors.store.alerts import AlertEvent
    from collectors.store.silences import Silence
    from config.alerts.rules import Rule
    from config.site import Site
    from ui.alerts.sight import Watch
    from ui.service import Service

NOBODY: Final[frozenset[str]] = frozenset()


def evaluate(service: Service, watch: Watch, *, monotonic_s: float) -> list[AlertEvent]:
    """Look at every rule once, keep where each alert stands, and return what has to be told.

    What a rule cannot be judged by now (a store is away, there is no such figure) leaves its alerts as they are.
    """
    store, now, alerting = service.stores.state.alerts, int(service.now()), service.settings.alerting
    elapsed, stepped = watch.passed(monotonic_s, now, longest_s=3 * alerting.every_s)
    intervals = wanted(service, now)
    watch.hearing.listen(service.stores.spool, intervals, elapsed_s=elapsed, now=now, stepped=stepped)
    held, silences = _by_rule(store.states()), service.stores.state.silences.standing(now)
    changed: dict[str, dict[str, Any] | None] = {}
    events: list[AlertEvent] = []
    for sight in seen(service, watch, monotonic_s=monotonic_s):
        rule, site, values, ages_s = sight.rule, sight.site, sight.values, sight.ages_s
        stood = held.get(rule.id, {})
        look = looked(rule, stood, values, site=site.id, elapsed_s=elapsed, now=now, ages_s=ages_s)
        look.soon_s = sight.soon_s
        tree = watch.tree(site.id, service.settings.points_at(site.id, now))
        hushed = _hushed(silences, rule, tree, site.id, look)
        events += _told(service, rule, site, look, (tree, tuple(values)), now=now, hushed=hushed)
        changed |= {f"{rule.id}|{subject}": _fields(state) for subject, state in look.changes()}
    dropped = _dropped(service, held)
    changed |= dict.fromkeys(dropped)
    events += _ends_of(service, dropped.values(), now=now)
    if changed or events:
        store.move(changed, events, _channels(service, events))
    return events


def _dropped(service: Service, held: Mapping[str, Mapping[str, State]]) -> dict[str, State]:
    """Return by key what no rule looks at any more: its rule, or the site for the rule, is no more in the site file.

    A rule that is left out for a mistake stands still until that is mended.
    """
    settings = service.settings
    looks = {(rule.id, site.id) for rule in settings.alerts for site in settings.sites if rule.site in {None, site.id}}
    rules = {rule.id for rule in settings.alerts}
    return {
        f"{rule}|{subject}": state
        for rule, of in held.items()
        for subject, state in of.items()
        if (rule in rules or not settings.alert_mistakes) and (rule, subject.partition("/")[0]) not in looks
    }


def _ends_of(service: Service, dropped: Iterable[State], *, now: int) -> list[AlertEvent]:
    """Return the ends of what was told of alerts that no rule looks at any more."""
    found = (service.stores.state.alerts.event(one) for one in dict.fromkeys(state.told for state in dropped) if one)
    return [again(service, former, "resolved", now=now, dropped=True) for former in found if former is not None]


def _told(
    service: Service,
    rule: Rule,
    site: Site,
    look: Look,
    among: tuple[Tree, tuple[str, ...]],
    *,
    now: int,
    hushed: frozenset[str],
) -> list[AlertEvent]:
    """Return the messages of a rule at a site, and note in its states who spoke for them; `among` is where it looks.

    What is `hushed` tells no beginning and reminds of nothing; the end of what was told before is told.
    """
    found = news_of(service, rule, look, among, hushed=hushed)
    events = []
    for news in found.news:
        if news.word != "firing":
            former = service.stores.state.alerts.event(news.incident)
            events += [] if former is None else [again(service, former, news.word, now=now)]
        else:
            events.append(first(service, rule, site, {one: look.states[one] for one in news.subjects}, now=now))
    new = next((one.key for one in events if one.word == "firing"), "")
    look.states |= with_incident(look.states, found, new=new)
    return events


def _hushed(silences: Sequence[Silence], rule: Rule, tree: Tree, site: str, look: Look) -> frozenset[str]:
    """The subjects of a rule that are silenced now."""
    scopes = [one.scope for one in silences if one.scope.rule in {"", rule.id}]
    if not scopes:
        return frozenset()
    of = {subject: reach(tree, site, subject) for subject in look.states}
    return frozenset(subject for subject, found in of.items() if any(one.covers(rule.id, *found) for one in scopes))


def news_of(
    service: Service, rule: Rule, look: Look, among: tuple[Tree, tuple[str, ...]], *, hushed: frozenset[str] = NOBODY
) -> Told:
    """Return what has to be told of a look; only of silence does a point speak for what it feeds."""
    tree, scope = among

    def patience_s(point: str) -> float:
        return STALE_INTERVALS * tree.by_id[point].interval_s[rule.metric]

    return telling(
        look.states,
        scope=scope,
        ended=look.ended(),
        due=look.due,
        ancestors=tree.ancestors if rule.kind == "silent" else lambda _: frozenset(),
        wait_s=service.settings.alerting.group_wait_s,
        hushed=hushed,
        patience=Patience(patience_s, look.elapsed_s, look.soon_s),
    )


def _by_rule(stored: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, State]]:
    found: dict[str, dict[str, State]] = defaultdict(dict)
    for key, fields in stored.items():
        rule, _, subject = key.partition("|")
        found[rule][subject] = State(**fields)
    return found


def _fields(state: State) -> dict[str, Any] | None:
    return None if state == State() else asdict(state)


def _channels(service: Service, events: Sequence[AlertEvent]) -> dict[str, tuple[str, ...]]:
    """Return to which channels each message goes by its key: those of its rule, and an end to all who heard of it."""
    every = tuple(one.id for one in service.settings.alerting.channels)
    of = {rule.id: rule.channels for rule in service.settings.alerts}
    found = {}
    for event in events:
        heard = service.stores.state.alerts.heard(event.incident) if event.word == "resolved" else frozenset()
        found[event.key] = tuple(one for one in every if one in heard) if heard else of.get(event.rule) or every
    return found
