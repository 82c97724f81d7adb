"""A cluster of six nodes, and a record of a job on it."""

from __future__ import annotations

from typing import Any

from collectors.jobs.job import Job, Placement
from config.attribution.clusters import Cluster

T0 = 1_773_446_400  # 2026-03-14T00:00:00Z
CLUSTER = Cluster.model_validate(
    {
        "id": "alpha",
        "site": "s",
        "model_from": "wckey",
        "tenants": {"vision": "research"},
        "nodes": [
            {"hosts": "gpu[1-4]", "gpu": "{host}-gpu-{n}", "cpus": 64, "gpus": 4},
            {"hosts": "cpu[01-02]", "point": "node-{host}", "cpus": 32},
        ],
    }
)


def job(id_: str = "7", **more: Any) -> Job:  # noqa: ANN401 - fields of Job
    places = (Placement(point="s/gpu1", cpu_share=0.5, gpus=(("s/gpu1-gpu-0", 0.5),), gpu_share=0.125),)
    fields: dict[str, Any] = {"cluster": "alpha", "id": id_, "start": T0, "end": T0 + 3600, "placements": places}
    return Job(**fields | more)
