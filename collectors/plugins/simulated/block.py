"""All signals of one site over one block of time, each worked out when first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from collectors.plugins.simulated import grid, load, plant, sky
from collectors.plugins.simulated.clock import local_times
from collectors.plugins.simulated.noise import named_seed
from collectors.plugins.simulated.roles import POWER_OF_ROLE
from collectors.plugins.simulated.signals import BLOCK_CELLS, BLOCK_S, KNOT_S, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.plugins.simulated.noise import Floats, Times
    from collectors.plugins.simulated.tree import Tree


class Block:
    """Signals of one site over `BLOCK_S` seconds from `index * BLOCK_S` on; weather and grid as values at its knots."""

    def __init__(self, tree: Tree, *, seed: int, index: int) -> None:
        """Work out nothing yet."""
        self.tree = tree
        self.place = tree.spec.place
        self.start = index * BLOCK_S
        self.times: Times = self.start + KNOT_S * np.arange(BLOCK_CELLS + 1, dtype=np.int64)
        self.cells: Times = index * BLOCK_CELLS + np.arange(BLOCK_CELLS, dtype=np.int64)
        self._seed = seed
        self._power: dict[str, Signal] = {}
        self._loss: dict[str, Signal] = {}
        self._utilisation: dict[str, Floats] = {}

    def seed(self, *names: str) -> int:
        """Return the seed of a thing of this site by its names."""
        return named_seed(self._seed, *names)

    def power(self, point: str) -> Signal:
        """Return the electric power of a point [W]; thermal for heat export."""
        if point not in self._power:
            power, loss = POWER_OF_ROLE[self.tree.role(point)](self, point)
            self._loss[point] = Signal.still(loss)  # first: another thread may ask as soon as the power is there
            self._power[point] = power
        return self._power[point]

    def loss(self, point: str) -> Signal:
        """Return what a point draws more than it hands on to points beneath it [W]; 0 but for PDU, UPS and utility."""
        self.power(point)
        return self._loss[point]

    def utilisation(self, machine: str) -> Floats:
        """Return how busy a machine is at each knot, 0 to 1."""
        if machine not in self._utilisation:
            spec = self.tree.spec
            self._utilisation[machine] = load.utilisation_ratio(
                self.tree.workload(machine),
                self.times,
                seed=self.seed(machine),
                time_zone=spec.time_zone,
                since=spec.register_epoch,
            )
        return self._utilisation[machine]

    @cached_property
    def local(self) -> Times:
        """Wall-clock seconds at each knot."""
        return local_times(self.times, self.tree.spec.time_zone)

    @cached_property
    def temperature_degc(self) -> Floats:
        """Outdoor temperature."""
        return sky.temperature_degc(self.times, self.place, self.seed("sky"))

    @cached_property
    def humidity_percent(self) -> Floats:
        """Outdoor relative humidity."""
        return sky.humidity_percent(self.times, self.place, self.seed("sky"))

    @cached_property
    def wet_bulb_degc(self) -> Floats:
        """Outdoor wet-bulb temperature."""
        return sky.wet_bulb_degc(self.temperature_degc, self.humidity_percent)

    @cached_property
    def sunlight(self) -> Floats:
        """Sunlight on the ground, 0 to 1 of a clear sky with the sun at the zenith."""
        return sky.sun_sine(self.times, self.place) * sky.clear_sky(self.times, self.place, self.seed("sky"))

    @cached_property
    def grid_mix(self) -> Mapping[str, Floats]:
        """Share of each kind of plant on the grid; shares sum to 1."""
        return grid.mix_ratio(self.times, self.tree.spec.zone, self.place, self.seed("sky"))

    @cached_property
    def grid_intensity(self) -> Floats:
        """Direct carbon intensity of the grid [gCO2e/kWh]."""
        return grid.intensity_gco2e_per_kwh(self.grid_mix, self.tree.spec.zone)

    @cached_property
    def grid_carbon_free(self) -> Floats:
        """Share of the grid's mix that is carbon-free."""
        return grid.carbon_free_ratio(self.grid_mix)

    @cached_property
    def wind(self) -> Floats:
        """What wind turbines give, 0 to 1 of their peak."""
        return grid.wind_ratio(self.times, self.tree.spec.zone, self.seed("sky"))

    @cached_property
    def heat_w(self) -> Floats:
        """Heat of the halls: machines, losses within the halls, and light."""
        inside = [self.power(point).knots for point in (*self.tree.machines, *self.tree.of("lighting"))]
        lost = [self.loss(point).knots for point in self.tree.of("pdu", "ups_input")]
        heat: Floats = np.sum([np.zeros(self.times.size), *inside, *lost], axis=0)
        return heat

    @cached_property
    def water_l_per_s(self) -> Floats:
        """Make-up water of the towers."""
        return plant.water_l_per_s(self.place.water, self.heat_w, self.temperature_degc)
