"""What `wattlas check` says of clusters: GPUs that are not behind their node, and nodes whose meter is not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.attribution.inside import is_behind, metered_units
from analytics.boundary import Tree
from config.reading.wording import listed

if TYPE_CHECKING:
    from config.site import Settings, Site

NAMED = 3  # so many points are named in a sentence


def cluster_mistakes(settings: Settings, *, now: int) -> list[str]:
    """One sentence for each cluster with GPUs whose points are not fed through their node's: they would count twice."""
    found = []
    for cluster in settings.clusters:
        tree = Tree(settings.points_at(cluster.site, now))
        stray = [
            (gpu, node.point)
            for node in cluster.every_node.values()
            for gpu in node.gpu_points
            if gpu in tree.by_id and not is_behind(tree, gpu, node.point)
        ]
        if stray:
            more = f" and {len(stray) - 1} more" if len(stray) > 1 else ""
            gpu, node = stray[0]
            found.append(
                f'{settings.path.name} [[clusters]] "{cluster.id}": {gpu}{more} is no part of its node: give it '
                f'parent = "{node.rpartition("/")[2]}" and role = "component", for else it counts twice'
            )
    return found


def node_notes(settings: Settings, site: Site, *, now: int) -> list[str]:
    """Sentences on nodes of clusters whose meter attribution does not use, and on those that have none."""
    tree = Tree(settings.points_at(site.id, now))
    clusters = [one for one in settings.clusters if one.site == site.id and one.touches(now, now + 1)]
    nodes = [node.point for one in clusters for node in one.every_node.values() if node.point in tree.by_id]
    used = {unit.id for unit in metered_units(tree, nodes) or tree.units(tree.it(site.pue_category))}
    apart = [node for node in nodes if node not in used]
    feeds = [node for node in apart if tree.by_id[node].interval_s]
    bare = [node for node in apart if not tree.by_id[node].interval_s]
    told = []
    if feeds:
        told.append(
            f"the meter of node {listed(feeds, limit=NAMED)} is not used: it is no IT equipment and lies in none"
        )
    if bare:
        told.append(f"no meter sees node {listed(bare, limit=NAMED)}: what jobs take there is not known")
    return told
