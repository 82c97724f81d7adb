"""Job records from what sacct prints, and the lists of hosts in it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from collectors.jobs.job import GUESSED
from collectors.jobs.sacct import FIELDS, parse_sacct
from collectors.store.jobs import JobBook
from config.attribution.clusters import Cluster
from config.attribution.hostlist import expanded
from config.errors import InputError
from tests.collectors.jobs.alpha import CLUSTER, T0, job

if TYPE_CHECKING:
    from pathlib import Path

UTC = ZoneInfo("UTC")
DONE = {
    "JobIDRaw": "7",
    "JobName": "train",
    "User": "ana",
    "Account": "vision",
    "Partition": "gpu",
    "QOS": "normal",
    "WCKey": "llm-7b",
    "State": "COMPLETED",
    "Start": "2026-03-14T00:00:00",
    "End": "2026-03-14T01:00:00",
    "ElapsedRaw": "3600",
    "NodeList": "gpu[1-2]",
    "AllocCPUS": "64",
    "AllocTRES": "billing=64,cpu=64,gres/gpu=4,node=2",
    "TotalCPU": "1-08:00:00",
    "ConsumedEnergyRaw": "3600000",
}


HEADED = ({name: name for name in FIELDS}, DONE)


def sacct(*rows: dict[str, str]) -> str:
    return "\n".join(["|".join(FIELDS), *("|".join((DONE | row)[name] for name in FIELDS) for row in rows)])


@pytest.mark.parametrize(
    ("hosts", "names"),
    [
        ("a", ("a",)),
        ("a[1-2]b[x,y],c", ("a1bx", "a1by", "a2bx", "a2by", "c")),
        ("", ()),
    ],
)
def test_lists_of_hosts(hosts: str, names: tuple[str, ...]) -> None:
    assert expanded(hosts) == names


@pytest.mark.parametrize("hosts", ["a[1-2", "a1-2]", "a[]", "a[1-999999]", "a[1-999]b[1-999]", "a[1-60000],b[1-60000]"])
def test_lists_of_hosts_that_are_none(hosts: str) -> None:
    with pytest.raises(InputError):
        expanded(hosts)


def test_sacct_is_read_by_job_row() -> None:
    found = parse_sacct(
        sacct({}, {"JobIDRaw": "7.batch"}, {"JobIDRaw": "8", "State": "PENDING", "NodeList": "None assigned"}),
        CLUSTER,
        zone=UTC,
        now=T0 + 3700,
    )
    (one,) = found.jobs
    assert (one.team, one.tenant, one.model, one.energy_kwh) == ("vision", "research", "llm-7b", 1.0)
    assert (one.start, one.end, one.running) == (T0, T0 + 3600, False)
    assert [place.point for place in one.placements] == ["s/gpu1", "s/gpu2"]
    assert {(place.cpu_share, place.cpu_use, place.gpu_share, place.gpus) for place in one.placements} == {
        (0.5, 0.25, 0.5, ())
    }
    assert (found.passed_over, found.rejects) == (1, ()), "a step is no job that never ran"


def test_all_gpus_of_a_node_are_named_and_domains_left_out() -> None:
    text = sacct({"NodeList": "gpu1.cluster.local", "AllocTRES": "gres/gpu:h100=4", "TotalCPU": "00:00:00"})
    ((place,),) = (one.placements for one in parse_sacct(text, CLUSTER, zone=UTC, now=T0 + 3700).jobs)
    assert place.gpus == tuple((f"s/gpu1-gpu-{n}", 1.0) for n in range(4))
    assert place.cpu_use is None


def test_a_running_job_ends_where_it_was_seen_and_no_value_is_no_energy() -> None:
    text = sacct({"State": "RUNNING", "End": "Unknown", "ConsumedEnergyRaw": str(2**64 - 2)})
    (one,) = parse_sacct(text, CLUSTER, zone=UTC, now=T0 + 60).jobs
    assert (one.end, one.running, one.energy_kwh, one.placements[0].cpu_use) == (T0 + 60, True, None, None)


def test_slices_of_a_gpu_count_by_their_published_share() -> None:
    (one,) = parse_sacct(
        sacct({"NodeList": "gpu1", "AllocTRES": "cpu=1,gres/gpu:a100_1g.5gb=2,gres/gpu=3"}),
        CLUSTER,
        zone=UTC,
        now=T0 + 3700,
    ).jobs
    assert one.placements[0].gpu_share == pytest.approx((2 / 7 + 1) / 4)


def shared(*shares: int | None) -> Cluster:
    """The cluster with so many shares of each GPU, by group of nodes."""
    told = CLUSTER.model_dump()
    for group, count in zip(told["nodes"], shares, strict=True):
        group["gpu_shares"] = count
    return Cluster.model_validate(told)


@pytest.mark.parametrize(
    ("tres", "gpus"), [("gres/shard=2", 0.2), ("gres/mps:h100=5,gres/gpu=1", 1.5), ("gres/shard:a=1,gres/shard=3", 0.3)]
)
def test_shares_of_a_gpu_count_as_shares(tres: str, gpus: float) -> None:
    text = sacct({"NodeList": "gpu1", "AllocTRES": f"cpu=1,{tres}"})
    (one,) = parse_sacct(text, shared(10, 10), zone=UTC, now=T0 + 3700).jobs
    assert one.placements[0].gpu_share == pytest.approx(gpus / 4)
    assert one.placements[0].gpus == ()
    found = parse_sacct(text, CLUSTER, zone=UTC, now=T0 + 3700)
    assert (found.jobs, "of AllocTRES is a share of a GPU" in found.rejects[0].reason) == ((), True)


def test_shares_on_nodes_that_cut_their_gpus_differently() -> None:
    text = sacct({"NodeList": "gpu1,cpu01", "AllocTRES": "gres/shard=2"})
    found = parse_sacct(text, shared(4, None), zone=UTC, now=T0 + 3700)
    assert "whose gpu_shares differ" in found.rejects[0].reason


def test_a_job_on_nodes_that_are_not_alike_is_laid_on_what_they_have() -> None:
    """64 + 32 CPUs: half of them are 32 and 16, and not 24 of each; both GPUs are on the one node that has any."""
    mixed = {"NodeList": "gpu1,cpu01", "AllocCPUS": "48", "AllocTRES": "cpu=48,gres/gpu=2"}
    (one,) = parse_sacct(sacct(mixed), CLUSTER, zone=UTC, now=T0 + 3700).jobs
    assert [(place.cpu_share, place.gpu_share) for place in one.placements] == [(0.5, 0.5), (0.5, 0.0)]
    assert one.state == f"COMPLETED{GUESSED}"
    alike = {"NodeList": "gpu[1-2]", "AllocTRES": ""}
    (ten,) = parse_sacct(sacct(alike | {"AllocCPUS": "10"}), CLUSTER, zone=UTC, now=T0 + 3700).jobs
    assert ten.state == f"COMPLETED{GUESSED}", "of two nodes alike it may have 9 and 1"
    for known in (
        {"AllocCPUS": "96", "AllocTRES": "gres/gpu=4"},
        {"NodeList": "gpu1"},
        alike | {"AllocCPUS": "2"},
        alike | {"AllocCPUS": "128", "AllocTRES": "gres/gpu=8"},
    ):
        (one,) = parse_sacct(sacct(mixed | known), CLUSTER, zone=UTC, now=T0 + 3700).jobs
        assert one.state == "COMPLETED", known
    (whole,) = parse_sacct(sacct(mixed | {"AllocCPUS": "96", "AllocTRES": ""}), CLUSTER, zone=UTC, now=T0 + 3700).jobs
    assert [place.cpu_share for place in whole.placements] == [1.0, 1.0]


def test_one_that_was_seen_running_and_never_ran_is_taken_back(tmp_path: Path) -> None:
    book = JobBook(tmp_path)
    live = parse_sacct(sacct({"State": "RUNNING", "End": "Unknown"}), CLUSTER, zone=UTC, now=T0 + 60)
    book.add([*live.jobs, *live.withdrawn, job("8")], origin="a", now=T0 + 60)
    never = {"State": "CANCELLED by 0", "Start": "None", "End": "2026-03-14T00:05:00", "NodeList": "None assigned"}
    waits = parse_sacct(sacct({**never, "State": "PENDING"}), CLUSTER, zone=UTC, now=T0 + 60)
    assert waits.withdrawn == (), "a list without -D hides former runs"
    for minute in (5, 6):
        found = parse_sacct(sacct(never, {**never, "JobIDRaw": "8"}), CLUSTER, zone=UTC, now=T0 + minute * 60)
        assert (found.jobs, found.passed_over) == ((), 2)
        book.add([*found.jobs, *found.withdrawn], origin="a", now=T0 + minute * 60)
    assert book.rows()["id"].to_pylist() == ["8"], "what had ended did run"
    history = book.versions("alpha", "7")
    assert history["state"].to_pylist() == [*[f"RUNNING{GUESSED}"] * 2, "CANCELLED"]  # two nodes, then none
    assert set(history["since"].to_pylist()) == {T0}


def test_one_that_ran_on_no_node_is_told() -> None:
    found = parse_sacct(sacct({"NodeList": "None assigned"}), CLUSTER, zone=UTC, now=T0 + 3700)
    assert [one.reason for one in found.rejects] == [
        "job 7 ran, and NodeList names no node: import it by a table with its nodes"
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"AllocCPUS": "-4"}, "AllocCPUS says -4 cpus, and its nodes have 128"),
        ({"AllocCPUS": "nan"}, "AllocCPUS says nan"),
        ({"AllocCPUS": "129"}, "correct cpus of the cluster's nodes"),
        ({"AllocTRES": "gres/gpu=9"}, "AllocTRES says 9 gpus, and its nodes have 8"),
        ({"AllocTRES": "gres/gpu:1g.5gb=-1"}, "AllocTRES says -0.142857 gpus"),
        (
            {"Start": "2026-03-14T02:00:00", "End": "2026-03-14T03:00:00"},
            'start "2026-03-14T02:00:00" is in the future',
        ),
        ({"Start": "2026-03-14T02:00:00", "End": "Unknown"}, 'start "2026-03-14T02:00:00" is in the future'),
    ],
)
def test_numbers_of_sacct_are_bounded(change: dict[str, str], words: str) -> None:
    found = parse_sacct(sacct(change), CLUSTER, zone=UTC, now=T0 + 3600)
    assert found.jobs == ()
    assert words in found.rejects[0].reason


def test_runs_of_a_requeued_job_are_records_of_their_own() -> None:
    first = {"State": "REQUEUED"}
    second = {"Start": "2026-03-14T02:00:00", "End": "2026-03-14T03:00:00"}
    text = sacct(first, second, first, {**second, "User": "bob"}, {"JobIDRaw": "8"})
    found = parse_sacct(text, CLUSTER, zone=UTC, now=T0 + 86_400)
    assert [(one.id, one.start - T0) for one in found.jobs] == [("7@2026-03-14T00:00:00Z", 0), ("7", 7200), ("8", 0)]
    assert [(one.where, one.reason[:27]) for one in found.rejects] == [("line 5", "job 7 begins at the same ti")]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"NodeList": "gpu9"}, 'no node of cluster alpha; did you mean "gpu'),
        ({"Start": "noon"}, "not ISO 8601"),
        ({"AllocCPUS": "x"}, 'AllocCPUS "x" is no number'),
        ({"AllocTRES": "gres/gpu=x"}, "no number"),
        ({"Account": "a|b"}, "ISO 8601"),
        ({"NodeList": "gpu[1"}, "bracket"),
    ],
)
def test_lines_that_are_no_job_are_set_aside(row: dict[str, str], words: str) -> None:
    found = parse_sacct(sacct(row, {"JobIDRaw": "9"}), CLUSTER, zone=UTC, now=T0 + 3700)
    assert [one.id for one in found.jobs] == ["9"]
    assert words in found.rejects[0].reason


@pytest.mark.parametrize("end", ["\n", "\r", "\v", "\x1c", "\x85", "\u2028"])
def test_a_name_poses_as_no_other_job(end: str) -> None:
    """Who names his jobs must not decide who is charged: a name may hold bars, line ends and a whole line."""
    forged = "|".join((DONE | {"JobIDRaw": "999", "Account": "victim"})[name] for name in FIELDS)
    for name in ("a|b", f"a{end}b", f"a{end}{forged}{end}b"):
        text = "\n".join("|x1|".join(row[name] for name in FIELDS) for row in HEADED)
        found = parse_sacct(text.replace("train", name), CLUSTER, zone=UTC, now=T0 + 3700, sign="|x1|")
        assert [(one.id, one.team, one.name[:1]) for one in found.jobs] == [("7", "vision", "a")]
        assert found.rejects == ()
    (one,) = parse_sacct(sacct({"JobName": "a|b"}), CLUSTER, zone=UTC, now=T0 + 3700).jobs
    assert one.name == "a|b"


def test_local_times_need_a_zone_and_an_hour_that_was_once() -> None:
    assert "--time-zone" in parse_sacct(sacct({}), CLUSTER, zone=None, now=T0).rejects[0].reason
    berlin = ZoneInfo("Europe/Berlin")
    twice = sacct({"Start": "2026-10-25T02:30:00", "End": "2026-10-25T04:00:00"})
    assert "TZ=UTC" in parse_sacct(twice, CLUSTER, zone=berlin, now=T0).rejects[0].reason
    (one,) = parse_sacct(sacct({}), CLUSTER, zone=berlin, now=T0).jobs
    assert one.start == T0 - 3600


def test_a_header_without_a_column_says_how_to_ask() -> None:
    with pytest.raises(InputError, match="--parsable2"):
        parse_sacct("JobID|State\n1|X", CLUSTER, zone=UTC, now=T0 + 3700)
