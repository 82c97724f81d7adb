"""Placements of jobs as arrays: which subject had what of which node and GPUs, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.attribution.idle import KWH_PER_W_S
from analytics.frame import coded, plain
from collectors.arrays import numpy_of
from collectors.jobs.job import DAEMON, GUESSED, gpus_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

BY: Final = ("tenant", "team", "user", "model", "job", "name", "kind", "cluster")
NONE: Final = "(none)"  # what a record without a tenant, or a model, is summed under
UNALLOCATED: Final = "unallocated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One row a placement; shares are of the whole node, `gpu_use` of the placement's own GPUs; nan is unknown.

    `guessed` marks those of which nobody told what they have of their node, `standing` those that a node has as long as
    it stands (pods of DaemonSets): no node is busy by them.

    `named_*` has one row for each GPU that a placement names: the placement's row, the GPU, and the share of it.
    """

    points: tuple[str, ...]
    point: NDArray[np.int32]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    subjects: tuple[str, ...]
    subject: NDArray[np.int32]
    cpu: NDArray[np.float64]
    cpu_use: NDArray[np.float64]
    gpu: NDArray[np.float64]
    gpu_use: NDArray[np.float64]
    gpus: tuple[str, ...]
    named_row: NDArray[np.int64]
    named_gpu: NDArray[np.int64]
    named_share: NDArray[np.float64]
    guessed: NDArray[np.bool_]
    standing: NDArray[np.bool_]

    @property
    def unnamed(self) -> NDArray[np.bool_]:
        """Placements with GPUs of which nobody says which they are."""
        named = np.zeros(self.start.size, np.bool_)
        named[self.named_row] = True
        return (self.gpu > 0) & ~named


def work_of(jobs: pa.Table, *, by: str) -> Work:
    """Return the placements of rows of JOB_SCHEMA, each under its subject.

    Args:
        jobs: newest versions of jobs, one row a placement.
        by: one of `BY`; a job's subject is its cluster and id.
    """
    subject, subjects = _subjects(jobs, by)
    point, points = coded(jobs["point"])
    text, texts = coded(jobs["gpus"])
    gpus: dict[str, int] = {}
    lists = [[(gpus.setdefault(gpu, len(gpus)), share) for gpu, share in gpus_of(one)] for one in texts]
    counts = np.array([len(one) for one in lists], np.int64)[text] if texts else np.empty(0, np.int64)
    (state, states), (kind, kinds) = coded(jobs["state"]), coded(jobs["kind"])
    named = [pair for code in text.tolist() for pair in lists[code]]
    return Work(
        points=tuple(points),
        point=point,
        start=plain(jobs["start"]),
        end=plain(jobs["end"]),
        subjects=tuple(called(name) for name in subjects),
        subject=subject,
        cpu=plain(jobs["cpu_share"]),
        cpu_use=_known(jobs["cpu_use"]),
        gpu=plain(jobs["gpu_share"]),
        gpu_use=_known(jobs["gpu_use"]),
        gpus=tuple(gpus),
        named_row=np.repeat(np.arange(counts.size), counts),
        named_gpu=np.array([gpu for gpu, _ in named], np.int64),
        named_share=np.array([share for _, share in named], np.float64),
        guessed=np.isin(state, [code for code, one in enumerate(states) if one.endswith(GUESSED)]),
        standing=np.isin(kind, [code for code, one in enumerate(kinds) if one == DAEMON]),
    )


def called(subject: str) -> str:
    """Return a subject as it is told: one that is called as the lines of nobody stands in quotes.

    >>> called("red"), called(""), called("unallocated")
    ('red', '(none)', '"unallocated"')
    """
    return f'"{subject}"' if subject in {NONE, UNALLOCATED} else subject or NONE


@dataclass(frozen=True, slots=True)
class Dark:
    """A subject's time on nodes that no meter of IT sees: its share of all its time, and the most it took there [kWh].

    nan where nothing bounds one of these nodes. `nowhere` counts its records that name no node at all.
    """

    share: float = 0.0
    kwh: float = 0.0
    nowhere: int = 0


def unmetered(
    work: Work, spans: Iterable[tuple[Collection[str], int, int]], max_w: Mapping[str, float | None]
) -> dict[str, Dark]:
    """Return of each subject its time on nodes that no meter of IT sees.

    Args:
        work: who ran where and when.
        spans: the metered points of each stretch [start, end) in UTC seconds of the period: a node is seen while it
            stands in the site file. A record without any node is of none that is seen.
        max_w: the ceiling of points; a placement has its reserved part of it.
    """
    count = len(work.subjects)
    whole, unseen, most = np.zeros(count), np.zeros(count), np.zeros(count)
    bare = np.array([not point for point in work.points], np.bool_)
    nowhere = np.zeros(work.point.size, np.bool_)
    watts = np.array([np.nan if (one := max_w.get(point)) is None else one for point in work.points], np.float64)
    reserved = np.maximum(work.cpu, work.gpu) * watts[work.point] if work.point.size else np.empty(0)
    for metered, start, end in spans:
        seconds = np.maximum(np.minimum(work.end, end) - np.maximum(work.start, start), 0).astype(np.float64)
        outside = np.array([point not in metered for point in work.points], np.bool_)
        dark = seconds * outside[work.point] if work.point.size else np.empty(0)
        nowhere |= (seconds > 0) & bare[work.point] if work.point.size else False
        whole += np.bincount(work.subject, seconds, count)
        unseen += np.bincount(work.subject, dark, count)
        most += np.bincount(work.subject, np.where(dark > 0, reserved * dark * KWH_PER_W_S, 0.0), count)
    share = np.divide(unseen, whole, out=np.zeros_like(whole), where=whole > 0)
    counts = np.bincount(work.subject, nowhere, count).astype(np.int64)
    pairs = zip(share.tolist(), most.tolist(), counts.tolist(), strict=True)
    return {name: Dark(*pair) for name, pair in zip(work.subjects, pairs, strict=True)}


def _subjects(jobs: pa.Table, by: str) -> tuple[NDArray[Any], Sequence[str]]:
    if by != "job":
        every, names = coded(jobs[by])
        used, codes = np.unique(every, return_inverse=True)  # a dictionary may name who is in no row
        return codes.astype(np.int32), [names[code] for code in used.tolist()]
    (cluster, clusters), (job, ids) = coded(jobs["cluster"]), coded(jobs["id"])
    pairs, codes = np.unique(cluster.astype(np.int64) * max(len(ids), 1) + job, return_inverse=True)
    names = [f"{clusters[pair // len(ids)]}/{ids[pair % len(ids)]}" for pair in pairs.tolist()]
    return codes.astype(np.int32), names


def _known(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return numpy_of(column).astype(np.float64, copy=False)
