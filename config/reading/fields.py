"""Field types shared by the tables of the site file: what a person may write, and what it becomes.

TOML has types, so a number in quotes is a mistake and is said to be one (strict numbers and flags). Instants become
whole UTC seconds at this door; a time without an offset is refused, because nobody could say which hour it means.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

EARLIEST_S = 946_684_800  # 2000-01-01T00:00:00Z: an instant before that is a slip of the pen

NAME = re.compile(r"\w[\w.:-]*")


class Table(BaseModel):
    """Base of every table of the site file: frozen, no unknown keys, and values never shown in pydantic's own text."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
    )


def epoch_seconds(value: object) -> int:
    """Turn what a file or a caller gives as an instant into whole UTC seconds.

    Args:
        value: an aware datetime, its ISO 8601 text, or UTC seconds since 1970.

    Returns:
        Whole seconds since 1970-01-01T00:00:00Z.

    Raises:
        ValueError: the value has no offset, a fraction of a second, or is no instant at all; the text is a sentence.
    """
    moment = _moment(value) if isinstance(value, (str, date)) else value
    if isinstance(moment, bool) or not isinstance(moment, (int, float)):
        msg = "must be a date and time with offset, for example 2026-06-01T00:00:00Z"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into one of our sentences
    if moment != int(moment):
        msg = "must be a whole second: leave the fraction out"
        raise ValueError(msg)
    if moment < EARLIEST_S:
        msg = "must lie in 2000 or later, for example 2026-06-01T00:00:00Z"
        raise ValueError(msg)
    return int(moment)


def _moment(value: str | date) -> float:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        msg = "must be a date and time with offset, for example 2026-06-01T00:00:00Z"
        raise ValueError(msg) from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        msg = "needs a time and an offset from UTC, for example 2026-06-01T00:00:00Z or 2026-06-01T00:00:00+02:00"
        raise ValueError(msg)
    return moment.timestamp()


def _name(value: object) -> object:
    if isinstance(value, str) and not NAME.fullmatch(value):
        msg = "may hold letters, digits, '.', ':', '_' and '-' only, without spaces: rename it"
        raise ValueError(msg)
    return value


Instant = Annotated[int, BeforeValidator(epoch_seconds)]
Name = Annotated[str, BeforeValidator(_name)]
Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True)]
Positive = Annotated[float, Field(strict=True, gt=0)]
Raw = dict[str, Any]


def span_mistake(start: int | None, end: int | None, *, start_key: str, end_key: str) -> str | None:
    """Say what is wrong with a half-open span [start, end) of UTC seconds, or None; an open side is None."""
    if start is not None and end is not None and start >= end:
        return f"{end_key} must lie after {start_key}: exchange the two or leave one out"
    return None


class Dated(Table):
    """Base of tables that hold from their `valid_from` to their `valid_to` [UTC s]: the one lies before the other."""

    @model_validator(mode="after")
    def _span(self) -> Self:
        start, end = (getattr(self, key) for key in ("valid_from", "valid_to"))
        mistake = span_mistake(start, end, start_key="valid_from", end_key="valid_to")
        if mistake:
            raise ValueError(mistake)
        return self


def covers(start: int | None, end: int | None, time: int) -> bool:
    """Say whether `time` [UTC s] lies in the half-open span [start, end); an open side is None."""
    return (start is None or start <= time) and (end is None or time < end)
