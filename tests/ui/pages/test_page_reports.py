"""The page of reports shows what the files print, and takes the steps that the commands take."""

from __future__ import annotations

from concurrent.futures import wait
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from config.errors import InputError
from tests.ui.company import HEAD, START, TREE, Company
from tests.ui.pages import pages
from tests.ui.pages.pages import broken_books, cells, draw, unfold, words
from tests.ui.reports.office import POINTS
from ui import format as fmt
from ui import session
from ui.reports.content import report_content
from ui.reports.period import period
from ui.text import t
from ui.views import drafts, reports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

Row = dict[str, Any]
DAY = 86_400
MONTH = {"subject": "s", "month": "2026-04"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Fifty-five days of a small site, seen in May."""
    made = Company(tmp_path_factory.mktemp("reports"), POINTS, now=START + 60.0 * DAY)
    times = range(0, 55 * DAY, 3600)
    made.read("s/utility", [(at, 1500.0) for at in times])
    made.read("s/ups", [(at, 1000.0) for at in times])
    made.keep()
    return made


def acts(app: AppTest, key: str, monkeypatch: pytest.MonkeyPatch, name: str) -> AppTest:
    monkeypatch.setattr(session, "actor", lambda: name)
    return app.button(key=key).click().run()


def test_the_preview_is_what_would_be_printed(made: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, made.service, "reports", **MONTH)
    assert not app.exception
    figures = {row["name"]: row for row in report_content(made.service, "s", period("2026-04"))["sites"][0]["figures"]}
    printed = fmt.quantity(figures["facility_energy_kwh"]["value"], "kWh").replace(fmt.SPACE, " ")
    assert ["Facility energy", printed] in [row[:2] for row in cells(app)]
    text = words(app)
    assert "The facility took" in text
    assert "Nothing blocks the report" in text
    assert "not prepared yet" in text
    assert {button.proto.label for button in app.get("download_button")} >= {"PDF EN", "XLSX 中文", "CSV", "JSON"}


def test_three_people_sign_and_seal(made: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    service = made.service
    app = draw(monkeypatch, service, "reports", **MONTH)
    acts(app, "prepare_go", monkeypatch, "ada")
    assert "is prepared" in app.success[0].value
    acts(app, "step_go", monkeypatch, "ada")
    assert "ada" in app.error[0].value, "another person has to review it"
    for name in ("bob", "cyd", "cyd"):
        acts(app, "step_go", monkeypatch, name)
        assert not app.error
    assert not app.exception
    (report,) = service.stores.state.reports.all()
    assert [step.who for step in report.steps] == ["ada", "bob", "cyd", "cyd"]
    assert "1 reports, 1 sealed" in words(app)
    assert "Files as they were sealed" in words(app)
    app.button(key="verify_go").click().run()
    assert "is as it was sealed" in app.success[-1].value
    acts(app, "prepare_go", monkeypatch, "ada")
    assert "Nothing new to prepare" in app.success[0].value


def test_a_check_is_given_to_a_person(made: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, made.service, "reports", **MONTH)
    unfold(app, "fold_tasks")
    acts(app, "task_go", monkeypatch, "ada")
    assert "nobody is named" in app.error[0].value
    app.text_input(key="task_person").input("bob")
    acts(app, "task_go", monkeypatch, "ada")
    assert not app.exception
    (task,) = made.service.stores.state.tasks.newest().values()
    assert (task.person, task.who, task.subject) == ("bob", "ada", "s")
    assert f"bob, to {task.due}" in words(app)


def test_a_month_that_goes_on_is_blocked(made: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, made.service, "reports", subject="company", month="2026-05", lang="zh")
    assert not app.exception
    assert app.header[0].value == t("reports.question", "zh")
    assert "1 项检查阻止签署" in words(app)
    app.button(key="prepare_go").click().run()
    assert "该时段" in words(app)
    assert app.error
    assert "2026-05" not in {one.label for one in made.service.stores.state.reports.all()}


def test_empty_books_and_wrong_links_are_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, Company(tmp_path, head=HEAD).service, "reports", subject="<x>", month="9999-99")
    assert not app.exception
    assert "No energy figure can be given for this period" in words(app)
    assert "No report was prepared yet" in words(app)


def test_it_that_is_known_is_told_without_the_facility(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    company = Company(tmp_path, TREE.replace("power = 60", "power = 600"))
    company.steady("s/ups", 1000.0, start=-14 * DAY, end=18 * DAY, step=600)
    company.keep()
    app = draw(monkeypatch, company.service, "reports", subject="s", month="2026-03")
    assert not app.exception
    assert "IT took 743 kWh; the energy of the facility is not given." in words(app)  # March has an hour less


def test_broken_books_are_a_sentence(made: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with broken_books(made.folder):
        app = draw(monkeypatch, made.service, "reports", **MONTH)
    assert not app.exception
    assert any("cannot be drawn now" in error.value for error in app.error)


def test_a_draft_on_its_way_says_how_far_it_is_and_the_page_goes_on(
    made: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    on, content = Event(), report_content(made.service, "s", period("2026-04"))

    def slow(*_: object, progress: Callable[[int, int], None]) -> dict[str, Any]:
        progress(0, 1)
        assert on.wait(60)
        return content

    monkeypatch.setattr(drafts, "report_content", slow)
    monkeypatch.setattr(pages, "PATIENCE_S", 0.0)
    app = draw(monkeypatch, made.service, "reports", **MONTH)
    assert "The draft is being made\n0 of 1 sites are done" in words(app)
    assert "Checks come with the draft" in words(app)
    assert app.button(key="prepare_go")
    on.set()
    monkeypatch.setattr(reports, "PATIENCE_S", 60.0)
    assert "Nothing blocks the report" in words(app.run())
    assert not app.exception


def test_a_draft_that_failed_is_tried_again(made: Company) -> None:
    kept = drafts.Drafts()
    key = ("a",)
    with pytest.raises(InputError):
        kept.of(key, made.service, "nobody", "2026-04").found.result(60)
    assert kept.of(key, made.service, "s", "2026-04").found.result(60)["subject"] == "s"


def _waited(
    made: Company, monkeypatch: pytest.MonkeyPatch, content: Callable[[], Row]
) -> tuple[AppTest, list[int], Event]:
    """The page of who waited for a draft while the books went on, when drafts began, what the next waits for."""
    on, begun = Event(), list[int]()

    def slow(*_: object, progress: Callable[[int, int], None]) -> Row:
        progress(0, 1)
        begun.append(int(made.now))
        assert on.wait(60)
        return content()

    monkeypatch.setattr(drafts, "report_content", slow)
    monkeypatch.setattr(pages, "PATIENCE_S", 0.0)
    app = draw(monkeypatch, made.service, "reports", **MONTH)
    (one,) = drafts.drafts()._kept.values()
    on.set()
    wait([one.found])
    on.clear()
    monkeypatch.setattr(made, "now", made.now + 900)
    app.session_state[reports.WAITED] = one  # as the part that looks whether it is there
    return app.run(), begun, on


def test_who_waited_for_a_draft_gets_it_though_the_books_went_on(
    made: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = report_content(made.service, "s", period("2026-04"))
    app, begun, on = _waited(made, monkeypatch, lambda: content)
    assert "Nothing blocks the report" in words(app)
    assert len(begun) == 1
    app.run()
    assert "The draft is being made" in words(app), "the next look is by the books as they stand"
    on.set()


def test_a_draft_that_fails_says_why_in_both_cards_and_is_not_made_without_end(
    made: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Row:
        msg = "the books are away"
        raise InputError(msg)

    app, begun, _ = _waited(made, monkeypatch, fail)
    assert [("the books are away" in error.value) for error in app.error] == [True, True]
    assert "The draft is being made" not in words(app)
    assert len(begun) == 1
