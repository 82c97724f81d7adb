"""Look everywhere at once; what does not answer in time was not there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from collectors.finding import bmc, cpus, exporters, gpus, nut

if TYPE_CHECKING:
    from collectors.finding.found import Found, Machine

PATIENCE_S = 20.0  # waking GPUs without persistence mode takes seconds each


def search(machine: Machine) -> list[Found]:
    """Return what this machine offers: GPUs, processors, BMC, UPSs, exporters, in this order."""
    threads = ThreadPoolExecutor(5, thread_name_prefix="finding")
    single = [threads.submit(find, machine) for find in (gpus.find, cpus.find, bmc.find, nut.find)]
    several = threads.submit(exporters.find, machine)
    wait([*single, several], timeout=PATIENCE_S)
    threads.shutdown(wait=False, cancel_futures=True)
    found = [each for task in single if task.done() and (each := task.result())]
    return found + (several.result() if several.done() else [])
