"""How a source fares: its state, and once a minute its self-metrics as readings on its own point."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING

from collectors.reading import Reading
from config.errors import CollectError, ConfigError, PartlyUnreadable, PayloadUnreadable, SourceRefused, WattlasError

if TYPE_CHECKING:
    from datetime import datetime


class State(StrEnum):
    """What the last poll said about a source."""

    NEW = "new"
    UP = "up"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    PARTLY = "partly"  # some of the answer cannot be read; the rest counts
    UNREADABLE = "unreadable"
    BROKEN = "broken"  # our own code failed: a bug in the plugin


ANSWERED = frozenset({State.UP, State.PARTLY})
STATES: dict[type[Exception], State] = {
    SourceRefused: State.REFUSED,
    ConfigError: State.REFUSED,  # a secret that is not there: a person must act
    PartlyUnreadable: State.PARTLY,
    PayloadUnreadable: State.UNREADABLE,
    CollectError: State.UNREACHABLE,
    OSError: State.UNREACHABLE,
}


def diagnosis(error: Exception, *, deadline_s: float) -> tuple[State, str]:
    """Name the state that the error of a poll means, and the reason."""
    if isinstance(error, TimeoutError) and error.errno is None:
        return State.UNREACHABLE, f"no answer within {deadline_s:g} s"
    for kind, state in STATES.items():
        if isinstance(error, kind):
            return state, told(error)
    return State.BROKEN, told(error)


def told(error: BaseException) -> str:
    """Say an error in words fit for a log.

    Our own sentences are. Texts of foreign errors may hold addresses with passwords, so they are never printed: of a
    system error only its number's meaning, of a bug only its type and place.
    """
    if isinstance(error, WattlasError):
        return str(error)
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    frames = extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


@dataclass(slots=True)
class Health:
    """Counts since the last report, and the state that outlives it."""

    state: State = State.NEW
    since: float = 0.0
    polls: int = 0
    answered: int = 0
    missed: int = 0
    busy_s: float = 0.0

    def polled(self, state: State, *, duration_s: float, now: float) -> float | None:
        """Count one poll; if it changed the state return the seconds the former one lasted, else None."""
        self.polls += 1
        self.answered += state in ANSWERED
        self.busy_s += duration_s
        if state is self.state:
            return None
        lasted_s, self.state, self.since = now - self.since, state, now
        return lasted_s

    def report(self, point: str, at: datetime) -> list[Reading]:
        """Take the self-metrics since the last report.

        `collector_up`: share of the polls that were answered; where none was made (slow or resting source), its state.
        `collector_duration`: mean seconds of a poll; nothing where none was made.
        `collector_missed`: polls that were due but not made.
        """
        if self.state is State.NEW and not self.missed:
            return []
        up = self.answered / self.polls if self.polls else float(self.state in ANSWERED)
        found = [Reading(point, "collector_up", at, up), Reading(point, "collector_missed", at, float(self.missed))]
        if self.polls:
            found.append(Reading(point, "collector_duration", at, self.busy_s / self.polls))
        self.polls = self.answered = self.missed = 0
        self.busy_s = 0.0
        return found
