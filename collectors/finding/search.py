"""Look everywhere at once; what does not answer in time was not there."""

from __future__ import annotations

import time
from threading import Thread
from typing import TYPE_CHECKING

from collectors.finding import amd, bmc, cpus, exporters, gpus, nut

if TYPE_CHECKING:
    from collectors.finding.found import Found, Machine

PATIENCE_S = 20.0  # waking GPUs without persistence mode takes seconds each


def search(machine: Machine) -> list[Found]:
    """Return what this machine offers: GPUs, processors, BMC, UPSs, exporters, in this order."""
    looks = (gpus.find, amd.find, cpus.find, bmc.find, nut.find, exporters.find)
    found: list[Found | list[Found] | None] = [None] * len(looks)

    def look(place: int) -> None:
        found[place] = looks[place](machine)

    # daemons: a driver that hangs must not keep the program from ending
    threads = [Thread(target=look, args=(place,), daemon=True) for place in range(len(looks))]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + PATIENCE_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [one for each in found if each for one in (each if isinstance(each, list) else [each])]
