"""Indicators of the EU data-centre reporting scheme (`eed_indicators.csv`): Regulation (EU) 2024/1364, Annexes I to IV.

The list is kept by edition: an amendment of 2026 is a draft, known from secondary sources alone (`verified` False).
The Regulation has the code TIN twice; here they are TIN-SETPOINT and TIN-TRAFFIC, with `published_code` TIN. Rows
without a `published_code` have none in the text: theirs is ours.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from config.errors import InputError
from config.reading.fields import Table
from config.reading.wording import remedy

FILE = Path(__file__).with_name("eed_indicators.csv")
Edition = Literal["2024/1364", "2026 draft"]
Over = Literal["sum", "mean", "last", "text", "derived"]
EDITIONS: tuple[str, ...] = get_args(Edition)


class Indicator(Table):
    """One indicator of one edition of the list.

    `over` says what records of parts of a year make together: a sum, a mean by day, what stood on the last day; a text
    has no amount, and what is derived is computed from the others.
    """

    edition: Edition
    clause: str
    code: str
    published_code: str
    name: str
    unit: str
    over: Over
    annex: Literal["I", "II", "III", "IV"]
    formula: str
    rule: str
    source: str
    verified: bool


@lru_cache(maxsize=4)
def indicators(edition: str = "2024/1364") -> tuple[Indicator, ...]:
    """Return the indicators of an edition, in the order of the Regulation.

    Raises:
        InputError: there is no such edition.
    """
    if edition not in EDITIONS:
        msg = f'"{edition}" is no edition of the list of indicators; {remedy(edition, EDITIONS)}'
        raise InputError(msg)
    with FILE.open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["edition"] == edition]
    return tuple(Indicator.model_validate({**row, "verified": row["verified"] == "yes"}) for row in rows)
