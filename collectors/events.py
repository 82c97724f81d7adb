"""Changes of state as one log line each: an event word and its fields (style note 4.5)."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that changed; `at` is UTC seconds, fields never hold a secret or a payload."""

    word: str
    at: float
    fields: Mapping[str, str | float] = field(default_factory=dict)
    bad: bool = False

    def __str__(self) -> str:
        """`collect failed source=bmc-1 reason="no answer within 10 s"`."""
        return " ".join([self.word, *(f"{name}={_shown(value)}" for name, value in self.fields.items())])


def _shown(value: str | float) -> str:
    """Plain words as they are; anything else quoted, so that a device cannot forge a line of the log."""
    if isinstance(value, str):
        plain = value.isprintable() and value and not set(value) & set(' "=')
        return value if plain else json.dumps(value, ensure_ascii=False)
    return f"{value:g}"


def log_event(event: Event) -> None:
    """Write the event to the log: a warning where something got worse."""
    _log.log(logging.WARNING if event.bad else logging.INFO, "%s", event)
