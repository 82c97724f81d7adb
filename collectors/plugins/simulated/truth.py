"""What really happens at a simulated site: power, energy, water, weather and grid at any moment, in any order.

Everything is a pure function of (seed, spec, point, time). Blocks of ten days are worked out whole and a few are kept,
which changes the speed of an answer and never the answer.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from collectors.plugins.simulated.block import Block
from collectors.plugins.simulated.noise import chance, named_seed
from collectors.plugins.simulated.reads import REGISTERS, offered
from collectors.plugins.simulated.roles import POWER_OF_ROLE
from collectors.plugins.simulated.signals import BLOCK_S, Signal
from collectors.plugins.simulated.tree import Tree
from config.errors import ConfigError, InputError
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from collectors.plugins.simulated.noise import Floats, Times
    from collectors.plugins.simulated.spec import SiteSpec

    SignalOf = Callable[[Block], Signal]

WS_PER_KWH = 3.6e6
_BLOCKS_KEPT = 6
_MOST_FIRST_KWH = 50_000.0


class Truth:
    """The truth of one site; times are arrays of whole UTC seconds since 1970, and so is every answer's shape."""

    def __init__(self, seed: int, spec: SiteSpec) -> None:
        """Check the roles; nothing is worked out yet.

        Raises:
            ConfigError: a point has a role that cannot be simulated.
        """
        for point in spec.points.values():
            if point.role not in POWER_OF_ROLE and point.role != "water":
                msg = (
                    f'{point.id}: role "{point.role}" cannot be simulated: leave the point out or give it another role.'
                )
                raise ConfigError(msg)
        self.seed, self.spec, self.tree = seed, spec, Tree(spec)
        self._first = spec.register_epoch // BLOCK_S
        self._blocks: OrderedDict[int, Block] = OrderedDict()
        counted = [point for point in spec.points if REGISTERS & {*offered(spec, point)}]
        self._sums_s: list[Mapping[str, float]] = [dict.fromkeys(counted, 0.0)]
        self._lock = RLock()

    def power_w(self, point: str, times: Times) -> Floats:
        """Return the power of a point [W]; thermal for heat export."""
        self._known(point)
        return self._levels(times, lambda block: block.power(point))

    def loss_w(self, point: str, times: Times) -> Floats:
        """Return what a point draws more than it hands on [W]: the loss of a PDU, UPS or transformer, else 0."""
        self._known(point)
        return self._levels(times, lambda block: block.loss(point))

    def register_kwh(self, point: str, times: Times) -> Floats:
        """Return the energy register of a point, counting from a first value at the start of its first ten days.

        Raises:
            InputError: a time lies before the registers begin.
        """
        self._known(point)
        first_kwh = chance(named_seed(self.seed, point, "register"), np.zeros(1, dtype=np.int64)) * _MOST_FIRST_KWH
        return np.round(first_kwh, 3) + self._sums(point, times, lambda block: block.power(point)) / WS_PER_KWH

    def truth_kwh(self, point: str, start: int, end: int) -> float:
        """Return the true energy of a point over [start, end) [UTC s], whatever its instruments show."""
        first, last = self.register_kwh(point, np.array([start, end], dtype=np.int64))
        return float(last - first)

    def loss_kwh(self, point: str, start: int, end: int) -> float:
        """Return the energy that a point lost over [start, end) [UTC s]."""
        edges = np.array([start, end], dtype=np.int64)
        sums = self._through_blocks(edges, lambda block, into: block.loss(point).sum_s(into))
        between = sum(self._block(i).loss(point).whole_s() for i in range(start // BLOCK_S, end // BLOCK_S))
        return float(sums[1] - sums[0] + between) / WS_PER_KWH

    def water_l(self, point: str, times: Times) -> Floats:
        """Return the water register of a point of role water [L]; several share the site's water evenly."""
        return self._sums(point, times, self._water)

    def utilisation_ratio(self, point: str, times: Times) -> Floats:
        """Return how busy a machine, or the machine of a component, is, 0 to 1."""
        self._known(point)
        return self._levels(times, lambda block: Signal.still(block.utilisation(self.tree.host(point))))

    def temperature_degc(self, times: Times) -> Floats:
        """Return the outdoor temperature [degC]."""
        return self._levels(times, lambda block: Signal.still(block.temperature_degc))

    def humidity_percent(self, times: Times) -> Floats:
        """Return the outdoor relative humidity [%]."""
        return self._levels(times, lambda block: Signal.still(block.humidity_percent))

    def wet_bulb_degc(self, times: Times) -> Floats:
        """Return the outdoor wet-bulb temperature [degC]."""
        return self._levels(times, lambda block: Signal.still(block.wet_bulb_degc))

    def grid_intensity_gco2e_per_kwh(self, times: Times) -> Floats:
        """Return the direct average carbon intensity of the site's grid [gCO2e/kWh]."""
        return self._levels(times, lambda block: Signal.still(block.grid_intensity))

    def grid_carbon_free_ratio(self, times: Times) -> Floats:
        """Return the carbon-free share of the site's grid, 0 to 1."""
        return self._levels(times, lambda block: Signal.still(block.grid_carbon_free))

    def grid_mix_ratio(self, times: Times) -> Mapping[str, Floats]:
        """Return the share of each kind of plant on the site's grid: solar, wind, firm, coal, gas; they sum to 1."""
        kinds = self._block(int(times[0]) // BLOCK_S).grid_mix
        return {kind: self._levels(times, _share_of(kind)) for kind in kinds}

    def _known(self, point: str) -> None:
        if point not in self.spec.points:
            msg = f'"{point}" is no point of the simulated site {self.spec.site}; {remedy(point, self.spec.points)}'
            raise InputError(msg)

    def _water(self, block: Block) -> Signal:
        return Signal.still(block.water_l_per_s / len(self.tree.of("water")))

    def _levels(self, times: Times, signal_of: SignalOf) -> Floats:
        return self._through_blocks(times, lambda block, into: signal_of(block).at(into))

    def _sums(self, point: str, times: Times, signal_of: SignalOf) -> Floats:
        def since_first(block: Block, into: Times) -> Floats:
            return self._sum_before(block, point) + signal_of(block).sum_s(into)

        if times.size and int(times.min()) < self._first * BLOCK_S:
            msg = f"{point}: its register begins at {self._first * BLOCK_S} UTC s: set register_epoch earlier."
            raise InputError(msg)
        return self._through_blocks(times, since_first)

    def _through_blocks(self, times: Times, answer: Callable[[Block, Times], Floats]) -> Floats:
        asked = np.asarray(times, dtype=np.int64)
        result = np.empty(asked.shape)
        index = asked // BLOCK_S
        for each in np.unique(index):
            here = index == each
            block = self._block(int(each))
            result[here] = answer(block, asked[here] - block.start)
        return result

    def _block(self, index: int) -> Block:
        with self._lock:
            block = self._blocks.pop(index, None) or Block(self.tree, seed=self.seed, index=index)
            self._blocks[index] = block
            while len(self._blocks) > _BLOCKS_KEPT:
                self._blocks.popitem(last=False)
            return block

    def _sum_before(self, block: Block, point: str) -> float:
        """Integral of a register from the first block to the start of this one; all points are summed at once."""
        wanted = block.start // BLOCK_S - self._first
        with self._lock:
            while len(self._sums_s) <= wanted:
                former = self._sums_s[-1]
                whole = self._whole_s(self._block(self._first + len(self._sums_s) - 1))
                self._sums_s.append({each: former[each] + whole[each] for each in former})
            return self._sums_s[wanted][point]

    def _whole_s(self, block: Block) -> Mapping[str, float]:
        return {point: self._counted(block, point).whole_s() for point in self._sums_s[0]}

    def _counted(self, block: Block, point: str) -> Signal:
        return self._water(block) if self.tree.role(point) == "water" else block.power(point)


def _share_of(kind: str) -> SignalOf:
    return lambda block: Signal.still(block.grid_mix[kind])
