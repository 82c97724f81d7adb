"""Which alerts become a message: one for all that fire together at a site, one for their end, none twice.

An incident is what one message spoke of first; its members are the alerts that this message stands for. A silent meter
stands for what it feeds, and a meter that falls silent after all that it feeds brings nothing new.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

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
    """What has to be told, and the incident that each untold alert now belongs to ("" for the new one).

    `alone_s` says of those that another spoke for how long that other one fires no more, where that changed.
    """

    news: tuple[News, ...]
    joined: Mapping[str, str]
    alone_s: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long [s] a subject may fire after what spoke for it, and the monotonic time since the last look.

    `soon_s` is how long a new incident waits for what is about to fire at most; 0 where nothing is.
    """

    of_s: Callable[[str], float]
    elapsed_s: float
    soon_s: float = 0.0


NONE: Final = Patience(lambda _: 0.0, 0.0)


def telling(
    states: Mapping[str, State],
    *,
    scope: Iterable[str],
    ended: Iterable[State],
    due: Iterable[str],
    ancestors: Ancestors,
    wait_s: float,
    hushed: Collection[str] = (),
    patience: Patience = NONE,
) -> Told:
    """Return what has to be told of one rule at one site.

    Args:
        states: where its alerts stand, by subject.
        scope: all subjects that the rule looks at there.
        ended: the former states of those that just ended.
        due: subjects of which a reminder is due.
        ancestors: the subjects above a subject that speak for it.
        wait_s: how long a new incident waits for alerts that are still pending, so that they come in one message;
            0 tells at once.
        hushed: subjects that are silenced: they begin nothing and remind of nothing; the end of what was told is told.
        patience: how long a subject may fire after what spoke for it, before it is told in its own name.
    """
    firing = {subject: state for subject, state in states.items() if state.phase == "firing"}
    voices = _Voices(firing, tuple(scope), ancestors)
    alone_s = voices.alone_s(patience.elapsed_s)
    lost = {one for one, seconds in alone_s.items() if seconds > patience.of_s(one) and not firing[one].dark}
    untold = [one for one, state in firing.items() if (not state.told or one in lost) and one not in hushed]
    loud = [state for subject, state in states.items() if subject not in hushed]
    if not untold or _waits(loud, [firing[subject] for subject in untold], wait_s, patience.soon_s):
        untold = []
    left = [firing[subject] for subject in untold]
    after = replace(voices, firing=firing | {subject: replace(firing[subject], told="") for subject in untold})
    news = _news_of_told(after.firing, [*ended, *left], [one for one in due if one not in hushed])
    joined = {subject: after.incident(subject) for subject in untold}
    fresh = [subject for subject in untold if not joined[subject]]
    if fresh:
        news.append(News("firing", "", tuple(sorted(topmost(fresh, ancestors)))))
    return Told(tuple(news), joined, {one: seconds for one, seconds in alone_s.items() if one not in joined})


def _news_of_told(firing: Mapping[str, State], ended: Iterable[State], due: Iterable[str]) -> list[News]:
    still = {state.told for state in firing.values()}
    ends = dict.fromkeys(state.told for state in ended if state.told)
    reminded = dict.fromkeys(incident for subject in due if (incident := _told(firing, subject)))
    return [
        *(News("resolved", incident) for incident in ends if incident not in still),
        *(News("reminder", incident) for incident in reminded),
    ]


def _told(firing: Mapping[str, State], subject: str) -> str:
    return firing[subject].told if subject in firing else ""


def _waits(states: Sequence[State], untold: Sequence[State], wait_s: float, soon_s: float) -> bool:
    waited_s = max(state.told_s for state in untold)
    pending = any(state.phase == "pending" and not state.dark for state in states)
    return (pending and waited_s < wait_s) or (wait_s > 0 and waited_s < soon_s)


@dataclass(slots=True)
class _Voices:
    """Who speaks for whom among the alerts that fire."""

    firing: Mapping[str, State]
    scope: tuple[str, ...]
    ancestors: Ancestors
    _below: dict[str, list[str]] = field(default_factory=dict)

    def below(self, subject: str) -> list[str]:
        if not self._below:
            found = defaultdict[str, list[str]](list)
            for one in self.scope:
                for above in self.ancestors(one):
                    found[above].append(one)
            self._below = dict(found)
        return self._below.get(subject, [])

    def incident(self, subject: str) -> str:
        """Return the incident that speaks for an untold alert already: of one above it, or of all below it; or ""."""
        over = [told for one in self.ancestors(subject) if (told := _told(self.firing, one))]
        if over:
            return min(over)
        under = [_told(self.firing, one) for one in self.below(subject)]
        return min(under) if under and all(under) else ""

    def alone_s(self, elapsed_s: float) -> dict[str, float]:
        """Return how long those that another spoke for are without it, where that changed."""
        found = {}
        for subject, state in self.firing.items():
            if state.told and state.spoken_for:
                seconds = 0.0 if self._spoken_for(subject) else state.alone_s + elapsed_s
                if seconds != state.alone_s:
                    found[subject] = seconds
        return found

    def _spoken_for(self, subject: str) -> bool:
        below = self.below(subject)
        return self._named_above(subject) or (bool(below) and all(map(self._named_at_or_above, below)))

    def _named_at_or_above(self, subject: str) -> bool:
        return self._named(subject) or (subject in self.firing and self._named_above(subject))

    def _named_above(self, subject: str) -> bool:
        return any(map(self._named, self.ancestors(subject)))

    def _named(self, subject: str) -> bool:
        state = self.firing.get(subject)
        return state is not None and bool(state.told) and not state.spoken_for


def with_incident(states: Mapping[str, State], told: Told, *, new: str) -> dict[str, State]:
    """Return the states of what was just told, each with its incident; `new` is that of the new message."""
    named = {subject for one in told.news for subject in one.subjects}
    joined = {
        subject: replace(
            states[subject], told=incident or new, told_s=0.0, spoken_for=subject not in named, alone_s=0.0
        )
        for subject, incident in told.joined.items()
    }
    return joined | {one: replace(states[one], alone_s=seconds) for one, seconds in told.alone_s.items()}
