"""Ready HTML of a page: every text is escaped, tables keep their columns, a line stays inside its box."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

import pytest

from ui.views import markup

EVIL = "<script>alert(1)</script>\"&'`*_"


@pytest.mark.parametrize(
    "made", [markup.heading(EVIL, EVIL), markup.table([{EVIL: EVIL}]), markup.lines(EVIL)], ids=["head", "table", "pre"]
)
def test_a_name_that_is_markup_is_text(made: str) -> None:
    assert "<script" not in made
    assert unescape(made).count(EVIL) >= 1


def test_cells_stand_under_their_own_columns_in_whatever_order_a_row_has_them() -> None:
    made = markup.table([{"a": "1", "b": "2"}, {"b": "4", "a": "3"}])
    assert re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", made) == ["a", "b", "1", "2", "3", "4"]


@pytest.mark.parametrize("made", [markup.table([{"a": "1"}]), markup.lines("a")], ids=["table", "pre"])
def test_what_may_be_wider_than_a_phone_is_scrolled_by_keys(made: str) -> None:
    """WCAG 2.1.1, and axe-core's scrollable-region-focusable."""
    assert re.match(r'<(div|pre) class="(words|lines)" tabindex="0"', made)


def test_a_legend_wraps_and_shows_names_as_they_are() -> None:
    assert markup.legend([("#0B7F58", "a < b")]) == (
        '<div class="keys"><span><b class="key" style="background:#0B7F58"></b>a &lt; b</span></div>'
    )


def test_a_table_that_is_reached_by_keys_has_a_name() -> None:
    assert 'role="group" aria-label="a, b"' in markup.table([{"a": "1", "b": "2"}])
    assert 'role="group" aria-label="&lt;of&gt;"' in markup.table([{"a": "1"}], "<of>")


@pytest.mark.parametrize("course", [[1.0, 5.0, 3.0], [2.0, 2.0], [-1e9, 1e9, 0.0]])
def test_a_line_goes_from_the_least_to_the_greatest_within_its_box(course: list[float]) -> None:
    made = unquote(markup.sparkline(course, "#0B7F58"))
    (dots,) = re.findall(r'points="([^"]*)"', made)
    heights = [float(dot.partition(",")[2]) for dot in dots.split()]
    assert len(heights) == len(course)
    assert all(0 <= height <= markup.SPARK_HIGH for height in heights)
    assert heights[course.index(max(course))] == min(heights), "the greatest value stands highest"
    assert 'alt=""' in made
    assert "%23" in markup.sparkline(course, "#0B7F58"), "a bare # would end the picture"


def test_a_strip_draws_every_part_of_a_day_and_says_it() -> None:
    parts = [markup.Part("measured", 0.9951, "Measured", "> 99 %"), markup.Part("missing", 0.0049, "Missing", "< 1 %")]
    whole = [markup.Part("measured", 1.0, "Measured", "100 %"), markup.Part("missing", 0, "", "")]
    days = [markup.Stack("Mon <1>", parts), markup.Stack("Tue", whole)]
    html = markup.strip(days, [0, 1], 'share "by" day')
    assert 'role="img" aria-label="share &quot;by&quot; day"' in html
    assert 'title="Mon &lt;1&gt; · Measured &gt; 99 % · Missing &lt; 1 %"' in html  # what is small is drawn and said
    assert 'class="key missing" style="flex-grow:0.0049"' in html
    assert 'title="Tue · Measured 100 %"' in html  # what is nothing is neither
    assert html.count('class="key') == 3
    assert '<small class="" style="grid-column:1">Mon &lt;1&gt;</small>' in html
    assert '<small class="last" style="grid-column:2">Tue</small>' in html
