"""The page of racks, and its command: load against rating, inlets, and what is silent is unknown, never zero."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.ui.company import TREE, Company
from tests.ui.pages.pages import broken_books, cells, draw, words
from tests.ui.racked import NOW, racked
from ui.cli import main
from ui.figures.racks import rack_rows, racks_now
from ui.text import t

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("floor")
    racked(folder, days=2)
    return folder


@pytest.fixture
def service(folder: Path) -> Service:
    return racked(folder, days=0).service


def room(app: object) -> list[dict[str, object]]:
    (chart,) = [chart for chart in app.get("echarts_chart") if chart.key == "chart_room_0"]  # type: ignore[attr-defined]
    data: list[dict[str, object]] = json.loads(chart.proto.spec)["series"][0]["data"]
    return data


def test_a_rack_with_a_silent_node_is_unknown(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, service, "floor", rack="Hall 1/A02")
    assert not app.exception
    text = words(app)
    assert "Of 3 racks: 1 at 90 % of the rating or above, 1 with an inlet above 27 °C, 1 not fully seen" in text
    assert "Hall 1: 2 of 3 racks fully seen" in text
    assert "Live · " in text
    assert "A02 is not fully seen: 1 of 2 loads report" in text
    full, dark, free = room(app)
    assert full["value"] == [0, 0, 4]
    assert (dark["value"], dark["visualMap"]) == ([1, 0, -1], False)
    assert free["value"] == [0, 1, 1]
    nodes = {row[0]: row for row in cells(app)}
    assert nodes["n3"][2:5] == ["700 W", "1.00 kW", "70 %"] or nodes["n3"][2] == "0.700 kW"
    assert nodes["n4"][2] == "unknown"


@pytest.mark.parametrize(("show", "lang"), [("power", "en"), ("inlet", "zh")])
def test_power_and_inlets_are_shown_too(
    service: Service, monkeypatch: pytest.MonkeyPatch, show: str, lang: str
) -> None:
    app = draw(monkeypatch, service, "floor", show=show, lang=lang, rack="nowhere")
    assert not app.exception
    assert t(f"floor.under_{show}", lang).replace("\u00a0", " ") in words(app)
    steps = [cell["value"][2] for cell in room(app)]  # type: ignore[index]
    assert steps == ([4, -1, 1] if show == "power" else [2, 4, 2])


def test_the_command_says_the_same(
    service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))
    rows = rack_rows(service.settings.site("s"), racks_now(service, service.settings.site("s")))
    assert [(row["rack"], row["share"], row["inlet_c"]) for row in rows] == [
        ("A01", pytest.approx(0.925), 22.0),
        ("A02", None, 28.5),
        ("B01", 0.5, 24.0),
    ]
    assert rows[1]["text"] == "1 of 2 loads seen, 700 W of them"
    path = str(folder / "wattlas.toml")
    assert main(["racks", "--room", "Hall 1", "--json", "--config", path]) == 0
    assert [row["rack"] for row in json.loads(capsys.readouterr().out)] == ["A01", "A02", "B01"]
    assert main(["racks", "--room", "Hall 9", "--config", path]) == 2
    assert "Hall 1" in capsys.readouterr().err


def test_racks_whose_names_are_alike_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = racked(tmp_path, days=0)
    names = (("Hall 1", "B 01"), ("Hall 1", "B-01"), ("Hall 1/B", "01"), ("Hall 1", "B/01"))
    for number, (hall, rack) in enumerate(names, start=1):
        was = f'id = "s/n{number}"\nrole = "server"\nparent = "pdu"\nmax_w = 1000\nroom = "Hall 1"\nrack = '
        at = made.points.index(was)
        end = made.points.index("\n", at + len(was))
        made.points = f'{made.points[:at]}{was.replace("Hall 1", hall)}"{rack}"{made.points[end:]}'
    found = racks_now(made.service, made.service.settings.site("s"))
    assert len({one.code for one in found}) == len(found) == 7
    assert {"Hall 1~1B/01", "Hall 1/B~101"} < {one.code for one in found}
    app = draw(monkeypatch, made.service, "floor", rack="Hall 1/B-01")
    assert not app.exception
    spots = [tuple(cell["value"][:2]) for cell in room(app)]  # type: ignore[index]
    assert len(set(spots)) == len(spots) == 6
    assert [row[0] for row in cells(app)] == ["n2"]


def test_a_site_without_racks_says_what_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, Company(tmp_path, TREE).service, "floor")
    assert not app.exception
    assert "No rack is known at this site" in words(app)


def test_racks_that_were_never_read_are_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = racked(tmp_path, days=0)
    made.points = made.points.replace("max_w = 1000\n", "").replace('room = "Hall 1"\n', "")
    app = draw(monkeypatch, made.service, "floor", rack="/B01")
    assert not app.exception
    assert "no room named: 0 of 3 racks fully seen" in words(app)
    assert all(cell["value"][2] == -1 for cell in room(app))  # type: ignore[index]
    assert any(t("fresh.never", "en") in cell for row in cells(app) for cell in row)


def test_broken_books_leave_the_live_racks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = racked(tmp_path, days=1)
    with broken_books(tmp_path):
        app = draw(monkeypatch, made.service, "floor")
    assert not app.exception
    assert room(app)


def test_racks_without_a_rating_are_not_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = racked(tmp_path)
    made.points = made.points.replace("max_w = 1000\n", "")
    text = words(draw(monkeypatch, made.service, "floor"))
    assert "below 90 % of their rating" not in text
    assert "without a rating" in text
