"""Which kinds of source were held against something that others wrote, and by which test."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.registry import KINDS

COLLECTORS = Path(__file__).parents[1] / "collectors"

# Kind: who is at the other end, and the test that talks to them (with what names them in it).
PEERS = {
    "ipmi": ("OpenIPMI's ipmi_sim", "ipmi/test_ipmi_sim.py", "ipmi_sim"),
    "snmp": ("snmpsim, Debian's snmpd", "snmp/test_snmpd.py", "snmpd"),
    "mqtt": ("Debian's mosquitto", "mqtt/test_mqtt.py", "running_mosquitto"),
    "sparkplug": ("mosquitto, Google's protobuf", "sparkplug/test_sparkplug.py", "google.protobuf"),
    "nut": ("upsd with dummy-ups", "nut/test_nut.py", "tests.peers.nut"),
    "modbus": ("pymodbus's simulator", "modbus/test_modbus.py", "pymodbus"),
    "bacnet": ("a device of bacpypes3", "bacnet/test_bacnet.py", "bacpypes3"),
    "prometheus": ("Debian's node_exporter", "prometheus/test_prometheus.py", "running_node_exporter"),
    "rapl": ("Debian's node_exporter on the same files", "rapl/test_rapl.py", "running_node_exporter"),
    "cloudwatch": ("moto", "cloudwatch/test_cloudwatch.py", "moto"),
    "nvml": ("NVIDIA's binding over a stub; an H100, recorded", "nvml/test_real_gpu.py", "H100"),
    "redfish": ("DMTF's mock-up server, by hand", "../soak/test_redfish_mockups.py", "redfishMockupServer"),
    "slurm": ("Debian's Slurm (job records)", "../ui/attribution/test_slurm.py", "running_slurm"),
    "line protocol": ("InfluxDB's own client", "../ui/api/test_ingest.py", "to_line_protocol"),
}
NOT_YET = {
    "amd": "no card at hand, and no stand-in that others wrote",
    "eia": "a service with a key; written answers",
    "electricity_maps": "a service with a key; written answers",
    "entsoe": "a service with a key; written answers",
    "host_model": "reads two counters of the kernel that runs the test",
    "open_meteo": "a service; written answers",
    "simulated": "has no other end",
    "uk_carbon_intensity": "a service; written answers",
    "watttime": "a service with a key; written answers",
}


def test_every_kind_has_a_peer_by_others_or_says_why_not() -> None:
    assert KINDS.keys() <= PEERS.keys() | NOT_YET.keys()
    assert not PEERS.keys() & NOT_YET.keys()
    assert len(PEERS) >= 14


@pytest.mark.parametrize("kind", PEERS)
def test_the_test_of_a_kind_talks_to_its_peer(kind: str) -> None:
    _, test, name = PEERS[kind]
    assert name in (COLLECTORS / test).read_text(encoding="utf-8")
