"""What a point of each role draws, and what of that it loses.

Power flows up: machine -> feeds -> PDU -> UPS -> UPS input -> utility. A loss is a formula of the load beneath, so that
parent = children + loss holds at every moment. The utility delivers what solar plant and gensets of the site do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collectors.plugins.simulated import load, plant
from collectors.plugins.simulated.clock import DAY_S
from collectors.plugins.simulated.noise import chance, smooth
from collectors.plugins.simulated.signals import LARGEST_RIPPLE, WAVES, Signal
from collectors.plugins.simulated.tree import entry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from collectors.plugins.simulated.block import Block
    from collectors.plugins.simulated.noise import Floats

    Power = tuple[Signal, Floats]  # what a point draws, and its loss at each knot
    Model = Callable[[Block, str], Power]

_UNEVEN_RATIO = 0.06  # the cords of one machine never carry quite the same


def _lossless(signal: Signal) -> Power:
    return signal, np.zeros(signal.knots.size)


def _machine(block: Block, point: str) -> Power:
    machine, workload = block.tree.machine(point), block.tree.workload(point)
    dc_w = load.dc_power_w(machine, block.utilisation(point))
    ac_w = load.plug_power_w(dc_w, rated_w=machine.max_w, psu=block.tree.spec.psus[machine.psu])
    sizes = [2.0 * chance(block.seed(point, f"wave {wave}"), block.cells) - 1.0 for wave in range(WAVES)]
    reach_w = workload.ripple_ratio * np.minimum(ac_w[:-1], ac_w[1:])
    return _lossless(Signal(ac_w, reach_w * np.array(sizes) / LARGEST_RIPPLE))


def _component(block: Block, point: str) -> Power:
    if block.tree.spec.points[point].share == "copy":
        return _lossless(block.power(block.tree.spec.points[point].parents[0]))
    host = block.tree.host(point)
    power_w = load.dc_power_w(block.tree.machine(point), block.utilisation(host))
    whole = block.power(host)
    return _lossless(Signal(power_w, whole.ripple * (power_w / whole.knots)[:-1]))


def _feed(block: Block, point: str) -> Power:
    owner = block.tree.owner(point)
    return _lossless(block.power(owner).share(_share(block, block.tree.spec.points[owner].feeds, point)))


def _share(block: Block, among: Sequence[str], one: str) -> Floats:
    """Share of `one` at each knot; the shares of all `among` sum to 1."""
    if len(among) == 1:
        return np.ones(block.times.size)
    weights = [1.0 + _UNEVEN_RATIO * smooth(block.seed(each, "cord"), block.times, DAY_S) for each in among]
    share: Floats = weights[among.index(one)] / np.sum(weights, axis=0)
    return share


def _load(block: Block, point: str) -> Power:
    """Sum what hangs beneath: feeds, single-corded loads, and this point's share of loads with several parents."""
    children = block.tree.children(point)
    return _lossless(
        Signal.total(block.power(child).share(_share(block, block.tree.carriers(child), point)) for child in children)
    )


def _pdu(block: Block, point: str) -> Power:
    carried, _ = _load(block, point)
    loss_w = block.place.pdu_loss_ratio * carried.knots
    return carried.plus(loss_w), loss_w


def _ups_input(block: Block, point: str) -> Power:
    carried, _ = _load(block, point)
    loss_w = plant.ups_loss_w(entry_of(block.place.ups, point, "ups"), carried.knots)
    return carried.plus(loss_w), loss_w


def _utility(block: Block, point: str) -> Power:
    carried, _ = _load(block, point)
    if point != block.tree.utility:
        return _lossless(carried)
    loss_w = block.place.transformer_loss_ratio * carried.knots
    own = Signal.total(block.power(source) for source in block.tree.of("pv", "genset"))
    return carried.plus(loss_w).minus(own), loss_w


def _cooling(block: Block, point: str) -> Power:
    power_w = plant.cooling_power_w(block.place.cooling, block.heat_w, block.wet_bulb_degc, block.times)
    return _lossless(Signal.still(power_w * _share(block, block.tree.of("cooling"), point)))


def _occupied(block: Block, point: str) -> Power:
    return _lossless(
        Signal.still(plant.occupied_power_w(entry_of(block.place.occupied, point, "occupied"), block.local))
    )


def _pv(block: Block, point: str) -> Power:
    return _lossless(Signal.still(entry_of(block.place.pv, point, "pv").peak_w * block.sunlight))


def _wind_park(block: Block, point: str) -> Power:
    return _lossless(Signal.still(entry_of(block.place.wind_parks, point, "wind_parks").peak_w * block.wind))


def _genset(block: Block, point: str) -> Power:
    return _lossless(Signal.still(plant.genset_power_w(entry_of(block.place.gensets, point, "gensets"), block.times)))


def _heat_export(block: Block, point: str) -> Power:
    export = entry_of(block.place.heat, point, "heat")
    return _lossless(Signal.still(plant.heat_export_w(export, block.heat_w, block.temperature_degc)))


POWER_OF_ROLE: Mapping[str, Model] = {
    **dict.fromkeys(("server", "storage", "network", "it"), _machine),
    **dict.fromkeys(("lighting", "overhead", "other"), _occupied),
    "component": _component,
    "feed": _feed,
    "pdu": _pdu,
    "ups": _load,
    "ups_input": _ups_input,
    "utility": _utility,
    "cooling": _cooling,
    "pv": _pv,
    "genset": _genset,
    "plant": _wind_park,
    "heat_export": _heat_export,
}
"""Roles that have power; a point of role water has a counter of litres instead."""
