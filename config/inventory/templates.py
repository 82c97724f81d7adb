"""Templates with name patterns: many points from one table of the site file.

`pattern = "h1-r[01-40]-u[01-20]"` stands for 800 names; `{1}` and `{2}` in any text of the template are what the first
and second bracket stood for in a name (`07`), `{1:d}` is it as a number (`7`), `{name}` is the whole name. A bracket
holds ranges and single entries: `[01-10,15]`, `[a-d]`; the zeros of a range's first number set the width of all.

With `expand = false` a pattern makes no point by itself: it only says which rows of the inventory the template fits.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from config.inventory.full_ids import full_ids
from config.points import Point
from config.reading.fields import Flag, Name, Raw, Table
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Callable

BRACKET = re.compile(r"\[([^\[\]]*)\]")
PLACEHOLDER = re.compile(r"\{(\w*)(:\w*)?\}")
MOST_NAMES = 100_000
MOST_POINTS = 200_000
MOST_DIGITS = 12  # of a number in a range
RANGE = re.compile(rf"(\d{{1,{MOST_DIGITS}}})-(\d{{1,{MOST_DIGITS}}})|([A-Za-z])-([A-Za-z])|(\w+)")

POINT_KEYS = (*(key for key in Point.model_fields if key not in {"id", "name"}), "parent")


class Template(Table):
    """One `[[templates]]` table: a pattern of names, the attributes of such a point, and its source if it has one."""

    name: Name = Field(examples=["node"])
    pattern: str | None = None
    expand: Flag = True
    source: Raw | None = None
    attributes: Raw = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _keep_attributes(cls, table: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if not isinstance(table, dict):
            return table
        attributes = {key: value for key, value in table.items() if key in POINT_KEYS}
        rest = {key: value for key, value in table.items() if key not in attributes}
        known = [key for key in cls.model_fields if key != "attributes"]
        for key in rest:
            if key not in known:
                msg = f"key {key} is not known here; {remedy(key, [*known, *POINT_KEYS])}"
                raise ValueError(msg)
        return {**rest, "attributes": attributes}

    @model_validator(mode="after")
    def _pattern_and_placeholders(self) -> Self:
        if self.count > MOST_POINTS:
            msg = f'pattern "{self.pattern}" stands for {self.count:,} points: narrow it ({MOST_POINTS:,} at most)'
            raise ValueError(msg)
        if self.choices:
            full_ids(self.point(self.example, tuple(choice[0] for choice in self.choices)))
        return self

    @cached_property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """What each bracket of the pattern may stand for; empty without a pattern."""
        return tuple(choices_of(bracket) for bracket in BRACKET.findall(self.pattern or ""))

    @cached_property
    def alike(self) -> bool:
        """Whether its points differ in id and name alone: they are of one site, and no placeholder is in them."""
        one, other = (filled(self.attributes, digit, (digit,) * len(self.choices)) for digit in "01")
        return one == other and isinstance(one.get("site"), str) and "/" not in (self.pattern or "")

    @property
    def count(self) -> int:
        """How many points the template makes."""
        return prod(len(choice) for choice in self.choices) if self.pattern and self.expand else 0

    @property
    def example(self) -> str:
        """The first name of the pattern."""
        return self._joined(tuple(choice[0] for choice in self.choices))

    def names(self) -> list[str]:
        """Return all names of the pattern, in order; none where the template does not expand."""
        return [name for name, _ in self.expanded()]

    def expanded(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return all names of the pattern with what the brackets stand for in each."""
        found = product(*self.choices) if self.pattern and self.expand else ()
        return [(self._joined(words), words) for words in found]

    def words(self, name: str) -> tuple[str, ...] | None:
        """Return what the brackets stand for in a name, or None where the pattern does not fit it."""
        if self.pattern is None:
            return None
        found = self._expression.fullmatch(name)
        return None if found is None else found.groups()

    def point(self, name: str, words: tuple[str, ...] | None = None) -> Raw:
        """Return the raw point of one name, its source under `source`; `words` saves looking for them in the name.

        Raises:
            ValueError: a placeholder has no bracket to stand for; the text is a sentence without full stop.
        """
        words = words or self.words(name) or ()
        raw: Raw = filled({**self.attributes, "id": name}, name, words)
        source = self.source_of(name, words)
        return raw if source is None else {**raw, "source": source}

    def source_of(self, name: str, words: tuple[str, ...]) -> Raw | None:
        """Return the raw source of one name, None where the template has none.

        Raises:
            ValueError: as `point`.
        """
        return None if self.source is None else filled(self.source, name, words)

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        brackets = [f"({'|'.join(choice)})" for choice in self.choices]
        fixed = map(re.escape, self._fixed)
        return re.compile("".join(text + bracket for text, bracket in zip(fixed, [*brackets, ""], strict=True)))

    @cached_property
    def _fixed(self) -> list[str]:
        return BRACKET.split(self.pattern or "")[::2]

    def _joined(self, words: tuple[str, ...]) -> str:
        return "".join(text + word for text, word in zip(self._fixed, (*words, ""), strict=True))


def choices_of(bracket: str) -> tuple[str, ...]:
    """Return what one bracket stands for, for example ("01", "02", "03") of `01-03`."""
    parts = [_part(bracket, part.strip()) for part in bracket.split(",")]
    count = sum(len(numbers) for numbers, _ in parts)
    if not count or count > MOST_NAMES:
        msg = f'pattern has "[{bracket}]", which stands for {count} names: write 1 to {MOST_NAMES:,}, upwards'
        raise ValueError(msg)
    return tuple(spelt(number) for numbers, spelt in parts for number in numbers)


def _part(bracket: str, part: str) -> tuple[range, Callable[[int], str]]:
    """One range or entry, not yet written out: its numbers and how each is spelt."""
    item = RANGE.fullmatch(part)
    if item is None:
        msg = f'pattern has "[{bracket}]": write a range such as [01-40] or [a-d]'
        raise ValueError(msg)
    first, last, letter, last_letter, word = item.groups()
    if word is not None:
        return range(1), lambda _number: word
    if letter is not None:
        return range(ord(letter), ord(last_letter) + 1), chr
    return range(int(first), int(last) + 1), lambda number: str(number).zfill(len(first))


def filled(value: Any, name: str, words: tuple[str, ...]) -> Any:  # noqa: ANN401 - any TOML value
    """Return a TOML value with the placeholders in all its texts replaced.

    Raises:
        ValueError: a placeholder names no bracket of the pattern, or `:d` meets a word that is no number.
    """
    if isinstance(value, dict):
        return {key: filled(entry, name, words) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(entry, name, words) for entry in value]
    if not isinstance(value, str) or "{" not in value:
        return value
    return PLACEHOLDER.sub(lambda found: _word(found, name, words), value)


def _word(found: re.Match[str], name: str, words: tuple[str, ...]) -> str:
    key, form = found[1], found[2] or ""
    if key == "name" and not form:
        return name
    if not key.isdigit() or not 1 <= int(key) <= len(words) or form not in {"", ":d"}:
        usable = ", ".join(f"{{{place + 1}}}" for place in range(len(words))) or "{name} only"
        msg = f'"{found[0]}" stands for nothing in the name "{name}": use {usable}'
        raise ValueError(msg)
    word = words[int(key) - 1]
    if form and not word.isdigit():
        msg = f'"{found[0]}" needs a number but the name "{name}" has "{word}" there: write {{{key}}}'
        raise ValueError(msg)
    return str(int(word)) if form else word
