"""A dry run of the alert rules over a past period: what would have been told, by the very rules that run live.

Live readings are replayed in the order of their times, figures are computed as the books stand now, and nobody is told.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.alerts import State
from analytics.look import looked
from analytics.telling import with_incident
from collectors.arrays import numpy_of
from ui.alerts.evaluate import news_of
from ui.alerts.sight import Watch, seen, wanted
from ui.format import iso
from ui.rows import finite

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from analytics.look import Look
    from analytics.telling import News
    from config.alerts.rules import Rule
    from config.site import Site
    from ui.service import Service

DAY_S: Final = 86_400


def dry_run(service: Service, start: int, end: int, *, step_s: int) -> Iterator[dict[str, Any]]:
    """Yield what the rules would have told over [start, end) in UTC seconds, looking every `step_s`."""
    watch, held = Watch(), defaultdict[str, dict[str, State]](dict)
    for now, rows in _looks(service, start, end, step_s):
        then, elapsed_s = replace(service, now=partial(float, now)), 0.0 if now == start else float(step_s)
        watch.hearing.take(rows, wanted(then, now), elapsed_s=elapsed_s, now=now, dated=True)
        for sight in seen(then, watch, monotonic_s=float(now)):
            rule, site, values, ages_s = sight.rule, sight.site, sight.values, sight.ages_s
            look = looked(rule, held[rule.id], values, site=site.id, elapsed_s=elapsed_s, now=now, ages_s=ages_s)
            look.soon_s = sight.soon_s
            tree = watch.tree(site.id, then.settings.points_at(site.id, now))
            found = news_of(then, rule, look, (tree, tuple(values)))
            yield from (_row(rule, site, now, news, look) for news in found.news)
            look.states |= with_incident(look.states, found, new=f"{now}")
            held[rule.id] |= dict(look.changes())


def _looks(service: Service, start: int, end: int, step_s: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Yield each time of looking with what was read since the one before; no more than a day or a step is held."""
    stretch_s = max(1, DAY_S // step_s) * step_s
    for first in range(start, end, stretch_s):
        last = min(first + stretch_s, end)
        readings = _readings(service, max(start, first - step_s + 1), last)
        times = numpy_of(readings["time"])
        for now in range(first, last, step_s):
            begin, stop = np.searchsorted(times, (now - step_s + 1, now + 1)).tolist()
            yield now, readings.slice(begin, stop - begin).to_pylist()


def _row(rule: Rule, site: Site, now: int, news: News, look: Look) -> dict[str, Any]:
    values = [look.states[one].value for one in news.subjects]
    return {
        "at": iso(now),
        "rule": rule.id,
        "site": site.id,
        "word": news.word,
        "subjects": list(news.subjects),
        "began": iso(int(news.incident)) if news.incident else iso(now),
        "value": finite(values[0]) if values else None,
        "limit": rule.limit,
    }


def _readings(service: Service, start: int, end: int) -> pa.Table:
    series = {*wanted(service, start), *wanted(service, end - 1)}
    points, metrics = sorted({point for point, _ in series}), sorted({metric for _, metric in series})
    columns = ("point", "metric", "time", "value", "quality", "origin")
    found = service.stores.archive.read(points=points, metrics=metrics, start=start, end=end, columns=columns)
    return found.sort_by("time")
