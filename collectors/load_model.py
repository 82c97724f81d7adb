"""Power by load: what a machine without a meter takes between idle and full, in proportion to its utilisation."""

from __future__ import annotations


def watts_at(low_w: float | None, high_w: float, utilisation: float) -> float:
    """Return the power [W] at a utilisation of 0 to 1, between idle and full load; at full where idle is not known.

    >>> watts_at(0.5, 2.5, 0.25)
    1.0
    >>> watts_at(None, 700.0, 0.25)
    700.0
    """
    return high_w if low_w is None else low_w + utilisation * (high_w - low_w)
