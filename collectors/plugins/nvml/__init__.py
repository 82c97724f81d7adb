"""The manual of `kind = "nvml"`: what the NVIDIA GPUs of this machine draw, asked of their driver (NVML).

    [[sources]]
    id = "gpus-1"
    kind = "nvml"
    point = "srv-1"                       # the server that they are in
    interval_s = 10
    metrics = ["collector_up"]            # the points of the GPUs declare their own intervals
    [sources.gpus]                        # point = GPU
    "srv-1-gpu-0" = "GPU-6f9c..."         # by its UUID (`nvidia-smi -L`)
    "srv-1-gpu-1" = 1                     # or by its index, which may become another card's after a change of hardware
    "srv-1-gpu-1-mig-0" = "MIG-a65a..."   # an instance of a GPU that is cut into several

    [[points]]
    id = "srv-1-gpu-0"
    site = "fra1"
    role = "component"                    # it lies inside the server: never added to it
    parent = "srv-1"
    max_w = 1000                          # above what it can draw for a moment, about 1.5 times its power limit
    interval_s = { energy_counter = 10, power = 10, power_average = 10, utilisation = 10, temperature = 10 }

`wattlas init` writes these tables for the machine that it runs on.

**Needs**: `pip install 'wattlas[nvml]'` (nvidia-ml-py) and the NVIDIA driver. No permission: NVML answers every user.
NVML stays open between polls, for opening it wakes sleeping GPUs and may take seconds; stop collecting before you
reset a GPU, change its MIG mode or reload the driver.

**Read**

| metric | of NVML | what it is |
|---|---|---|
| `energy_counter` | total energy consumption, mJ | since the driver was loaded; the books use it first |
| `power` | field 186, else power usage | see below |
| `power_average` | field 185 | mean of one second; never charted as now |
| `utilisation` | utilisation rates, gpu | share of the last period in which a kernel was resident: not effort |
| `temperature` | temperature of the chip | degC |

Processes (how many, how much memory) stay in the payload: they are no metric of a point.

The register is there from Volta on. `power` is the instant value (field 186) wherever the driver has it. Elsewhere it
is `nvmlDeviceGetPowerUsage`, which NVIDIA documents as a mean over one second on Ampere (GA100 excepted) and newer, and
as instant on GA100 and older. A100 and H100 look at their power only a quarter of the time (SC24, "Part-time Power
Measurements"), so declare `energy_counter` and let the books use the register.

**MIG**: an instance has no meter. It is given its share of the GPU's register and power by the memory slices that it
holds, in eighths of the GPU's memory, and among several compute instances of one GPU instance by compute slices. Such
readings are `estimated`, with the share in their reason. What no instance holds stays with the GPU: the shares of one
GPU add up to one or less. Give an instance's point a `max_w`: should the same UUID come back with a larger share, its
register leaps, and `max_w` is what shows the books that this was no energy.

**What becomes of what NVML says**: a value that a card does not support, or that the driver does not know yet, gives no
reading of that metric; the others are read. A GPU that is lost or not found gives none, the others go on. A
register that falls (driver reloaded) begins a new segment in the books; nothing is lost but the poll between.

**Errors**: no driver, or none of the GPUs gives any value: `SourceUnreachable`. None of the GPUs exists, or NVML
refuses the user: `SourceRefused`.
"""

from __future__ import annotations

from collectors.plugins.nvml.collector import Nvml

__all__ = ["Nvml"]
