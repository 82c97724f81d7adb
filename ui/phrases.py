"""Methods and reasons of figures in another language: their phrases are a table (`text/phrases_zh.toml`).

Figures are computed and stored with English words, which an auditor may quote. A page in another language translates
them phrase by phrase: `{name}` stands for what changes, and is translated too where it is a phrase itself. What the
table lacks stays as it is, so nothing is ever lost or guessed.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ui.text import LANGUAGES, catalogue, t

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = re.compile(r"\{(\w+)\}")
SEPARATOR, BETWEEN = "; ", "；"  # noqa: RUF001 - the full-width semicolon of Chinese text
COMMA, LISTED = ", ", "、"
NUMBER = r"[-\d.,]+"  # what a place whose name ends with `_n` stands for
TITLES: Final = (  # of messages, which were told in the language of [alerting]
    *(f"alert.{name}" for name in ("firing", "resolved", "reminder", "undelivered")),
    *("report.sent_draft", "report.sent_sealed"),
)
FIRST = r"(?:(?!: ).)+?"  # what a phrase begins with: "s: pue has no value: 3 %" is no share of anything


def phrase(text: str, lang: str) -> str:
    """Return a method or a reason in a language; in English, or where no phrase fits, as it is.

    >>> phrase("sum of 3 points", "en")
    'sum of 3 points'
    """
    table = _table(lang)
    if table and text in _whole(lang):
        return _whole(lang)[text]
    if not table:
        return text
    parts = list(_parts(text, SEPARATOR))
    if len(parts) > 1:
        return _joined(text, parts, BETWEEN, lang)
    for pattern, words in table:
        found = pattern.fullmatch(text)
        if found is not None:
            return words.format(**{name: phrase(part, lang) for name, part in found.groupdict().items()})
    return _joined(text, list(_parts(text, COMMA)), LISTED, lang)


def _joined(text: str, parts: list[str], between: str, lang: str) -> str:
    """Parts of a text, each in its words; a sentence of which none is known stays whole, and names are a list."""
    told = [phrase(part, lang) for part in parts] if len(parts) > 1 else parts
    known = told != parts or not any(" " in part for part in parts)
    return between.join(told) if known else text


def own_words(text: str, lang: str) -> str:
    """Return what stands in a site file: as it is, unless it is a sentence of the table as a whole (the demo's are)."""
    return _whole(lang).get(text, text)


def message_title(text: str, lang: str) -> str:
    """Return the title of a message in a language, whichever it was told in; what is none of ours as it is."""
    for told_in in LANGUAGES:
        for key in TITLES:
            found = _pattern(catalogue(told_in)[key]).fullmatch(text)
            if found is not None:
                return t(key, lang, **found.groupdict())
    return text


@cache
def _whole(lang: str) -> dict[str, str]:
    """Phrases in which nothing changes."""
    return {english: words for english, words in _pairs(lang) if not PLACE.search(english)}


@cache
def _table(lang: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns and words, those with the most words of their own first."""
    ordered = sorted(_pairs(lang), key=lambda pair: -len(PLACE.sub("", pair[0])))
    return [(_pattern(english), words) for english, words in ordered]


def _pairs(lang: str) -> list[tuple[str, str]]:
    """English and words; none of a language without a table."""
    file = Path(__file__).with_name("text") / f"phrases_{lang}.toml"
    if not file.exists():
        return []
    return [*map(tuple, tomllib.loads(file.read_text(encoding="utf-8"))["phrases"])]


def _pattern(english: str) -> re.Pattern[str]:
    pieces = []
    for at, piece in enumerate(PLACE.split(english)):
        if at % 2 == 0:
            pieces.append(re.escape(piece))
        else:
            words = FIRST if at == 1 and not pieces[0] else ".+?"
            pieces.append(f"(?P<{piece}>{NUMBER if piece.endswith('_n') else words})")
    return re.compile("".join(pieces), re.DOTALL)


def _parts(text: str, separator: str) -> Iterator[str]:
    """Cut a text at a separator outside brackets."""
    depth = start = 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and text.startswith(separator, at):
            yield text[start:at]
            start = at + len(separator)
    yield text[start:]
