"""A pod that has ended keeps the use that its exporter last told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.peers.scheduler import serving
from tests.ui.company import START, Company
from ui.jobs import fetch_jobs, import_jobs

if TYPE_CHECKING:
    from pathlib import Path

POINT = '[[points]]\nid = "s/n1"\nrole = "server"\n'
CLUSTER = """[[clusters]]
id = "k"
site = "s"
nodes = [{ hosts = "n1", cpus = 4 }]
[clusters.source]
kind = "kubernetes"
"""
USED = b'ceems_compute_unit_cpu_user_seconds_total{uuid="u"} 3600\n'


@pytest.mark.peer
def test_what_an_exporter_forgets_is_kept(tmp_path: Path) -> None:
    said: dict[str, object] = {"phase": "Running", "startTime": "2026-03-14T00:00:00Z"}
    pod = {
        "metadata": {"uid": "u", "name": "p", "namespace": "t"},
        "spec": {"nodeName": "n1", "containers": [{"resources": {"requests": {"cpu": "2"}}}]},
    }

    def answer(path: str, *_: object) -> tuple[int, dict[str, str], object]:
        if path == "/ceems":
            return 200, {}, USED if said["phase"] == "Running" else b""
        return 200, {}, {"items": [{**pod, "status": said}]}

    with serving(answer) as url:
        source = f'url = "{url}"\nexporters = ["{url}/ceems"]\n'
        company = Company(tmp_path, points=POINT + CLUSTER + source, now=START + 3600.0)
        service = company.service
        fetch_jobs(service, "k")
        (first,) = service.stores.jobs.rows().to_pylist()
        ended = {"state": {"terminated": {"finishedAt": "2026-03-14T00:45:00Z"}}}
        said |= {"phase": "Succeeded", "containerStatuses": [ended]}
        fetch_jobs(service, "k")
        (last,) = service.stores.jobs.rows().to_pylist()
    assert (first["running"], first["cpu_use"]) == (True, pytest.approx(0.25))
    assert (last["running"], last["cpu_use"], last["end"]) == (False, pytest.approx(0.25), START + 2700)


@pytest.mark.peer
def test_a_look_leaves_the_past_and_a_person_may_say_all(tmp_path: Path) -> None:
    server = {
        "id": "v",
        "name": "v",
        "tenant_id": "t",
        "status": "ACTIVE",
        "OS-SRV-USG:launched_at": "2026-03-14T00:00:00",
        "flavor": {"vcpus": 2},
    }
    place: dict[str, str] = {}

    def answer(path: str, *_: object) -> tuple[int, dict[str, str], object]:
        if path == "/v3/auth/tokens":
            return 201, {"X-Subject-Token": "t"}, {}
        return 200, {}, {"servers": [{**server, "OS-EXT-SRV-ATTR:hypervisor_hostname": place["host"]}]}

    with serving(answer) as url:
        (tmp_path / "secret").write_text("x")
        secret = f'secret = {{ file = "{tmp_path / "secret"}" }}'
        (tmp_path / "secret").chmod(0o600)
        source = f'url = "{url}/v3"\nnova = "{url}"\ncredential = "c"\n{secret}\n'
        points = (
            POINT + POINT.replace("n1", "n2") + CLUSTER.replace('"n1"', '"n[1-2]"').replace("kubernetes", "openstack")
        )
        company = Company(tmp_path, points=points + source, now=START + 3600.0)
        for host in ("n1", "n2"):
            place["host"] = host
            fetch_jobs(company.service, "k")
            company.now += 900
    service = company.service
    rows = [(row["point"], row["start"] - START, row["end"] - START) for row in service.stores.jobs.rows().to_pylist()]
    assert sorted(rows) == [("s/n1", 0, 3600), ("s/n2", 3600, 4500)]
    (tmp_path / "said.csv").write_text("id,start,end,nodes\nv,2026-03-14T00:00:00Z,2026-03-14T01:00:00Z,n2\n")
    import_jobs(service, tmp_path / "said.csv", cluster="k", who="ana")
    rows = [(row["point"], row["start"] - START, row["end"] - START) for row in service.stores.jobs.rows().to_pylist()]
    assert rows == [("s/n2", 0, 3600)]
