"""Job records from tables: what their columns mean, and which rows are set aside."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from collectors.jobs.job import Placement
from collectors.jobs.table import parse_table
from config.errors import InputError
from tests.collectors.jobs.alpha import CLUSTER, T0

UTC = ZoneInfo("UTC")
HEAD = ["id", "start", "end", "nodes", "team", "cpus", "gpus", "gpu_use", "version", "tokens"]
SPAN = ["2026-03-14T00:00:00Z", "2026-03-14T01:00:00Z"]


def test_a_table_of_jobs() -> None:
    rows = [
        HEAD,
        ["a", *SPAN, "gpu1", "vision", "16", "gpu1-gpu-0;gpu1-gpu-1:0.5", "0.8", "3", "1000"],
        ["b", *SPAN, "gpu1", "", "16", "2", "", "", ""],
        ["b", *SPAN, "cpu01", "", "", "", "", "", ""],
        ["c", SPAN[0], "", "gpu2", "", "", "", "", "", ""],
        ["d", SPAN[0], SPAN[0], "gpu2", "", "", "", "", "", ""],
        [""],
    ]
    found = parse_table(rows, CLUSTER, zone=None, now=T0 + 3700)
    one, two, three = found.jobs
    assert one.placements == (
        Placement(
            point="s/gpu1",
            cpu_share=0.25,
            gpus=(("s/gpu1-gpu-0", 1.0), ("s/gpu1-gpu-1", 0.5)),
            gpu_share=0.375,
            gpu_use=0.8,
        ),
    )
    assert (one.version, one.tokens, one.tenant) == (3, 1000.0, "research")
    assert [(place.point, place.cpu_share, place.gpu_share) for place in two.placements] == [
        ("s/gpu1", 0.25, 0.5),
        ("s/node-cpu01", 1.0, 0.0),
    ]
    assert (three.running, three.end) == (True, T0 + 3700)
    assert (found.passed_over, found.rejects) == (1, ())


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["", *SPAN, "gpu1"], "id is empty"),
        (["a", *SPAN, "gpu1", "", "", "gpu2-gpu-0"], "no part of a GPU"),
        (["a", *SPAN, "gpu1", "", "", "gpu1-gpu-0:1.5"], "no part of a GPU"),
        (["a", *SPAN, "gpu1", "", "-1"], 'cpus "-1" must be'),
        (["a", *SPAN, "gpu1", "", "x"], 'cpus "x" must be'),
        (["a", *SPAN, "gpu1", "", "", "", "2"], "from 0 to 1"),
        (["z", *SPAN, "gpu1", "other"], "differs from the other rows of job z"),
        (["z", *SPAN, "gpu2"], "job z has s/gpu2 in a row before: a node stands once"),
        (["a", SPAN[1], SPAN[0], "gpu1"], "is before start"),
        (["a", SPAN[0], "2099-01-01T00:00:00Z", "gpu1"], 'end "2099-01-01T00:00:00Z" is in the future'),
        (["a", "2099-01-01T00:00:00Z", "", "gpu1"], 'start "2099-01-01T00:00:00Z" is in the future'),
        (["a", *SPAN, "gpu1", "", "999"], "more than one of its nodes has"),
        (["a", *SPAN, "gpu1", "", "", "-3"], "more than its nodes have, or no number"),
        (["a", *SPAN, "gpu1", "", "", "", "", "1773446400000"], 'version "1773446400000" must be'),
        (["a", *SPAN, "gpu1", "", "", "nan"], "more than its nodes have, or no number"),
        (["a", *SPAN, "cpu01", "", "", "4"], "more than its nodes have, or no number"),
        (["a", *SPAN, "gpu1", "", "", "", "", "", "inf"], 'tokens "inf" must be'),
        (["a", *SPAN, "gpu1", "", "", "", "", "", "1e308"], 'tokens "1e308" must be a number from 0 to 1e+18'),
    ],
)
def test_rows_that_are_no_job_are_set_aside(row: list[str], words: str) -> None:
    found = parse_table([HEAD, ["z", *SPAN, "gpu2"], row], CLUSTER, zone=None, now=T0 + 3700)
    assert [one.id for one in found.jobs] == ["z"]
    assert words in found.rejects[0].reason


@pytest.mark.parametrize(("head", "words"), [(HEAD[:3], "nodes is missing"), ([*HEAD, "gpu"], 'did you mean "gpus"')])
def test_headers_of_tables(head: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_table([head], CLUSTER, zone=None, now=T0)


def test_kinds_are_few() -> None:
    found = parse_table(
        [["id", "start", "end", "nodes", "kind"], ["a", *SPAN, "gpu1", "x"]], CLUSTER, zone=UTC, now=T0 + 3700
    )
    assert "kind" in found.rejects[0].reason


@pytest.mark.parametrize(
    ("gpus", "share"), [("gpu1-gpu-0:0.43;gpu1-gpu-0:0.57", 1.0), ("gpu1-gpu-0:0.125;gpu1-gpu-0:0.125", 0.25)]
)
def test_slices_of_one_gpu_add_up(gpus: str, share: float) -> None:
    (one,) = parse_table([HEAD, ["a", *SPAN, "gpu1", "", "16", gpus]], CLUSTER, zone=None, now=T0 + 3700).jobs
    assert one.placements[0].gpus == (("s/gpu1-gpu-0", share),)


def test_a_node_or_gpu_that_stands_twice_counts_once() -> None:
    rows = [HEAD, ["a", *SPAN, "gpu1,gpu1", "", "16", "gpu1-gpu-0;gpu1-gpu-0"]]
    (one,) = parse_table(rows, CLUSTER, zone=None, now=T0 + 3700).jobs
    assert [place.point for place in one.placements] == ["s/gpu1"]
    assert one.placements[0].gpus == (("s/gpu1-gpu-0", 1.0),)
