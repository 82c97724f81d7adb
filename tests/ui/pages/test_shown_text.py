"""Names and reasons from files are shown as they are: no markup, no list, and no link that nobody of ours made."""

from __future__ import annotations

import re

import pytest

from tests.ui.pages.pages import SEEN
from ui.views.parts import plain

# what mdast-util-gfm-autolink-literal looks for in the text that is left when escapes are gone (GFM, section 6.9)
LINKED = (r"(https?://|www(?=\.))([-.\w]+)([^ \t\r\n]*)", r"([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)")


@pytest.mark.parametrize(
    "name",
    ["www.evil.example", "WWW.EVIL.EXAMPLE/x", "HTTPS://evil.example", "see http://evil.example?a=b", "a.b@e.example"],
)
def test_an_address_in_a_name_is_no_link(name: str) -> None:
    shown = plain(name)
    assert not any(re.search(pattern, shown.replace("\\", ""), re.IGNORECASE) for pattern in LINKED)
    assert shown.translate(SEEN) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Hall **1** [x](y)", r"Hall \*\*1\*\* \[x\](y)"),
        ("- first", r"\- first"),
        ("1. first", r"1\. first"),
        ("12) first", r"12\) first"),
        ("R&amp;D", r"R\&amp;D"),
        ("two\r\n\r\n- lines", "two - lines"),
        ("0.350 kW", "0.350 kW"),
    ],
)
def test_marks_of_markdown_are_harmless(name: str, shown: str) -> None:
    assert plain(name) == shown


@pytest.mark.parametrize("name", [":material/lock: x", ":streamlit:", "a -> b", "a <- b", "a -- b"])
def test_streamlit_draws_no_icon_and_no_arrow_of_a_name(name: str) -> None:
    """It looks for them in the text that is left when escapes are gone."""
    left = plain(name).replace("\\", "")
    assert not re.search(r":material/|:streamlit:|->|<-|--", left)
    assert plain(name).translate(SEEN) == name
