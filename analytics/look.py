"""One look at a rule at a site: every alert goes one step on."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from analytics.alerts import State, step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.alerts.rules import Rule

NO_AGES: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(slots=True)
class Look:
    """One rule at one site: where its alerts stood, where they stand now, and those of which a reminder is due.

    `elapsed_s` is the time since the look before, `soon_s` how long what is about to fire may take, 0 where nothing is.
    """

    former: dict[str, State]
    states: dict[str, State]
    due: list[str]
    elapsed_s: float = 0.0
    soon_s: float = 0.0

    def ended(self) -> list[State]:
        """Return the former states of those that fire no more."""
        firing = {subject for subject, state in self.states.items() if state.phase == "firing"}
        return [one for subject, one in self.former.items() if one.phase == "firing" and subject not in firing]

    def changes(self) -> Iterator[tuple[str, State]]:
        """Yield what stands otherwise than before."""
        for subject in self.former.keys() | self.states.keys():
            state = self.states.get(subject, State())
            if state != self.former.get(subject, State()):
                yield subject, state


def looked(
    rule: Rule,
    held: Mapping[str, State],
    values: Mapping[str, float | None],
    *,
    site: str,
    elapsed_s: float,
    now: int,
    ages_s: Mapping[str, float] = NO_AGES,
) -> Look:
    """Step every alert of a rule at a site; one whose point is no more, or no more of the rule, has ended.

    `ages_s` says how old the readings behind the values are; a value that is not in it was seen just now.
    """
    look = Look({}, {}, [], elapsed_s)
    for subject, value in values.items():
        former = held.get(subject, State())
        state, word = step(former, rule, value, elapsed_s=elapsed_s, now=now, age_s=ages_s.get(subject, 0.0))
        if former != State():
            look.former[subject] = former
        if state != State():
            look.states[subject] = state
        if word == "reminder":
            look.due.append(subject)
    gone = {one: state for one, state in held.items() if one not in values and one.partition("/")[0] == site}
    look.former |= gone
    return look
