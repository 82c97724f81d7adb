"""Points that say the same in every interval: each node of a chassis may give what the whole chassis draws.

Two meters never agree to the last bit over a day of a load that changes; two readers of one meter do. Rule of the
product: it orders work and proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa
    from numpy.typing import NDArray

LEAST_INTERVALS: Final = 96
VARIED: Final = 1.05  # the greatest over the least energy: what idles at whole watts is alike by chance
MIX: Final = np.uint64(0x9E3779B97F4A7C15)  # of SplitMix64, whose sums do not depend on the order of rows
SHIFT: Final = np.uint64(29)


def alike(tables: Iterable[pa.Table]) -> list[tuple[str, ...]]:
    """Return groups of points whose measured energies are the same, to the last bit and in the same intervals.

    Args:
        tables: ledger rows with point, start, energy_kwh and measured; each interval of a point in one of them.
    """
    sums: defaultdict[str, int] = defaultdict(int)
    counts: defaultdict[str, int] = defaultdict(int)
    edges: dict[str, tuple[float, float]] = {}
    for table in tables:
        rows = table.filter(pc.and_(pc.equal(table["measured"], 1.0), pc.greater(table["energy_kwh"], 0.0)))
        if not rows.num_rows:
            continue
        coded = pc.dictionary_encode(rows["point"].cast("string")).combine_chunks()
        codes, names = coded.indices.to_numpy(), coded.dictionary.to_pylist()
        energy = rows["energy_kwh"].to_numpy()
        mixed, low, high = np.zeros(len(names), np.uint64), np.full(len(names), np.inf), np.zeros(len(names))
        np.add.at(mixed, codes, _mixed(rows["start"].cast("int64").to_numpy(), energy))
        np.minimum.at(low, codes, energy)
        np.maximum.at(high, codes, energy)
        for name, mix, count, least, most in zip(
            names, mixed.tolist(), np.bincount(codes).tolist(), low.tolist(), high.tolist(), strict=True
        ):
            sums[name], counts[name] = (sums[name] + mix) % (1 << 64), counts[name] + count
            former = edges.get(name, (least, most))
            edges[name] = min(former[0], least), max(former[1], most)
    groups: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for name, (least, most) in edges.items():
        if counts[name] >= LEAST_INTERVALS and most >= VARIED * least:
            groups[sums[name], counts[name]].append(name)
    return sorted(tuple(sorted(names)) for names in groups.values() if len(names) > 1)


def _mixed(start: NDArray[np.int64], energy: NDArray[np.float64]) -> NDArray[np.uint64]:
    """A number of each row that tells its interval and its energy."""
    bits = energy.view(np.uint64) ^ (start.astype(np.uint64) * MIX)
    bits = (bits ^ (bits >> SHIFT)) * MIX
    mixed: NDArray[np.uint64] = (bits ^ (bits >> SHIFT)) * MIX
    return mixed
