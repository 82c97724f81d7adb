"""The Prometheus source: lines chosen before they are parsed, one series a point, a real node_exporter."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.exposition import samples
from collectors.plugins.local import shipped
from collectors.plugins.prometheus import Prometheus
from collectors.plugins.prometheus.mapping import FOLDER, mapping_of
from config.errors import CollectError, PartlyUnreadable, PayloadUnreadable, SourceRefused, SourceUnreachable
from tests.collectors.finding.test_finding import free_port
from tests.peers.node_exporter import running_node_exporter
from tests.peers.pages import serving_pages
from tests.peers.powercap import powercap_tree

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINE = b'ipmi_dcmi_power_consumption_watts{id=""} 374\n'


def source(url: str, **keys: object) -> Prometheus:
    table = {"id": "p", "point": "lab/srv", "url": url, "mapping": "ipmi_exporter", **keys}
    return Prometheus.model_validate(table)


async def fetched(one: Prometheus) -> bytes:
    try:
        return await one.fetch()
    finally:
        await one.close()


def asked(page: bytes | int, **keys: object) -> tuple[bytes, dict[str, str]]:
    async def script() -> tuple[bytes, dict[str, str]]:
        async with serving_pages({"/metrics": page}) as stub:
            return await fetched(source(f"{stub.url}/metrics", **keys)), dict(stub.headers)

    return asyncio.run(script())


@pytest.mark.peer
def test_a_real_node_exporter_gives_the_registers_of_its_zones(tmp_path: Path) -> None:
    powercap_tree(tmp_path / "class" / "powercap")
    points = {
        "cpu-1": {"__name__": "node_rapl_package_joules_total", "index": "1"},
        "mem-0": {"__name__": "node_rapl_dram_joules_total", "index": "0"},
    }
    with running_node_exporter(tmp_path) as url:
        one = source(url, mapping="node_exporter", points=points)
        payload = _patiently(one)
    readings = [(each.point, each.metric, each.value) for each in one.parse(payload, AT)]
    five_joule = 5 / 3.6e6
    assert readings == [
        ("lab/cpu-1", "energy_counter", pytest.approx(five_joule)),
        ("lab/mem-0", "energy_counter", pytest.approx(five_joule)),
    ]
    assert b"go_gc" not in payload, "what no mapping names is not kept"


def _patiently(one: Prometheus) -> bytes:
    for _ in range(100):
        with suppress(SourceUnreachable):
            return asyncio.run(fetched(one))
        time.sleep(0.05)
    pytest.fail("node_exporter did not answer")


@pytest.mark.peer
def test_of_a_large_body_the_wanted_lines_alone_are_kept() -> None:
    noise = b'other_metric{a="b"} 1\n# HELP ipmi_dcmi_power_consumption_watts x\n' * 50_000
    body = noise + LINE + b"ipmi_dcmi_power_consumption_watts_max 9\n" + noise + LINE.rstrip()
    payload, headers = asked(body)
    assert payload == LINE * 2
    assert headers["Accept"].startswith("text/plain;version=0.0.4")


@pytest.mark.peer
def test_a_token_or_a_password_is_sent_and_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "s3cret")
    one = source("http://x/", token={"env": "KEY"})
    assert "s3cret" not in repr(one)
    assert asked(LINE, token={"env": "KEY"})[1]["Authorization"] == "Bearer s3cret"
    assert asked(LINE, user="u", password={"env": "KEY"})[1]["Authorization"] == "Basic dTpzM2NyZXQ="
    monkeypatch.delenv("KEY")
    with pytest.raises(SourceRefused, match="environment variable KEY is not set"):
        asked(LINE, token={"env": "KEY"})


@pytest.mark.peer
@pytest.mark.parametrize(
    ("page", "error", "text"),
    [
        (401, SourceRefused, "refuses to be read (HTTP 401): check user and password, or token."),
        (302, SourceRefused, "has nothing at /metrics (HTTP 302): correct url."),
        (503, SourceUnreachable, "gives no answer now (HTTP 503)."),
        (b" " * (1 << 20), PayloadUnreadable, "sends a line of more than 64 KiB: check the address."),
        (b'ipmi_dcmi_power_consumption_watts{a="' + b"x" * (1 << 20), PayloadUnreadable, "a line of more than 64 KiB"),
        (b"up 1\n", SourceRefused, "shows none of ipmi_dcmi_power_consumption_watts: choose another mapping"),
    ],
)
def test_what_goes_wrong_is_a_sentence(page: bytes | int, error: type[CollectError], text: str) -> None:
    with pytest.raises(error) as caught:
        asked(page)
    assert text in str(caught.value)


@pytest.mark.peer
def test_nobody_there_and_one_who_hangs_are_told() -> None:
    with pytest.raises(SourceUnreachable, match="does not answer"):
        asyncio.run(fetched(source(f"http://127.0.0.1:{free_port()}/metrics")))

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)
        writer.close()

    async def hangs() -> None:
        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            try:
                await fetched(source(f"http://127.0.0.1:{port}/", deadline_s=0.2))
            finally:
                await asyncio.sleep(0.5)

    with pytest.raises(SourceUnreachable, match=r"gave no answer within 0\.2 s"):
        asyncio.run(hangs())


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"mapping": "dcmg"}, 'mapping = "dcmg" is unknown; did you mean "dcgm"'),
        ({"url": "10.0.0.1:9400"}, "must be an address"),
        ({"url": "http://u:p@h/"}, "must not hold user or password"),
        ({"user": "u"}, "user and password go together"),
        ({"points": {"a": {"x": "1", "y": "2"}, "b": {"y": "2", "x": "1"}}}, "has the same labels for a, b"),
        ({"user": "u", "password": {"env": "A"}, "token": {"env": "A"}}, "keep one"),
    ],
)
def test_mistakes_in_the_table_are_told(keys: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        source(**{"url": "http://h/", **keys})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('metric = "powr"\nunit = "W"', 'metric "powr" is not in the catalogue; did you mean "power"'),
        ('metric = "power"\nunit = "VA"', '"VA" cannot become "W"'),
    ],
)
def test_mistakes_in_a_mapping_are_told(tmp_path: Path, line: str, text: str) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(f'name = "x"\nsource = "x"\nverified = false\n[[series]]\nname = "a"\n{line}\n')
    with pytest.raises(ValueError, match=text):
        source("http://h/", mapping={"file": str(mapping)})


@pytest.mark.parametrize("name", shipped(FOLDER))
def test_a_shipped_mapping_loads_and_names_its_source(name: str) -> None:
    assert mapping_of(name).source


def test_two_series_of_one_metric_are_not_guessed_between() -> None:
    one = source("http://h/", mapping="node_exporter")
    both = b"node_rapl_package_joules_total 7\nnode_rapl_dram_joules_total 5\n"
    with pytest.raises(PayloadUnreadable, match='pick one of them by the label "__name__"'):
        list(one.parse(both, AT))


@given(
    st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=30),
    st.floats(allow_nan=False),
)
def test_any_label_and_number_come_back_as_they_were_written(label: str, number: float) -> None:
    escaped = label.replace("\\", r"\\").replace('"', r"\"")
    (sample,) = samples(f'm{{a="1",b="{escaped}"}} {number!r}\n'.encode(), ("m",))
    exemplar = f'm{{b="{escaped}"}} 1 # {{trace="x"}} 0.5\n'.encode()
    assert next(samples(exemplar, ("m",))).labels == {"b": label}
    assert (sample.labels, sample.value) == ({"a": "1", "b": label}, number)


@pytest.mark.parametrize("keys", [{"each": "srv-1"}, {"each": "srv-{gpu}", "points": {"a": {"gpu": "0"}}}])
def test_a_pattern_of_points_has_a_label_and_stands_alone(keys: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="each needs a label in braces"):
        source("http://h/", mapping="dcgm", **keys)


def test_a_fleet_is_read_in_proportion_to_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f'DCGM_FI_DEV_POWER_USAGE{{gpu="{n}",UUID="GPU-{n}"}} {n}.5\n' for n in range(5_000)]
    one = source("http://127.0.0.1:1/metrics", mapping="dcgm", each="gpu-{UUID}")
    monkeypatch.delattr("collectors.plugins.prometheus.collector._fits")  # no point is held against every series
    readings = list(one.parse("".join(lines).encode(), AT))
    assert [(each.point, each.value) for each in readings[:2]] == [("lab/gpu-GPU-0", 0.5), ("lab/gpu-GPU-1", 1.5)]
    assert len(readings) == 5_000


@pytest.mark.peer
def test_of_200_000_lines_what_no_mapping_names_costs_nothing_and_too_many_series_are_refused() -> None:
    others = b"".join(b'http_requests_total{path="/a/%d"} %d\n' % (n, n) for n in range(200_000))
    assert asked(others + LINE)[0] == LINE
    mine = b"".join(b'ipmi_dcmi_power_consumption_watts{id="%d"} 374\n' % n for n in range(100_001))
    with pytest.raises(PayloadUnreadable, match=r"shows 100,001 series of mapping ipmi_exporter, more than 100,000"):
        asked(mine)


@pytest.mark.parametrize("label", ["pod", "vgpu", "pod_name", "dra_claim_name", "team"])
def test_a_board_that_pods_share_is_one_by_its_uuid_whatever_labels_they_bring(label: str) -> None:
    board = 'DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-1",%s="%s"} 300\n'
    page = board % (label, "a") + board % (label, "b")
    one = source("http://10.0.0.1:9400/metrics", mapping="dcgm")
    assert [each.value for each in one.parse(page.encode(), AT)] == [300.0]
    with pytest.raises(PayloadUnreadable, match="pick one by UUID"):
        list(one.parse((page + board.replace("GPU-1", "GPU-2") % (label, "a")).encode(), AT))


def test_a_number_holds_no_underscore() -> None:
    one = source("http://10.0.0.1:9400/metrics", mapping="dcgm")
    with pytest.raises(PayloadUnreadable):
        list(one.parse(b'DCGM_FI_DEV_POWER_USAGE{gpu="0"} 1_000\n', AT))


def test_a_point_with_several_series_costs_no_other() -> None:
    board = 'DCGM_FI_DEV_POWER_USAGE{gpu="%s",UUID="GPU-%s"} %s\n'
    page = board % (0, "a", 300) + board % (1, "b", 310) + board % (1, "c", 320) + board % (2, "d", 330)
    found: list[tuple[str, float]] = []
    for keys in ({"each": "gpu-{gpu}"}, {"points": {f"gpu-{at}": {"gpu": str(at)} for at in range(3)}}):
        found.clear()
        one = source("http://10.0.0.1:9400/metrics", mapping="dcgm", **keys)
        with pytest.raises(
            PartlyUnreadable, match=r"1 point open, and the others count; the first: .* pick one by UUID"
        ):
            found.extend((each.point, each.value) for each in one.parse(page.encode(), AT))
        assert found == [("lab/gpu-0", 300.0), ("lab/gpu-2", 330.0)]
