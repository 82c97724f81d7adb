"""Two people at once in one server, of other roles, sites and languages: each sees what they would see alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.ui.access.of_north import AT_NORTH, everything
from tests.ui.access.two_sites import both
from tests.ui.pages.pages import draw
from ui import session

if TYPE_CHECKING:
    from tests.ui.company import Company
    from ui.service import Service

IDS = re.compile(r"[0-9a-f]{32,}")  # of elements: made of the script's place, which is another one each time
PEOPLE = {
    "all": {"lang": "zh", "site": "south", "clock": "utc", "month": "2026-03", "subject": "company"},
    "operator": {"lang": "en", "site": "north", "month": "2026-04", "subject": "north", "show": "waiting"},
    "auditor": {"lang": "zh", "site": "north", "clock": "utc", "month": "2026-03", "subject": "north"},
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return both(tmp_path_factory.mktemp("two"), AT_NORTH)


def come(page: str, who: str) -> AppTest:
    """A session of somebody who is signed in, with a link of their own."""
    app = AppTest.from_string(f"from ui.views import {page}\n{page}.page()\n", default_timeout=60)
    app.session_state["who"] = who
    for key, value in PEOPLE[who].items():
        app.query_params[key] = value
    return app.run()


def seen(app: AppTest) -> str:
    assert not app.exception
    return IDS.sub("", everything(app))


@pytest.fixture
def server(company: Company, monkeypatch: pytest.MonkeyPatch) -> Service:
    """One service, and claims by session as a browser's cookie gives them."""
    service = company.service
    draw(monkeypatch, service, "glossary")
    said = {"is_logged_in": True, "sub": "u", "iat": service.now(), "email_verified": True}
    monkeypatch.setattr(session, "claims", lambda: {**said, "email": f"{st.session_state.get('who')}@example.com"})
    return service


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("page", ["overview", "alerts", "energy", "records", "reports", "settings"])
def test_each_sees_what_they_would_see_alone(page: str) -> None:
    """Who sees little comes first, then who sees all, and the first once more."""
    alone = {}
    for who in PEOPLE:
        st.cache_data.clear()
        alone[who] = seen(come(page, who))
    assert len(set(alone.values())) == len(PEOPLE), "else this proves nothing"
    st.cache_data.clear()
    for who in ("auditor", "all", "operator", "auditor"):
        assert seen(come(page, who)) == alone[who], (page, who)


@pytest.mark.usefixtures("server")
def test_what_one_chooses_and_does_moves_nothing_of_the_other() -> None:
    first, second = come("alerts", "all"), come("alerts", "operator")
    before = seen(first)
    choice = second.selectbox(key="silence_rule")
    assert "rule-south" not in choice.options
    second.text_input(key="silence_comment").set_value("rewiring")
    second.selectbox(key="silence_hours").set_value(4)
    second.button[-1].click()
    second.run()
    assert "rewiring" not in before
    assert first.query_params["lang"] == "zh"
    assert second.query_params["lang"] == "en"
    assert first.session_state["silence_hours"] == 1
    assert "is silent until" in everything(second)
    assert "is silent until" not in everything(first.run())
