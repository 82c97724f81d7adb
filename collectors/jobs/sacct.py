"""Slurm's accounting: what `sacct -a --parsable2` prints, to jobs.

    TZ=UTC sacct -a -D --parsable2 -S 2026-03-14 -E 2026-03-15 --format=JobIDRaw,User,Account,Partition,QOS,WCKey,\
State,Start,End,ElapsedRaw,NodeList,AllocCPUS,AllocTRES,TotalCPU,ConsumedEnergyRaw,JobName > jobs.txt

Any order of columns will do, and columns that are not needed may be there. Who submits a job writes its name as he
likes: as the last column it may hold the sign between columns, and what follows an end of line in it is left out. In a
file with `|` such a line could still pose as a job; the source asks with a sign that nobody can know.

With `-D` a job that was requeued has a row for each of its runs: each is a record of its own, the former ones under
their id and start, `4@2026-03-14T00:00:00Z` (`runs.py`).
Rows of steps (`1.batch`, `1.0`) repeat their job and are left out; yet with `-X` Slurm leaves them out itself, and then
says a `TotalCPU` of 0, for only steps count time. A `TotalCPU` of 0, which is also what it says without an accounting
plugin, is unknown, not idle.
Of a job on several nodes Slurm does not say what it has of each: 10 CPUs of two nodes may be 8 and 2. Where that is not
all of them it is laid on them as their declared cpus and gpus are, its state says so, and its shares count as
estimated. `gres/shard` and
`gres/mps` are shares, of which the nodes' `gpu_shares` make a GPU. One that was seen running and never began is taken
back.
`ConsumedEnergyRaw` (J) is of whole nodes, whoever else was there: it is kept beside, and no figure rests on it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from collectors.jobs.job import GUESSED, Job
from collectors.jobs.parsed import Parsed, Reject, refuse_future, seconds_of, spread
from collectors.jobs.runs import run_id
from collectors.jobs.slices import mig_share, shared
from config.attribution.hostlist import expanded
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from collectors.jobs.job import Placement
    from config.attribution.clusters import Cluster, Node

FIELDS = (
    "JobIDRaw",
    "User",
    "Account",
    "Partition",
    "QOS",
    "WCKey",
    "State",
    "Start",
    "End",
    "ElapsedRaw",
    "NodeList",
    "AllocCPUS",
    "AllocTRES",
    "TotalCPU",
    "ConsumedEnergyRaw",
    "JobName",
)
FREE_TEXT = FIELDS[-1]  # as users write it
NEEDED = ("JobIDRaw", "State", "Start", "End", "NodeList", "AllocCPUS")
NOWHERE = frozenset({"", "None assigned", "(null)", "None"})
UNKNOWN = frozenset({"", "Unknown", "None"})
WAITING = frozenset({"PENDING", "CANCELLED", "REQUEUED", "REQUEUE_HOLD", "BOOT_FAIL", "DEADLINE", "REVOKED"})
LIVE = frozenset({"RUNNING", "SUSPENDED", "COMPLETING", "STOPPED"})
MODEL_FIELDS = {
    "wckey": "WCKey",
    "comment": "Comment",
    "job_name": "JobName",
    "qos": "QOS",
    "partition": "Partition",
}
TYPED = "gres/gpu:"
ROUNDING = 1e-9
NO_VALUE = 2**62  # 64 bits full of ones, and numbers near them, stand for none
J_PER_KWH = 3.6e6
CPU_TIME = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)")


def parse_sacct(text: str, cluster: Cluster, *, zone: ZoneInfo | None, now: int, sign: str = "|") -> Parsed:
    """Return the jobs of what sacct printed with a header; a job that still runs ends at `now` [UTC s] for the time.

    Args:
        text: lines that end in LF, with `sign` between cells.
        cluster: whose nodes they ran on.
        zone: of times without an offset.
        now: the time.
        sign: what stands between cells.

    Raises:
        InputError: the header lacks a column.
    """
    lines = text.removesuffix("\n").replace("\r\n", "\n").split("\n")  # no other sign ends a line of sacct
    header = lines[0].split(sign)
    absent = [name for name in NEEDED if name not in header]
    if absent:
        msg = f"column {absent[0]} is missing: run sacct with --parsable2 and --format={','.join(FIELDS)}"
        raise InputError(msg)
    jobs, rejects, never = list[tuple[str, Job]](), list[Reject](), list[tuple[str, str]]()
    at, free = header.index("JobIDRaw"), header[-1] == FREE_TEXT
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split(sign, len(header) - 1) if free else line.split(sign)
        if any("." in id_ for id_ in cells[at : at + 1]) or (free and sign not in line):
            continue  # a step, or the rest of a name
        try:
            if len(cells) != len(header):
                msg = f"has {len(cells)} cells, the header has {len(header)}: put {FREE_TEXT} last"
                raise InputError(msg)  # noqa: TRY301 - one place turns what is wrong with a line into a reject
            job = _job(dict(zip(header, cells, strict=True)), cluster, zone=zone, now=now)
        except InputError as error:
            rejects.append(Reject(f"line {number}", str(error)))
            continue
        jobs += [(f"line {number}", job)] if job else []
        never += [] if job else [(cells[at], dict(zip(header, cells, strict=True))["State"].partition(" ")[0])]
    runs, twice = _runs(jobs)
    ran = {job.id for job in runs}
    withdrawn = [
        Job(cluster=cluster.id, id=id_, state=state, start=now, end=now, running=True)
        for id_, state in dict(never).items()
        if id_ not in ran and state != "PENDING"  # without -D it may hide a run
    ]
    return Parsed(tuple(runs), (*rejects, *twice), len(never), tuple(withdrawn), runs=True)


def _runs(jobs: Sequence[tuple[str, Job]]) -> tuple[list[Job], list[Reject]]:
    """Return each run of a job under an id of its own, the last one under the job's; the same line again says nothing.

    Two rows that begin at the same time and differ are no two runs: the later line is set aside.
    """
    found: dict[str, dict[int, Job]] = {}
    rejects = []
    for line, job in jobs:
        runs = found.setdefault(job.id, {})
        if runs.setdefault(job.start, job) != job:
            text = f"job {job.id} begins at the same time in a line before, with other content: leave one out"
            rejects.append(Reject(line, text))
    every = ((job, max(runs)) for runs in found.values() for job in runs.values())
    return [job if job.start == last else replace(job, id=run_id(job)) for job, last in every], rejects


def _job(row: Mapping[str, str], cluster: Cluster, *, zone: ZoneInfo | None, now: int) -> Job | None:
    """Return one job; None for one that never ran."""
    if row["Start"] in UNKNOWN:
        return None
    state = row["State"].partition(" ")[0]
    running = row["End"] in UNKNOWN or state in LIVE
    start = seconds_of(row["Start"], zone)
    end = now if running else seconds_of(row["End"], zone)
    if end <= start and not (running and start > now):
        return None
    if row["NodeList"] in NOWHERE:
        _refuse_nowhere(row, state)
        return None
    refuse_future(start, end, now=now, told={"start": row["Start"], "end": row["End"]})
    nodes = [cluster.node(host) for host in expanded(row["NodeList"])]
    cpus, gpus = _number(row, "AllocCPUS"), _gpus(row.get("AllocTRES", ""), nodes)
    _bound("AllocCPUS", cpus, sum(node.cpus for node in nodes), "cpus")
    _bound("AllocTRES", gpus, sum(node.gpus for node in nodes), "gpus")
    busy_s = _cpu_s(row.get("TotalCPU", ""))
    used = busy_s / (cpus * (end - start)) if busy_s and cpus and not running else None
    team = row.get("Account", "")
    places = _spread(nodes, cpus=cpus, gpus=gpus, cpu_use=used)
    return Job(
        cluster=cluster.id,
        id=row["JobIDRaw"],
        name=row.get("JobName", ""),
        user=row.get("User", ""),
        team=team,
        tenant=cluster.tenant(team),
        model=row.get(MODEL_FIELDS[cluster.model_from], "") if cluster.model_from else "",
        state=state + ("" if _is_told(nodes, cpus, gpus) else GUESSED),
        start=start,
        end=end,
        running=running,
        energy_kwh=_energy_kwh(row.get("ConsumedEnergyRaw", "")),
        placements=places,
    )


def _refuse_nowhere(row: Mapping[str, str], state: str) -> None:
    """Refuse a job that ran on no node; one that waits, or was stopped while it did, never ran.

    Raises:
        InputError: it ran.
    """
    if state not in WAITING:
        msg = f"job {row['JobIDRaw']} ran, and NodeList names no node: import it by a table with its nodes"
        raise InputError(msg)


def _is_told(nodes: Sequence[Node], cpus: float, gpus: float) -> bool:
    """Whether what a job has of each node follows from what it has of all: one node, all or nothing, or a CPU each."""
    one_each = cpus == len(nodes) and len({node.cpus for node in nodes}) == 1
    return len(nodes) == 1 or (
        (one_each or cpus in {0.0, float(sum(node.cpus for node in nodes))})
        and gpus in {0.0, float(sum(node.gpus for node in nodes))}
    )


def _spread(nodes: Sequence[Node], *, cpus: float, gpus: float, cpu_use: float | None) -> tuple[Placement, ...]:
    """Return what a job has of each node: of its CPUs and GPUs as much as the node has of those of all its nodes."""
    all_cpus, all_gpus = sum(node.cpus for node in nodes), max(sum(node.gpus for node in nodes), 1)
    parts = (
        spread([node], cpus=cpus * node.cpus / all_cpus, gpus=gpus * node.gpus / all_gpus, cpu_use=cpu_use)
        for node in nodes
    )
    return tuple(place for one in parts for place in one)


def _number(row: Mapping[str, str], name: str) -> float:
    try:
        return float(row[name])
    except ValueError:
        msg = f'{name} "{row[name]}" is no number'
        raise InputError(msg) from None


def _bound(name: str, amount: float, most: int, key: str) -> None:
    if not 0 <= amount <= most + ROUNDING:
        msg = (
            f"{name} says {amount:g} {key}, and its nodes have {most}: correct {key} of the cluster's nodes or the line"
        )
        raise InputError(msg)


def _gpus(tres: str, nodes: Sequence[Node]) -> float:
    """Return how many GPUs, of `cpu=64,gres/gpu:h100=8,gres/gpu=8,mem=512G`; slices and shares as parts of one.

    >>> _gpus("billing=72,cpu=64,gres/gpu:h100=8,gres/gpu=8,node=1", [])
    8.0
    >>> _gpus("cpu=1,gres/gpu:1g.6gb=1,gres/gpu=1", [])
    0.25
    """
    found = dict(part.split("=", 1) for part in tres.split(",") if "=" in part)
    try:
        amounts = {key: float(value) for key, value in found.items() if key.startswith("gres/")}
    except ValueError:
        msg = f'AllocTRES "{tres}" has GPUs that are no number'
        raise InputError(msg) from None
    typed = {key.removeprefix(TYPED): value for key, value in amounts.items() if key.startswith(TYPED)}
    whole = amounts.get("gres/gpu", sum(typed.values()))
    slices = {name: mig_share(name) for name in typed}
    of_slices = sum((1 - share) * typed[name] for name, share in slices.items() if share is not None)
    return whole - of_slices + sum(_shares(name, amounts, nodes) for name in ("gres/shard", "gres/mps"))


def _shares(name: str, amounts: Mapping[str, float], nodes: Sequence[Node]) -> float:
    """Return how many GPUs the shares of one kind are, of all types of GPUs together."""
    typed = sum(value for key, value in amounts.items() if key.startswith(f"{name}:"))
    amount = amounts.get(name, typed)
    if not amount:
        return 0.0
    if len({node.gpu_shares for node in nodes}) > 1:
        msg = f"AllocTRES has {name}={amount:g} on nodes whose gpu_shares differ: import it by a table with its gpus"
        raise InputError(msg)
    return shared(amount, f"{name}={amount:g} of AllocTRES", nodes[0])


def _cpu_s(text: str) -> float | None:
    """Return a CPU time, `1-02:03:04.5` or `03:04.5`, in seconds; None where there is none, 0 included.

    >>> _cpu_s("1-00:00:10"), _cpu_s("01:00.5"), _cpu_s("00:00:00"), _cpu_s("INVALID")
    (86410.0, 60.5, None, None)
    """
    found = CPU_TIME.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return (days * 24 + hours) * 3600 + minutes * 60 + seconds or None


def _energy_kwh(text: str) -> float | None:
    """Return joules as kWh; None where the plugin is off (0 or empty) or says that it does not know (near 2^64)."""
    joules = int(text) if text.isdigit() else 0
    return joules / J_PER_KWH if 0 < joules < NO_VALUE else None
