"""What registers show of their steps, kept beside the books: raw readings go, and old figures must stay what they are.

Jobs note what the readings show that they judge, by UTC month and meter. What is noted is joined to what was known, so
that killed, late and repeated jobs come to the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.register_steps import Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.store.state import State

Steps = dict[tuple[str, int], Shown]  # by point and since when [UTC s]


def join(known: Steps, more: Mapping[tuple[str, int], Shown]) -> None:
    """Add what more readings show."""
    known |= {key: known[key].joined(shown) if key in known else shown for key, shown in more.items()}


def note(state: State, found: Steps) -> None:
    """Keep what registers showed, joined to what is kept; nothing is written where they showed nothing new."""
    if not found:
        return
    times = [since for _, since in found]
    kept = state.register_steps.of(start=min(times), end=max(times) + 1)
    known = {key: Shown(*told) for key, told in kept.items() if key in found}
    whole = dict(known)
    join(whole, found)
    fresh = {key: (shown.joules, shown.alike) for key, shown in whole.items() if known.get(key) != shown}
    if fresh:
        state.register_steps.keep(fresh)
