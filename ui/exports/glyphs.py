"""Which letters no font of a report has: typst draws each of them as a box and says nothing.

Asked of typst itself, so that the fonts are the very ones that set the report: a letter without a glyph is drawn as
the letter that no font can have.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NOBODY: Final = "\U000f0000"  # of private use: what is drawn for it is the box
PLAIN: Final = "\u00ff"  # Latin 1 is in every font
UNSEEN: Final = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})  # they draw nothing of their own
HAN: Final = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")  # all of it is in a Chinese font
EMOJI: Final = 0x1F000
NAMED: Final = 5
_GLYPH: Final = re.compile(r'href="#(\w+)"')


def boxes(words: str, fonts: Sequence[str], options: Mapping[str, Any]) -> list[str]:
    """Return the letters of some words that would be printed as boxes, each once, in their order.

    Args:
        words: all that is printed.
        fonts: the families of the report; those after the first have Chinese.
        options: how typst finds fonts (`typst.compile`).
    """
    rare = (letter for letter in dict.fromkeys(words) if letter > PLAIN and unicodedata.category(letter) not in UNSEEN)
    asked = [letter for letter in rare if len(fonts) == 1 or not HAN.fullmatch(letter)]
    return [letter for letter in asked if letter in _boxed("".join(asked), tuple(fonts), tuple(options.items()))]


@cache
def _boxed(letters: str, fonts: tuple[str, ...], options: tuple[tuple[str, Any], ...]) -> frozenset[str]:
    import typst

    listed = "".join(f'"{one}",' for one in fonts)
    each = "".join(f'"\\u{{{ord(letter):x}}}",' for letter in (*letters, NOBODY))
    text = (
        f"#set page(width: auto, height: auto)\n#set text(font: ({listed}))\n#for letter in ({each}) {{ page(letter) }}"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "letters.typ"
        file.write_text(text, encoding="utf-8")
        found: Any = typst.compile(str(file), format="svg", **dict(options))
    pages = [found] if isinstance(found, bytes) else found
    *drawn, box = (_GLYPH.findall(page.decode()) for page in pages)
    return frozenset(letter for letter, glyphs in zip(letters, drawn, strict=True) if glyphs == box)


def named(letters: Iterable[str]) -> str:
    """Name letters that cannot be printed: U+0E44 THAI CHARACTER SARA AI MAIMALAI."""
    each = [f"U+{ord(one):04X} {unicodedata.name(one, '')}".strip() for one in letters]
    return ", ".join([*each[:NAMED], *(["\N{HORIZONTAL ELLIPSIS}"] if len(each) > NAMED else [])])


def packages(letters: Iterable[str]) -> str:
    """Say which packages of Debian have glyphs of letters: those of emoji, of Chinese and of all other scripts."""
    kinds = {_package(letter) for letter in letters}
    return ", ".join(sorted(kinds))


def _package(letter: str) -> str:
    if ord(letter) >= EMOJI and unicodedata.category(letter) == "So":
        return "fonts-noto-color-emoji"
    return "fonts-noto-cjk" if unicodedata.name(letter, "").startswith("CJK") else "fonts-noto-core"
