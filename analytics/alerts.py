"""The life of an alert: ok, pending, firing, and no data apart; pure, one step an evaluation.

How long a limit has been passed is counted by the caller's monotonic clock, so that no step of the wall clock fires or
ends anything. Missing data neither fires nor ends an alert: time counts up to the newest reading, and none over a gap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from config.alerts.rules import Rule

Phase = Literal["ok", "pending", "firing"]
Word = Literal["firing", "resolved", "reminder"]
OK: Final = "ok"
SLACK_S: Final = 2.0  # by which for_s may be short, for readings have whole seconds,
SLACK_SHARE: Final = 0.05  # and of a short one by this share at most


@dataclass(frozen=True, slots=True)
class State:
    """Where an alert of one rule and subject stands.

    `passed_s` counts how long the limit was passed up to the newest reading, `held_s` how old that reading is, `told_s`
    how long ago it began to fire or was last told; `since` is when it began to fire [UTC s]. `dark` says that the last
    look found no value.
    """

    phase: Phase = "ok"
    passed_s: float = 0.0
    held_s: float = 0.0
    told_s: float = 0.0
    since: int = 0
    value: float | None = None
    dark: bool = False
    acked_by: str = ""  # who takes care of it: it reminds no more, and its end is told all the same
    ack_comment: str = ""
    told: str = ""  # the incident that spoke of it; "" while nobody was told
    spoken_for: bool = False  # that message named another, above or below it, in its place
    alone_s: float = 0.0  # how long that other one fires no more


def step(
    state: State, rule: Rule, value: float | None, *, elapsed_s: float, now: int, age_s: float = 0.0
) -> tuple[State, Word | None]:
    """Return the next state, and what has to be told.

    Args:
        state: where the alert stood.
        rule: its rule.
        value: what was seen; None where there is no data. Of a condition 0 is good.
        elapsed_s: monotonic time since the last step.
        now: wall clock [UTC s], kept as the alert's begin.
        age_s: how old the reading is; that the limit stays passed since then, nobody knows before the next one.
    """
    if value is None:
        told_s = _told_s(state, rule, elapsed_s) if state.phase == "firing" else 0.0
        return replace(state, dark=True, told_s=told_s, held_s=0.0), None
    if state.phase == "firing":
        seen = replace(state, value=value, dark=False)
        return _firing(seen, rule, good=rule.good(value), elapsed_s=elapsed_s)
    if not rule.bad(value):
        return State(), None
    counts = state.phase == "pending" and not state.dark
    passed = state.passed_s + (max(state.held_s + elapsed_s - age_s, 0.0) if counts else 0.0)
    if passed >= rule.for_s - min(SLACK_S, SLACK_SHARE * rule.for_s):
        return State("firing", passed, since=now, value=value), "firing"
    return State("pending", passed, age_s, value=value), None


def _firing(state: State, rule: Rule, *, good: bool, elapsed_s: float) -> tuple[State, Word | None]:
    if good:
        return State(), "resolved"
    told = _told_s(state, rule, elapsed_s)
    if rule.remind_s is not None and told >= rule.remind_s and not state.acked_by:
        return replace(state, told_s=0.0), "reminder"
    return replace(state, told_s=told), None


def _told_s(state: State, rule: Rule, elapsed_s: float) -> float:
    """Count on where somebody waits for it: else what fires would be written anew at every look."""
    return state.told_s + elapsed_s if rule.remind_s is not None or not state.told else state.told_s


def topmost(subjects: Iterable[str], ancestors: Callable[[str], frozenset[str]]) -> list[str]:
    """Return the subjects without any of their ancestors among them: a dead PDU speaks for what it feeds.

    >>> topmost(["s/pdu", "s/a", "s/b"], {"s/pdu": frozenset(), "s/a": frozenset({"s/pdu"}), "s/b": frozenset()}.get)
    ['s/pdu', 's/b']
    """
    found = list(subjects)
    known = set(found)
    return [one for one in found if not known & ancestors(one)]


def furthest(values: Mapping[str, float], rule: Rule) -> str | None:
    """Return the subject that is furthest beyond the limit, None where there is none."""
    if not values:
        return None
    return max(values, key=lambda one: values[one]) if rule.below is None else min(values, key=lambda one: values[one])


def moved_most(before: Mapping[str, float], now: Mapping[str, float], *, up: bool) -> tuple[str, float] | None:
    """Return the point that moved furthest the way the alarm went, and by how much; None where none did.

    >>> moved_most({"a": 5.0, "b": 5.0, "c": 9.0}, {"a": 6.0, "b": 8.0}, up=True)
    ('b', 3.0)
    """
    moves = {one: now[one] - before[one] for one in before.keys() & now.keys()}
    moves = {one: move for one, move in moves.items() if (move > 0) == up and move != 0}
    if not moves:
        return None
    most = max(sorted(moves), key=lambda one: abs(moves[one]))
    return most, moves[most]
