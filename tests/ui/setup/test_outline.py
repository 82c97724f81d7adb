"""The tree of points in words: parents before children, many alike counted, and chains of any length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.points import PointState, Role
from ui.setup.outline import _tree_lines

if TYPE_CHECKING:
    from collections.abc import Iterable


def state(name: str, *parents: str, role: Role = "pdu") -> PointState:
    return PointState(f"t/{name}", "t", name, role, tuple(f"t/{parent}" for parent in parents))


def names(states: Iterable[PointState]) -> list[str]:
    return [line.rstrip() for line in _tree_lines(tuple(states))]


def test_children_follow_their_first_parent_and_many_alike_are_counted() -> None:
    servers = [state(f"s{number}", "a", role="server") for number in range(10)]
    found = names([state("a"), state("b"), *servers, state("c", "s1", "b", role="feed")])
    assert found[0] == "  pdu       t/a"
    assert found[2:4] == ["    server    t/s1", "      feed      t/c  fed by t/s1, t/b"]
    assert found[-2:] == ["    ... and 2 more server", "  pdu       t/b"]


def test_a_chain_of_thousands_is_drawn_to_its_end() -> None:
    chain = [state("p0"), *(state(f"p{number}", f"p{number - 1}") for number in range(1, 3000))]
    assert names(chain)[-1].endswith("t/p2999")
