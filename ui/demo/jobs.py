"""Job records of the demo company: training runs, experiments that hold more than they use, and models that serve.

They are made up, as the demo's readings are; each week has its own seed, so that two demos of one time are alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from collectors.jobs.job import Job
from collectors.jobs.parsed import spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.attribution.clusters import Cluster

CLUSTER: Final = "fra1-hpc"
DEMO_SEED: Final = 20261129
HOUR_S, WEEK_S = 3600, 7 * 86_400
TRAINING: Final = {"nvl-1": "foundation-400b", "nvl-2": "foundation-70b", "h100-1": "foundation-70b"}
SERVING: Final = {"h100-2": (("assistant", "assistant-70b", 1.0),), "h100-3": (("assistant", "assistant-8b", 0.7),)}
TOKENS_PER_GPU_S: Final = {
    "foundation-400b": 900.0,
    "foundation-70b": 4_000.0,
    "assistant-70b": 350.0,
    "assistant-8b": 2_600.0,
}
STEP_S: Final = 14.0
GROUPS: Final = 4  # experiments side by side on one node


def demo_jobs(cluster: Cluster, start: int, end: int) -> Iterator[Job]:
    """Yield the records of all weeks that touch [start, end) in UTC seconds, cut at `end`, where some still run."""
    for week in range(start // WEEK_S, -(-end // WEEK_S)):
        luck = np.random.default_rng([DEMO_SEED, week])
        for job in (*_trainings(cluster, week, luck), *_servings(cluster, week), *_experiments(cluster, week, luck)):
            if job.end > start and job.start < end:
                yield job if job.end <= end else _cut(job, end)


def _trainings(cluster: Cluster, week: int, luck: np.random.Generator) -> Iterator[Job]:
    """One or two runs a week on each node for training, with hours between them in which nobody is there."""
    for host, model in TRAINING.items():
        at, number = week * WEEK_S + int(luck.integers(0, 6)) * HOUR_S, 0
        while at < (week + 1) * WEEK_S - 12 * HOUR_S:
            length = min(int(luck.integers(40, 140)) * HOUR_S, (week + 1) * WEEK_S - at)
            number += 1
            gpus = cluster.node(host).gpus
            yield _job(
                cluster, host, f"train-{host}-{week}-{number}", "foundation models", model, (at, at + length),
                gpus=gpus, use=float(luck.uniform(0.75, 0.95)), tokens=TOKENS_PER_GPU_S[model] * gpus * length,
                steps=length / STEP_S,
            )  # fmt: skip
            at += length + int(luck.integers(1, 10)) * HOUR_S


def _servings(cluster: Cluster, week: int) -> Iterator[Job]:
    """A model that serves is rolled out anew each week."""
    span = (week * WEEK_S, (week + 1) * WEEK_S)
    for host, models in SERVING.items():
        for team, model, share in models:
            gpus = round(cluster.node(host).gpus * share)
            tokens = TOKENS_PER_GPU_S[model] * gpus * WEEK_S
            yield _job(cluster, host, f"serve-{model}-{week}", team, model, span, gpus=gpus, use=0.55, tokens=tokens)


def _experiments(cluster: Cluster, week: int, luck: np.random.Generator) -> Iterator[Job]:
    """Experiments on a quarter of a node each, some of which keep hardly anything busy; notebooks in the lab."""
    for host in ("nvl-3", "lab-1"):
        gpus = cluster.node(host).gpus / GROUPS
        for group in range(GROUPS):
            at, number = week * WEEK_S, 0
            while at < (week + 1) * WEEK_S:
                length = min(int(luck.integers(3, 60)) * HOUR_S, (week + 1) * WEEK_S - at)
                number += 1
                name = f"{host}-{group}-{week}-{number}"
                use = float(luck.choice([0.04, 0.35, 0.8]))
                yield _job(cluster, host, name, "research", "", (at, at + length), gpus=gpus, use=use)
                at += length + int(luck.integers(0, 12)) * HOUR_S


def _job(  # noqa: PLR0913 - what a record holds
    cluster: Cluster,
    host: str,
    name: str,
    team: str,
    model: str,
    span: tuple[int, int],
    *,
    gpus: float,
    use: float,
    tokens: float | None = None,
    steps: float | None = None,
) -> Job:
    node = cluster.node(host)
    cpus = node.cpus * gpus / node.gpus
    return Job(
        cluster=cluster.id,
        id=name,
        name=name.partition("-")[0],
        team=team,
        tenant=cluster.tenant(team),
        model=model,
        state="COMPLETED",
        start=span[0],
        end=span[1],
        tokens=tokens,
        steps=steps,
        placements=spread([node], cpus=cpus, gpus=gpus, cpu_use=use / 2, gpu_use=use),
    )


def _cut(job: Job, end: int) -> Job:
    """Return a job that still runs at `end`, with the work done until then."""
    share = (end - job.start) / (job.end - job.start)
    tokens, steps = (None if work is None else work * share for work in (job.tokens, job.steps))
    return replace(job, end=end, running=True, state="RUNNING", tokens=tokens, steps=steps)
