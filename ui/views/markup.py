"""Words of a page as ready HTML, every text escaped: what `st.table`, `st.code` and a chart in `st.metric` would draw.

Those parse Markdown in every cell and load a highlighter or a charting library of their own: in the reader's browser a
page of tables took several times as long as what it said (tests/bench/RESULTS.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SPARK_HIGH: Final = 30  # of the line's own box; the page stretches it
DIGITS: Final = 1
REACHED: Final = 'tabindex="0" role="group"'  # what is wider than the page is scrolled by keys, too
THIN: Final = "non-scaling-stroke"
SVG: Final = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole: its fill in the style sheet, its share of 1, what it is called and how much it is in words."""

    fill: str
    share: float
    name: str
    printed: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A whole of parts, such as a day."""

    label: str
    parts: Sequence[Part]


def heading(title: str, under: str) -> str:
    """A finding in bold over its grey line."""
    return f'<div class="finding"><strong>{escape(title)}</strong><br><small>{escape(under)}</small></div>'


def said(words: str, under: str = "") -> str:
    """A sentence, and the grey line under it where there is one."""
    return f'<div class="said">{escape(words)}{f"<br>{small(under)}" if under else ""}</div>'


def small(text: str) -> str:
    """A grey line."""
    return f"<small>{escape(text)}</small>"


def _bold(name: str) -> list[str]:
    """A name in bold, nothing where there is none."""
    return [f"<strong>{escape(name)}</strong>"] if name else []


def badge(word: str, icon: str, colour: str) -> str:
    """A word on the colour of its state, behind a sign of Streamlit's own font; readers without eyes have the word."""
    sign = icon.removeprefix(":material/").removesuffix(":")
    drawn = f'<i aria-hidden="true" translate="no">{escape(sign)}</i>' if sign else ""
    return f'<span class="badge {escape(colour)}">{drawn}{escape(word)}</span>'


def signed(sign: str, words: str) -> str:
    """Ready words beside their badge."""
    return f'<div class="signed">{sign}{words}</div>'


def age(sign: str, words: str) -> str:
    """How old what follows is, and when that is said."""
    return f'<div class="age">{sign}{words}</div>'


def keys(found: Iterable[tuple[str, str]]) -> str:
    """What the fills of a chart mean; each has a name in the style sheet."""
    drawn = (f'<span><b class="key {escape(fill)}"></b>{escape(word)}</span>' for fill, word in found)
    return f'<div class="keys">{"".join(drawn)}</div>'


def legend(found: Iterable[tuple[str, str]]) -> str:
    """What the colours of a chart mean; the words wrap where a legend in the drawing would be cut."""
    drawn = (
        f'<span><b class="key" style="background:{escape(colour)}"></b>{escape(word)}</span>' for colour, word in found
    )
    return f'<div class="keys">{"".join(drawn)}</div>'


def strip(days: Sequence[Stack], marked: Sequence[int], words: str) -> str:
    """A bar a day, filled from the bottom up by its parts, with the labels of the days at `marked` below.

    Thirty bars that always add up to one need no axes: a chart of them took a browser longer than the rest of its card.
    """
    bars = "".join(_stack(day) for day in days)
    last = len(days) - 1
    below = "".join(
        f'<small class="{"last" if at == last else ""}" style="grid-column:{at + 1}">{escape(days[at].label)}</small>'
        for at in marked
    )
    return f'<div class="strip" role="img" aria-label="{escape(words)}">{bars}{below}</div>'


def _stack(day: Stack) -> str:
    said_ = " · ".join([day.label, *(f"{part.name} {part.printed}" for part in day.parts if part.share > 0)])
    drawn = "".join(
        f'<b class="key {escape(part.fill)}" style="flex-grow:{part.share:.4f}"></b>'
        for part in day.parts
        if part.share > 0
    )
    return f'<div class="stack" title="{escape(said_)}">{drawn}</div>'


def fold(title: str, inside: str) -> str:
    """Ready words that a reader opens."""
    return f'<details class="fold"><summary>{escape(title)}</summary>{inside}</details>'


def tiles(drawn: Iterable[str]) -> str:
    """Tiles side by side, as many as there is room for."""
    return f'<div class="tiles">{"".join(drawn)}</div>'


def tile(label: str, value: str, words: str, colour: str, *, under: str, tip: str, line: str) -> str:
    """A figure under its label, over what is said of it and its line (`sparkline`); `tip` is shown when asked for."""
    asked = f' <span class="tip" tabindex="0" role="note" aria-label="{escape(tip)}">?</span>' if tip else ""
    said_ = f'<span class="badge {escape(colour)}">{escape(words)}</span>' if words.strip() else ""
    below = f"{said_} {small(under)}" if under else said_
    return (
        f'<div class="tile"><div class="label">{escape(label)}{asked}</div><div class="value">{escape(value)}</div>'
        f'<div class="below">{below}</div>{line}</div>'
    )


def entries(found: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Names in bold, each over its lines."""
    parts = (f"<p>{'<br>'.join([*_bold(name), *map(escape, of)])}</p>" for name, of in found)
    return f'<div class="entries">{"".join(parts)}</div>'


def table(rows: Sequence[Mapping[str, str]], title: str = "") -> str:
    """A table with a head, and its title above; every row has the columns of the first."""
    columns = list(rows[0])
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(row[column])}</td>' for column in columns)}</tr>" for row in rows)
    above = f"<caption>{''.join(_bold(title))}</caption>" if title else ""
    named = escape(title or ", ".join(columns))
    around = f'<div class="words" {REACHED} aria-label="{named}">'
    return f"{around}<table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def lines(text: str) -> str:
    """Lines as they stand, in letters of one width."""
    return f'<pre class="lines" tabindex="0">{escape(text)}</pre>'


def sparkline(course: Sequence[float], colour: str) -> str:
    """A line from the least to the greatest of `course`, which has no gap; nobody reads a value from it.

    It is a picture, for the page lets no drawing stand in its HTML.
    """
    low, high = min(course), max(course)
    span = (high - low) or 1.0
    heights = [round(SPARK_HIGH - 1 - (value - low) / span * (SPARK_HIGH - 2), DIGITS) for value in course]
    dots = " ".join(f"{at},{height}" for at, height in enumerate(heights))
    box = f"0 0 {max(len(course) - 1, 1)} {SPARK_HIGH}"
    line = f'<polyline points="{dots}" fill="none" stroke="{colour}" stroke-width="1.5" vector-effect="{THIN}"/>'
    drawn = f'<svg xmlns="{SVG}" viewBox="{box}" preserveAspectRatio="none">{line}</svg>'
    return f'<img class="spark" alt="" src="data:image/svg+xml,{quote(drawn)}">'
