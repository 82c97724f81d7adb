"""Parts of the sources: each source is of one part, hosts stay together, and few move when a part is added."""

from __future__ import annotations

import pytest

from config.shards import Collecting
from config.source_table import SourceTable


def of_number(number: int) -> list[dict[str, str]]:
    host = f"10.0.{number // 250}.{number % 250}"
    return [{"kind": "ipmi", "host": host}, {"kind": "redfish", "url": f"https://{host}:8443"}, {"kind": "rapl"}]


SOURCES = [
    SourceTable.model_validate({"id": f"{where['kind']}-{number}", "point": "s/p", **where})
    for number in range(300)
    for where in of_number(number)
]


def parts_of(parts: int) -> list[int]:
    shards = [Collecting(shard=f"{part}/{parts}") for part in range(1, parts + 1)]
    found = [[part for part, shard in enumerate(shards, start=1) if shard.polls(source)] for source in SOURCES]
    assert all(len(holders) == 1 for holders in found), "each source is of exactly one part"
    return [holders[0] for holders in found]


def test_parts_are_even_whole_and_keep_a_host_together() -> None:
    four = parts_of(4)
    assert min(four.count(part) for part in range(1, 5)) > len(SOURCES) / 4 * 0.75
    of_id = dict(zip((source.id for source in SOURCES), four, strict=True))
    assert all(of_id[f"ipmi-{number}"] == of_id[f"redfish-{number}"] for number in range(300))


def test_a_host_is_one_however_its_name_is_written() -> None:
    for number in range(20):
        ways = ({"host": f"GW-{number}"}, {"host": f"gw-{number}"}, {"url": f"https://Gw-{number}:8443"})
        tables = [SourceTable.model_validate({"id": "x", "kind": "ipmi", "point": "s/p", **way}) for way in ways]
        assert len({Collecting(shard="1/2").polls(table) for table in tables}) == 1


def test_a_new_part_takes_from_all_and_nothing_else_moves() -> None:
    moved = [(before, after) for before, after in zip(parts_of(4), parts_of(5), strict=True) if before != after]
    assert {after for _, after in moved} == {5}
    assert len(moved) < len(SOURCES) / 5 * 1.4


def test_without_a_part_all_are_polled_and_the_part_may_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert all(Collecting().polls(source) for source in SOURCES)
    monkeypatch.setenv("PART", "2/4")
    table = {"shard": {"env": "PART"}}
    assert Collecting.model_validate(table).shard == "2/4"
    monkeypatch.delenv("PART")
    with pytest.raises(ValueError, match="environment variable PART is not set"):
        Collecting.model_validate(table)


@pytest.mark.parametrize("shard", ["5/4", "0/4", "1", 1, "1/x", ""])
def test_what_is_no_part_is_told(shard: object) -> None:
    with pytest.raises(ValueError, match="must be a part such as"):
        Collecting.model_validate({"shard": shard})
