"""The steps in which registers count, as they are seen where the site file does not declare them.

A figure is known no closer than a step, at either end of its time. The readings of an hour at either side of its
first full hour tell it, or those of a day where the register stood still or rose evenly then; of longer times than a
day also those about the last hour, where a register came later or its first readings are kept no more. Thousands of
registers hardly move a figure of a longer time by their steps, and are not read for it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.attribution.finer import step_of
from analytics.frame import coded, plain
from analytics.intervals import REGISTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.boundary import Era, Tree
    from config.points import PointState
    from ui.service import Service

SHORT_S: Final = 25 * 3600  # a local day
LOOK_S: Final = 3600
ANEW_S: Final = 300
WIDE_S: Final = 86_400
MOST_READINGS: Final = 200_000
MOST_REGISTERS: Final = 250  # of a site whose figures of more than a day look for steps
KEPT: Final = 64
_kept: OrderedDict[tuple[object, ...], dict[str, float]] = OrderedDict()


def with_steps(service: Service, eras: Sequence[Era], *, of_all: bool = False) -> tuple[Era, ...]:
    """Return the trees of a period with the steps of registers that nobody declared, as far as they are seen.

    `of_all` looks at however many registers, as periods up to a day do.
    """
    asked = {point.id: point.interval_s[REGISTER] for era in eras for point in era.tree.points if _untold(point)}
    start, end = eras[0].start, eras[-1].end
    long = end - start > SHORT_S
    if not asked or (long and not of_all and len(asked) > MOST_REGISTERS):
        return tuple(eras)
    found = _seen(service, asked, start)
    late = {name: each_s for name, each_s in asked.items() if name not in found} if long else {}
    told = found | _seen(service, late, end - LOOK_S) if late else found
    steps = {name: step for name, step in told.items() if step > 0}
    return tuple(replace(era, tree=_told(era.tree, steps)) for era in eras) if steps else tuple(eras)


def _untold(point: PointState) -> bool:
    return REGISTER in point.interval_s and point.register_step_kwh is None


def _seen(service: Service, interval_s: dict[str, float], start: int) -> dict[str, float]:
    """The steps seen about the hour of a start, 0 where a register counts as finely as it is read.

    Rules ask for the same each few seconds, so they are kept.

    While readings of the time looked at still come in they are looked for anew each few minutes, up to then: what is
    told does not hang on when it was asked first.
    """
    hour, now = start - start % LOOK_S, int(service.now())
    until = min(hour + WIDE_S, now - now % ANEW_S)
    key = (service.settings.store.data, service.config_hash, hour, until, *sorted(interval_s))
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = _read(service, interval_s, hour, until)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def _read(service: Service, interval_s: dict[str, float], hour: int, until: int) -> dict[str, float]:
    found = _shown(service, interval_s, (hour - LOOK_S, min(hour + LOOK_S, until)))
    still = {name: each for name, each in interval_s.items() if name not in found or _alike(found[name])}
    found |= _shown(service, still, (hour - WIDE_S, until)) if still else {}
    return {name: step_of(shown) for name, shown in found.items() if not _alike(shown)}


def _alike(shown: NDArray[np.float64]) -> bool:
    """Whether a register stood still, or rose by the same throughout: that says nothing of its step."""
    return np.unique(np.round(np.diff(shown), 9)).size < 2  # noqa: PLR2004 - one rise


def _shown(service: Service, interval_s: dict[str, float], within: tuple[int, int]) -> dict[str, NDArray[np.float64]]:
    """What registers showed about the middle of a time, of as much of it as is soon read."""
    middle, look_s = sum(within) // 2, int(MOST_READINGS / sum(1 / one for one in interval_s.values()) / 2)
    read = service.stores.archive.read(
        points=sorted(interval_s),
        metrics=[REGISTER],
        start=max(within[0], middle - look_s),
        end=max(within[0], min(within[1], middle + look_s)),
        columns=("point", "time", "value"),
    )
    codes, names = coded(read["point"])
    shown = plain(read["value"])
    firsts = np.flatnonzero(np.diff(codes, prepend=-1)).tolist()  # readings come sorted by point
    return {names[codes[first]]: shown[first:stop] for first, stop in pairwise([*firsts, codes.size])}


def _told(tree: Tree, found: dict[str, float]) -> Tree:
    return tree.stepped({one.id: found[one.id] for one in tree.points if one.id in found and _untold(one)})
