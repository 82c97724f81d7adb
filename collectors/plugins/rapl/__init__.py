"""The manual of `kind = "rapl"`: the energy registers of this machine's processors and memory (RAPL), from the kernel.

    [[sources]]
    id = "cpus-1"
    kind = "rapl"
    point = "srv-1"                       # the server that they are in
    interval_s = 30                       # at most 60: a register of 262 kJ turns over after 374 s at 700 W
    metrics = ["collector_up"]            # the points of the zones declare their own intervals
    # folder = "/sys/class/powercap"      # elsewhere, for example, in a container that mounts the host's /sys
    [sources.zones]                       # point = zone
    "srv-1-cpu-0" = "package-0"
    "srv-1-mem-0" = "package-0/dram"

    [[points]]
    id = "srv-1-cpu-0"
    site = "fra1"
    role = "component"                    # it lies inside the server: never added to it
    parent = "srv-1"
    max_w = 700                           # above what it can draw; a wrap is told from a restart by it
    interval_s = { energy_counter = 30 }
    [[points.meters]]
    id = "package-0"
    register_max = "262143.32885 J"       # max_energy_range_uj of the zone, / 1,000,000

`wattlas init` writes these tables for the machine that it runs on.

**The register's end.** A zone counts to its `max_energy_range_uj` and begins again. That end belongs to the books:
write it as `register_max` on the meter of the zone's point, and the kernel of the ledger adds it wherever the register
fell. So the archive keeps what the machine said, and a restart of Wattlas loses nothing. `fetch` records the end beside
every value, so that a payload says it too. Without `register_max` each wrap costs the time of one poll, which counts as
missing: never a wrong figure.

**Zones.** Intel and AMD, kernel driver `intel_rapl`. Only what can be added is read: `package-N` (one per socket or
die, cores and uncore inside) and `package-N/dram` (beside the package, on servers). `core` and `uncore` lie within the
package and are refused. `psys` is the whole platform where the board wires it (often it does not) and contains the
packages: it is read alone or not at all. The same zones once more under `intel-rapl-mmio` are left out.

**What it is.** The energy of processors and memory: typically 40 to 70 % of what a server draws at the wall
(unverified), for fans, disks, network, GPUs and the losses of power supplies are not in it. It tells where energy went
inside a server, not what the server took.

**Permission**: `energy_uj` is root's alone since CVE-2020-8694. Give it to Wattlas's group, at each boot:
`chgrp wattlas /sys/class/powercap/intel-rapl*:*/energy_uj && chmod g+r /sys/class/powercap/intel-rapl*:*/energy_uj`.

**Errors**: no RAPL here (virtual machines hide it): `SourceUnreachable`. A zone that does not exist, or a register that
this user may not read: `SourceRefused`.
"""

from __future__ import annotations

from collectors.plugins.rapl.collector import Rapl

__all__ = ["Rapl"]
