"""Several strategies that share the work: parts run side by side, the last one to end gives the time."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.planning.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from config.compare.strategies import Strategy, Workload

    Floats = NDArray[np.float64]


def part_of(strategy: Strategy, workload: Workload, share: float) -> tuple[Strategy, Workload]:
    """Return a strategy with its share of the devices (one at least), and its share of the work.

    A share of 0.4 of 64 devices is 26 of them, which do 0.4 of the work. `embodied_kgco2e` of bought tokens is that of
    the whole work, so a part has its share of it.
    """
    devices = max(1, round(share * strategy.devices))
    amounts = {key: getattr(workload, key) for key in ("flop", "tokens", "device_hours", "data_gb")}
    scaled = {key: value * share for key, value in amounts.items() if value is not None}
    of_part: dict[str, Any] = {"devices": devices}
    if strategy.kind == "tokens" and strategy.embodied_kgco2e is not None:
        of_part["embodied_kgco2e"] = tuple(share * kg for kg in strategy.embodied_kgco2e)
    return strategy.model_copy(update=of_part), workload.model_copy(update=scaled)


def mixed(parts: Mapping[str, Outcome]) -> Outcome:
    """Return what strategies bring together; what is not known of one of them is not known of all.

    Draws of an input that several share are the same ones, so a mixture is compared with its parts fairly. Its alpha is
    what its parts take beyond idling, for each hour of the longest run.
    """
    of = list(parts.values())
    embodied = [one.embodied_kgco2e for one in of]
    water = [one.water_l for one in of]
    useful = [one.useful_h for one in of]
    run = _longest([one.run_h for one in of])
    e0, facility = _sum_if_known([one.e0_kwh for one in of]), _sum([one.facility_energy_kwh for one in of])
    return Outcome(
        time_h=np.max([one.time_h for one in of], axis=0),
        cost=_sum([one.cost for one in of]),
        it_energy_kwh=_sum([one.it_energy_kwh for one in of]),
        facility_energy_kwh=facility,
        location_kgco2e=_sum([one.location_kgco2e for one in of]),
        market_kgco2e=_sum_if_known([one.market_kgco2e for one in of]),
        embodied_kgco2e=_sum_if_known(embodied),
        water_l=_sum_if_known(water),
        useful_h=_sum(useful) if all(one.any() for one in useful) else np.zeros_like(useful[0]),
        peak_kw=sum(one.peak_kw for one in of),
        inputs={f"{id_}: {key}": value for id_, one in parts.items() for key, value in one.inputs.items()},
        cost_parts={f"{id_}: {key}": value for id_, one in parts.items() for key, value in one.cost_parts.items()},
        e0_kwh=e0,
        alpha_kw=None if run is None or e0 is None else (facility - e0) / run,
        run_h=run,
    )


def _longest(runs: Sequence[Floats | None]) -> Floats | None:
    known = [one for one in runs if one is not None]
    return np.max(known, axis=0) if len(known) == len(runs) else None


def _sum(values: Sequence[Floats]) -> Floats:
    total: Floats = np.sum(values, axis=0)
    return total


def _sum_if_known(values: Sequence[Floats | None]) -> Floats | None:
    known = [one for one in values if one is not None]
    return _sum(known) if len(known) == len(values) else None


def shares_by_step(ids: Sequence[str], step: float) -> Iterator[dict[str, float]]:
    """Yield every mixture of at least two strategies in whole steps; what has no share is left out.

    >>> list(shares_by_step(["a", "b"], 0.5))
    [{'a': 0.5, 'b': 0.5}]
    >>> len(list(shares_by_step(["a", "b", "c"], 0.25)))
    12
    """
    count = round(1 / step)
    for parts in product(range(count + 1), repeat=len(ids)):
        found = {id_: part / count for id_, part in zip(ids, parts, strict=True) if part}
        if sum(parts) == count and len(found) > 1:
            yield found
