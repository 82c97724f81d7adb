"""What alert rules see now: live readings as this process hears them, and figures computed now and then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analytics.boundary import Tree
from analytics.change_rate import Trail
from analytics.look import NO_AGES
from collectors.clock import STEP_S
from config.alerts.rules import LIVE
from config.errors import WattlasError
from ui.alerts.figures import FIGURES
from ui.alerts.hearing import LATE_INTERVALS, Hearing
from ui.alerts.reach import reach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from config.alerts.rules import Rule
    from config.site import PointState, Site
    from ui.service import Service

Values = dict[str, float | None]
Points = tuple["PointState", ...]


@dataclass(slots=True)
class Watch:
    """What one process remembers between two looks.

    `looked_s` is the monotonic time of the last look and `offset_s` what the wall clock was beyond it. `figures` holds
    when each figure was last computed, and its values; `trails` the way of each reading whose change is watched;
    `apart` says that another thread computes the figures (`refresh`), for one that takes long must delay no live rule.
    `chosen` which points each rule speaks of and `trees` what feeds what, as long as a site's points stand as they are.
    """

    looked_s: float | None = None
    offset_s: float = 0.0
    hearing: Hearing = field(default_factory=Hearing)
    figures: dict[str, tuple[float, Values | None]] = field(default_factory=dict)
    apart: bool = False
    chosen: dict[str, tuple[Points, list[PointState]]] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    trails: dict[str, Trail] = field(default_factory=dict)

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
            above = self.tree(site.id, tree).ancestors if rule.under else nothing_above
            found = [one for one in tree if _metric(rule) in one.interval_s and rule.speaks_of(one, above(one.id))]
            held = self.chosen[key] = (tree, found)
        return held[1]

    def trail(self, rule: Rule, point: str) -> Trail:
        """Return the way of a reading over the window of a rule, begun anew where that is another than before."""
        key = f"{rule.id}|{point}|{rule.metric}"
        held = self.trails.get(key)
        if held is None or held.window_s != rule.window_s:
            held = self.trails[key] = Trail(rule.window_s)
        return held

    def tree(self, site: str, points: Points) -> Tree:
        """Return the tree of a site's points, built once as long as they stand."""
        if site not in self.trees or self.trees[site].points is not points:
            self.trees[site] = Tree(points)
        return self.trees[site]


def nothing_above(_: str) -> frozenset[str]:
    """Stand for the ancestors of a point where nobody asks for them."""
    return frozenset()


def _metric(rule: Rule) -> str:
    return "power" if rule.kind == "capacity" else rule.metric


def listening(service: Service) -> Watch:
    """Return what a process that looks once knows: by the wall clock, for it heard nothing before."""
    now = int(service.now())
    watch = Watch(hearing=Hearing(clock_s=float(now)))
    watch.hearing.listen(service.stores.spool, wanted(service, now), elapsed_s=0.0, now=now)
    return watch


def wanted(service: Service, now: int) -> dict[tuple[str, str], float]:
    """Return the declared sampling interval [s] of every series that a rule may speak of."""
    metrics = {_metric(rule) for rule in service.settings.alerts if rule.kind in LIVE}
    trees = (service.settings.points_at(site.id, now) for site in service.settings.sites)
    return {
        (one.id, metric): seconds
        for tree in trees
        for one in tree
        for metric, seconds in one.interval_s.items()
        if metric in metrics
    }


@dataclass(frozen=True, slots=True)
class Sight:
    """What a rule sees at a site by subject, None where there is no data, and how old readings are that it judges.

    `soon_s` is how long what is about to be silent may take until it is, or speaks; 0 where nothing is.
    """

    rule: Rule
    site: Site
    values: Values
    ages_s: Mapping[str, float]
    soon_s: float


def seen(service: Service, watch: Watch, *, monotonic_s: float) -> Iterator[Sight]:
    """Yield what each rule sees at each of its sites.

    Where somebody works (`[[alerting.maintenance]]`) there is no data: nothing fires and nothing ends. A rule that
    cannot be judged now is left out.
    """
    now = int(service.now())
    for rule in service.settings.alerts:
        for site in service.settings.sites:
            if rule.site not in {None, site.id}:
                continue
            if rule.kind in LIVE:
                values: Values | None = _live(service, rule, site, watch, now=now)
            else:
                values = _figures(service, rule, site, watch, monotonic_s=monotonic_s)
            if values is not None:
                ages_s, soon_s = _ages_s(rule, watch.hearing, values), 0.0
                points = service.settings.points_at(site.id, now)
                values = _worked_on(service, site, watch.tree(site.id, points), values, now)
                if rule.kind == "silent":
                    points = tuple(watch.points(rule, site, points))
                    soon_s = _soon_s(rule, points, watch.hearing, values)
                yield Sight(rule, site, values, ages_s, soon_s)


def _live(service: Service, rule: Rule, site: Site, watch: Watch, *, now: int) -> Values:
    """What a rule sees of live readings. Of points that only imports feed it says no silence, but by their own age."""
    metric, hearing, found = _metric(rule), watch.hearing, Values()
    for one in watch.points(rule, site, service.settings.points_at(site.id, now)):
        series, interval_s = (one.id, metric), one.interval_s[metric]
        if rule.kind == "silent":
            if one.max_silence_s is not None:
                found[one.id] = _condition(hearing.older(series, one.max_silence_s))
            elif one.polled or series in hearing.pushed:
                found[one.id] = _condition(hearing.silent(series, interval_s))
            continue
        value = hearing.value(series, interval_s)
        if rule.kind == "rate":
            value = watch.trail(rule, one.id).change(value, hearing.clock_s)
        elif rule.kind == "capacity":
            rating_w = rule.limit_w or one.max_w
            value = None if value is None or rating_w is None else value / rating_w
        found[one.id] = value
    return found


def _condition(holds: float | None) -> float | None:
    return None if holds is None else float(holds)


def _ages_s(rule: Rule, hearing: Hearing, values: Values) -> Mapping[str, float]:
    """How old readings are; silence is seen just now, and a figure is that of now until the next."""
    if rule.kind not in LIVE or rule.kind == "silent":
        return NO_AGES
    return {one: hearing.age_s((one, _metric(rule))) for one in values}


def _soon_s(rule: Rule, points: Iterable[PointState], hearing: Hearing, values: Values) -> float:
    late = (
        (one.id, one.interval_s[rule.metric]) for one in points if one.max_silence_s is None and values.get(one.id) == 0
    )
    found = (LATE_INTERVALS * each_s for point, each_s in late if hearing.late((point, rule.metric), each_s))
    return max(found, default=0.0)


def refresh(service: Service, watch: Watch, *, clock: Callable[[], float]) -> None:
    """Compute the figures that are due, each at most every `every_s` of its rule by a monotonic `clock`."""
    for rule in service.settings.alerts:
        for site in service.settings.sites:
            if rule.kind not in LIVE and rule.site in {None, site.id}:
                _compute(service, rule, site, watch, monotonic_s=clock())


def _figures(service: Service, rule: Rule, site: Site, watch: Watch, *, monotonic_s: float) -> Values | None:
    """What a rule's figure is by now; None before it was first computed, or where it cannot be."""
    if not watch.apart:
        _compute(service, rule, site, watch, monotonic_s=monotonic_s)
    found = watch.figures.get(f"{rule.id}|{site.id}")
    return None if found is None else found[1]


def _compute(service: Service, rule: Rule, site: Site, watch: Watch, *, monotonic_s: float) -> None:
    key = f"{rule.id}|{site.id}"
    if key in watch.figures and monotonic_s - watch.figures[key][0] < rule.every_s:
        return
    watch.figures[key] = (monotonic_s, None)  # noted before, so that one that fails holds up no other of its turn
    try:
        values: Values | None = FIGURES[rule.kind](service, rule, site)
    except WattlasError:
        values = None
    watch.figures[key] = (monotonic_s, values)


def _worked_on(service: Service, site: Site, tree: Tree, values: Values, now: int) -> Values:
    windows = service.settings.alerting.maintenance
    if not any(one.start <= now < one.end for one in windows):
        return values
    nodes = {subject: reach(tree, site.id, subject)[0] for subject in values}
    return {
        subject: None if any(one.holds(subject, nodes[subject], now) for one in windows) else value
        for subject, value in values.items()
    }
