"""The manual of `kind = "prometheus"`: what an exporter already shows, scraped without a Prometheus between.

    [[sources]]
    id = "gpus-1"
    kind = "prometheus"
    point = "srv-1"                       # the server that they are in
    url = "http://10.0.0.1:9400/metrics"
    mapping = "dcgm"                      # or a file of your own: { file = "my_exporter.toml" }
    # interval_s = 30.0
    # user = "reader"                     # with password = { env = "..." }, or token = { env = "..." }
    # ca = { file = "authority.pem" }     # where the system does not know who signed its certificate
    metrics = ["collector_up"]            # the points below declare their own intervals
    [sources.points]                      # point = the labels of its series, all of which must fit
    "srv-1-gpu-0" = { gpu = "0" }
    "srv-1-gpu-1" = { UUID = "GPU-6d5c0ac5-74d7-3130-46f1-e93ed57f469a" }

Without `points` the source's own point has the one series of each name. `__name__` is a label too, as in Prometheus.
For a fleet `each = "srv-1-gpu-{gpu}"` stands instead of `points`: each value of the label is a point, which the
inventory has by a template; one that it has not is rejected and told.

**Needs**: `pip install 'wattlas[prometheus]'` (aiohttp). An exporter that is read needs no Prometheus.

**Mappings** (`mappings/*.toml`)

| mapping | exporter | read | held against a real one |
|---|---|---|---|
| `dcgm` | NVIDIA DCGM exporter: GPUs | register (mJ), power, use, temperature | names of its default counters |
| `node_exporter` | node_exporter | RAPL registers (J), hwmon power | yes |
| `ipmi_exporter` | ipmi_exporter | DCMI power | no |
| `kepler` | Kepler 0.10 and newer | node register (J) and power of one zone | no |
| `scaphandre` | Scaphandre | power of the host (uW) | no |
| `ceems` | CEEMS | power by IPMI or Redfish | no |
| `vllm` | vLLM: an LLM server | tokens read and written, requests | no |

An own mapping:

    name = "My exporter"
    source = "its README"
    verified = true
    repeated_over = ["pod"]               # labels that tell shares of one device, each carrying its whole value
    device = ["serial"]                   # labels that alone tell devices apart, where a series has them
    [[series]]
    name = "my_pdu_watts"
    metric = "power"
    unit = "W"                            # any unit of the metric's dimension

**What becomes of what an exporter says**

| the exporter says | the reading |
|---|---|
| a number | that number in the metric's unit, at the time of the scrape |
| NaN, infinity, DCGM's blank values, a register at 0 | none |
| a sample with a time of its own, more than 5 minutes and three intervals ago | rejected: a repetition |
| several MIG instances or pods of one board with one value | that value, once |
| several series for one point | none of it, told with the labels that tell them apart: nothing is ever added up |
| a line that is no sample | none, told with their number; the other lines count |
| no series for a point | none; nothing of the mapping at all is refused |

**Traps.** A GPU lies inside its server, a RAPL package too: make them points of role `component`. RAPL registers wrap
as the kernel's do: write `register_max` as the manual of `rapl` says; a zone that the kernel shows twice (`-mmio`) is
picked by `path`. ipmi_exporter drops hosts whose BMC denies that it measures. CEEMS repeats its last value when its own
source fails, which no reader can see: prefer the BMC itself.

**Errors**: no answer, HTTP 5xx: `SourceUnreachable`. 401, 403, 404, a redirect, a certificate, nothing of the mapping:
`SourceRefused`. No line that is a sample, one longer than 64 KiB, several series for each point: `PayloadUnreadable`.

Standards: Prometheus text format 0.0.4, OpenMetrics 1.0 (as text).
"""

from __future__ import annotations

from collectors.plugins.prometheus.collector import Prometheus

__all__ = ["Prometheus"]
