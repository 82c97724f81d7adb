"""Which sites a command speaks of, and the period each of them means: local time differs from site to site."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ui.periods import span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from config.site import Settings, Site


def chosen(settings: Settings, *, site: str | None, points: Iterable[str] | None = None) -> list[Site]:
    """The site named, else the sites of the points named, else all.

    Raises:
        InputError: no such site or point.
    """
    if site is not None:
        return [settings.site(site)]
    if points:
        ids = dict.fromkeys(settings.point(point).site for point in points)
        return [settings.site(found) for found in ids]
    return list(settings.sites)


def periods(sites: Iterable[Site], start: str, end: str | None, *, now: float) -> Iterator[tuple[Site, int, int]]:
    """Each site with its own [start, end) in UTC seconds.

    Raises:
        InputError: a time that cannot be read, or an empty period.
    """
    for site in sites:
        yield site, *span(start, end, zone=ZoneInfo(site.time_zone), now=now)


def points_in(settings: Settings, site: str, start: int, end: int, wanted: Collection[str] | None) -> list[str]:
    """The points of a site that exist in [start, end) UTC seconds; of them those `wanted`, where some are."""
    ids = [point.id for point in settings.points_of(site, start, end)]
    full = {settings.point(point).id for point in wanted or ()}
    return [id_ for id_ in ids if not full or id_ in full]


def refuse_unknown_metrics(names: Iterable[str] | None) -> None:
    """Refuse a metric that the catalogue does not know: an empty answer would look like a silent meter.

    Raises:
        InputError: no such metric; the sentence lists all.
    """
    from config.catalogue import metrics
    from config.errors import InputError

    known = metrics()
    for name in names or ():
        if name not in known:
            message = f'"{name}" is no metric; use one of {", ".join(known)}.'
            raise InputError(message)
