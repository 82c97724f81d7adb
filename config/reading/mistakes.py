"""Mistakes in a file, as one sentence each: where it stands, what is wrong, what to write instead.

Pydantic says what is wrong in its own words; here these become ours. All mistakes of a file are collected before one
`ConfigError` lists them; places with the same mistake share a sentence, so 3,000 rows do not make 3,000 lines.
Values are shown only where the value itself is the mistake, and never those of unknown keys: one may be a secret.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from config.errors import ConfigError
from config.reading.wording import listed, nearest, remedy, sentence

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

EXPECTED = {
    "string_type": "a text in quotes",
    "float_type": "a number without quotes",
    "int_type": "a whole number without quotes",
    "bool_type": "true or false without quotes",
    "tuple_type": "a list in square brackets",
    "list_type": "a list in square brackets",
    "dict_type": "a table in braces, for example {{ power = 10 }}",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "path_type": "a path in quotes",
    "finite_number": "a finite number",
    "greater_than": "above {gt:g}",
    "greater_than_equal": "{ge:g} or more",
    "less_than": "below {lt:g}",
    "less_than_equal": "{le:g} or less",
    "string_pattern_mismatch": "three capital letters (ISO 4217)",
    "string_too_short": "filled in",
    "too_short": "filled in",
}
Model = TypeVar("Model", bound=BaseModel)

PLAIN = (str, int, float, bool)
DIGITS = tuple("0123456789")
VALUE_SHOWN = 40  # characters of a wrong value that a sentence can carry


@dataclass(slots=True)
class Mistakes:
    """Collects mistakes as (place, text) and turns them into sentences."""

    found: list[tuple[str, str]] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)

    def add(self, place: str, text: str) -> None:
        """Note one mistake; `text` ends without a full stop."""
        self.found.append((place, text))

    def quote(self, error: ConfigError) -> None:
        """Take over the finished sentences of an error, one a line."""
        self.quoted += str(error).splitlines()

    def __bool__(self) -> bool:
        """Say whether any mistake was noted."""
        return bool(self.found or self.quoted)

    def sentences(self) -> list[str]:
        """Return one sentence for each different mistake, in the order found; places that share one are listed."""
        places: dict[str, dict[str, None]] = {}
        for place, text in self.found:
            places.setdefault(text, {})[place] = None
        return self.quoted + [sentence(listed(where), text) for text, where in places.items()]

    def stop(self) -> None:
        """Raise a `ConfigError` that lists all mistakes, one sentence a line; return if there are none."""
        if self:
            raise ConfigError("\n".join(self.sentences()))


def texts(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return what a pydantic error says about a table of `model`, one text for each mistake, without full stop.

    A misspelt key is one mistake: the key that is missing because of it is not told again.
    """
    details = [detail for detail in error.errors(include_url=False) if detail["type"] != "default_factory_not_called"]
    meant = {
        (*detail["loc"][:-1], nearest(str(detail["loc"][-1]), _fields_at(model, detail["loc"][:-1])))
        for detail in details
        if detail["type"] == "extra_forbidden"
    }
    return [_text(each, model) for each in details if each["type"] != "missing" or each["loc"] not in meant]


def build(model: type[Model], table: object, *, place: str, mistakes: Mistakes) -> Model | None:
    """Make a model from a raw table; mistakes are noted under `place` and give None."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        for text in texts(error, model):
            mistakes.add(place, text)
        return None


def _text(detail: ErrorDetails, model: type[BaseModel]) -> str:
    kind, where = detail["type"], _where(detail["loc"])
    fields = _fields_at(model, detail["loc"][:-1])
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    if kind == "missing":
        return f"{where} is missing; write {name} = {_example(fields.get(name))}"
    if kind == "extra_forbidden":
        return f"{where} is not known here; {remedy(name, fields)}"
    if kind == "value_error":
        return f"{where}{':' if where.endswith(DIGITS) else ''} {detail['ctx']['error']}".strip()
    if kind == "literal_error":
        return f"{where} cannot be {_shown(detail['input'])}; {_choice(detail)}"
    expected = EXPECTED.get(kind)
    if expected is None:
        return f"{where} is not accepted: {detail['msg']}".strip()
    return f"{where} must be {expected.format(**detail.get('ctx', {}))}{_not(detail['input'])}".strip()


def _where(loc: tuple[int | str, ...]) -> str:
    """Name the key: `key max_w`, `key interval_s.power`, `key parents number 1`, `key meters number 2, from`."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f" number {part + 1}"
        elif part != "[key]":
            text += f"{', ' if text.endswith(DIGITS) else '.' if text else ''}{part}"
    return f"key {text}" if text else ""


def _fields_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> dict[str, FieldInfo]:
    """Return the fields, by the name a file uses, of the table that `loc` leads to."""
    for part in loc:
        if isinstance(part, str):
            model = _table_of(_by_name(model).get(part)) or model
    return _by_name(model)


def _by_name(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _table_of(info: FieldInfo | None) -> type[BaseModel] | None:
    for kind in () if info is None else (info.annotation, *get_args(info.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _choice(detail: ErrorDetails) -> str:
    words = re.findall(r"'([^']*)'|(\d+)", detail["ctx"]["expected"])
    return remedy(str(detail["input"]), [text or number for text, number in words])


def _example(info: FieldInfo | None) -> str:
    examples = None if info is None else info.examples
    return json.dumps(examples[0], ensure_ascii=False) if examples else "..."


def _not(value: object) -> str:
    return f", not {_shown(value)}" if isinstance(value, PLAIN) else ""


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, PLAIN) else f"a {type(value).__name__}"
    return text if len(text) <= VALUE_SHOWN else f"{text[:VALUE_SHOWN]}..."
