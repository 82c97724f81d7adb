"""Parts that pages share: the card with its finding, and the card that could not be drawn."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import streamlit as st

from config.errors import WattlasError
from ui.demo.mark import MARK
from ui.phrases import phrase
from ui.text import t
from ui.tokens import palette
from ui.views import markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ui.charts import Option
    from ui.tokens import Palette

MARKS: Final = re.compile(r"[\\`*_\[\]<>$:#|~&]|^[-+]|(?<=\d)[.)](?=\s|$)")
LINKS: Final = re.compile(r"www(?=\.)|https?:(?=//)|@(?=[-\w])", re.IGNORECASE)  # what a browser is made to link
SIGNS: Final = re.compile(r":(?=material/|streamlit:)|<(?=-)|-(?=[->])")  # what Streamlit draws icons and arrows for
BREAKS: Final = re.compile(r"[\r\n\t]+")
APART: Final = "\u2060"  # a word joiner: no width, and nothing breaks at it


def demo_badge(lang: str) -> None:
    """The mark of simulated books (`ui.demo.mark`)."""
    st.badge(MARK, icon=":material/science:", color="violet", help=t("overview.demo", lang))


@contextmanager
def guarded(lang: str) -> Iterator[None]:
    """An error of ours inside becomes its sentence, and the rest of the page goes on."""
    try:
        yield
    except WattlasError as error:
        st.error(t("state.error", lang, reason=plain(phrase(str(error), lang))), icon=":material/error:")


@contextmanager
def waiting(height: int) -> Iterator[None]:
    """A skeleton of the size of what is being computed inside; it goes when that is there."""
    spot = st.skeleton(height)
    try:
        yield
    finally:
        spot.empty()


@contextmanager
def card(key: str, lang: str, *, height: Literal["stretch", "content"] = "stretch") -> Iterator[None]:
    """A bordered card, guarded."""
    with st.container(border=True, key=key, height=height), guarded(lang):
        yield


def heading(title: str, under: str) -> None:
    """The finding of a card, and the grey line with quantity, unit and method."""
    st.html(markup.heading(title, under))


def chart(option: Option, *, key: str, height: int, alt: str) -> None:
    """A chart in our own colours; `alt` says for a reader without eyes what it shows."""
    st.echarts_chart(option, height=height, theme=None, key=key, alt=alt)


def said(words: str, under: str = "") -> None:
    """A sentence, and the grey line with what is known about it."""
    st.html(markup.said(words, under))


@dataclass(frozen=True, slots=True)
class State:
    """A word on the colour and behind the sign (Streamlit's own, "" for none) of a state, and what is in it."""

    word: str
    colour: str
    icon: str
    words: str
    under: str


def states(found: Iterable[State]) -> None:
    """Lines of what is in which state, as one element: a list of badges took the browser longer than a chart."""
    made = [
        markup.signed(markup.badge(one.word, one.icon, one.colour), markup.said(one.words, one.under)) for one in found
    ]
    if made:
        st.html("".join(made))


@contextmanager
def unfolding(title: str, *, key: str, icon: str | None = None, opened: bool = False) -> Iterator[bool]:
    """A fold that says whether a reader opened it: what is made inside only then costs nobody else's time."""
    fold = st.expander(title, expanded=opened, key=key, icon=icon, on_change="rerun")
    with fold:
        yield bool(fold.open)


def folded(title: str, *made: str) -> None:
    """Ready words (`ui.views.markup`) that a reader opens."""
    st.html(markup.fold(title, "".join(made)))


def small(text: str) -> None:
    """A grey line."""
    st.html(markup.small(text))


def entries(found: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Names, each with its lines; none where there is none."""
    rows = list(found)
    if rows:
        st.html(markup.entries(rows))


def table(rows: Sequence[Mapping[str, str]], title: str = "") -> None:
    """A small table of words with horizontal rules; every row has the columns of the first."""
    st.html(markup.table(rows, title))


def lines(text: str) -> None:
    """Lines of text as they stand."""
    st.html(markup.lines(text))


def colours() -> Palette:
    """Tokens of the mode that the reader's browser shows."""
    return palette(st.context.theme.type)


def plain(text: str) -> str:
    """`text` as one line with Markdown's marks made harmless: names and reasons come from files.

    Addresses and signs need more than a backslash: links, icons and arrows are made of them after it is taken away.
    """
    apart = BREAKS.sub(" ", text)
    for drawn in (LINKS, SIGNS):
        apart = drawn.sub(lambda found: f"{found[0]}{APART}", apart)
    return MARKS.sub(lambda found: f"\\{found[0]}", apart)
