"""What a page says of the last act: once, and again only where the page draws itself anew."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st
from config.errors import InputError
from ui.views.frame import acting, anew, done

def act():
    if {refused}:
        raise InputError("no such month.")
    return "it is done"

done()
if st.session_state.pop("due", False):
    anew()
st.button("look", key="look")
if st.button("go", key="go"):
    st.session_state["due"] = True
    acting("en", act)
    anew()
"""


@pytest.mark.parametrize(
    ("refused", "kind", "words"), [(True, "error", "no such month"), (False, "success", "it is done")]
)
def test_what_was_told_stays_while_the_page_draws_itself_anew(refused: bool, kind: str, words: str) -> None:  # noqa: FBT001
    app = AppTest.from_string(SCRIPT.format(refused=refused), default_timeout=60).run()
    app.button(key="go").click().run()
    assert not app.exception
    assert [words in one.value for one in getattr(app, kind)] == [True]
    app.button(key="look").click().run()
    assert not getattr(app, kind), "it was of the act before"
