"""Secrets: never in the site file, only where to find them.

    password = { env = "BMC_PASSWORD" }
    password = { file = "/run/secrets/bmc" }

The value is looked up when it is needed and comes as a pydantic `SecretStr`, which shows stars in logs and errors.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import SecretStr, model_validator

from config.errors import ConfigError
from config.reading.fields import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_KEYS: Final = frozenset(
    {
        *("password", "passphrase", "token", "secret", "api_key", "private_key", "community"),
        *("auth_password", "priv_password", "access_key", "secret_key", "session_token", "client_secret"),
    }
)
"""Keys of tables that are read later, by their kind: no command may carry on with a secret in the site file."""


def refuse_plain(table: Mapping[str, object]) -> None:
    """Say so where a key that takes a secret holds it.

    Raises:
        ValueError: the text names the key, and not the value.
    """
    for key in sorted(key for key in SECRET_KEYS & table.keys() if isinstance(table[key], str)):
        msg = f'{key} must not stand in the file: write {key} = {{ env = "NAME" }} or {{ file = "path" }}'
        raise ValueError(msg)


class Secret(Table):
    """Where a secret stands: in an environment variable or in a file (a relative path is of the working folder)."""

    env: str | None = None
    file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _never_the_value(cls, table: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if isinstance(table, (dict, cls)):
            return table
        msg = 'must not stand in the file: write { env = "NAME" } or { file = "path" }'
        raise ValueError(msg)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            msg = 'needs one place: write { env = "NAME" } or { file = "path" }'
            raise ValueError(msg)
        return self

    def resolve(self) -> SecretStr:
        """Return the secret as it is now, so a changed file or variable counts at the next look-up.

        Raises:
            ConfigError: the variable or file is absent, unreadable or empty.
        """
        if self.env is not None:
            return _filled(os.environ.get(self.env), self.place, "set it before Wattlas starts")
        return _filled(_first_line_end_cut(Path(self.file or "")), self.place, "write the secret into it")

    def in_header(self) -> str:
        """Return the secret as a header of HTTP takes it: clients quote in their errors what does not fit into one.

        Raises:
            ConfigError: as `resolve`, or it holds what no header can.
        """
        value = self.resolve().get_secret_value()
        if not (value.isascii() and value.isprintable()):
            msg = f"{self.place} holds signs that no header can: write the token alone, in one line."
            raise ConfigError(msg)
        return value

    @property
    def place(self) -> str:
        """Where it stands, for a sentence."""
        return f"secret file {self.file}" if self.env is None else f"environment variable {self.env}"


def _first_line_end_cut(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        msg = f"secret file {path} cannot be read ({reason}): correct the path or its rights."
        raise ConfigError(msg) from None


def _filled(value: str | None, place: str, remedy: str) -> SecretStr:
    if not value:
        msg = f"{place} is {'not set' if value is None else 'empty'}: {remedy}."
        raise ConfigError(msg)
    return SecretStr(value)


def with_absolute_files(value: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a source table in which each `{ file = "path" }` is relative to nothing any more."""
    if set(value) == {"file"} and isinstance(value["file"], str):
        return {"file": str(folder / value["file"])}
    return {
        key: with_absolute_files(entry, folder) if isinstance(entry, dict) else entry for key, entry in value.items()
    }
