"""Residual mixes: what is left of a grid once all claims are taken out; scope 2, market-based (GHG Protocol)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.factors import YearPolicy, zone_factors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from config.factor_tables import Factor


def residual_factor(
    zone: str, year: int, *, policy: YearPolicy, files: Sequence[Path] = ()
) -> tuple[Factor | None, str]:
    """Return the direct residual factor of a zone by the site's year policy, and what that did in words.

    None where no table has one: the location factor then stands for what no contract covers, and that is disclosed.
    A residual mix of `latest_published` is at most that of the year.

    Raises:
        ConfigError: an own table has mistakes.
    """
    rows = zone_factors(zone, files=files)
    found = {factor.year: factor for factor in rows if factor.basis == "residual" and factor.scope == "direct"}
    fitting = [each for each in found if each == year or (policy != "same" and each < year)]
    if not fitting:
        return None, ""
    chosen = found[max(fitting)]
    note = "" if chosen.year == year else f"residual mix of {chosen.year} for {year}"
    return chosen, f"{note}{', provisional' if note and policy == 'provisional' else ''}"
