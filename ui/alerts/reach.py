"""Where the subject of an alert stands: what is above it, and which tags it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.boundary import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.alerts.scope import Scope
    from ui.service import Service

Reach = tuple[frozenset[str], frozenset[str]]


def reach(tree: Tree, site: str, subject: str) -> Reach:
    """Return the nodes that a subject is at or below, its site among them, and the tags and tenant of its points.

    A subject may name several points; what is no point (a record, a contract) stands at its site alone.
    """
    points = [one for one in subject.split(", ") if one in tree.by_id]
    nodes = frozenset[str]((site, *points)).union(*(tree.ancestors(one) for one in points))
    tags = {tag for one in points for tag in (*tree.by_id[one].tags, tree.by_id[one].tenant) if tag}
    return nodes, frozenset(tags)


def covering(service: Service, scope: Scope) -> Callable[[str], bool]:
    """Return what says of the key of an alert (`rule|subject`) whether a scope is about it now."""
    now, trees = int(service.now()), dict[str, Tree]()

    def covers(key: str) -> bool:
        rule, _, subject = key.partition("|")
        site = subject.partition("/")[0]
        if site not in trees:
            trees[site] = Tree(service.settings.points_at(site, now))
        return scope.covers(rule, *reach(trees[site], site, subject))

    return covers
