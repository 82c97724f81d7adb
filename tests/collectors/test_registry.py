"""From the site file to collectors: what is wrong is said with file, table, key and remedy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from collectors import registry
from collectors.contract import Collector
from collectors.registry import KINDS, Kind, build, collector_class, never_given
from config.errors import ConfigError
from config.site import Company, HourlyIntensity, Point, Settings, Site, SourceTable

IPMI: dict[str, object] = {
    "kind": "ipmi",
    "point": "fra1/srv-1",
    "host": "10.0.0.1",
    "user": "monitor",
    "password": {"env": "BMC"},
}


def settings(*tables: dict[str, object]) -> Settings:
    site = Site(id="fra1", name="Frankfurt", zone="DE", time_zone="Europe/Berlin", currency="EUR")
    return Settings(
        company=Company(name="A", currency="EUR"),
        sites=(site,),
        points=(Point.model_validate({"id": "fra1/srv-1", "role": "server"}),),
        sources=tuple(SourceTable.model_validate({"id": f"s{n}", **table}) for n, table in enumerate(tables, 1)),
        path=Path("/etc/wattlas/wattlas.toml"),
    )


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_is_the_kind_of_its_class(kind: str) -> None:
    found = collector_class(kind)
    assert issubclass(found, Collector)
    assert get_args(found.model_fields["kind"].annotation) == (kind,)


def test_tables_become_collectors() -> None:
    (one,) = build(settings({**IPMI, "interval_s": 30}))
    assert (one.id, one.kind, one.point, one.interval_s, one.deadline_s) == ("s1", "ipmi", "fra1/srv-1", 30, 10)


def test_every_mistake_is_one_sentence_with_file_table_and_remedy() -> None:
    tables = {**IPMI, "hots": "x"}, {**IPMI, "kind": "impi"}, {**IPMI, "kind": "abacus"}
    with pytest.raises(ConfigError) as caught:
        build(settings(*tables))
    lines = str(caught.value).splitlines()
    assert all(line.startswith('wattlas.toml, sources "s') for line in lines)
    assert "hots" in lines[0]
    assert lines[1] == 'wattlas.toml, sources "s2": kind = "impi" is unknown; did you mean "ipmi"?'
    assert lines[2] == f'wattlas.toml, sources "s3": kind = "abacus" is unknown; use one of {", ".join(KINDS)}.'


def test_a_missing_library_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "KINDS", {"mqtt": Kind("no_such_library", "Mqtt", extra="mqtt")})
    with pytest.raises(ConfigError, match=r"needs the library no_such_library.* pip install 'wattlas\[mqtt\]'"):
        build(settings({**IPMI, "kind": "mqtt"}))


def test_a_source_is_polled_only_while_it_is_valid() -> None:
    june = datetime(2026, 6, 1, tzinfo=UTC)
    both = settings({**IPMI, "valid_to": june}, {**IPMI, "valid_from": june})
    at = int(june.timestamp())
    assert [one.id for one in build(both, at=at - 1)] == ["s1"]
    assert [one.id for one in build(both, at=at)] == ["s2"]
    assert len(build(both)) == 2


def test_a_deadline_longer_than_the_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="deadline_s = 20 is longer than interval_s = 10: shorten it"):
        collector_class("ipmi").model_validate({**IPMI, "id": "a", "interval_s": 10, "deadline_s": 20})


def test_a_site_takes_no_marginal_intensity_for_an_average_one() -> None:
    point: dict[str, object] = {"point": "fra1/grid", "password": {"env": "KEY"}, "user": "u", "interval_s": 300}
    table: dict[str, object] = {"kind": "watttime", "region": "CAISO_NORTH", "signal": "co2_moer", **point}
    other = settings(table)

    def valued_by(basis: str) -> Settings:
        named = HourlyIntensity.model_validate({"point": "fra1/grid", "basis": basis, "scope": "direct"})
        return other.model_copy(update={"sites": (other.sites[0].model_copy(update={"hourly_intensity": named}),)})

    assert len(build(valued_by("marginal"))) == 1
    with pytest.raises(
        ConfigError, match="gives intensities that are marginal and direct, but hourly_intensity of fra1"
    ):
        build(valued_by("average"))


PDU: dict[str, object] = {"kind": "snmp", "point": "fra1/pdu-1", "profile": "raritan_px", "community": {"env": "C"}}


def pdu(host: str, points: dict[str, str], **other: object) -> dict[str, object]:
    return {**PDU, "host": host, "points": points, "metrics": ["collector_up"], **other}


@pytest.mark.parametrize(
    ("one", "other", "metric"),
    [
        (pdu("10.0.0.2", {"srv-1": "outlet 1"}), pdu("10.0.0.3", {"fra1/srv-1": "outlet 7"}), "power"),
        (IPMI, pdu("10.0.0.2", {"srv-1": "outlet 1"}), "power"),
        (
            {"kind": "redfish", "point": "fra1/pdu-1", "url": "https://h", "points": {"fra1/srv-1": "/redfish/v1/x"}},
            IPMI,
            "power",
        ),
        (
            {"kind": "bacnet", "point": "fra1/srv-1", "host": "10.0.0.4", "metrics": ["collector_up"]}
            | {"objects": [{"object": "analog-input,3", "metric": "power"}]},
            IPMI,
            "power",
        ),
        (
            {"kind": "mqtt", "point": "fra1/pdu-1", "host": "h"}
            | {"topics": [{"topic": "a", "point": "srv-1", "values": {"power": {"unit": "W"}}}]},
            IPMI,
            "power",
        ),
        (
            {"kind": "prometheus", "point": "fra1/pdu-1", "url": "http://h/metrics", "mapping": "ipmi_exporter"}
            | {"points": {"srv-1": {"a": "b"}}},
            IPMI,
            "power",
        ),
        ({"kind": "amd", "point": "fra1/pdu-1", "gpus": {"srv-1": "0000:c1:00.0"}}, IPMI, "power"),
        ({"kind": "nvml", "point": "fra1/pdu-1", "gpus": {"srv-1": 0}}, IPMI, "power"),
    ],
    ids=["two feeds", "bmc and outlet", "redfish", "bacnet", "mqtt", "prometheus", "amd", "nvml"],
)
def test_a_point_that_two_sources_read_is_told(one: dict[str, object], other: dict[str, object], metric: str) -> None:
    with pytest.raises(ConfigError, match=f'gives {metric} of fra1/srv-1, which source "s1" gives too'):
        build(settings(one, other))


def test_one_after_the_other_two_sources_may_read_a_point() -> None:
    change = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
    first = pdu("10.0.0.2", {"srv-1": "outlet 1"}, valid_to=change)
    second = pdu("10.0.0.3", {"srv-1": "outlet 1"}, valid_from=change)
    assert len(build(settings(first, second))) == 2
    apart = pdu("10.0.0.2", {"srv-1-a": "outlet 1"}), pdu("10.0.0.3", {"srv-1-b": "outlet 1"})
    assert len(build(settings(*apart))) == 2


def test_two_layers_never_have_one_point_by_two_spellings() -> None:
    with pytest.raises(ConfigError, match="points has fra1/srv-1 twice"):
        build(settings(pdu("10.0.0.2", {"srv-1": "inlet", "fra1/srv-1": "outlet 1"})))


MQTT = {
    "kind": "mqtt",
    "point": "fra1/srv-1",
    "host": "h",
    "topics": [{"topic": "a", "values": {"power": {"unit": "W"}}}],
}
PROMETHEUS = {"kind": "prometheus", "point": "fra1/srv-1", "url": "http://h/metrics", "mapping": "vllm"}
RAPL = {"kind": "rapl", "point": "fra1/srv-1", "zones": {"srv-1": "package-0"}}


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({**IPMI, "metrics": ["power", "collector_up"]}, None),
        (
            {**IPMI, "metrics": ["energy_counter", "power"]},
            "metrics names energy_counter, which this source never gives",
        ),
        (
            {**MQTT, "metrics": ["temperature"]},
            "metrics names temperature, which this source never gives; write some of power",
        ),
        (
            PROMETHEUS,
            "metrics is left out, which means power, which this source never gives; write some of request_counter",
        ),
        ({**RAPL, "metrics": ["energy_counter"]}, None),
        (RAPL, "metrics is left out"),
    ],
)
def test_metrics_that_a_source_never_gives_are_told(table: dict[str, object], text: str | None) -> None:
    said = never_given(settings(table))
    assert len(said) == (text is not None)
    if text:
        assert said[0].startswith(f'wattlas.toml, sources "s1": {text}'), said


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"amd"}))
def test_a_class_knows_what_it_gives(kind: str) -> None:
    """Of amd it hangs on the tool that answers."""
    found = collector_class(kind)
    assert found.gives is not Collector.gives or found.always
