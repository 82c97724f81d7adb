"""Words on pages: a catalogue per language in `text/<code>.toml` and `pages_<code>.toml`, asked by `t(key, language)`.

Keys are stable codes and never shown. A language that is not known falls back to English, because it comes from a
link; a key that is not known is a mistake of ours and raises.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = {"en": "EN", "zh": "中文"}
FALLBACK = "en"


def language(code: str | None) -> str:
    """`code` where it is a language of the catalogue, else English."""
    return code if code in LANGUAGES else FALLBACK


@cache
def catalogue(code: str) -> dict[str, str]:
    """All words of one language as `table.key` -> text: what doors share, and what stands on one page alone."""
    folder = Path(__file__).with_name("text")
    tables = [tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")) for name in (code, f"pages_{code}")]
    return {f"{name}.{key}": words for of in tables for name, entries in of.items() for key, words in entries.items()}


def t(key: str, code: str, /, **values: object) -> str:
    """Words of `key` in language `code` with `{name}` places filled from `values`.

    Raises:
        KeyError: if the catalogue lacks the key or a place lacks its value.
    """
    return catalogue(language(code))[key].format(**values)
