"""Which of the points below one that alarms moved most: where to look first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

from analytics.alerts import moved_most
from config.catalogue import metrics
from config.errors import WattlasError
from ui import format as fmt
from ui.text import t

if TYPE_CHECKING:
    from config.alerts.rules import Rule
    from config.site import Site
    from ui.service import Service

BACK_S: Final = 3600
BEFORE: Final = 0.5  # of that time, whose mean is compared with the newest reading
KINDS: Final = frozenset({"reading", "rate", "capacity"})


def moved(service: Service, rule: Rule, site: Site, subject: str, *, now: int, lang: str) -> list[str]:
    """Return one line that names the child whose reading moved most within the hour; none where no child is read."""
    metric = "power" if rule.kind == "capacity" else rule.metric
    tree = service.settings.points_at(site.id, now)
    children = [one.id for one in tree if subject in one.parents and metric in one.interval_s]
    if rule.kind not in KINDS or not children:
        return []
    try:
        readings = service.stores.archive.read(points=children, metrics=[metric], start=now - BACK_S, end=now + 1)
    except WattlasError:  # the archive is away: the message goes without
        return []
    edge = now - int(BEFORE * BACK_S)
    before = readings.filter(pc.less(readings["time"], edge)).group_by("point").aggregate([("value", "mean")])
    means = {row["point"]: row["value_mean"] for row in before.to_pylist()}
    newest = {row["point"]: row["value"] for row in readings.sort_by("time").to_pylist()}
    found = moved_most(means, newest, up=rule.above is not None)
    if found is None:
        return []
    child, change = found
    unit = metrics()[metric].unit if metric in metrics() else ""
    text = fmt.quantity(change, unit) if unit else f"{change:.4g}"
    return [t("alert.moved", lang, length=fmt.duration(BACK_S, lang), child=child, change=text)]
