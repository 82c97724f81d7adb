"""The catalogue: every key that the code asks for exists in every language, and nothing else does."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from ui.text import LANGUAGES, catalogue, language, t

UI = Path(__file__).parents[3] / "ui"
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in UI.rglob("*.py"))
QUOTED = re.compile(r"""['\"]([a-z_]+\.[A-Za-z0-9_{}().\[\] ]*)['\"]""")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def patterns() -> list[re.Pattern[str]]:
    """What the code may ask for: quoted keys, with `{...}` standing for any code."""
    tables = {key.split(".")[0] for key in catalogue("en")}
    asked = {found for found in QUOTED.findall(SOURCE) if found.split(".")[0] in tables}
    return [re.compile(re.sub(r"\\\{.*\\\}", "[a-z0-9_]+", re.escape(found))) for found in asked]


@pytest.mark.parametrize("code", LANGUAGES)
def test_languages_have_the_same_keys_and_places(code: str) -> None:
    english, other = catalogue("en"), catalogue(code)
    assert other.keys() == english.keys()
    may_differ = {"time.day"}  # Chinese dates number their months
    wrong = {key for key in english if places(other[key]) != places(english[key])} - may_differ
    assert not wrong


def test_every_word_is_asked_for() -> None:
    found = patterns()
    assert not [key for key in catalogue("en") if not any(pattern.fullmatch(key) for pattern in found)]


def test_every_plain_key_that_is_asked_for_exists() -> None:
    asked = set(re.findall(r'\bt\(\s*"([a-z_.0-9]+)"', SOURCE))
    assert asked - catalogue("en").keys() == set()
    assert len(asked) > 50


def test_an_unknown_language_is_english_and_an_unknown_key_is_our_mistake() -> None:
    assert language("xx") == language(None) == "en"
    assert t("time.h", "xx", n=3) == "3 h"
    with pytest.raises(KeyError):
        t("time.nothing", "en")
    with pytest.raises(KeyError):
        t("time.h", "en")


def test_figures_of_the_page_have_words() -> None:
    from ui.figures.flow import SOURCES
    from ui.views.reading import COMPARED, SHOWN

    assert all(f"figures.{name}" in catalogue("zh") for name in {*SHOWN, *COMPARED})
    assert all(f"source.{name}" in catalogue("zh") for name in SOURCES)


def test_roles_of_the_site_file_have_words() -> None:
    from config.points import ROLES

    assert all(f"role.{role}" in catalogue("zh") for role in ROLES)
