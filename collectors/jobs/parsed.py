"""What reading a file or an answer of a scheduler gives: jobs, and what is set aside with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from collectors.jobs.job import Job, Placement
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from config.attribution.clusters import Node


FUTURE_S = 300  # design 4.10


@dataclass(frozen=True, slots=True)
class Reject:
    """A line or object that is no job record, and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """Jobs as understood. `passed_over` counts what never ran: queued, cancelled before it began, without a second.

    `withdrawn` are those of the last kind: what stood of such a job is no longer so. `runs` says that a job may run
    several times under one id, of which these are not all.
    """

    jobs: tuple[Job, ...]
    rejects: tuple[Reject, ...] = ()
    passed_over: int = 0
    withdrawn: tuple[Job, ...] = ()
    runs: bool = False


def each(items: Iterable[Any], build: Callable[[Any], Job | None], *, called: Callable[[Any], str]) -> Parsed:
    """Return the jobs that `build` makes of an answer's objects; what is wrong with one is set aside under its name."""
    jobs, rejects, passed_over = list[Job](), list[Reject](), 0
    for item in items:
        try:
            job = build(item)
            _refuse_half_signs(job)
        except InputError as error:
            rejects.append(Reject(_plain(called(item)), str(error)))
            continue
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            rejects.append(Reject(_plain(called(item)), f"it is not as its scheduler describes one ({error!r})"))
            continue
        jobs += [job] if job else []
        passed_over += job is None
    return Parsed(tuple(jobs), tuple(rejects), passed_over)


def _refuse_half_signs(job: Job | None) -> None:
    """Refuse a record with half of a sign (a lone surrogate of JSON), which no store can write.

    Raises:
        UnicodeEncodeError: it has one.
    """
    if job is not None:
        f"{job.id}{job.name}{job.user}{job.team}{job.tenant}{job.model}{job.state}".encode()


def _plain(text: str) -> str:
    return text.encode(errors="replace").decode()


def refuse_future(start: int, end: int, *, now: int, told: Mapping[str, str]) -> None:
    """Refuse a record that begins or ended more than five minutes from now (design 4.10); `told` is as it wrote these.

    Raises:
        InputError: it does.
    """
    late = "start" if start > now + FUTURE_S else "end"
    if max(start, end) > now + FUTURE_S:
        msg = f'{late} "{told[late]}" is in the future: a job is taken in when it runs, with an empty end, or has ended'
        raise InputError(msg)


def seconds_of(text: str, zone: ZoneInfo | None) -> int:
    """Return an ISO 8601 time as UTC seconds, cut to whole ones; one without offset is of `zone`.

    Raises:
        InputError: no time, no zone for it, or an hour that was never or twice in that zone.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f'time "{text}" is not ISO 8601, such as 2026-03-14T08:00:00Z'
        raise InputError(msg) from None
    if moment.tzinfo is None:
        moment = _placed(moment, zone, text)
    return int(moment.timestamp())


def _placed(moment: datetime, zone: ZoneInfo | None, text: str) -> datetime:
    if zone is None:
        msg = f'time "{text}" has no offset: give --time-zone, or the cluster a time_zone'
        raise InputError(msg)
    first, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        msg = f"local time {text} was never or twice in {zone.key}: let the scheduler write UTC (TZ=UTC sacct ...)"
        raise InputError(msg)
    return first.astimezone(UTC)


def spread(
    nodes: Sequence[Node],
    *,
    cpus: float | None,
    gpus: float,
    cpu_use: float | None = None,
    gpu_use: float | None = None,
    named: tuple[tuple[str, float], ...] = (),
) -> tuple[Placement, ...]:
    """Return the placements of a job that has the same on each of its nodes.

    Args:
        nodes: where it runs.
        cpus: of each node, None for all of it.
        gpus: of each node; where that is all of them, they are named.
        cpu_use: share of its CPUs that it kept busy, 0 to 1; None where nobody measured it.
        gpu_use: likewise of its GPUs.
        named: points of its GPUs with the share of each, where the scheduler says which.
    """
    found = []
    for node in nodes:
        cpu_share = 1.0 if cpus is None else min(1.0, cpus / node.cpus)
        own = tuple((point, share) for point, share in named if point in node.gpu_points)
        gpu_share = min(1.0, sum(share for _, share in own) / node.gpus if own else gpus / max(node.gpus, 1))
        whole = not own and gpu_share == 1.0
        found.append(
            Placement(
                point=node.point,
                cpu_share=cpu_share,
                cpu_use=None if cpu_use is None else cpu_share * min(1.0, cpu_use),
                gpus=tuple((point, 1.0) for point in node.gpu_points) if whole else own,
                gpu_share=gpu_share,
                gpu_use=None if gpu_use is None else min(1.0, gpu_use),
            )
        )
    return tuple(found)
