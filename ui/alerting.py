"""Alerts evaluated: what each rule sees now becomes states and messages, in one transaction (design 6).

A message speaks of a rule at a site, however many points it is about: a hall that goes dark is one message. A point
whose parent is in it too is left out, for the parent says it all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from analytics.alerts import State, step
from analytics.boundary import Tree
from analytics.telling import telling, with_incident
from collectors.clock import STEP_S
from config.errors import InputError
from ui.alert_messages import again, first
from ui.hearing import Hearing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collectors.store.alerts import AlertEvent
    from config.alerts import Rule
    from config.site import PointState, Site
    from ui.service import Service

Values = dict[str, float | None]
Points = tuple["PointState", ...]


@dataclass(slots=True)
class Watch:
    """What one process remembers between two looks.

    `looked_s` is the monotonic time of the last look and `offset_s` what the wall clock was beyond it. `figures` holds
    when each figure was last computed, and its value; `chosen` which points each rule speaks of and `trees` what feeds
    what, as long as a site's points stand as they are.
    """

    looked_s: float | None = None
    offset_s: float = 0.0
    hearing: Hearing = field(default_factory=Hearing)
    figures: dict[str, tuple[float, float | None]] = field(default_factory=dict)
    chosen: dict[str, tuple[Points, list[PointState]]] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)

    def passed(self, monotonic_s: float, wall_s: float, *, longest_s: float) -> tuple[float, bool]:
        """Return the seconds since the last look, at most `longest_s`, and whether the wall clock was set meanwhile."""
        former, before = self.looked_s, self.offset_s
        self.looked_s, self.offset_s = monotonic_s, wall_s - monotonic_s
        if former is None:
            return 0.0, False
        return min(monotonic_s - former, longest_s), abs(self.offset_s - before) > STEP_S

    def points(self, rule: Rule, site: Site, tree: Points) -> list[PointState]:
        """Return the points of a rule at a site, matched once as long as the tree stands."""
        key = f"{rule.id}|{site.id}"
        held = self.chosen.get(key)
        if held is None or held[0] is not tree:
            found = [one for one in tree if _metric(rule) in one.interval_s and rule.speaks_of(one.id, one.role)]
            held = self.chosen[key] = (tree, found)
        return held[1]

    def tree(self, site: str, points: Points) -> Tree:
        """Return the tree of a site's points, built once as long as they stand."""
        if site not in self.trees or self.trees[site].points is not points:
            self.trees[site] = Tree(points)
        return self.trees[site]


def _metric(rule: Rule) -> str:
    return "power" if rule.kind == "silent" else rule.metric


def evaluate(service: Service, watch: Watch, *, monotonic_s: float) -> list[AlertEvent]:
    """Look at every rule once, keep where each alert stands, and return what has to be told.

    A rule whose figure does not exist is told as `InputError` by `wattlas alerts check`; here it is left out, so that
    the other rules keep running.
    """
    store, now, alerting = service.stores.state.alerts, int(service.now()), service.settings.alerting
    elapsed, stepped = watch.passed(monotonic_s, now, longest_s=3 * alerting.every_s)
    intervals = _intervals(service, now)
    watch.hearing.listen(service.stores.spool, intervals, elapsed_s=elapsed, now=now, stepped=stepped)
    held, silenced = _by_rule(store.states()), store.silenced(now)
    changed: dict[str, dict[str, Any] | None] = {}
    events: list[AlertEvent] = []
    for rule, site, values in seen(service, watch, monotonic_s=monotonic_s):
        look = looked(rule, held.get(rule.id, {}), values, site=site.id, elapsed_s=elapsed, now=now)
        tree = watch.tree(site.id, service.settings.points_at(site.id, now))
        events += _told(service, rule, site, look, (tree, tuple(values)), now=now, silenced=rule.id in silenced)
        changed |= {f"{rule.id}|{subject}": _fields(state) for subject, state in look.changes()}
    rules = {rule.id for rule in service.settings.alerts}
    changed |= {f"{id_}|{subject}": None for id_, of in held.items() if id_ not in rules for subject in of}
    channels = {rule.id: _channels(service, rule) for rule in service.settings.alerts}
    if changed or events:
        store.move(changed, events, channels)
    return events


@dataclass(slots=True)
class Look:
    """One rule at one site: where its alerts stood, where they stand now, and those of which a reminder is due."""

    former: dict[str, State]
    states: dict[str, State]
    due: list[str]

    def ended(self) -> list[State]:
        """Return the former states of those that fire no more."""
        firing = {subject for subject, state in self.states.items() if state.phase == "firing"}
        return [one for subject, one in self.former.items() if one.phase == "firing" and subject not in firing]

    def changes(self) -> Iterator[tuple[str, State]]:
        """Yield what stands otherwise than before."""
        for subject in self.former.keys() | self.states.keys():
            state = self.states.get(subject, State())
            if state != self.former.get(subject, State()):
                yield subject, state


def looked(rule: Rule, held: Mapping[str, State], values: Values, *, site: str, elapsed_s: float, now: int) -> Look:
    """Step every alert of a rule at a site; one whose point is no more, or no more of the rule, has ended."""
    look = Look({}, {}, [])
    for subject, value in values.items():
        former = held.get(subject, State())
        state, word = step(former, rule, value, elapsed_s=elapsed_s, now=now)
        if former != State():
            look.former[subject] = former
        if state != State():
            look.states[subject] = state
        if word == "reminder":
            look.due.append(subject)
    gone = {one: state for one, state in held.items() if one not in values and one.partition("/")[0] == site}
    look.former |= gone
    return look


def _told(
    service: Service,
    rule: Rule,
    site: Site,
    look: Look,
    among: tuple[Tree, tuple[str, ...]],
    *,
    now: int,
    silenced: bool,
) -> list[AlertEvent]:
    """Return the messages of a rule at a site, and note in its states who spoke for them; `among` is where it looks.

    A rule that is silenced tells no beginning and reminds of nothing; the end of what was told before is told.
    """
    tree, scope = among
    found = telling(
        look.states,
        scope=scope,
        ended=look.ended(),
        due=[] if silenced else look.due,
        ancestors=tree.ancestors if rule.kind == "silent" else lambda _: frozenset(),
        wait_s=service.settings.alerting.group_wait_s,
    )
    events = []
    for news in found.news:
        if news.word != "firing":
            former = service.stores.state.alerts.event(news.incident)
            events += [] if former is None else [again(service, rule, former, news.word, now=now)]
        elif not silenced:
            events.append(first(service, rule, site, {one: look.states[one] for one in news.subjects}, now=now))
    if not silenced:
        new = next((one.key for one in events if one.word == "firing"), "")
        look.states |= with_incident(look.states, found.joined, new=new)
    return events


def listening(service: Service) -> Watch:
    """Return what a process that looks once knows: by the wall clock, for it heard nothing before."""
    now = int(service.now())
    watch = Watch(hearing=Hearing(clock_s=float(now)))
    watch.hearing.listen(service.stores.spool, _intervals(service, now), elapsed_s=0.0, now=now)
    return watch


def _by_rule(stored: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, State]]:
    found: dict[str, dict[str, State]] = defaultdict(dict)
    for key, fields in stored.items():
        rule, _, subject = key.partition("|")
        found[rule][subject] = State(**fields)
    return found


def _fields(state: State) -> dict[str, Any] | None:
    return None if state == State() else asdict(state)


def _channels(service: Service, rule: Rule) -> tuple[str, ...]:
    return rule.channels or tuple(one.id for one in service.settings.alerting.channels)


def _intervals(service: Service, now: int) -> dict[tuple[str, str], float]:
    """Declared sampling intervals [s] of all series that a rule may speak of."""
    wanted = {_metric(rule) for rule in service.settings.alerts if rule.kind != "kpi"}
    trees = (service.settings.points_at(site.id, now) for site in service.settings.sites)
    return {
        (one.id, metric): seconds
        for tree in trees
        for one in tree
        for metric, seconds in one.interval_s.items()
        if metric in wanted
    }


def seen(service: Service, watch: Watch, *, monotonic_s: float) -> Iterator[tuple[Rule, Site, Values]]:
    """Yield each rule at each of its sites with what it sees there by subject; None where there is no data."""
    now = int(service.now())
    for rule in service.settings.alerts:
        for site in service.settings.sites:
            if rule.site not in {None, site.id}:
                continue
            if rule.kind == "kpi":
                yield rule, site, {site.id: _figure(service, rule, site, watch, monotonic_s=monotonic_s)}
                continue
            metric, hearing = _metric(rule), watch.hearing
            own = {
                one.id: one.interval_s[metric]
                for one in watch.points(rule, site, service.settings.points_at(site.id, now))
            }
            if rule.kind == "silent":
                yield rule, site, {id_: float(hearing.silent((id_, metric), s)) for id_, s in own.items()}
            else:
                yield rule, site, {id_: hearing.value((id_, metric), s) for id_, s in own.items()}


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
