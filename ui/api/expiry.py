"""Until when a token opens its doors, as people type it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from config.errors import InputError

DAY_S = 86_400
LONGEST_DAYS = 3_660
NEVER = "never"
_DAYS = re.compile(r"(\d{1,5})d")


def expiry(text: str, *, now: int) -> int | None:
    """UTC second from which a token is expired, None for `never`; days from `now`, or a date or instant (UTC).

    Raises:
        InputError: it is none of these, lies in the past, or more than ten years ahead.

    >>> expiry("90d", now=0)
    7776000
    """
    if text == NEVER:
        return None
    days = _DAYS.fullmatch(text)
    until = now + int(days[1]) * DAY_S if days else _instant(text)
    if until is None or not now < until <= now + LONGEST_DAYS * DAY_S:
        msg = f'--expires "{text}": give days such as 90d, a later date such as 2027-01-31 within ten years, or never.'
        raise InputError(msg)
    return until


def _instant(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
