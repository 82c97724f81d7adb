"""Words for mistakes: what was meant, lists in a sentence; every message names a remedy."""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING

from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 6  # names of a list that a sentence can carry
EXACT = 9  # decimals; what is beyond them comes of computing


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the entry of `words` that a misspelt `word` most likely meant, or None."""
    known = {entry.casefold(): entry for entry in words}
    close = get_close_matches(word.casefold(), known, n=1, cutoff=0.7)
    return known[close[0]] if close else None


def remedy(word: str, words: Iterable[str], *, otherwise: str | None = None) -> str:
    """Say what to write instead of `word`: the near miss, or else `otherwise`, or else what there is."""
    known = list(words)
    close = nearest(word, known)
    if close is not None:
        return f'did you mean "{close}"?'
    return otherwise or f"use one of {listed(known, limit=len(known))}"


def sentence(place: str, text: str) -> str:
    """Join the place of a mistake and what is wrong there into one sentence."""
    return f"{place}: {text}{'' if text.endswith('?') else '.'}"


def listed(words: Iterable[str], *, limit: int = SHOWN) -> str:
    """Join names for a sentence and count what does not fit: "a, b and 3 more"."""
    names = list(words)
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def percent(share: float, decimals: int = 0) -> str:
    """Say a share 0 to 1 in percent, with as many decimals more as keep it from reading 0 % or 100 % when it is not.

    >>> percent(0.5), percent(0.9996, 1), percent(0.0004), percent(1.0)
    ('50%', '99.96%', '0.04%', '100%')
    """
    return f"{unrounded(100 * round(share, EXACT), decimals, (0.0, 100.0))}%"


def four_digits(value: float) -> str:
    """Say a value with four significant digits, never by a power of ten of its own.

    >>> four_digits(74_523.4), four_digits(150.0), four_digits(0.0000123)
    ('74520', '150', '0.0000123')
    """
    return f"{Decimal(f'{value:.4g}'):f}"


def unrounded(value: float, decimals: int, ends: tuple[float, float]) -> str:
    """Say a value with `decimals`, or more where it would read as one of `ends` and is neither.

    >>> unrounded(0.996, 2, (0.0, 1.0)), unrounded(1.0, 2, (0.0, 1.0)), unrounded(1.004, 2, (0.0, 1.0))
    ('0.996', '1.00', '1.00')
    """
    known = round(value, EXACT)  # the dust of floats is nothing
    while decimals < EXACT and ends[0] < known < ends[1] and float(f"{known:.{decimals}f}") in ends:
        decimals += 1
    return f"{known:.{decimals}f}"


def refuse_blank(reason: str) -> None:
    """Refuse a reason of blanks alone.

    Raises:
        InputError: it says nothing.
    """
    if not reason.strip():
        msg = "the reason is blank: say why, for those who read the log later"
        raise InputError(msg)
