"""The page of options says what `wattlas compare` says: ties as ties, what is ruled out with why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.compare.file import load_comparison, template_names, template_path
from config.errors import InputError
from tests.ui.company import HEAD, START, Company
from tests.ui.pages.pages import cells, draw, unfold, words
from ui.compare.ranking import compared
from ui.phrases import phrase
from ui.text import t
from ui.views.compare import _text

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Company(tmp_path, head=HEAD, now=START + 86_400.0).service


def test_a_ranking_with_a_tie_and_what_is_ruled_out(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, service, "compare", scenario="market-news")
    assert not app.exception
    found = compared(load_comparison(template_path("market-news")), service=None, now=service.now())
    text = words(app)
    assert all(sentence in text for sentence in found["advice"])
    assert "its latency is 80 ms, 50 ms are needed" in text
    assert "1 of 2 options are beaten by no other" in text
    shown = {row[0]: row[1] for row in cells(app) if len(row) == 8}
    assert shown["Cloud on demand"] == "No. 1"
    assert shown["Tokens bought through an API"] == "Ruled out"
    assert {chart.key for chart in app.get("echarts_chart")} == {"chart_pareto", "chart_sensitivity"}
    (hours,) = [row for row in cells(app) if len(row) == 6 and row[0] == "Cloud on demand"]
    assert "kWh" in hours[3]
    assert "kW" in hours[4]
    app = draw(monkeypatch, service, "compare", scenario="assistant")
    assert "Bought and put into a colocation = Tokens bought through an API: too close to call" in words(app)
    shown = {row[0]: row[1] for row in cells(app) if len(row) == 8}
    assert shown["Tokens bought through an API"] == "No. 1 (tie)"


@pytest.mark.parametrize("name", template_names())
def test_every_template_is_drawn(service: Service, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    app = draw(monkeypatch, service, "compare", scenario=name, lang="zh")
    assert not app.exception
    assert not app.error
    assert app.header[0].value == t("compare.question", "zh")


def test_a_scenario_is_changed_on_the_page_and_its_slips_are_sentences(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = draw(monkeypatch, service, "compare", scenario="training-run")
    assert "its result comes after" in words(app)
    unfold(app, "fold_text_training-run")
    text = str(app.text_area(key="area_training-run").value)
    app.text_area(key="area_training-run").set_value(text.replace("deadline_days = 180.0", "deadline_days = 9000.0"))
    app.button(key="go_training-run").click().run()
    assert "its result comes after" not in words(app)
    app.session_state["fold_text_training-run"] = False
    assert "its result comes after" not in words(app.run()), "what was compared stays, folded or not"
    unfold(app, "fold_text_training-run")
    app.text_area(key="area_training-run").set_value(text.replace("real_rate", "reel_rate"))
    app.button(key="go_training-run").click().run()
    assert not app.exception
    assert "reel_rate" in words(app)
    app.text_area(key="area_training-run").set_value('quotes = "/etc/passwd"\n' + text)
    app.button(key="go_training-run").click().run()
    assert "write the prices into this text" in words(app)
    assert "root" not in app.error[0].value


def test_files_of_ones_own_stand_first_and_broken_ones_are_sentences(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = service.settings.path.parent / "compare"
    folder.mkdir()
    own = template_path("assistant").read_text().replace("[workload]", 'quotes = "q.csv"\n[workload]', 1)
    (folder / "ours.toml").write_text(own)
    quotes = "strategy,key,supplier,low,mid,high,currency,date,valid_to,note\n"
    (folder / "q.csv").write_text(f"{quotes}on-demand,price_per_device_hour,Acme,2,3,4,USD,2026-03-01,2026-09-01,\n")
    app = draw(monkeypatch, service, "compare", scenario="../../etc/passwd")
    assert not app.exception
    assert app.selectbox(key="choice_scenario").value == "ours.toml"
    assert "quote of Acme" in words(app)
    (folder / "ours.toml").write_bytes(b"\xff\xfe[")
    app = draw(monkeypatch, service, "compare")
    assert not app.exception
    assert "cannot be drawn now" in app.error[0].value
    (folder / "ours.toml").unlink()
    (folder / ".#run.toml").symlink_to("nobody@nowhere:1")  # an editor's lock
    (folder / "old.toml").mkdir()
    app = draw(monkeypatch, service, "compare")
    assert not app.exception
    assert not app.error
    assert not any(name.endswith(".toml") for name in app.selectbox(key="choice_scenario").options)


def test_a_file_that_cannot_be_read_is_a_sentence(service: Service) -> None:
    with pytest.raises(InputError, match=r"gone\.toml cannot be read \(No such file or directory\)"):
        _text(service.settings.path.parent / "gone.toml")


@pytest.mark.parametrize("name", template_names())
def test_what_is_assumed_and_follows_is_said_in_chinese(name: str) -> None:
    found = compared(load_comparison(template_path(name)), service=None, now=START + 86_400.0)
    told = [text for row in found["strategies"] for text in (*row["told"], *row["ruled_out"])]
    assert [text for text in (*told, *found["advice"]) if phrase(text, "zh") == text] == []
