"""What sources share: several points under one source, files that a table names, and payloads of JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from config.errors import PayloadUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

Form = TypeVar("Form", bound=BaseModel)


def full_id(point: str, *, beside: str) -> str:
    """Return the id of a point; without a site it is on that of the point `beside`."""
    return point if "/" in point else f"{beside.rpartition('/')[0]}/{point}"


def repeated(names: Iterable[int | str]) -> int | str | None:
    """Return the first name that stands more than once, or None."""
    return next((name for name, count in Counter(names).items() if count > 1), None)


def file_of(written: object) -> object:
    """Return the path that `{ file = "path" }` names; the site file has made it absolute."""
    return written["file"] if isinstance(written, dict) and set(written) == {"file"} else written


def decoded(form: type[Form], payload: bytes, *, what: str) -> Form:
    """Decode a JSON payload.

    Raises:
        PayloadUnreadable: it is no JSON, or not of this form; `what` begins the sentence.
    """
    try:
        return form.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        msg = f"{what} cannot be read{f' at {where}' if where else ''}: {first['msg']}."
        raise PayloadUnreadable(msg) from error
