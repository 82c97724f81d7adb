"""What a site file adds to a mapping: the site of bare point names, and how long the intervals of a series are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.importing.mapping import Mapping
    from config.site import Settings


def settled(mapping: Mapping, settings: Settings, site: str | None) -> Mapping:
    """A mapping that knows its site: the one asked for, its own, or the only one of the site file.

    Raises:
        InputError: the site file has no such site.
    """
    wanted = site or mapping.site or (settings.sites[0].id if len(settings.sites) == 1 else None)
    return mapping.changed(site=settings.site(wanted).id) if wanted is not None else mapping


def declared_interval_s(settings: Settings) -> Callable[[str, str], float | None]:
    """Looks up the declared interval [s] of a series, by which rows stamped with its start are moved to its end.

    The function returned raises InputError where a point's interval changed in the course of time.
    """
    points = {point.id: point for point in settings.points}

    def interval_s(point: str, metric: str) -> float | None:
        if point not in points:
            return None  # refused, or left out, by the import as a whole
        states = (settings.state(point, time) for time in (0, *sorted(points[point].edges())))
        declared = {state.interval_s[metric] for state in states if state is not None and metric in state.interval_s}
        if len(declared) > 1:
            msg = (
                f"{settings.path.name}: the interval of {metric} of point {point} changed with time, so start stamps "
                'cannot be moved to the end: export the file with end stamps and set stamp = "end".'
            )
            raise InputError(msg)
        return next(iter(declared), None)

    return interval_s
