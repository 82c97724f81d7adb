"""Which alerts become a message: one for all that fire together at a site, one for their end, none twice.

An incident is what one message spoke of first; its members are the alerts that this message stands for. A silent meter
stands for what it feeds, and a meter that falls silent after all that it feeds brings nothing new.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analytics.alerts import topmost

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from analytics.alerts import State, Word

    Ancestors = Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class News:
    """What has to be told: `incident` is "" for a new one, `subjects` are what a new one names."""

    word: Word
    incident: str
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What has to be told, and the incident that each untold alert now belongs to ("" for the new one)."""

    news: tuple[News, ...]
    joined: Mapping[str, str]


def telling(
    states: Mapping[str, State],
    *,
    scope: Iterable[str],
    ended: Iterable[State],
    due: Iterable[str],
    ancestors: Ancestors,
    wait_s: float,
    hushed: Collection[str] = (),
) -> Told:
    """Return what has to be told of one rule at one site.

    Args:
        states: where its alerts stand, by subject.
        scope: all subjects that the rule looks at there.
        ended: the former states of those that just ended.
        due: subjects of which a reminder is due.
        ancestors: the subjects above a subject that speak for it.
        wait_s: how long a new incident waits for alerts that are still pending, so that they come in one message.
        hushed: subjects that are silenced: they begin nothing and remind of nothing; the end of what was told is told.
    """
    firing = {subject: state for subject, state in states.items() if state.phase == "firing"}
    still = {state.told for state in firing.values()}
    ends = dict.fromkeys(state.told for state in ended if state.told)
    news = [News("resolved", incident) for incident in ends if incident not in still]
    reminded = dict.fromkeys(
        firing[subject].told for subject in due if subject not in hushed and _told(firing, subject)
    )
    news += [News("reminder", incident) for incident in reminded]
    untold = [subject for subject, state in firing.items() if not state.told and subject not in hushed]
    loud = [state for subject, state in states.items() if subject not in hushed]
    if not untold or _waits(loud, [firing[subject] for subject in untold], wait_s):
        return Told(tuple(news), {})
    joined = _joined(firing, untold, scope, ancestors)
    fresh = [subject for subject in untold if not joined[subject]]
    if fresh:
        news.append(News("firing", "", tuple(sorted(topmost(fresh, ancestors)))))
    return Told(tuple(news), joined)


def _told(firing: Mapping[str, State], subject: str) -> str:
    return firing[subject].told if subject in firing else ""


def _waits(states: Sequence[State], untold: Sequence[State], wait_s: float) -> bool:
    pending = any(state.phase == "pending" and not state.dark for state in states)
    return pending and max(state.told_s for state in untold) < wait_s


def _joined(
    firing: Mapping[str, State], untold: Sequence[str], scope: Iterable[str], ancestors: Ancestors
) -> dict[str, str]:
    """Return for each untold alert the incident that speaks for it already, or ""."""
    below = defaultdict[str, list[str]](list)
    for subject in scope:
        for above in ancestors(subject):
            below[above].append(subject)
    found = {}
    for subject in untold:
        over = [firing[one].told for one in ancestors(subject) if one in firing and firing[one].told]
        under = [firing[one].told if one in firing else "" for one in below[subject]]
        found[subject] = min(over) if over else (min(under) if under and all(under) else "")
    return found


def with_incident(states: Mapping[str, State], joined: Mapping[str, str], *, new: str) -> dict[str, State]:
    """Return the states of what was just told, each with its incident; `new` is that of the new message."""
    return {subject: replace(states[subject], told=incident or new, told_s=0.0) for subject, incident in joined.items()}
