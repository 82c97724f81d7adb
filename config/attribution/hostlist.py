"""Lists of hosts as Slurm writes them: `gpu[001-003,007],login1` stands for five names."""

from __future__ import annotations

import re
from itertools import product
from math import prod

from config.errors import InputError
from config.inventory.templates import BRACKET, choices_of

MOST_HOSTS = 100_000
COMMA_OUTSIDE = re.compile(r",(?![^\[]*\])")


def expanded(hosts: str) -> tuple[str, ...]:
    """Return the names that a list of hosts stands for, in its order.

    >>> expanded("gpu[001-003,007],login1")
    ('gpu001', 'gpu002', 'gpu003', 'gpu007', 'login1')

    Raises:
        InputError: a bracket is not closed or empty, or the list stands for more than 100,000 names.
    """
    found: list[str] = []
    for part in filter(None, COMMA_OUTSIDE.split(hosts.strip())):
        found += _names(part)
        if len(found) > MOST_HOSTS:
            msg = f"the list of hosts stands for more than {MOST_HOSTS:,} names: shorten it"
            raise InputError(msg)
    return tuple(found)


def _names(part: str) -> list[str]:
    fixed = BRACKET.split(part)[::2]
    if any(sign in text for text in fixed for sign in "[]"):
        msg = f'"{part}" has a bracket without its other half: write hosts such as gpu[001-064]'
        raise InputError(msg)
    try:
        choices = [choices_of(bracket) for bracket in BRACKET.findall(part)]
    except ValueError as error:
        raise InputError(str(error).replace("pattern has", "a list of hosts has", 1)) from None
    if prod(len(choice) for choice in choices) > MOST_HOSTS:
        msg = f'"{part}" stands for more than {MOST_HOSTS:,} names: shorten it'
        raise InputError(msg)
    return ["".join(text + word for text, word in zip(fixed, (*words, ""), strict=True)) for words in product(*choices)]
