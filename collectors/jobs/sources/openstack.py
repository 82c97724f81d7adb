"""OpenStack: servers of all projects with their flavors, by hypervisor. Nova knows no power and no use.

A server holds the vCPUs of its flavor from its launch to its end, shut off or not: that is what keeps others out. One
that is shut off uses nothing, so it bears idle power alone. GPUs are those of `pci_passthrough:alias` (`a100:2`) and of
`resources:VGPU`, each a share, of which the nodes' `gpu_shares` make a GPU.
"""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from collectors.jobs.job import Job
from collectors.jobs.parsed import each, seconds_of, spread
from collectors.jobs.slices import shared
from collectors.jobs.sources.exporters import Exporters, items, joined, scraped
from collectors.jobs.sources.rest import ask, objects
from collectors.jobs.sources.source import JobSource
from collectors.plugins.local import file_of, web_address
from config.errors import ConfigError, SourceRefused
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.jobs.parsed import Parsed
    from config.attribution.clusters import Cluster, Node

UTC = ZoneInfo("UTC")
PAGE = 500
MICROVERSION = {"OpenStack-API-Version": "compute 2.47"}  # from here on a server carries its flavor
OFF = frozenset({"SHUTOFF", "SHELVED", "SUSPENDED", "PAUSED"})
GONE = frozenset({"DELETED", "SOFT_DELETED", "ERROR", "SHELVED_OFFLOADED"})
Address = Annotated[str, BeforeValidator(web_address), Field(examples=["https://keystone.example.org:5000/v3"])]


class OpenStack(JobSource):
    """Signs in by an application credential and lists the servers."""

    looks: ClassVar[bool] = True
    kind: Literal["openstack"] = "openstack"
    url: Address
    credential: str = Field(min_length=1)
    secret: Secret
    nova: Address | None = None
    region: str | None = None
    ca: Annotated[Path | None, BeforeValidator(file_of)] = None
    exporters: Exporters = ()

    def fetch(self, *, now: int) -> bytes:  # noqa: ARG002 - what runs is asked for now
        """Sign in and list the servers, page after page."""
        token, nova = self._enter()
        following: str | None = f"{nova}/servers/detail?all_tenants=1&limit={PAGE}"
        pages = []
        while following:
            body, _ = ask(
                following, headers={"X-Auth-Token": token, **MICROVERSION}, ca=self.ca, deadline_s=self.deadline_s
            )
            (page,) = objects(body, what="list of servers")
            pages.append(page)
            links = page.get("servers_links") or []
            following = next((one["href"] for one in links if one.get("rel") == "next"), None)
            if following is not None and not following.startswith(f"{nova}/"):
                msg = f"the next page of servers lies elsewhere than {nova}: give the address that Nova itself uses."
                raise SourceRefused(msg)
        return json.dumps([*pages, *scraped(self.exporters, deadline_s=self.deadline_s)]).encode()

    def _enter(self) -> tuple[str, str]:
        """Return a token, and where Nova is."""
        try:
            secret = self.secret.resolve().get_secret_value()
        except ConfigError as error:
            raise SourceRefused(str(error)) from None
        means = {"methods": ["application_credential"]}
        wanted = {**means, "application_credential": {"id": self.credential, "secret": secret}}
        address = f"{self.url.rstrip('/')}/auth/tokens"
        body, headers = ask(
            address, headers={}, ca=self.ca, deadline_s=self.deadline_s, body={"auth": {"identity": wanted}}
        )
        token = headers.get("X-Subject-Token", "")
        nova = self.nova or self._catalogued(body)
        return token, nova.rstrip("/")

    def _catalogued(self, body: bytes) -> str:
        (answer,) = objects(body, what="token")
        services = (answer.get("token") or {}).get("catalog") or []
        found = [
            end["url"]
            for service in services
            if service.get("type") == "compute"
            for end in service.get("endpoints", [])
            if end.get("interface") == "public" and self.region in {None, end.get("region")}
        ]
        if len(found) != 1:
            msg = f"the catalogue names {len(found)} public addresses of Nova: write the one to use in nova, or region."
            raise SourceRefused(msg)
        return str(found[0])

    def parse(self, payload: bytes, cluster: Cluster, *, now: int) -> Parsed:
        """Read lists of servers."""
        every, said = items(payload, "servers", of="servers", whose="credential")
        return joined(each(every, lambda server: _job(server, cluster, now=now), called=_name), said, cluster)


def _job(server: Mapping[str, Any], cluster: Cluster, *, now: int) -> Job | None:
    """Return one server; None for one that is on no hypervisor."""
    host = server.get("OS-EXT-SRV-ATTR:hypervisor_hostname")
    launched = server.get("OS-SRV-USG:launched_at")
    if not host or not launched:
        return None
    start, status = seconds_of(launched, UTC), server["status"]
    ended = server.get("OS-SRV-USG:terminated_at")
    if status in GONE and not ended:
        return None
    end = seconds_of(ended, UTC) if ended else now
    if end <= start:
        return None
    flavor, node = server["flavor"], cluster.node(host)
    team = server["tenant_id"]
    return Job(
        cluster=cluster.id,
        id=server["id"],
        kind="vm",
        name=server["name"],
        user=server.get("user_id") or "",
        team=team,
        tenant=cluster.tenant(team),
        model=(server.get("metadata") or {}).get(cluster.model_label or "", ""),
        state=status,
        start=start,
        end=end,
        running=not ended,
        placements=spread(
            [node],
            cpus=float(flavor["vcpus"]),
            gpus=_gpus(flavor.get("extra_specs") or {}, node),
            cpu_use=0.0 if status in OFF else None,
            gpu_use=0.0 if status in OFF else None,
        ),
    )


def _name(server: Any) -> str:  # noqa: ANN401 - whatever the answer holds
    return f"server {server.get('id')}" if isinstance(server, dict) else "server"


def _gpus(specs: Mapping[str, str], node: Node) -> float:
    """Return the GPUs of a flavor on a node."""
    aliases = [part.split(":") for part in specs.get("pci_passthrough:alias", "").split(",") if ":" in part]
    passed = sum(float(count) for name, count in aliases if "nic" not in name.lower())
    virtual = float(specs.get("resources:VGPU", 0))
    return passed + (shared(virtual, "resources:VGPU", node) if virtual else 0.0)
