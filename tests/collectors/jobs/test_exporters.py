"""Pods and servers joined to what CEEMS and Kepler measured of them; answers whole, as their documents show them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collectors.jobs.sources.exporters import measured
from collectors.jobs.sources.kubernetes import Kubernetes
from collectors.jobs.sources.openstack import OpenStack
from tests.collectors.jobs.alpha import CLUSTER, T0
from tests.peers.scheduler import serving

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWERS = Path(__file__).with_name("answers")
POD, SERVER = "3a61e77f-0000-4000-8000-000000000001", "764e369e-0000-4000-8000-000000000001"
LABELLED = CLUSTER.model_copy(update={"model_label": "model"})
CEEMS = f"""# TYPE ceems_compute_unit_cpu_user_seconds_total counter
ceems_compute_unit_cpu_user_seconds_total{{cgrouphostname="",hostname="gpu1",manager="k8s",uuid="{POD}"}} 25000
ceems_compute_unit_cpu_user_seconds_total{{cgrouphostname="",hostname="gpu1",manager="libvirt",uuid="{SERVER}"}} 9e7
ceems_compute_unit_cpu_system_seconds_total{{cgrouphostname="",hostname="gpu1",manager="k8s",uuid="{POD}"}} 3800
ceems_compute_unit_cpus{{cgrouphostname="",hostname="gpu1",manager="k8s",uuid="{POD}"}} 15
"""
KEPLER = "".join(
    f'kepler_{kind}_cpu_joules_total{{{kind}_id="{uid}",node_name="gpu1",state="{state}",zone="{zone}"}} {joules}\n'
    for kind, uid in (("pod", POD), ("vm", SERVER))
    for state, zone, joules in (
        *(("running", "package", 3.0e6), ("terminated", "package", 2.9e6), ("running", "core", 2.0e6)),
        ("running", "dram", 0.6e6),
    )
)


def pods(*exporters: str) -> Kubernetes:
    return Kubernetes.model_validate({"url": "http://127.0.0.1:9", "exporters": exporters})


def test_a_whole_answer_of_kubernetes() -> None:
    found = pods().parse((ANSWERS / "pod_whole.json").read_bytes(), LABELLED, now=T0 + 3600)
    one, two = found.jobs
    assert (one.id, one.name, one.model, one.running, one.start) == (POD, "llm-7d4b9c6f5-x2x9q", "llm-7b", True, T0)
    assert one.placements[0].cpu_share == 16 / 64, "its container, its sidecar and its overhead; not what came before"
    assert (len(one.placements[0].gpus), one.placements[0].cpu_use) == (4, None)
    assert two.placements[0].cpu_share == 32 / 64, "requests of the pod stand for those of its containers"
    assert (found.passed_over, found.rejects) == (1, ())


def test_a_whole_answer_of_nova() -> None:
    source = OpenStack.model_validate({"url": "http://127.0.0.1:9", "credential": "c", "secret": {"env": "X"}})
    (one,) = source.parse((ANSWERS / "server_whole.json").read_bytes(), LABELLED, now=T0 + 3600).jobs
    assert (one.id, one.model, one.user, one.start, one.running) == (SERVER, "llm-7b", "ana", T0, True)
    assert (one.placements[0].cpu_share, one.placements[0].gpu_share) == (0.25, 0.5)


@pytest.mark.peer
def test_use_and_energy_come_from_the_exporters_of_the_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "s")

    def answer(path: str, _: Mapping[str, str], __: object) -> tuple[int, dict[str, str], object]:
        said = {"/ceems": CEEMS.encode(), "/kepler": KEPLER.encode()}
        kept: dict[str, tuple[int, dict[str, str], object]] = {
            "/v3/auth/tokens": (201, {"X-Subject-Token": "t"}, {}),
            "/gone": (503, {}, {}),
        }
        if path in kept:
            return kept[path]
        file = "pod_whole.json" if "pods" in path else "server_whole.json"
        return 200, {}, said.get(path) or (ANSWERS / file).read_bytes()

    with serving(answer) as url:
        exporters = [f"{url}/{name}" for name in ("ceems", "kepler", "gone")]
        source = Kubernetes.model_validate({"url": url, "exporters": exporters})
        found = source.parse(source.fetch(now=T0), LABELLED, now=T0 + 3600)
        nova = {"url": f"{url}/v3", "nova": url, "credential": "c", "secret": {"env": "X"}, "exporters": exporters[:2]}
        cloud = OpenStack.model_validate(nova)
        (server,) = cloud.parse(cloud.fetch(now=T0), LABELLED, now=T0 + 3600).jobs
    one, two = found.jobs
    assert one.placements[0].cpu_use == pytest.approx(28_800 / (64 * 3600))
    assert one.energy_kwh == pytest.approx(1.0), "package and dram, each once"
    assert (two.placements[0].cpu_use, two.energy_kwh) == (None, None)
    (fault,) = found.rejects
    assert fault.where.startswith("exporter 127.0.0.1:")
    assert "HTTP 503" in fault.reason
    assert server.placements[0].cpu_use == 0.25, "no more than it holds"
    assert server.energy_kwh == pytest.approx(1.0)


def test_an_exporter_that_writes_nonsense_costs_no_pod() -> None:
    body = (ANSWERS / "pod_whole.json").read_text()
    said = '{"exporter": "gpu1:9010", "lines": "ceems_compute_unit_cpu_user_seconds_total{uuid=\\"x\\"} many"}'
    found = pods().parse(f"[{body}, {said}]".encode(), LABELLED, now=T0 + 3600)
    assert len(found.jobs) == 2
    assert [one.where for one in found.rejects] == ["exporters"]


@pytest.mark.parametrize("shown", ["NaN", "+Inf", "-5"])
def test_what_no_counter_can_show_is_no_use(shown: str) -> None:
    lines = (
        f'ceems_compute_unit_cpu_user_seconds_total{{uuid="u"}} {shown}\n'
        'ceems_compute_unit_cpu_system_seconds_total{uuid="u"} 5\n'
        'ceems_compute_unit_cpu_user_seconds_total{uuid="v"} 7\n'
        f'kepler_vm_cpu_joules_total{{vm_id="v",zone="package"}} {shown}\n'
    )
    found = measured([lines])
    assert (found.cpu_s, found.energy_j) == ({"v": 7.0}, {})


def test_half_a_sign_in_a_name_costs_its_pod_alone() -> None:
    body = (ANSWERS / "pod_whole.json").read_text()
    name = '"name": "'
    assert name in body
    found = pods().parse(f"[{body.replace(name, name + chr(92) + 'ud800', 1)}]".encode(), LABELLED, now=T0 + 3600)
    (reject,) = found.rejects
    assert (len(found.jobs), reject.where.encode().isascii()) == (1, True)
