"""Where job records come from by themselves: `[clusters.source]` of the site file.

    [clusters.source]                       # under its [[clusters]]
    kind = "slurm"                          # runs sacct on this machine
    # hours = 48                            # how far back each look goes: late records come with a later look

    [clusters.source]
    kind = "kubernetes"                     # lists the pods; needs get and list on pods
    url = "https://10.0.0.1:6443"
    token = { file = "/var/run/secrets/kubernetes.io/serviceaccount/token" }
    # ca = { file = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt" }
    # exporters = ["http://gpu1:9010/metrics", "http://gpu1:28282/metrics"]   # CEEMS: CPU use; Kepler: energy, beside

    [clusters.source]
    kind = "openstack"                      # lists the servers of all projects; needs a reader of the system
    url = "https://keystone.example.org:5000/v3"
    credential = "6d5c0ac5"                 # an application credential, and its secret
    secret = { env = "OS_SECRET" }
    # nova = "https://nova.example.org:8774/v2.1"   # where the catalogue's own is not to be used

`fetch` touches the world, `parse` is pure. What still runs ends, for the time being, at the look that saw it: a
scheduler that is away makes nobody's use longer.
"""

from __future__ import annotations

from collectors.jobs.sources.known import source_of
from collectors.jobs.sources.source import JobSource

__all__ = ["JobSource", "source_of"]
