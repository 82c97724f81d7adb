"""The manual of `kind = "amd"`: what the AMD GPUs of this machine draw, from the kernel or AMD's own tools.

    [[sources]]
    id = "gpus-1"
    kind = "amd"
    point = "srv-1"                       # the server that they are in
    interval_s = 10
    metrics = ["collector_up"]            # the points of the GPUs declare their own intervals
    # tool = "sysfs"                      # or "amd-smi", "rocm-smi"
    # register = false                    # true: amd-smi's energy counter too, see Traps
    [sources.gpus]                        # point = GPU
    "srv-1-gpu-0" = "0000:c1:00.0"        # by its PCI address; for amd-smi by its number: "0"

    [[points]]
    id = "srv-1-gpu-0"
    site = "fra1"
    role = "component"                    # it lies inside the server: never added to it
    parent = "srv-1"
    max_w = 1100
    interval_s = { power = 10, utilisation = 10, temperature = 10 }

**Needs**: the driver `amdgpu`. Reading sysfs needs no right and starts no program: prefer it. A tool is looked for on
the PATH and in /opt/rocm/bin; each poll starts it once (`amd-smi metric --json`, `rocm-smi --showpower --showuse
--showtemp --showbus --json`) and costs some 50 ms of a processor.

**Read**

| metric | sysfs | amd-smi | rocm-smi |
|---|---|---|---|
| `power` | hwmon `power1_average`, else `power1_input`, uW | `power.socket_power` | package power (W), two names |
| `energy_counter` | - | `energy.total_energy_consumption`, J, with `register = true` | - |
| `utilisation` | `gpu_busy_percent` | `usage.gfx_activity` | `GPU use (%)` |
| `temperature` | hwmon `temp1_input`, mdegC | `temperature.edge`, else `hotspot` | sensor edge, else junction |

**What becomes of what they say**: "N/A" and whatever is no number gives no reading. The second die of an MI250 has no
power of its own ("N/A (Secondary die)"): its first die's is the whole board's, so make one point of the board. Power 0
is not believed (the judge), for no running board draws nothing.

**Traps.** Numbers and card names may become another card's after a change of hardware; PCI addresses stay. The energy
counter is wrong on some consumer cards (ROCm/amdsmi issue 38): compare it with the power over an hour before you let
the books use it. On APUs "socket" is the whole chip with its processor cores.

**Errors**: none of the GPUs there, no such tool: `SourceRefused`. A GPU that is gone costs no other. None of them gives
a value, a tool that fails or hangs: `SourceUnreachable`. What is no answer of the tool: `PayloadUnreadable`.

Held against answers in public bug reports and documentation only, never against a card.
"""

from __future__ import annotations

from collectors.plugins.amd.collector import Amd

__all__ = ["Amd"]
