"""What an acknowledgement or a silence is about: a rule, a node of the tree with all that it feeds, a tag, or several.

A part that is "" leaves nothing out; all parts given must fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.errors import InputError
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection

    from config.site import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A rule's id, the full id of a point or site, and a tag (or tenant) of points."""

    rule: str = ""
    node: str = ""
    tag: str = ""

    def __str__(self) -> str:
        """Say in words what it is about."""
        parts = (self.rule, self.node and f"at {self.node}", self.tag and f"tagged {self.tag}")
        return " ".join(part for part in parts if part)

    def covers(self, rule: str, nodes: Collection[str], tags: Collection[str]) -> bool:
        """Say whether it is about an alert of `rule` at a subject that stands at or below `nodes` and has `tags`.

        >>> Scope(node="s/hall").covers("silent", {"s", "s/hall", "s/srv"}, ())
        True
        """
        return self.rule in {"", rule} and (not self.node or self.node in nodes) and (not self.tag or self.tag in tags)


def scope_of(settings: Settings, *, rule: str | None, node: str | None, tag: str | None) -> Scope:
    """Return the scope that a person named.

    Raises:
        InputError: nothing was named, or something that there is not.
    """
    if not (rule or node or tag):
        msg = "say what it is about: the id of a rule, --node with a point or site, or --tag"
        raise InputError(msg)
    rules = [one.id for one in settings.alerts]
    if rule and rule not in rules:
        msg = f'"{rule}" is no rule of the site file; {remedy(rule, rules)}'
        raise InputError(msg)
    return Scope(rule=rule or "", node=_node(settings, node), tag=_tag(settings, tag))


def _node(settings: Settings, node: str | None) -> str:
    if not node or node in {site.id for site in settings.sites}:
        return node or ""
    return settings.point(node).id


def _tag(settings: Settings, tag: str | None) -> str:
    known = {one for point in settings.points for one in (*point.tags, point.tenant) if one}
    known |= {one for point in settings.points for change in point.changes for one in (*(change.tags or ()),)}
    if tag and tag not in known:
        hint = remedy(tag, known, otherwise="add it to the tags of a point")
        msg = f'no point has the tag "{tag}"; {hint}'
        raise InputError(msg)
    return tag or ""
