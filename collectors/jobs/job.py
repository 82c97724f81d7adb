"""What a job, pod or virtual machine is: who ran it, when, on which nodes, and what of them it reserved and used."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

import pyarrow as pa

from collectors.reading import TEXT

JobKind = Literal["job", "pod", "daemon", "vm"]
DAEMON: Final = "daemon"  # a pod that every node has, as long as it stands: of a DaemonSet, or of the node itself
GUESSED = " (its part of each node is a guess)"  # ends the state of a job of which the scheduler tells no parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What a job has on one node. Shares are of the whole node, 0 to 1; `use` is the mean over its time, None unknown.

    `gpus` names the points of its GPUs with the share of each that is its own: 1, or of a MIG slice less. Where the
    scheduler does not say which they are, `gpu_share` says how much of the node's GPUs.
    """

    point: str
    cpu_share: float
    cpu_use: float | None = None
    gpus: tuple[tuple[str, float], ...] = ()
    gpu_share: float = 0.0
    gpu_use: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One record. `start` and `end` in UTC seconds; of one that still `running`, `end` is when it was seen.

    `version` is the source's own count of corrections, None where it has none. `energy_kwh` is what the scheduler says,
    kept for comparison; `tokens`, `requests` and `steps` are work done in all of its time.

    What is looked at while it lives is kept as stretches, each a record of its own: `stretch` is the begin [UTC s] of
    this one, 0 of a record of all its time. `busy_s` is the CPU time [s] that its counter shows, and is not kept.
    """

    cluster: str
    id: str
    kind: JobKind = "job"
    name: str = ""
    user: str = ""
    team: str = ""
    tenant: str = ""
    model: str = ""
    state: str = ""
    start: int
    end: int
    running: bool = False
    energy_kwh: float | None = None
    tokens: float | None = None
    requests: float | None = None
    steps: float | None = None
    version: int | None = None
    placements: tuple[Placement, ...] = ()
    stretch: int = 0
    busy_s: float | None = None


JOB_SCHEMA = pa.schema(  # one row a placement; a job without any has one with an empty point
    [
        pa.field("since", pa.int64(), nullable=False),  # start of it and of all its former versions
        pa.field("until", pa.int64(), nullable=False),  # end, likewise: where to look for it
        pa.field("key", pa.int64(), nullable=False),  # of cluster and id, and of the begin of a stretch
        pa.field("version", pa.int32(), nullable=False),
        pa.field("digest", pa.int64(), nullable=False),  # of its content
        pa.field("cluster", TEXT, nullable=False),
        pa.field("id", TEXT, nullable=False),
        pa.field("kind", TEXT, nullable=False),
        pa.field("name", TEXT, nullable=False),
        pa.field("user", TEXT, nullable=False),
        pa.field("team", TEXT, nullable=False),
        pa.field("tenant", TEXT, nullable=False),
        pa.field("model", TEXT, nullable=False),
        pa.field("state", TEXT, nullable=False),
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("running", pa.bool_(), nullable=False),
        pa.field("energy_kwh", pa.float64()),
        pa.field("tokens", pa.float64()),
        pa.field("requests", pa.float64()),
        pa.field("steps", pa.float64()),
        pa.field("point", TEXT, nullable=False),
        pa.field("cpu_share", pa.float64(), nullable=False),
        pa.field("cpu_use", pa.float64()),
        pa.field("gpus", TEXT, nullable=False),  # "point:share;point:share"
        pa.field("gpu_share", pa.float64(), nullable=False),
        pa.field("gpu_use", pa.float64()),
        pa.field("origin", TEXT, nullable=False),
        pa.field("taken_in", pa.int64(), nullable=False),
    ]
)


def job_key(job: Job) -> int:
    """Return the number of a record: 64 bits of the SHA-256 of cluster, id and the begin of its stretch."""
    text = f"{job.cluster}\0{job.id}" + (f"\0{job.stretch}" if job.stretch else "")
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big", signed=True)


def gpus_text(gpus: tuple[tuple[str, float], ...]) -> str:
    """Write GPUs with their shares as one text.

    >>> gpus_text((("fra1/a-gpu-0", 1.0), ("fra1/a-gpu-1", 0.5)))
    'fra1/a-gpu-0:1;fra1/a-gpu-1:0.5'
    """
    return ";".join(f"{point}:{share!r}".removesuffix(".0") for point, share in gpus)


def gpus_of(text: str) -> tuple[tuple[str, float], ...]:
    """Read GPUs with their shares; a share that is not written is 1.

    >>> gpus_of("fra1/a-gpu-0;fra1/a-gpu-1:0.5")
    (('fra1/a-gpu-0', 1.0), ('fra1/a-gpu-1', 0.5))
    """
    found = []
    for part in filter(None, text.split(";")):
        before, _, share = part.rpartition(":")
        point, given = (before, float(share)) if before and _number(share) else (part, 1.0)
        found.append((point, given))
    return tuple(found)


def _number(text: str) -> bool:
    try:
        return float(text) >= 0
    except ValueError:
        return False
