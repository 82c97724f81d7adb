"""What sources share: several points under one source, addresses and data files of a table, payloads of JSON."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from config.catalogue import metrics
from config.errors import ConfigError, PayloadUnreadable
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy
from config.source_table import full_point as full_id

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["data_file", "decoded", "file_of", "full_id", "metric_of", "repeated", "shipped", "web_address"]

Form = TypeVar("Form", bound=BaseModel)


def repeated(names: Iterable[int | str]) -> int | str | None:
    """Return the first name that stands more than once, or None."""
    return next((name for name, count in Counter(names).items() if count > 1), None)


def file_of(written: object) -> object:
    """Return the path that `{ file = "path" }` names; the site file has made it absolute."""
    return written["file"] if isinstance(written, dict) and set(written) == {"file"} else written


def web_address(written: object) -> object:
    """Return an http(s) address as it is written.

    Raises:
        ValueError: it is none, or it holds user or password.
    """
    try:
        parts = urlsplit(written) if isinstance(written, str) else None
        port = parts.port if parts else None
    except ValueError:
        parts = port = None
    if parts is None or parts.scheme not in {"https", "http"} or not parts.hostname or port == 0:
        msg = 'must be an address, for example "http://10.1.1.1:9400/metrics"'
        raise ValueError(msg)
    if "@" in parts.netloc:
        msg = "must not hold user or password: write user and password of their own"
        raise ValueError(msg)
    return written


def metric_of(name: str) -> str:
    """Return the name of a metric of the catalogue.

    Raises:
        ValueError: there is no such metric; the text says which is near.
    """
    if name not in metrics():
        msg = f'metric "{name}" is not in the catalogue; {remedy(name, metrics())}'
        raise ValueError(msg)
    return name


def shipped(folder: Path) -> list[str]:
    """Return the names of the data files that come with Wattlas in `folder`."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def data_file(form: type[Form], name: str, *, folder: Path, key: str, also: tuple[str, ...] = ()) -> Form:
    """Return the shipped data file of that name, or the file that `name` is the path of (it ends in .toml).

    Args:
        form: what the file holds.
        name: as the site file gives it.
        folder: where shipped ones lie.
        key: of the site file, for the sentence.
        also: names that are no files and are valid too.

    Raises:
        ConfigError: there is no such file, or it has mistakes.
    """
    path = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    if path.parent == folder and path.stem not in shipped(folder):
        msg = f'{key} = "{name}" is unknown; {remedy(name, [*shipped(folder), *also])}'
        raise ConfigError(msg)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{path} cannot be read ({error}): correct the file or its path."
        raise ConfigError(msg) from error
    mistakes = Mistakes()
    found = build(form, table, place=path.name, mistakes=mistakes)
    mistakes.stop()
    assert found is not None  # noqa: S101 - for mypy: None comes with a mistake
    return found


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
        raise PayloadUnreadable(msg) from None  # pydantic quotes what it was given: a server may give back a key
