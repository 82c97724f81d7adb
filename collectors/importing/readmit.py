"""What was refused beside an import that is undone: it is judged anew, and fills the time that is empty again.

An import of amounts speaks for its time, so what a meter told late was a second telling and went to quarantine. With
the import gone it is the only one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.arrays import arrow_of
from collectors.judge import Judge
from collectors.overlaps import overlaps_of, refused_beside
from collectors.store.order import text_mask
from config.catalogue import metrics

if TYPE_CHECKING:
    from collectors.importing.undo import Undone
    from collectors.store.open import Stores
    from config.site import Settings


def readmit(undone: Undone, settings: Settings, stores: Stores, *, now: int) -> int:
    """Accept again the amounts of others that an undone import kept out; return how many count now.

    Args:
        undone: the import.
        settings: the site file, whose rules hold now.
        stores: where it went.
        now: UTC seconds.

    Raises:
        StoreUnavailable, StoreCorrupt: a store does not answer; have them sent again.
    """
    if undone.first is None or undone.last is None:
        return 0
    amounts = [name for name, metric in metrics().items() if metric.kind == "delta"]
    reach_s = _longest_s(undone, settings, amounts)
    first, last = undone.first - reach_s, undone.last + reach_s + 1
    refused = refused_beside(stores.archive.read(undone.points, amounts, first, last, rejected=True), undone.origin)
    gone = {note.origin for note in stores.state.imports() if note.undone_at is not None}
    refused = refused.filter(arrow_of(~text_mask(refused["origin"], gone)))
    if not refused.num_rows:
        return 0
    judge = Judge(settings)
    judged, bad = judge.table(judge.given(refused), now=now)
    judged, twice = overlaps_of(settings, stores).table(judged)
    stores.spool.accept(judged)
    return int(judged.num_rows) - bad - twice


def _longest_s(undone: Undone, settings: Settings, amounts: list[str]) -> int:
    """The longest interval of the amounts of its points: so far an import keeps others out."""
    states = (settings.state(point, undone.last or 0) for point in undone.points)
    return int(max((state.interval_s.get(name, 0.0) for state in states if state for name in amounts), default=0.0))
