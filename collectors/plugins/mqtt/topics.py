"""Topics: which of them are subscribed to, whose point they are, and where in a message the values stand; pure."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from collectors.plugins.local import metric_of
from config.catalogue import metrics
from config.errors import UnitError
from config.reading.fields import NAME, Table
from config.units import convert

if TYPE_CHECKING:
    from collections.abc import Iterator

POINT = "{point}"
MS_FROM = 1e11  # a time above it is of ms: as seconds it would lie in the year 5138


class Value(Table):
    """Where in a message one metric stands (an empty path is the message itself), and in which unit."""

    path: str = ""
    unit: Annotated[str, Field(min_length=1)]


class Topic(Table):
    """One topic, or a pattern of topics, and what its messages hold."""

    topic: Annotated[str, Field(min_length=1, max_length=1000)]
    point: str | None = None
    values: dict[str, Value] = Field(min_length=1)
    time: str | None = None

    @field_validator("topic")
    @classmethod
    def _a_pattern(cls, topic: str) -> str:
        levels = topic.split("/")
        odd = [level for level in levels if level not in {"+", "#", POINT} and re.search(r"[+#{}]", level)]
        if odd or levels.count(POINT) > 1 or "#" in levels[:-1]:
            msg = f"{topic!r} is no pattern: +, # (at the end) and {POINT} (once) stand for whole levels"
            raise ValueError(msg)
        return topic

    @field_validator("values")
    @classmethod
    def _units_fit(cls, values: dict[str, Value]) -> dict[str, Value]:
        for metric, value in values.items():
            try:
                convert(1.0, value.unit, metrics()[metric_of(metric)].unit)
            except UnitError as error:
                raise ValueError(str(error).rstrip(".")) from None
        return values

    @model_validator(mode="after")
    def _one_point(self) -> Self:
        if self.point and POINT in self.topic:
            msg = f"point and {POINT} say the same: keep one"
            raise ValueError(msg)
        return self

    @property
    def subscription(self) -> str:
        """The filter by which the broker knows it."""
        return self.topic.replace(POINT, "+")

    def point_of(self, topic: str, *, default: str) -> str | None:
        """Return the point that a topic speaks of, or None where the topic, or its name of a point, is another's."""
        wanted, levels = self.topic.split("/"), topic.split("/")
        if wanted[-1] == "#":
            wanted.pop()
            levels = [*levels, *[""] * (len(wanted) - len(levels))][: len(wanted)]
        if len(wanted) != len(levels) or (topic.startswith("$") and not self.topic.startswith("$")):
            return None
        if any(want not in {"+", POINT, level} for want, level in zip(wanted, levels, strict=True)):
            return None
        named = levels[wanted.index(POINT)] if POINT in wanted else self.point or default
        return named if all(NAME.fullmatch(part) for part in named.split("/")) else None

    def numbers(self, message: object) -> Iterator[tuple[str, float]]:
        """Yield each metric that a decoded message holds, in the metric's unit."""
        for metric, value in self.values.items():
            told = number(at_path(message, value.path))
            if told is not None:
                yield metric, convert(told, value.unit, metrics()[metric].unit)

    def device_time(self, message: object) -> datetime | None:
        """Return when the message says that it was measured, if it says so."""
        return None if self.time is None else _moment(at_path(message, self.time))


def decoded_message(body: str) -> object:
    """Return what a message holds.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return json.loads(body)
    except RecursionError as error:  # brackets within brackets, by the thousand
        raise ValueError(body[:80]) from error


def at_path(message: Any, path: str) -> object:  # noqa: ANN401 - whatever JSON a device publishes
    """Return what stands at a path of names and positions, or None."""
    here = message
    for part in path.split(".") if path else []:
        if isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            here = here.get(part) if isinstance(here, dict) else None
    return here


def number(told: object) -> float | None:
    """Return a finite number, also where it stands as text; None for anything else."""
    if isinstance(told, bool) or not isinstance(told, (int, float, str)):
        return None
    try:
        found = float(told)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _moment(told: object) -> datetime | None:
    """A time of ISO 8601 with an offset, or seconds or milliseconds since 1970."""
    seconds = number(told)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds / 1000 if seconds > MS_FROM else seconds, UTC)
        found = datetime.fromisoformat(told) if isinstance(told, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found and found.tzinfo else None
