"""What is known of a job is kept: use that exporters forget, former runs, what was seen since an import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.jobs.job import Job, Placement
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


def test_the_same_file_again_withdraws_nothing_that_was_seen_since(tmp_path: Path) -> None:
    source = 'url = "http://127.0.0.1:1"\n'
    service = Company(tmp_path, points=POINT + CLUSTER + source, now=START + 7200.0).service
    place = (Placement(point="s/n1", cpu_share=0.5),)
    seen = {"cluster": "k", "id": "v", "kind": "pod", "running": True, "placements": place}
    book, file = service.stores.jobs, tmp_path / "said.csv"
    book.add([Job(start=START, end=START + 900, stretch=START, **seen)], origin="s", now=START, looked="k")  # type: ignore[arg-type]
    file.write_text("id,start,end,nodes\nv,2026-03-14T00:00:00Z,2026-03-14T01:00:00Z,n1\n")
    import_jobs(service, file, cluster="k", who="ana")
    later = Job(start=START + 3600, end=START + 7200, stretch=START + 3600, **seen)  # type: ignore[arg-type]
    book.add([later], origin="s", now=START + 7200, looked="k")
    _, again, _ = import_jobs(service, file, cluster="k", who="ana")
    assert (again.new, again.revised) == (0, 0)
    assert sorted(row["start"] - START for row in book.rows().to_pylist()) == [0, 3600]


def test_a_file_with_the_new_run_alone_leaves_the_former_one(tmp_path: Path) -> None:
    cluster = CLUSTER.partition("[clusters.source]")[0] + 'time_zone = "UTC"\n'
    service = Company(tmp_path, points=POINT + cluster, now=START + 5 * 86_400.0).service
    for day, state in ((14, "NODE_FAIL"), (17, "COMPLETED")):
        row = f"4|{state}|2026-03-{day}T00:00:00|2026-03-{day}T01:00:00|n1|4"
        (tmp_path / "jobs.txt").write_text(f"JobIDRaw|State|Start|End|NodeList|AllocCPUS\n{row}\n")
        import_jobs(service, tmp_path / "jobs.txt", cluster="k", who="ana")
    found = {row["id"]: row["start"] - START for row in service.stores.jobs.rows().to_pylist()}
    assert found == {"4@2026-03-14T00:00:00Z": 0, "4": 3 * 86_400}
