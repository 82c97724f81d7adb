"""Simulated datacenters: devices that do not exist, with physics that does.

Any moment can be asked directly: each figure is a pure function of (seed, point, time), so that months of history and
the reading of this second are the same thing. `SimulatedSite` answers for one site, `Simulated` polls it live, and
`simulated_company` makes the sites from a site file (which points there are, how they hang together) and a simulation
file (how big and how busy they are, and which faults their instruments have).

Permissions: none. Known quirks: those declared as faults. A utility gives what solar plant and gensets of its site do
not; it would turn negative if they gave more than the site draws, so keep them smaller. Trees do not change with time.
"""

from __future__ import annotations

from collectors.plugins.simulated.collector import Simulated
from collectors.plugins.simulated.company import load_simulation, simulated_company, simulated_sites
from collectors.plugins.simulated.faults import Fault
from collectors.plugins.simulated.reads import READS
from collectors.plugins.simulated.site import SimulatedSite
from collectors.plugins.simulated.spec import Simulation, SiteSpec

__all__ = [
    "READS",
    "Fault",
    "Simulated",
    "SimulatedSite",
    "Simulation",
    "SiteSpec",
    "load_simulation",
    "simulated_company",
    "simulated_sites",
]
