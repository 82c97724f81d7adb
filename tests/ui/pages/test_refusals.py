"""Why a reading was refused, on a Chinese page: every sentence that the code can give has its Chinese words."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collectors.overlaps import ESTIMATED
from collectors.reading import Reading
from tests.ui.pages.sentences import WORDS, sentences
from ui.phrases import PLACE, SEPARATOR, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
FILES = [file for floor in ("collectors", "analytics") for file in sorted((ROOT / floor).rglob("*.py"))]
MAKER = re.compile(r"SENTENCES|DOUBTS|UNDONE|SPIKE|NOT_A_NUMBER|_?doubt\w*|_?reason|_judged|summed|strangers|_second")
"""Constants, variables and functions that make a reason; a reading is given one under the name reason or doubt."""
NO_REASON = {
    "7 h without 7",  # a part, whose words the table has
    ", 7 of whose 7 compute slices",  # of readings that are estimated, and in the books
    "MIG has no meter: share by 7 of 7 memory slices7",
    "handshake failed",  # of a source, a store or a central that does not answer
    "no connection",
    "no whole answer",
}
KEPT = re.compile(
    r"\b(BMC|W|zero_ok|kW?h|kg|L|IT|PUE|WUE|utility|overhead|provider_pue|max_w|grid_intensity|water|hardware_lifetime_years|company|CV|RMSE)\b"
)


def reasons() -> list[str]:
    return sorted(sentences(FILES, MAKER) - NO_REASON)


@pytest.mark.parametrize("reason", reasons())
def test_a_reason_has_chinese_words(reason: str) -> None:
    assert not WORDS.search(KEPT.sub("", phrase(reason, "zh")))


def given() -> Iterator[ast.expr]:
    """What readings are given as their reason, wherever one is made."""
    place = [one.name for one in fields(Reading)].index("reason")
    for file in FILES:
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Reading":
                yield from call.args[place : place + 1]
                yield from (one.value for one in call.keywords if one.arg == "reason")


def test_a_reading_is_given_its_reason_under_a_name_that_is_looked_for() -> None:
    names = [ast.unparse(one).rpartition(".")[2] for one in given()]
    assert len(names) > 5
    assert not [name for name in names if not MAKER.fullmatch(name)]


def test_what_was_estimated_before_it_was_refused_is_told_too() -> None:
    (told_twice,) = (one for one in reasons() if " already, " in one)
    assert phrase(told_twice + ESTIMATED, "zh") == phrase(told_twice, "zh") + "（估算）"  # noqa: RUF001 - Chinese


def test_no_phrase_is_cut_before_it_is_looked_up() -> None:
    table = tomllib.loads((ROOT / "ui" / "text" / "phrases_zh.toml").read_text(encoding="utf-8"))["phrases"]
    assert not [english for english, _ in table if SEPARATOR in english and PLACE.search(english)]
    assert len({english for english, _ in table}) == len(table)
