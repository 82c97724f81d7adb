"""The inventory: rows become points, plans keep the past, bad rows are set aside and spoil nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.errors import ConfigError
from config.inventory.rows import read_rows
from config.loading import load_settings
from tests.config.inventory.planned import AT, BEFORE, ROWS, SITE, parents_of, plan

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    (tmp_path / "inventory.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "wattlas.toml").write_text(SITE, encoding="utf-8")
    return tmp_path / "wattlas.toml"


def test_a_plan_alone_writes_nothing(site_file: Path) -> None:
    made = plan(site_file, "id,site,role,parents\nsrv-3,h1,server,pdu-b\n")
    assert [(each.id, each.kind) for each in made.differences] == [("h1/srv-3", "added")]
    assert site_file.with_name("inventory.csv").read_text(encoding="utf-8") == ROWS


def test_a_dated_change_keeps_the_tree_of_the_past(site_file: Path) -> None:
    made = plan(site_file, "id,site,parents\nsrv-1,h1,pdu-b\n", at=AT)
    (difference,) = made.differences
    assert (difference.id, difference.kind) == ("h1/srv-1", "changed")
    assert difference.cells == {"parents": ("pdu-a", "pdu-b"), "from": ("", "2026-06-01T00:00:00Z")}
    made.write()
    assert parents_of(site_file, "h1/srv-1", BEFORE) == ("h1/pdu-a",)
    assert parents_of(site_file, "h1/srv-1", AT) == ("h1/pdu-b",)


def test_a_correction_changes_all_times(site_file: Path) -> None:
    made = plan(site_file, "id,site,parents\nsrv-1,h1,pdu-b\n")
    assert made.differences[0].cells == {"parents": ("pdu-a", "pdu-b")}
    made.write()
    assert parents_of(site_file, "h1/srv-1", BEFORE) == ("h1/pdu-b",)


def test_a_second_change_at_the_same_time_joins_the_first(site_file: Path) -> None:
    plan(site_file, "id,site,parents\nsrv-1,h1,pdu-b\n", at=AT).write()
    plan(site_file, "id,site,max_w\nsrv-1,h1,700\n", at=AT).write()
    (change,) = load_settings(site_file).point("h1/srv-1").changes
    assert change.values() == {"parents": ("h1/pdu-b",), "max_w": 700.0}


def test_taking_the_same_rows_twice_changes_nothing(site_file: Path) -> None:
    rows = "id,site,role,parents,max_w\nsrv-1,h1,,pdu-b,700\nsrv-9,h1,server,pdu-a,500\n"
    plan(site_file, rows, at=AT).write()
    assert plan(site_file, rows, at=AT + 86_400).differences == ()


def test_a_new_point_is_valid_from_the_date_of_the_plan(site_file: Path) -> None:
    plan(site_file, "id,site,role,parents\nsrv-3,h1,server,pdu-b\n", at=AT).write()
    assert parents_of(site_file, "h1/srv-3", BEFORE) is None
    assert parents_of(site_file, "h1/srv-3", AT) == ("h1/pdu-b",)


def test_a_point_that_is_gone_is_closed_and_stays_in_the_past(site_file: Path) -> None:
    rows = "id,site\npdu-a,h1\npdu-b,h1\nsrv-1,h1\n"
    made = plan(site_file, rows, at=AT, close_absent=True)
    assert [(each.id, each.kind) for each in made.differences] == [("h1/srv-2", "removed")]
    made.write()
    assert parents_of(site_file, "h1/srv-2", BEFORE) == ("h1/pdu-a",)
    assert parents_of(site_file, "h1/srv-2", AT) is None


def test_a_source_ends_with_its_point(site_file: Path) -> None:
    plan(site_file, "id,valid_to\nn2,2026-06-01T00:00:00Z\n").write()
    sources = load_settings(site_file).sources
    assert [source.point for source in sources if source.covers(BEFORE)] == ["h1/n1", "h1/n2", "h1/n3"]
    assert [source.point for source in sources if source.covers(AT)] == ["h1/n1", "h1/n3"]


def test_a_point_taken_out_by_a_correction_never_was(site_file: Path) -> None:
    plan(site_file, "id,site\npdu-a,h1\npdu-b,h1\nsrv-1,h1\n", close_absent=True).write()
    assert "h1/srv-2" not in {point.id for point in load_settings(site_file).points}


def test_a_cell_with_a_dash_clears(site_file: Path) -> None:
    plan(site_file, "id,site,tenant,max_w\nsrv-1,h1,-,-\n", at=AT).write()
    point = load_settings(site_file).point("h1/srv-1")
    before, after = point.at(BEFORE), point.at(AT)
    assert before is not None
    assert after is not None
    assert (before.tenant, before.max_w, after.tenant, after.max_w) == ("red", 500.0, None, None)


def test_empty_lines_of_a_file_are_no_rows(site_file: Path) -> None:
    assert plan(site_file, "id,site,role\n\n,,\nx,h1,other\n").differences[0].id == "h1/x"


BAD_ROWS = """id,site,role,parents,max_w,template
srv-3,h1,server,pdu-b,500,
srv-4,h1,sever,pdu-b,500,
srv-5,h1,server,pdu-z,500,
srv-6,h1,server,pdu-b,2 kW,
srv-7,h9,server,pdu-b,500,
,h1,server,pdu-b,500,
srv-3,h1,server,pdu-a,500,
srv-8,h1,server,srv-5,500,
srv-9,,,,,nod
srv-1,h1,,pdu-y,,
n2,,,n2,,
"""


def test_bad_rows_are_set_aside_with_line_and_reason_and_the_good_ones_go_on(site_file: Path) -> None:
    made = plan(site_file, BAD_ROWS, at=AT)
    assert [row.line for row in made.refused] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    reasons = {row.line: row.reason for row in made.refused}
    assert reasons[3] == 'key role cannot be "sever"; did you mean "server"?'
    assert reasons[4].startswith('parents names "h1/pdu-z", which is no point')
    assert reasons[9].startswith('parents names "h1/srv-5", which is no point')
    assert reasons[8] == 'id "h1/srv-3" stands in line 2 too: remove one of the two'
    assert reasons[12] == "parents names the point itself: name what it draws from"
    made.write()
    settings = load_settings(site_file)
    assert settings.point("h1/srv-3").max_w == 500.0
    assert parents_of(site_file, "h1/srv-1", AT) == ("h1/pdu-a",)
    aside = site_file.with_name("inventory.rejected.csv").read_text(encoding="utf-8").splitlines()
    assert aside[0].startswith("line,reason,id,site,role")
    assert len(aside) == 11


def test_a_refused_row_does_not_close_its_point(site_file: Path) -> None:
    rows = "id,site,max_w\npdu-a,h1,\npdu-b,h1,\nsrv-1,h1,2 kW\nsrv-2,h1,\n"
    made = plan(site_file, rows, at=AT, close_absent=True)
    assert (made.differences, len(made.refused)) == ((), 1)


def test_a_plan_without_bad_rows_removes_the_file_of_an_earlier_one(site_file: Path) -> None:
    plan(site_file, "id,site,role\nx,h1,sever\n").write()
    assert site_file.with_name("inventory.rejected.csv").exists()
    plan(site_file, "id,site,tenant\nsrv-1,h1,blue\n").write()
    assert not site_file.with_name("inventory.rejected.csv").exists()


def test_a_plan_that_would_orphan_others_stops_and_says_why(site_file: Path) -> None:
    with pytest.raises(ConfigError, match=r'parents names "h1/pdu-a" at a time when that point is not valid'):
        plan(site_file, "id,site\npdu-b,h1\nsrv-1,h1\nsrv-2,h1\n", at=AT, close_absent=True)


def test_a_point_that_has_ended_is_not_brought_back(site_file: Path) -> None:
    plan(site_file, "id,site\npdu-a,h1\npdu-b,h1\nsrv-1,h1\n", at=AT, close_absent=True).write()
    (refused,) = plan(site_file, "id,site,tenant\nsrv-2,h1,blue\n", at=AT + 1).refused
    assert refused.reason == "it ended on 2026-06-01T00:00:00Z: give what stands there now an id of its own"


def test_a_row_with_a_date_of_its_own_is_a_change_whatever_the_plan_says(site_file: Path) -> None:
    rows = "id,site,from,max_w\nsrv-1,h1,2026-06-01T08:00:00+08:00,700\nsrv-2,h1,soon,1\nsrv-2,h1,,650\n"
    made = plan(site_file, rows, at=AT)
    assert [(row.line, row.reason.partition(",")[0]) for row in made.refused] == [
        (3, "from must be a date and time with offset")
    ]
    made.write()
    settings = load_settings(site_file)
    assert [settings.point(f"h1/srv-{number}").changes[0].values() for number in (1, 2)] == [
        {"max_w": 700.0},
        {"max_w": 650.0},
    ]


def test_an_inventory_with_a_bad_row_of_its_own_is_never_rewritten(site_file: Path) -> None:
    inventory = site_file.with_name("inventory.csv")
    inventory.write_text(ROWS + "srv-1,h1,server,pdu-b,,\nx,y\n", encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        plan(site_file, "id,site,tenant\nsrv-2,h1,blue\n")
    assert str(raised.value).splitlines() == [
        "inventory.csv line 7: has 2 cells but the header has 6: add or remove commas.",
        'inventory.csv line 6: id "h1/srv-1" stands in line 4 too: remove one of the two.',
    ]


def test_3000_dated_changes_are_planned_at_once(site_file: Path) -> None:
    rows = "".join(f"s-{number},h1,server,pdu-a,{{}}\n" for number in range(3000))
    plan(site_file, "id,site,role,parents,max_w\n" + rows.format(*["500"] * 3000)).write()
    made = plan(site_file, "id,site,role,parents,max_w\n" + rows.format(*["600"] * 3000), at=AT)
    assert len(made.differences) == 3000


def test_a_site_file_without_inventory_says_what_to_add(site_file: Path) -> None:
    site_file.write_text(SITE.replace('[inventory]\nfile = "inventory.csv"\n', ""), encoding="utf-8")
    with pytest.raises(ConfigError, match=r'table \[inventory\] is missing; add it with file = "inventory\.csv"\.$'):
        plan(site_file, "id\nx\n")


def test_the_first_import_makes_the_inventory(site_file: Path) -> None:
    site_file.with_name("inventory.csv").unlink()
    plan(site_file, ROWS).write()
    assert len(load_settings(site_file).points) == 8


def test_what_is_written_is_read_back_as_it_was(site_file: Path) -> None:
    plan(site_file, 'id,site,role,name\nx,h1,other,"a ""b"", c"\n').write()
    rows, refused = read_rows(site_file.with_name("inventory.csv"))
    assert refused == []
    assert rows[-1].cells["name"] == 'a "b", c'
    assert load_settings(site_file).point("h1/x").name == 'a "b", c'
