"""Words of a page as ready HTML, every text escaped: what `st.table`, `st.code` and a chart in `st.metric` would draw.

Those parse Markdown in every cell and load a highlighter or a charting library of their own: in the reader's browser a
page of tables took several times as long as what it said (tests/bench/RESULTS.md).
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPARK_HIGH: Final = 30  # of the line's own box; the page stretches it
DIGITS: Final = 1


def heading(title: str, under: str) -> str:
    """A finding in bold over its grey line."""
    return f'<div class="finding"><strong>{escape(title)}</strong><br><small>{escape(under)}</small></div>'


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """A table with a head; every row has the columns of the first."""
    columns = list(rows[0])
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(row[column])}</td>' for column in columns)}</tr>" for row in rows)
    return f'<div class="words"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def lines(text: str) -> str:
    """Lines as they stand, in letters of one width."""
    return f'<pre class="lines">{escape(text)}</pre>'


def sparkline(course: Sequence[float], colour: str) -> str:
    """A line from the least to the greatest of `course`, which has no gap; nobody reads a value from it."""
    low, high = min(course), max(course)
    span = (high - low) or 1.0
    dots = " ".join(
        f"{at},{round(SPARK_HIGH - 1 - (value - low) / span * (SPARK_HIGH - 2), DIGITS)}"
        for at, value in enumerate(course)
    )
    box = f"0 0 {max(len(course) - 1, 1)} {SPARK_HIGH}"
    line = f'<polyline points="{dots}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    return f'<svg class="spark" viewBox="{box}" preserveAspectRatio="none" aria-hidden="true">{line}</svg>'
