"""Job records as a plain table, from any scheduler or written by hand (CSV, UTF-8 or GBK, or XLSX).

| column | what it holds |
|---|---|
| `id` | of the job, pod or server; several rows of one id are its nodes |
| `start`, `end` | ISO 8601; an empty `end` is one that still runs |
| `nodes` | hosts as the cluster knows them: `gpu[001-004]` |
| `kind` | `job` (default), `pod`, `daemon` (a pod that each node has: no node is busy by it) or `vm` |
| `version` | counts corrections, if the source does; a higher one replaces a lower |
| `name`, `user`, `team`, `tenant`, `model`, `state` | texts; an empty `tenant` is that of the team |
| `cpus` | reserved on each node; empty: all of it |
| `gpus` | how many of each node, or their points, `gpu001-gpu-0;gpu001-gpu-1:0.5` (0.5: half of one) |
| `cpu_use`, `gpu_use` | share of what was reserved that was busy, 0 to 1; empty: nobody measured it |
| `energy_kwh` | what the scheduler says, for comparison |
| `tokens`, `requests`, `steps` | work done in its whole time |
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any

from collectors.jobs.job import Job, gpus_of
from collectors.jobs.parsed import Parsed, Reject, refuse_future, seconds_of, spread
from config.attribution.hostlist import expanded
from config.errors import InputError
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from config.attribution.clusters import Cluster, Node

TEXTS = ("name", "user", "team", "tenant", "model", "state")
COUNTS = ("energy_kwh", "tokens", "requests", "steps")
COLUMNS = ("id", "version", "kind", *TEXTS, "start", "end", "nodes", "cpus", "cpu_use", "gpus", "gpu_use", *COUNTS)
NEEDED = ("id", "start", "end", "nodes")
KINDS = ("job", "pod", "daemon", "vm")
DIGITS = 9  # of a sum of slices of a GPU
MOST_COUNT = 1e18  # no job does more work, and sums of what is less stay finite
MOST_VERSION = 2**31 - 1


def parse_table(rows: Sequence[Sequence[str]], cluster: Cluster, *, zone: ZoneInfo | None, now: int) -> Parsed:
    """Return the jobs of a table with a header row; one that still runs ends at `now` [UTC s] for the time.

    Raises:
        InputError: the header lacks a column, or has one that is not known.
    """
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    _check(header)
    jobs, rejects, never, passed_over = dict[str, Job](), list[Reject](), dict[str, Job](), 0
    for number, cells in enumerate(rows[1:], start=2):
        row = {name: cells[at].strip() if at < len(cells) else "" for at, name in enumerate(header)}
        if not any(row.values()):
            continue
        try:
            job = _job(row, cluster, zone=zone, now=now)
            if job.end <= job.start and not job.running:
                passed_over += 1
                never[job.id] = job
                continue
            jobs[job.id] = _joined(jobs[job.id], job) if job.id in jobs else job
        except InputError as error:
            rejects.append(Reject(f"line {number}", str(error)))
    withdrawn = tuple(job for id_, job in never.items() if id_ not in jobs)
    return Parsed(tuple(jobs.values()), tuple(rejects), passed_over, withdrawn)


def _check(header: Sequence[str]) -> None:
    absent = [name for name in NEEDED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if absent or unknown:
        told = f'column "{unknown[0]}" is not known; {remedy(unknown[0], COLUMNS)}' if unknown else ""
        msg = told or f"column {absent[0]} is missing: the header names {', '.join(COLUMNS)} (those needed: {NEEDED})"
        raise InputError(msg)


def _job(row: Mapping[str, str], cluster: Cluster, *, zone: ZoneInfo | None, now: int) -> Job:
    kind = row.get("kind") or "job"
    if not row["id"] or kind not in KINDS:
        msg = "id is empty: every record has one" if not row["id"] else f'kind "{kind}" is not one of {KINDS}'
        raise InputError(msg)
    nodes = list({node.point: node for node in map(cluster.node, expanded(row["nodes"]))}.values())
    gpus, named = _gpus(row.get("gpus", ""), nodes, cluster)
    texts: dict[str, Any] = {name: row.get(name, "") for name in TEXTS}
    counts: dict[str, Any] = {name: _amount(row, name, most=MOST_COUNT) for name in COUNTS}
    version, cpus = _amount(row, "version", most=MOST_VERSION), _amount(row, "cpus")
    start, end = seconds_of(row["start"], zone), seconds_of(row["end"], zone) if row["end"] else now
    _refuse(row, start, end, now)
    if cpus is not None and any(cpus > node.cpus for node in nodes):
        msg = f'cpus "{row["cpus"]}" is more than one of its nodes has: give those of each node'
        raise InputError(msg)
    return Job(
        cluster=cluster.id,
        id=row["id"],
        kind=kind,  # type: ignore[arg-type]  # one of KINDS, as checked above
        start=start,
        end=end,
        running=not row["end"],
        version=None if version is None else int(version),
        placements=spread(
            nodes,
            cpus=cpus,
            gpus=gpus,
            cpu_use=_amount(row, "cpu_use", most=1.0),
            gpu_use=_amount(row, "gpu_use", most=1.0),
            named=named,
        ),
        **texts | {"tenant": texts["tenant"] or cluster.tenant(texts["team"])},
        **counts,
    )


def _refuse(row: Mapping[str, str], start: int, end: int, now: int) -> None:
    if row["end"] and end < start:
        msg = f'end "{row["end"]}" is before start "{row["start"]}": exchange them'
        raise InputError(msg)
    refuse_future(start, end, now=now, told=row)


def _gpus(text: str, nodes: Sequence[Node], cluster: Cluster) -> tuple[float, tuple[tuple[str, float], ...]]:
    """Return how many GPUs of each node, or which they are."""
    count = _count(text, nodes)
    if count is not None:
        return count, ()
    known = {point for node in nodes for point in node.gpu_points}
    shares: dict[str, float] = {}
    for one, share in gpus_of(text):  # slices of one GPU add up, and a whole one that stands twice is that GPU
        point = one if "/" in one else f"{cluster.site}/{one}"
        shares[point] = share if share == 1 == shares.get(point) else shares.get(point, 0.0) + share
    named = tuple((point, round(share, DIGITS)) for point, share in shares.items())
    for point, share in named:
        if point not in known or not 0 < share <= 1:
            msg = f'gpus names "{point}" with share {share:g}, which is no part of a GPU of these nodes'
            raise InputError(msg)
    return 0.0, named


def _count(text: str, nodes: Sequence[Node]) -> float | None:
    """A number of GPUs of each node; None where the text names them.

    Raises:
        InputError: a number that no node has.
    """
    try:
        count = float(text or 0)
    except ValueError:
        return None
    if not (isfinite(count) and count >= 0) or any(count > node.gpus for node in nodes):
        msg = f'gpus "{text}" is more than its nodes have, or no number from 0 on: give those of each node'
        raise InputError(msg)
    return count


def _amount(row: Mapping[str, str], name: str, *, most: float = float("inf")) -> float | None:
    text = row.get(name, "")
    try:
        value = float(text) if text else None
    except ValueError:
        value = -1.0
    if value is not None and not (isfinite(value) and 0 <= value <= most):
        msg = f'{name} "{text}" must be a number from 0{f" to {most:g}" if most < float("inf") else " on"}'
        raise InputError(msg)
    return value


def _joined(one: Job, other: Job) -> Job:
    """Return a job of two rows: the same but for what it has on its nodes."""
    if replace(one, placements=()) != replace(other, placements=()):
        msg = f"it differs from the other rows of job {one.id} in more than its nodes"
        raise InputError(msg)
    twice = {placement.point for placement in one.placements} & {placement.point for placement in other.placements}
    if twice:
        msg = f"job {one.id} has {min(twice)} in a row before: a node stands once"
        raise InputError(msg)
    return replace(one, placements=one.placements + other.placements)
