"""Kubernetes: pods with their requests, by node. A pod that is gone from the list ends where it was last seen.

What a pod requests is what it reserves: `cpu` of its containers, `nvidia.com/gpu`, and MIG slices by their published
share (`nvidia.com/mig-3g.20gb` is 3/7 of a GPU); of `nvidia.com/gpu.shared` each is a share, of which the nodes'
`gpu_shares` make a GPU (time slicing needs `renameByDefault: true`, for else a share asks for `nvidia.com/gpu` and is
a whole one). What else asks for a GPU is not understood, and its pod is set aside by name. Without a request there
is no reservation. The API knows no use: that of CPUs comes from CEEMS, and energy beside from Kepler, where `exporters`
names theirs (`exporters.py`). Pods of a DaemonSet, and those of the node itself, are of kind `daemon`: they have their
part of the node's energy, and a node with nothing else stands idle.
"""

from __future__ import annotations

import json
import re
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from collectors.jobs.job import DAEMON, Job
from collectors.jobs.parsed import each, seconds_of, spread
from collectors.jobs.slices import mig_share, shared
from collectors.jobs.sources.exporters import Exporters, items, joined, scraped
from collectors.jobs.sources.rest import ask, objects
from collectors.jobs.sources.source import JobSource
from collectors.plugins.local import file_of, web_address
from config.errors import ConfigError, InputError, SourceRefused
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collectors.jobs.job import JobKind
    from collectors.jobs.parsed import Parsed
    from config.attribution.clusters import Cluster, Node

PAGE = 500
UTC = ZoneInfo("UTC")
ROUNDING = 1e-9
MIG = re.compile(r"nvidia\.com/mig-(.*)")
GPUS = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "gpu.intel.com/xe")
LIKE_A_GPU = re.compile(r".+/.*(gpu|mig-|vcuda|npu|dcu|gaudi).*|gpu\.intel\.com/.+")
SHARED = ".shared"
ENDED = frozenset({"Succeeded", "Failed"})
OF_NODES = frozenset({"DaemonSet", "Node"})  # owners of pods that every node has


class Kubernetes(JobSource):
    """Lists the pods of all namespaces, or of one."""

    looks: ClassVar[bool] = True
    kind: Literal["kubernetes"] = "kubernetes"
    url: Annotated[str, BeforeValidator(web_address), Field(examples=["https://10.0.0.1:6443"])]
    token: Secret | None = None
    ca: Annotated[Path | None, BeforeValidator(file_of)] = None
    namespace: Annotated[str | None, Field(pattern=r"^[a-z0-9-]+$")] = None
    exporters: Exporters = ()

    def fetch(self, *, now: int) -> bytes:  # noqa: ARG002 - what runs is asked for now
        """List the pods, page after page."""
        place = f"/namespaces/{self.namespace}" if self.namespace else ""
        first = f"{self.url.rstrip('/')}/api/v1{place}/pods?limit={PAGE}"
        pages, following = [], ""
        while True:
            address = f"{first}&continue={quote(following)}" if following else first
            body, _ = ask(address, headers=self._login(), ca=self.ca, deadline_s=self.deadline_s)
            (page,) = objects(body, what="list of pods")
            pages.append(page)
            following = (page.get("metadata") or {}).get("continue") or ""
            if not following:
                return json.dumps([*pages, *scraped(self.exporters, deadline_s=self.deadline_s)]).encode()

    def parse(self, payload: bytes, cluster: Cluster, *, now: int) -> Parsed:
        """Read lists of pods."""
        every, said = items(payload, "items", of="pods", whose="token")
        return joined(each(every, lambda pod: _job(pod, cluster, now=now), called=_name), said, cluster)

    def _login(self) -> dict[str, str]:
        try:
            return {"Authorization": f"Bearer {self.token.in_header()}"} if self.token else {}
        except ConfigError as error:
            raise SourceRefused(str(error)) from None


def _job(pod: Mapping[str, Any], cluster: Cluster, *, now: int) -> Job | None:
    """Return one pod; None for one that never ran."""
    meta, spec, status = pod["metadata"], pod["spec"], pod["status"]
    if not spec.get("nodeName") or not status.get("startTime"):
        return None
    start = seconds_of(status["startTime"], UTC)
    running = status.get("phase") not in ENDED
    end = now if running else max([start, *_ends(status)])
    if end <= start:
        return None
    requests, node = list(_requests(spec)), cluster.node(spec["nodeName"])
    cpus, gpus = sum(_cpus(one.get("cpu", "0")) for one in requests), sum(_gpus(one, node) for one in requests)
    _bound("cpus", cpus, node.cpus)
    _bound("gpus", gpus, node.gpus)
    team = meta["namespace"]
    return Job(
        cluster=cluster.id,
        id=meta["uid"],
        kind=_kind(meta),
        name=meta["name"],
        team=team,
        tenant=cluster.tenant(team),
        model=(meta.get("labels") or {}).get(cluster.model_label or "", ""),
        state=status.get("phase", ""),
        start=start,
        end=end,
        running=running,
        placements=spread([node], cpus=cpus, gpus=gpus),
    )


def _kind(meta: Mapping[str, Any]) -> JobKind:
    owners = {one.get("kind") for one in meta.get("ownerReferences") or []}
    return DAEMON if owners & OF_NODES else "pod"


def _requests(spec: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """Yield what a pod holds while it runs: of its containers and sidecars, or as a whole, and its overhead."""
    sidecars = [one for one in spec.get("initContainers") or [] if one.get("restartPolicy") == "Always"]
    whole = (spec.get("resources") or {}).get("requests") or {}
    for one in [*spec.get("containers", []), *sidecars]:
        own = (one.get("resources") or {}).get("requests") or {}
        yield {name: value for name, value in own.items() if name not in whole}
    yield whole
    yield spec.get("overhead") or {}


def _ends(status: Mapping[str, Any]) -> list[int]:
    states = [(one.get("state") or {}).get("terminated") or {} for one in status.get("containerStatuses") or []]
    return [seconds_of(one["finishedAt"], UTC) for one in states if one.get("finishedAt")]


def _cpus(text: str) -> float:
    """Return CPUs of a Kubernetes quantity.

    >>> _cpus("500m"), _cpus("2"), _cpus("1.5")
    (0.5, 2.0, 1.5)
    """
    try:
        return float(text[:-1]) / 1000 if text.endswith("m") else float(text)
    except ValueError:
        msg = f'request of cpu "{text}" is no quantity'
        raise InputError(msg) from None


def _name(pod: Any) -> str:  # noqa: ANN401 - whatever the answer holds
    return f"pod {pod['metadata'].get('name')}" if isinstance(pod, dict) and "metadata" in pod else "pod"


def _gpus(requests: Mapping[str, str], node: Node) -> float:
    """Return GPUs of a container's requests on a node; MIG slices and shares as parts of one.

    Raises:
        InputError: a request for a GPU of which nobody can say how much of one it is.
    """
    asked = {name: float(value) for name, value in requests.items() if LIKE_A_GPU.fullmatch(name) and node.gpus}
    whole = sum(float(requests.get(name, 0)) for name in GPUS)
    return whole + sum(_part(name, value, node) for name, value in asked.items() if value and name not in GPUS)


def _part(name: str, amount: float, node: Node) -> float:
    bare = name.removesuffix(SHARED)
    found = MIG.fullmatch(bare)
    if found is None and bare not in GPUS:
        msg = f'"{name}" is not known: nobody can say how much of a GPU it is; import the pod by a table with its gpus'
        raise InputError(msg)
    each = 1.0 if found is None else _slice(found[1])
    return each * (amount if bare == name else shared(amount, f'"{name}"', node))


def _slice(name: str) -> float:
    share = mig_share(name)
    if share is None:
        msg = f'"nvidia.com/mig-{name}" is no known slice of a GPU: nobody can say how much of one it is'
        raise InputError(msg)
    return share


def _bound(key: str, amount: float, most: int) -> None:
    if not 0 <= amount <= most + ROUNDING:
        msg = f"it requests {amount:g} {key}, and its node has {most}: correct {key} of the cluster's nodes"
        raise InputError(msg)
