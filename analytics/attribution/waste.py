"""What is drawn for nothing: nodes that nobody has, jobs that use little of what they hold, limits run into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.sheets import FULL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.attribution.nodes import Portions
    from analytics.attribution.whole import It
    from analytics.attribution.work import Work
    from analytics.sheets import Sheet

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

AT_CAP: Final = 0.97  # of its limit: a mean over an interval hardly reaches the limit itself
LEAST_HELD: Final = 0.01  # of an interval: who is there for less does not make a node busy
YEAR_S: Final = 365.25 * 86_400
W_PER_KW: Final = 1000
S_PER_HOUR: Final = 3600


@dataclass(slots=True)
class Drawn:
    """What some points drew in the intervals of interest: energy [kWh], the site's amounts with it, and seconds."""

    energy_kwh: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    site: dict[str, dict[str, float]] = field(default_factory=dict)

    def enter(self, names: Sequence[str], energy: Floats, mask: Mask, *, it: It, cells: Mapping[str, Floats]) -> None:
        """Add energy [kWh] by point and cell where `mask` holds; a cell's site amounts go by its share in all IT."""
        own = np.where(mask, energy, 0.0)
        whole = (it.sheet.energy + np.nan_to_num(it.lost)).sum(axis=0)
        for row in np.flatnonzero(mask.any(axis=1)).tolist():
            name = names[row]
            self.energy_kwh[name] = self.energy_kwh.get(name, 0.0) + float(own[row].sum())
            self.seconds[name] = self.seconds.get(name, 0.0) + float(it.sheet.seconds[mask[row]].sum())
            part = np.divide(own[row], whole, out=np.zeros_like(whole), where=whole > 0)
            amounts = self.site.setdefault(name, dict.fromkeys(cells, 0.0))
            for key, column in cells.items():
                amounts[key] += float(part @ column)


def judged(it: It, *, since: int, until: int) -> Mask:
    """Return the units and cells that are covered, in [since, until) [UTC s] that records speak of."""
    known = (it.sheet.starts >= since) & (it.sheet.starts + it.sheet.seconds <= until)
    mask: Mask = (it.sheet.covered >= FULL) & known
    return mask


def nobodys(it: It, found: Portions, *, since: int, until: int) -> Mask:
    """Return those of `judged` that draw while no job had reserved anything of them, or for next to no time."""
    mask: Mask = judged(it, since=since, until=until) & (it.sheet.energy > 0) & (found.held < LEAST_HELD)
    return mask


def at_cap(gpus: Sheet, caps_w: Sequence[float | None]) -> Mask:
    """Return the GPUs and cells whose mean power is at the limit that is set for them."""
    caps = np.array([np.nan if cap is None else cap for cap in caps_w], np.float64)[:, None]
    watts = gpus.energy / (gpus.seconds / S_PER_HOUR) * W_PER_KW
    mask: Mask = (watts[: caps.shape[0]] >= AT_CAP * caps) & (gpus.covered[: caps.shape[0]] >= FULL)
    return mask


def use_of(work: Work) -> Floats:
    """Return how much of what each placement holds it used: of its GPUs, where it has none of its CPUs; nan unknown."""
    of_cpu = np.divide(work.cpu_use, work.cpu, out=np.full(work.cpu.size, np.nan), where=work.cpu > 0)
    return np.where(work.gpu > 0, work.gpu_use, of_cpu)


def low_use(work: Work, *, below: float) -> dict[str, float]:
    """Return the mean use of the subjects that used less than `below` of what they held; those not known left out.

    A placement weighs by its time.
    """
    use, seconds = use_of(work), (work.end - work.start).astype(np.float64)
    count = len(work.subjects)
    weight = np.bincount(work.subject, seconds, count)
    mean = np.bincount(work.subject, use * seconds, count) / np.where(weight > 0, weight, 1.0)
    return {work.subjects[code]: float(mean[code]) for code in np.flatnonzero((mean < below) & (weight > 0)).tolist()}


def unused(*, energy_kwh: float, use: float) -> float:
    """Return the energy that went with what was held and not used: E * (1 - use).

    >>> unused(energy_kwh=100.0, use=0.05)
    95.0
    """
    return energy_kwh * (1 - use)


def a_year(amount: float, *, seconds: float) -> float:
    """Return what an amount of some time comes to in a year, if it goes on like this.

    >>> a_year(10.0, seconds=86_400.0)
    3652.5
    """
    return amount * YEAR_S / seconds


def headroom_w(*, rated_w: float, mean_w: Floats) -> float:
    """Return the power that was never asked for: the rating less the highest mean of an interval.

    >>> headroom_w(rated_w=10_000.0, mean_w=np.array([2000.0, 3500.0]))
    6500.0
    """
    return rated_w - float(mean_w.max())
