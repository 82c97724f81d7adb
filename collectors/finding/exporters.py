"""Prometheus-style exporters on loopback that show power or energy."""

from __future__ import annotations

import http.client
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from collectors.finding.found import Found, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.finding.found import Machine

TIMEOUT_S = 3.0
MOST_BYTES = 4 << 20
SHOWN = 3
# name of the metric -> its unit; what exporters are known to show (collectors note, section 8)
KNOWN = (
    (re.compile(r"DCGM_FI_DEV_POWER_USAGE"), "W"),
    (re.compile(r"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"), "mJ"),
    (re.compile(r"ipmi_dcmi_power_consumption_watts|(kepler|ceems)_\w+_watts|node_hwmon_power_average_watt"), "W"),
    (re.compile(r"node_rapl_\w+_joules_total|kepler_\w+_joules_total"), "J"),
    (re.compile(r"scaph_host_power_microwatts"), "uW"),
)
LINE = re.compile(r"(?P<name>[A-Za-z_:]\w*)(?P<labels>\{.*\})? +(?P<value>[-+0-9.eE]+)( +\d+)?")


def find(machine: Machine) -> list[Found]:
    """Ask the well-known ports of loopback, all at once, and keep those that show power or energy."""
    if not machine.exporters:
        return []
    with ThreadPoolExecutor(len(machine.exporters)) as threads:
        texts = threads.map(_metrics, machine.exporters)
    found = []
    for (port, guess), text in zip(machine.exporters.items(), texts, strict=True):
        samples = tuple(_samples(f"127.0.0.1:{port}", text))
        if samples:
            advice = (f'http://127.0.0.1:{port}/metrics shows power: a source of kind = "prometheus" reads it.',)
            found.append(Found(f"An exporter on port {port}, where {guess} usually is", advice=advice, samples=samples))
    return found


def _metrics(port: int) -> str:
    """The text of /metrics; empty where nothing answers, or not with text."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        link.request("GET", "/metrics", headers={"Accept": "text/plain"})
        answer = link.getresponse()
        return answer.read(MOST_BYTES).decode(errors="replace") if answer.status == http.HTTPStatus.OK else ""
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        link.close()


def _samples(address: str, text: str) -> Iterator[Sample]:
    """The first samples of each known metric, a few in all."""
    left = SHOWN
    for line in text.splitlines():
        match = LINE.fullmatch(line.strip())
        unit = match and next((unit for name, unit in KNOWN if name.fullmatch(match["name"])), None)
        if match and unit and left:
            left -= 1
            yield Sample(address, match["name"], float(match["value"]), unit)
