"""The demo's job records: alike at every run, never more than a node has, and cut where the history ends."""

from __future__ import annotations

from collections import defaultdict

import pytest

from collectors.plugins.simulated.company import DEMO_SITE_FILE
from config.loading import load_settings
from ui.demo.jobs import CLUSTER, WEEK_S, demo_jobs

START = 2900 * WEEK_S
SETTINGS = load_settings(DEMO_SITE_FILE)


def test_records_are_alike_and_fit() -> None:
    cluster = SETTINGS.cluster(CLUSTER)
    found = list(demo_jobs(cluster, START, START + 3 * WEEK_S))
    assert found == list(demo_jobs(cluster, START, START + 3 * WEEK_S))
    assert len({job.id for job in found}) == len(found) > 50
    held: dict[tuple[str, int], float] = defaultdict(float)
    for job in found:
        for hour in range(-(-job.start // 3600), job.end // 3600):
            held[job.placements[0].point, hour] += job.placements[0].gpu_share
    assert max(held.values()) <= 1.0 + 1e-9
    assert {job.model for job in found} >= {"foundation-400b", "assistant-8b", ""}


def test_what_runs_when_the_history_ends_is_told_as_running() -> None:
    cluster = SETTINGS.cluster(CLUSTER)
    end = START + WEEK_S // 2
    (serving,) = (job for job in demo_jobs(cluster, START, end) if job.model == "assistant-8b")
    (whole,) = (job for job in demo_jobs(cluster, START, START + WEEK_S) if job.model == "assistant-8b")
    assert (serving.running, serving.end, whole.running) == (True, end, False)
    assert serving.tokens == pytest.approx((whole.tokens or 0) / 2)
