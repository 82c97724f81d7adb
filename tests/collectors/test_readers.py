"""Whose word counts for a point: what a source reads nobody else writes, and a point moves by dates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.judge import judge_readings
from collectors.reading import Reading
from tests.collectors.importing.site import site_settings

if TYPE_CHECKING:
    from pathlib import Path

    from config.site import Settings

NOW = 1_773_446_400  # 2026-03-14
TURN = NOW - 3600
SOURCES = """
[[sources]]
id = "bmc"
kind = "ipmi"
point = "srv-1"
host = "10.0.0.1"
[[sources]]
id = "broker"
kind = "mqtt"
point = "pdu-a"
host = "10.0.0.2"
metrics = ["energy"]
[[sources.topics]]
topic = "meters/{point}/power"
values = { power = { unit = "W" } }
[[sources.topics]]
topic = "rooms/1"
point = "srv-2"
values = { temperature = { unit = "degC" } }
[[sources]]
id = "gpus"
kind = "nvml"
point = "srv-2"
metrics = ["collector_up"]
gpus = { "gpu-0" = 0 }
[[points]]
id = "gpu-0"
site = "t"
role = "component"
parent = "srv-2"
interval_s = { power = 10 }
"""
MOVED = """
[[sources]]
id = "old"
kind = "ipmi"
point = "srv-1"
host = "10.0.0.1"
valid_to = 2026-03-13T23:00:00Z
[[sources]]
id = "new"
kind = "redfish"
point = "srv-1"
url = "https://10.0.0.1"
metrics = ["power", "energy"]
valid_from = 2026-03-13T23:00:00Z
"""


@pytest.fixture
def site(tmp_path: Path) -> Settings:
    return site_settings(tmp_path, more=SOURCES)


def verdict(site: Settings, point: str, metric: str, origin: str, value: float = 500.0, at: int = NOW) -> str | None:
    one = Reading(f"t/{point}", metric, datetime.fromtimestamp(at, UTC), value)
    table, rejected = judge_readings([one], site, origin=origin, now=NOW)
    reason: str | None = table["reason"].to_pylist()[0]
    assert rejected == (reason is not None)
    return reason


@pytest.mark.parametrize(
    ("point", "metric", "origin", "reader"),
    [
        ("srv-1", "power", "bmc", None),
        ("srv-1", "power", "broker", "bmc"),
        ("srv-1", "power", "ingest:telegraf", "bmc"),
        ("srv-1", "power", "ingest:hall@3fa85f64/bmc", "bmc"),
        ("srv-1", "energy_counter", "broker", "bmc"),
        ("srv-1", "energy_counter", "bmc", None),
        ("srv-1", "temperature", "ingest:telegraf", None),
        ("srv-1", "collector_up", "broker", None),
        ("srv-1", "power", "import:abc", None),
        ("srv-1", "power", "demo:t", None),
        ("srv-2", "power", "broker", None),
        ("srv-2", "power", "ingest:telegraf", None),
        ("srv-2", "temperature", "broker", None),
        ("srv-2", "temperature", "gpus", "broker"),
        ("gpu-0", "power", "gpus", None),
        ("gpu-0", "utilisation", "ingest:telegraf", "gpus"),
        ("gpu-0", "tokens", "ingest:telegraf", None),
        ("pdu-a", "energy", "ingest:telegraf", "broker"),
    ],
)
def test_who_may_give_what(site: Settings, point: str, metric: str, origin: str, reader: str | None) -> None:
    why = reader and f'source "{reader}" reads {metric} of t/{point}, and this came from "{origin}"'
    assert verdict(site, point, metric, origin, 0.5 if metric in {"utilisation", "collector_up"} else 60.0) == why


def test_a_fault_of_its_own_is_told_first(site: Settings) -> None:
    assert verdict(site, "srv-1", "power", "broker", 9000.0) == "9000 W is above 2000 W, the upper bound of t/srv-1"


def test_a_point_moves_from_one_source_to_another_by_their_dates(tmp_path: Path) -> None:
    site = site_settings(tmp_path, more=MOVED)
    for at, reader, other in ((TURN - 1, "old", "new"), (TURN, "new", "old")):
        assert verdict(site, "srv-1", "power", reader, at=at) is None
        assert verdict(site, "srv-1", "power", other, at=at) is not None
        assert verdict(site, "srv-1", "power", "ingest:x", at=at) is not None
    assert verdict(site, "srv-1", "energy", "old", 0.1, at=TURN) is None, "the amount of the time before the turn"


def test_what_was_polled_before_a_source_was_taken_out_is_not_asked(tmp_path: Path) -> None:
    assert verdict(site_settings(tmp_path), "srv-1", "power", "bmc") is None


PARTS = """
[[sources]]
id = "pdu"
kind = "snmp"
point = "pdu-a"
host = "10.0.0.1"
profile = "raritan_px"
community = { env = "C" }
points = { "pdu-a" = "inlet", "srv-1" = "outlet 1" }
[[sources]]
id = "llm"
kind = "prometheus"
point = "srv-2"
url = "http://10.0.0.3:8000/metrics"
mapping = "vllm"
metrics = ["tokens"]
points = { "srv-2" = {} }
"""


@pytest.mark.parametrize(
    ("point", "metric", "reader"),
    [
        ("pdu-a", "power", "pdu"),
        ("pdu-a", "humidity", None),
        ("srv-1", "temperature", None),
        ("srv-1", "energy", "pdu"),
        ("srv-2", "tokens", "llm"),
        ("srv-2", "power", None),
    ],
)
def test_a_source_claims_no_metric_that_its_profile_or_mapping_never_gives(
    tmp_path: Path, point: str, metric: str, reader: str | None
) -> None:
    why = verdict(
        site_settings(tmp_path, more=PARTS), point, metric, "ingest:telegraf", 0.4 if metric == "energy" else 60.0
    )
    assert why == (reader and f'source "{reader}" reads {metric} of t/{point}, and this came from "ingest:telegraf"')
