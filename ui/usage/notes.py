"""What `wattlas check` tells about bought compute before the first bill: why one would be refused, and zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.boundary import Tree
from config.usage.tables import usage_tables
from ui.usage.sorting import zone_hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.site import Settings, Site


def usage_notes(settings: Settings, site: Site, *, now: int) -> Iterator[str]:
    """Yield what is allowed and may still surprise about the points of a site that take bills."""
    tree = Tree(settings.points_at(site.id, now))
    taking = [(usage, row) for usage in settings.usage for row in usage.points if row.point in tree.by_id]
    for usage, row in taking:
        if "energy" not in tree.by_id[row.point].interval_s:
            lacks = "has no interval_s = { energy = 3600 }: they would be refused"
            yield f"{row.point} takes bills of {usage.id} and {lacks}"
    if taking and not tree.facility:
        names = ", ".join(dict.fromkeys(row.point for _, row in taking))
        yield f"bills say what IT took at {names}: add a point of role overhead with the provider_pue for the rest"
    if taking:
        tables = usage_tables(settings.factors.of_usage())
        hints = (
            zone_hint(usage.provider, region, row.point, settings, tables)
            for usage, row in taking
            for region in row.regions
        )
        yield from dict.fromkeys(hint for hint in hints if hint)
