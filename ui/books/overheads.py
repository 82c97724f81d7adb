"""Points that stand for a provider's overhead are judged from other points: which, and how often these are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analytics.kpi import FactorUse
from config.points import EQUIPMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analytics.boundary import Era
    from analytics.kpi import Kpi
    from config.site import PointState, Settings

BEARING = frozenset({"ups", "pdu", "feed"}) | EQUIPMENT


def overheads(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Points that have a provider's PUE at some time, each with the points whose rows its own come from."""
    found = {}
    for point in settings.points:
        if point.provider_pue is not None or any(change.provider_pue is not None for change in point.changes):
            beside = (one for one in settings.points if one.site == point.site and one.role in BEARING)
            found[point.id] = tuple(one.id for one in beside)
    return found


def declared_s(settings: Settings, state: PointState, at: int) -> Iterator[float]:
    """Sampling intervals [s] that bear on the rows of a point at `at` [UTC s]: its own, or of the IT it stands over."""
    yield from state.interval_s.values()
    if state.provider_pue is not None:
        for other in settings.points_at(state.site, at):
            if other.role in BEARING:
                yield from other.interval_s.values()


def disclosed(figure: Kpi, eras: Sequence[Era]) -> Kpi:
    """Return a figure with each provider's PUE that its energy rests on, and where that comes from, beside it."""
    own = {era.start: () if era.tree.topmost("utility", "pv", "genset") else era.tree.overheads for era in eras}
    used = [_use(state, start) for start, states in own.items() for state in states]
    told = list({(one.zone, one.value): one for one in used}.values())
    if not told:
        return figure
    words = ", ".join(f"{one.value:g} of {one.zone}" for one in told)
    method = f"{figure.method}; overhead estimated by the provider's PUE {words}"
    return replace(figure, method=method, factors=(*figure.factors, *told))


def _use(state: PointState, start: int) -> FactorUse:
    return FactorUse(
        id=f"provider_pue:{state.id}",
        value=state.provider_pue or 1.0,
        unit="1",
        year=datetime.fromtimestamp(start, UTC).year,
        zone=state.id,
        basis="provider's PUE",
        source=state.provider_pue_source or "",
    )
