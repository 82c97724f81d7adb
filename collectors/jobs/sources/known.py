"""Which kinds of source of job records there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collectors.jobs.sources.kubernetes import Kubernetes
from collectors.jobs.sources.openstack import OpenStack
from collectors.jobs.sources.slurm import Slurm
from config.errors import ConfigError
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collectors.jobs.sources.source import JobSource
    from config.attribution.clusters import Cluster

KINDS: Final[dict[str, type[Slurm | Kubernetes | OpenStack]]] = {
    "kubernetes": Kubernetes,
    "openstack": OpenStack,
    "slurm": Slurm,
}


def source_of(cluster: Cluster, *, file: str) -> JobSource | None:
    """Return the source of a cluster, None where the site file gives it none.

    Raises:
        ConfigError: its table has mistakes; one sentence a line, with `file`.
    """
    if cluster.source is None:
        return None
    kind, place = str(cluster.source.get("kind")), f'{file} [[clusters]] "{cluster.id}", source'
    if kind not in KINDS:
        msg = f'{place}: kind = "{kind}" is unknown; {remedy(kind, KINDS)}'
        raise ConfigError(msg)
    mistakes = Mistakes()
    found = build(KINDS[kind], cluster.source, place=place, mistakes=mistakes)
    mistakes.stop()
    return found
