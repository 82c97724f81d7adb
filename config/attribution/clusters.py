"""Clusters: which points a scheduler's nodes and GPUs are, and by which rule their idle power is shared out.

[[clusters]]
id = "alpha"
site = "fra1"
idle = "reservation"                # reservation | use | equal: who bears the power of what stands idle
[[clusters.nodes]]
hosts = "gpu[001-064]"              # as the scheduler calls them
point = "{host}"                    # their points
gpu = "{host}-gpu-{n}"              # points of their GPUs, n from 0; left out where no counter sees them
cpus = 128
gpus = 8

A cluster that is replaced ends with `valid_to` where the one in its place, another id, begins with `valid_from`: the
past keeps the nodes of its time, by whole quarter hours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from config.attribution.hostlist import expanded
from config.errors import InputError
from config.reading.fields import Dated, Instant, Name, Number, Positive, Raw, Table, Whole
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy
from config.secrets import refuse_plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence


IdleRule = Literal["reservation", "use", "equal"]
ModelFrom = Literal["wckey", "comment", "job_name", "qos", "partition"]
AtLeastOne = Annotated[Whole, Field(ge=1)]
Efficiency = Annotated[Number, Field(gt=0.5, le=1)]
AtLeastZero = Annotated[Whole, Field(ge=0)]
FOREVER = 1 << 62
NAMED = 3  # so many points are named in a sentence


@dataclass(frozen=True, slots=True)
class Node:
    """One host of a cluster: its point, what it has, and what it draws idle [W], None where nobody declared it."""

    host: str
    point: str
    cpus: int
    gpus: int
    gpu_points: tuple[str, ...]
    idle_w: float | None
    gpu_idle_w: float | None
    gpu_cap_w: float | None = None
    supply_efficiency: float = 1.0
    gpu_shares: int | None = None


class NodeGroup(Table):
    """Hosts that are alike."""

    hosts: str = Field(min_length=1, examples=["gpu[001-064]"])
    point: str = Field(default="{host}", examples=["{host}"])
    gpu: str | None = None
    cpus: AtLeastOne = Field(examples=[128])
    gpus: AtLeastZero = 0
    idle_w: Positive | None = None  # of the host without its GPUs where `gpu` names these, else of all of it
    gpu_idle_w: Positive | None = None
    supply_efficiency: Efficiency = 1.0  # of what the node's meter sees, so much reaches its parts: GPUs are behind it
    gpu_shares: AtLeastOne | None = (
        None  # into how many parts the scheduler cuts each GPU: gpu.shared, shard, mps, vGPU
    )
    gpu_cap_w: Positive | None = None  # power limit that is set for each GPU: `wattlas waste` tells which run into it

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = self.names
        if "{host}" not in self.point and len(names) > 1:
            msg = 'point must hold "{host}", for it stands for several points'
            raise ValueError(msg)
        if self.gpu is not None and (not self.gpus or "{n}" not in self.gpu):
            msg = 'gpu needs gpus = how many there are, and "{n}" for the number of each'
            raise ValueError(msg)
        return self

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The hosts one by one."""
        try:
            return expanded(self.hosts)
        except InputError as error:
            raise ValueError(str(error).rstrip(".")) from None

    def nodes(self, site: str) -> Iterator[Node]:
        """Yield the hosts as nodes of a site."""
        for host in self.names:
            gpus = (
                [self.gpu.replace("{host}", host).replace("{n}", str(number)) for number in range(self.gpus)]
                if self.gpu
                else []
            )
            yield Node(
                host=host,
                point=_full(self.point.replace("{host}", host), site),
                cpus=self.cpus,
                gpus=self.gpus,
                gpu_points=tuple(_full(gpu, site) for gpu in gpus),
                idle_w=self.idle_w,
                gpu_idle_w=self.gpu_idle_w,
                gpu_cap_w=self.gpu_cap_w,
                supply_efficiency=self.supply_efficiency,
                gpu_shares=self.gpu_shares,
            )


class Cluster(Dated):
    """What one scheduler runs: its nodes as points of one site."""

    id: Name = Field(examples=["alpha"])
    site: str = Field(examples=["fra1"])
    idle: IdleRule = "reservation"
    time_zone: str | None = None  # of times without an offset in its records
    model_from: ModelFrom | None = None  # which field of Slurm's says the model that a job trains or serves
    model_label: str | None = None  # the same for pods and servers: a label or metadata key
    tenants: dict[str, str] = Field(default_factory=dict)  # team (account, namespace, project) -> tenant
    source: Raw | None = Field(default=None, repr=False)  # where its records come from: collectors/jobs/sources
    nodes: tuple[NodeGroup, ...] = Field(min_length=1)
    valid_from: Instant | None = None
    valid_to: Instant | None = None

    def touches(self, start: int, end: int) -> bool:
        """Say whether the cluster stands at some time of [start, end) UTC seconds."""
        return (self.valid_from or 0) < end and (self.valid_to is None or start < self.valid_to)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            _ = name and ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            msg = f'must be a name of the IANA time zone list, such as Europe/Berlin, not "{name}"'
            raise ValueError(msg) from None
        return name

    @field_validator("source")
    @classmethod
    def _no_secret_in_the_file(cls, source: Raw | None) -> Raw | None:
        refuse_plain(source or {})
        return source

    @cached_property
    def every_node(self) -> dict[str, Node]:
        """The nodes by host."""
        return {node.host: node for group in self.nodes for node in group.nodes(self.site)}

    def node(self, host: str) -> Node:
        """Return the node that a scheduler calls `host`, with or without its domain.

        Raises:
            InputError: the cluster has no such node.
        """
        found = self.every_node.get(host) or self.every_node.get(host.partition(".")[0])
        if found is None:
            hint = remedy(host, list(self.every_node)[:1000], otherwise="add it to the cluster's nodes")
            msg = f'"{host}" is no node of cluster {self.id}; {hint}'
            raise InputError(msg)
        return found

    def tenant(self, team: str) -> str:
        """Return the tenant of a team: as `tenants` says, else the team itself."""
        return self.tenants.get(team, team)


def clusters_of(
    tables: Sequence[Raw], *, file: str, sites: Collection[str], points: Collection[str]
) -> tuple[Cluster, ...]:
    """Return the clusters of a site file's `[[clusters]]` tables.

    Raises:
        ConfigError: a table has mistakes, names what is not there, or a point is a node twice.
    """
    mistakes = Mistakes()
    found: dict[str, Cluster] = {}
    owners: dict[str, list[Cluster]] = {}
    for number, table in enumerate(tables, start=1):
        place = f'{file} [[clusters]] "{table.get("id", f"number {number}")}"'
        cluster = build(Cluster, table, place=place, mistakes=mistakes)
        if cluster is None:
            continue
        if cluster.id in found:
            mistakes.add(place, "stands twice: rename or remove one")
        found[cluster.id] = cluster
        for text in _mistakes(cluster, owners, sites=sites, points=points):
            mistakes.add(place, text)
    mistakes.stop()
    return tuple(found.values())


def _mistakes(
    cluster: Cluster, owners: dict[str, list[Cluster]], *, sites: Collection[str], points: Collection[str]
) -> Iterator[str]:
    if cluster.site not in sites:
        yield f'key site names "{cluster.site}", which is no site; {remedy(cluster.site, sites)}'
        return
    nodes = [node for group in cluster.nodes for node in group.nodes(cluster.site)]  # a host twice too
    named = [point for node in nodes for point in (node.point, *node.gpu_points)]
    absent = [point for point in dict.fromkeys(named) if point not in points]
    if absent:
        more = f" and {len(absent) - NAMED} more" if len(absent) > NAMED else ""
        yield f"its nodes are {', '.join(absent[:NAMED])}{more}, which are no points: add these or correct the names"
    since, until = cluster.valid_from or 0, cluster.valid_to or FOREVER
    twice = [point for point in named if any(one.touches(since, until) for one in owners.get(point, []))]
    for point in dict.fromkeys(named):
        owners.setdefault(point, []).append(cluster)
    twice += [one for names in (named, [node.host for node in nodes]) for one, n in Counter(names).items() if n > 1]
    if twice:
        yield (
            f"{twice[0]} is a node or GPU twice: each point is of one node; end the cluster that is replaced by "
            "another with valid_to"
        )


def _full(point: str, site: str) -> str:
    return point if "/" in point else f"{site}/{point}"
