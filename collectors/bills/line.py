"""A line of usage: so much of one item in one region over one charge period, as the bill says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

INSTANCE, SERVICE, STORAGE, NETWORK = "instance", "service", "storage", "network"
TOKENS, ENERGY, OTHER = "tokens", "energy", "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`amount` of an item over [start, end) in whole UTC seconds.

    `kind` says what `amount` is: instance (h), service (h of something that is no instance), storage (GB-h), network
    (GB), tokens (count), energy (kWh, as the tool `source` estimated it, with the building where `facility`); of
    `other` the bill's own unit stands in `unit`.
    """

    start: int
    end: int
    provider: str
    account: str
    sub_account: str
    region: str
    service: str
    item: str
    kind: str
    unit: str
    tags: tuple[tuple[str, str], ...]
    amount: float
    source: str = ""
    facility: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """What a bill's unit means: our kind, and how many of ours one of theirs is."""

    kind: str
    factor: float
    per_month: bool = False


GB_PER_GIB: Final = 2**30 / 1e9
_WORDS: Final = {
    "hours": ("hour", "hours", "hrs", "hr", "h", "computehours", "instance-hours", "instancehours", "vm-hours"),
    "seconds": ("second", "seconds", "s"),
    "gb_months": ("gb-mo", "gb-month", "gb-months", "gb/month", "gigabyte month"),
    "gib_months": ("gib-month", "gib-months", "gib-mo", "gibibyte month", "gibibyte months"),
    "gb_hours": ("gb-hours", "gb-hour", "gb-hrs", "gigabyte hour"),
    "gib_hours": ("gib-hours", "gib-hour", "gibibyte hour", "gibibyte hours"),
    "tb_months": ("tb-mo", "tb-month", "tb-months", "terabyte month"),
    "tib_months": ("tib-mo", "tib-month", "tib-months", "tebibyte month", "tebibyte months"),
    "byte_seconds": ("byte-seconds", "byte-second"),
    "gb": ("gb", "gigabyte", "gigabytes"),
    "gib": ("gib", "gibibyte", "gibibytes"),
    "tb": ("tb", "terabyte", "terabytes"),
    "tib": ("tib", "tebibyte", "tebibytes"),
    "bytes": ("byte", "bytes"),
    "tokens": ("token", "tokens"),
    "kilotokens": ("1k tokens", "k tokens", "ktokens", "thousand tokens", "1k token"),
    "megatokens": ("1m tokens", "m tokens", "mtokens", "million tokens"),
}
_MEASURES: Final = {
    "hours": Measure(SERVICE, 1.0),
    "seconds": Measure(SERVICE, 1 / 3600),
    "gb_months": Measure(STORAGE, 1.0, per_month=True),
    "gib_months": Measure(STORAGE, GB_PER_GIB, per_month=True),
    "gb_hours": Measure(STORAGE, 1.0),
    "gib_hours": Measure(STORAGE, GB_PER_GIB),
    "tb_months": Measure(STORAGE, 1000.0, per_month=True),
    "tib_months": Measure(STORAGE, 1024 * GB_PER_GIB, per_month=True),
    "byte_seconds": Measure(STORAGE, 1e-9 / 3600),
    "gb": Measure(NETWORK, 1.0),
    "gib": Measure(NETWORK, GB_PER_GIB),
    "tb": Measure(NETWORK, 1000.0),
    "tib": Measure(NETWORK, 1024 * GB_PER_GIB),
    "bytes": Measure(NETWORK, 1e-9),
    "tokens": Measure(TOKENS, 1.0),
    "kilotokens": Measure(TOKENS, 1000.0),
    "megatokens": Measure(TOKENS, 1e6),
}
_UNITS: Final = {word: _MEASURES[name] for name, words in _WORDS.items() for word in words}
_COUNTED: Final = re.compile(r"(\d+(?:\.\d+)?)\s+(.+)")


def measure(unit: str) -> Measure:
    """Return what a bill's unit means; one that speaks of no energy is of kind other.

    >>> measure("GB-Mo").kind, measure("10 Hours").factor
    ('storage', 10.0)
    """
    plain = unit.strip().casefold()
    found = _UNITS.get(plain)
    if found is None and (counted := _COUNTED.fullmatch(plain)):
        one = _UNITS.get(counted[2])
        found = one and Measure(one.kind, one.factor * float(counted[1]), one.per_month)
    return found or Measure(OTHER, 1.0)
