"""Sources of job records: recorded answers of Kubernetes and OpenStack, a stand-in for sacct, and what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from collectors.jobs.sources import source_of
from collectors.jobs.sources.kubernetes import Kubernetes
from collectors.jobs.sources.openstack import OpenStack
from collectors.jobs.sources.slurm import Slurm
from config.attribution.clusters import Cluster
from config.errors import ConfigError, PayloadUnreadable, SourceRefused, SourceUnreachable
from tests.collectors.jobs.alpha import CLUSTER, T0
from tests.collectors.jobs.test_jobs import sacct, shared
from tests.peers.scheduler import serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.jobs.parsed import Parsed

ANSWERS = Path(__file__).with_name("answers")
HALF_HOUR = 1800
SHARED = shared(10, 10)
LABELLED = CLUSTER.model_copy(update={"model_label": "model"})
SECRET = {"env": "JOBS_TEST_SECRET"}


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBS_TEST_SECRET", "hunter2")


def kubernetes(url: str = "http://127.0.0.1:1", **more: Any) -> Kubernetes:  # noqa: ANN401 - settings
    return Kubernetes.model_validate({"url": url, "token": SECRET} | more)


def openstack(url: str = "http://127.0.0.1:1/v3", **more: Any) -> OpenStack:  # noqa: ANN401 - settings
    return OpenStack.model_validate({"url": url, "credential": "c-1", "secret": SECRET} | more)


def test_recorded_pods() -> None:
    found = kubernetes().parse((ANSWERS / "pods.json").read_bytes(), LABELLED, now=T0 + 3600)
    one, two = found.jobs
    assert (one.id, one.kind, one.tenant, one.model, one.running) == ("u-1", "pod", "research", "llm-7b", True)
    assert (one.end, one.placements[0].cpu_share, one.placements[0].gpu_share) == (T0 + 3600, 0.25, 0.5)
    assert (two.end, two.running, two.placements[0].gpu_share) == (T0 + HALF_HOUR, False, pytest.approx(3 / 7 / 4))
    assert found.passed_over == 2
    assert [one.where for one in found.rejects] == ["pod lost", "pod broken", "pod odd"]
    assert "lots" in found.rejects[2].reason


@pytest.mark.parametrize(("owner", "kind"), [("DaemonSet", "daemon"), ("Node", "daemon"), ("ReplicaSet", "pod")])
def test_a_pod_that_every_node_has_is_told_apart(owner: str, kind: str) -> None:
    (page,) = json.loads(f"[{(ANSWERS / 'pods.json').read_text()}]")
    pods = page["items"] if isinstance(page, dict) else page[0]["items"]
    pods[0]["metadata"]["ownerReferences"] = [{"apiVersion": "v1", "kind": owner, "name": "x", "uid": "x"}]
    found = kubernetes().parse(json.dumps([{"items": pods}]).encode(), LABELLED, now=T0 + 3600)
    assert found.jobs[0].kind == kind


def test_recorded_servers() -> None:
    found = openstack().parse((ANSWERS / "servers.json").read_bytes(), LABELLED, now=T0 + 3600)
    one, two = found.jobs
    assert (one.id, one.kind, one.tenant, one.user, one.model) == ("v-1", "vm", "research", "ana", "llm-7b")
    assert (one.end, one.running, len(one.placements[0].gpus)) == (T0 + 3600, True, 4)
    assert (two.end, two.placements[0].cpu_share, two.placements[0].cpu_use) == (T0 + HALF_HOUR, 0.25, 0.0)
    assert found.passed_over == 3
    assert [one.where for one in found.rejects] == ["server"]


@pytest.mark.parametrize(
    ("requests", "words"),
    [
        ({"nvidia.com/mig-9g.999gb": "1"}, '"nvidia.com/mig-9g.999gb" is no known slice'),
        ({"cpu": "1000"}, "requests 1000 cpus, and its node has 64"),
        ({"nvidia.com/gpu": "5"}, "requests 5 gpus, and its node has 4"),
        ({"cpu": "nan"}, "requests nan cpus"),
        ({"nvidia.com/gpu.shared": "1"}, '"nvidia.com/gpu.shared" is a share of a GPU, and nobody says how large'),
        ({"nvidia.com/mig-1g.5gb.shared": "1"}, "gpu_shares = the number"),
        ({"aliyun.com/gpu-mem": "8"}, '"aliyun.com/gpu-mem" is not known: nobody can say how much of a GPU it is'),
        ({"gpu.intel.com/i915": "1", "gpu.intel.com/millicores": "100"}, '"gpu.intel.com/millicores" is not known'),
    ],
)
def test_a_request_that_no_node_has_is_set_aside(requests: dict[str, str], words: str) -> None:
    found = asking(requests)
    assert found.jobs == ()
    assert words in found.rejects[0].reason


def asking(requests: dict[str, str], cluster: Cluster = CLUSTER, host: str = "gpu1") -> Parsed:
    pod = {
        "metadata": {"name": "p", "namespace": "n", "uid": "1"},
        "spec": {"nodeName": host, "containers": [{"resources": {"requests": requests}}]},
        "status": {"phase": "Running", "startTime": "2026-03-14T00:00:00Z"},
    }
    return kubernetes().parse(json.dumps([{"items": [pod]}]).encode(), cluster, now=T0 + 60)


@pytest.mark.parametrize(
    ("requests", "share"),
    [
        ({"nvidia.com/gpu.shared": "1"}, 1 / 10 / 4),
        ({"nvidia.com/gpu.shared": "5", "nvidia.com/gpu": "1"}, 1.5 / 4),
        ({"nvidia.com/mig-3g.20gb.shared": "1"}, 3 / 7 / 10 / 4),
        ({"aliyun.com/gpu-mem": "0"}, 0.0),
    ],
)
def test_a_share_of_a_gpu_is_no_whole_one(requests: dict[str, str], share: float) -> None:
    (pod,) = asking(requests, SHARED).jobs
    assert pod.placements[0].gpu_share == pytest.approx(share)
    (bare,) = asking({"aliyun.com/gpu-mem": "8"}, SHARED, "cpu01").jobs
    assert bare.placements[0].gpu_share == 0.0, "a node without GPUs has no part of one"


def test_a_virtual_gpu_is_a_share() -> None:
    (page,) = json.loads((ANSWERS / "servers.json").read_text())
    server = {**page["servers"][0], "flavor": {"vcpus": 16, "extra_specs": {"resources:VGPU": "2"}}}
    payload = json.dumps([{"servers": [server]}]).encode()
    assert "resources:VGPU is a share of a GPU" in openstack().parse(payload, CLUSTER, now=T0 + 60).rejects[0].reason
    (one,) = openstack().parse(payload, SHARED, now=T0 + 60).jobs
    assert one.placements[0].gpu_share == pytest.approx(2 / 10 / 4)


@pytest.mark.parametrize("payload", [b"<html>", b"[1]", b"{}", b'{"kind": "Status"}'])
@pytest.mark.parametrize("source", [kubernetes(), openstack()])
def test_answers_that_are_none(source: Kubernetes | OpenStack, payload: bytes) -> None:
    with pytest.raises(PayloadUnreadable, match="check the address"):
        source.parse(payload, CLUSTER, now=T0)


@pytest.mark.peer
def test_pods_are_listed_page_by_page() -> None:
    pages = json.loads((ANSWERS / "pods.json").read_text())
    asked = []

    def answer(path: str, headers: Mapping[str, str], _: object) -> tuple[int, dict[str, str], object]:
        asked.append((path, headers["Authorization"]))
        return 200, {}, pages[1 if "continue=abc" in path else 0]

    with serving(answer) as url:
        payload = kubernetes(url, namespace="vision").fetch(now=T0)
    assert json.loads(payload) == pages
    assert [path for path, _ in asked] == [
        "/api/v1/namespaces/vision/pods?limit=500",
        "/api/v1/namespaces/vision/pods?limit=500&continue=abc",
    ]
    assert {login for _, login in asked} == {"Bearer hunter2"}


@pytest.mark.peer
def test_servers_are_listed_where_the_catalogue_says() -> None:
    (page,) = json.loads((ANSWERS / "servers.json").read_text())
    signed_in = []
    place: dict[str, str] = {}

    def answer(path: str, headers: Mapping[str, str], body: Any) -> tuple[int, dict[str, str], object]:  # noqa: ANN401
        if path == "/v3/auth/tokens":
            signed_in.append(body["auth"]["identity"]["application_credential"])
            end = {"interface": "public", "region": "one", "url": f"{place['url']}/v2.1"}
            catalog = [{"type": "compute", "endpoints": [end, {**end, "interface": "internal"}]}]
            return 201, {"X-Subject-Token": "t-1"}, {"token": {"catalog": catalog}}
        if headers["X-Auth-Token"] != "t-1":
            return 401, {}, {}
        last = "marker" in path
        link = {"rel": "next", "href": f"{place['url']}/v2.1/servers/detail?marker=v-1"}
        return 200, {}, page if last else {"servers": [], "servers_links": [link]}

    with serving(answer) as url:
        place["url"] = url
        payload = openstack(f"{url}/v3", region="one").fetch(now=T0)
        assert len(json.loads(payload)) == 2
        with pytest.raises(SourceRefused, match="names 0 public addresses"):
            openstack(f"{url}/v3", region="two").fetch(now=T0)
        with pytest.raises(SourceRefused, match="lies elsewhere"):
            openstack(f"{url}/v3", nova=f"{url}/other").fetch(now=T0)
    assert signed_in[0] == {"id": "c-1", "secret": "hunter2"}


@pytest.mark.peer
@pytest.mark.parametrize(
    ("status", "error", "words"),
    [(401, SourceRefused, "refuses"), (302, SourceRefused, "refuses"), (503, SourceUnreachable, "HTTP 503")],
)
def test_services_that_refuse(status: int, error: type[Exception], words: str) -> None:
    gone = {"Location": "http://127.0.0.1:1/"}
    with serving(lambda *_: (status, gone, {})) as url, pytest.raises(error, match=words):
        kubernetes(url, token=None).fetch(now=T0)
    with pytest.raises(SourceUnreachable, match="cannot be reached"):
        kubernetes(url).fetch(now=T0)


@pytest.mark.parametrize("source", [kubernetes(), openstack()])
def test_a_secret_that_is_not_there(source: Kubernetes | OpenStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOBS_TEST_SECRET")
    with pytest.raises(SourceRefused, match="JOBS_TEST_SECRET is not set"):
        source.fetch(now=T0)


def program(folder: Path, script: str) -> str:
    path = folder / "sacct"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_sacct_is_run_with_fixed_arguments_in_utc(tmp_path: Path) -> None:
    (tmp_path / "said").write_text(sacct({}))
    script = f'echo "$TZ $*" > {tmp_path}/asked; cat {tmp_path}/said'
    source = Slurm(program=program(tmp_path, script), hours=24.0, cluster="alpha")
    payload = source.fetch(now=T0 + 86_400)
    signed = payload.replace(b"|", b"|0f3a|").replace(b"train", b"a|b\nc")
    assert [one.name for one in source.parse(signed, CLUSTER, now=T0 + 86_400).jobs] == ["a|b"]
    (job,) = source.parse(payload, CLUSTER, now=T0 + 86_400).jobs
    assert job.start == T0
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("UTC --allusers --duplicates --parsable2 --delimiter=|")
    assert source.command(now=T0)[3] != source.command(now=T0)[3], "the sign between cells is another each time"
    assert "| --starttime 2026-03-14T00:00:00 " in asked
    assert "--clusters alpha --format=JobIDRaw," in asked


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        ("echo no slurmdbd >&2; exit 1", SourceUnreachable, "ended with 1: no slurmdbd"),
        ("exit 3", SourceUnreachable, "said nothing"),
        ("exec sleep 5", SourceUnreachable, "no answer within 0.2 s"),
    ],
)
def test_a_sacct_that_fails(script: str, error: type[Exception], words: str, tmp_path: Path) -> None:
    source = Slurm(program=program(tmp_path, script), deadline_s=0.2 if "sleep" in script else 30.0)
    with pytest.raises(error, match=words):
        source.fetch(now=T0)


def test_no_sacct_and_no_table(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="not on this machine"):
        Slurm(program=str(tmp_path / "nix")).fetch(now=T0)
    (tmp_path / "sacct").write_bytes(b"\x7fELF")
    (tmp_path / "sacct").chmod(0o755)
    with pytest.raises(SourceRefused, match="cannot be run"):
        Slurm(program=str(tmp_path / "sacct")).fetch(now=T0)
    with pytest.raises(PayloadUnreadable, match="no table of jobs"):
        Slurm().parse(b"slurm_load_jobs error", CLUSTER, now=T0)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"kind": "pbs"}, 'kind = "pbs" is unknown; use one of kubernetes, openstack, slurm'),
        ({"kind": "slurm", "hour": 3}, 'did you mean "hours"'),
        ({"kind": "kubernetes", "url": "https://u:pw@k"}, "must not hold user or password"),
    ],
)
def test_tables_with_mistakes(table: dict[str, Any], words: str) -> None:
    cluster = Cluster.model_validate({**CLUSTER.model_dump(), "source": table})
    with pytest.raises(ConfigError, match=r'wattlas.toml \[\[clusters\]\] "alpha", source') as error:
        source_of(cluster, file="wattlas.toml")
    assert words in str(error.value)
    assert source_of(CLUSTER, file="wattlas.toml") is None
