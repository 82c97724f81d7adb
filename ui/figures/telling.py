"""What a figure's energy rests on beside meters: the provider's PUE, and coefficients of bills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.books.overheads import disclosed
from ui.usage.lines import from_bills

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analytics.boundary import Tree
    from analytics.kpi import Kpi
    from ui.figures.site import Question


def told(question: Question, figure: Kpi, pick: Callable[[Tree], Iterable[str]], *, overhead: bool = True) -> Kpi:
    """Return a figure with what the energy of the picked points rests on, and where that comes from, beside it."""
    points = {point for era in question.eras for point in pick(era.tree)}
    shown = disclosed(figure, question.eras) if overhead else figure
    return from_bills(shown, question.service, sorted(points))
