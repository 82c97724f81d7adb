"""Targets that laws and pledges set, dated and sourced: to be written into a site file, never applied by themselves."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("target_templates.csv")


@cache
def target_templates() -> tuple[dict[str, str], ...]:
    """Return the rows of the table: id, metric, value, by, for whom, source, basis (verified or not)."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
