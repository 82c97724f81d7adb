"""Secrets: never in the site file, only where to find them.

    password = { env = "BMC_PASSWORD" }
    password = { file = "/run/secrets/bmc" }

The value is looked up when it is needed and comes as a pydantic `SecretStr`, which shows stars in logs and errors.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr, model_validator

from config.errors import ConfigError
from config.fields import Table


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
            return _filled(os.environ.get(self.env), f"environment variable {self.env}", "set it before Wattlas starts")
        return _filled(
            _first_line_end_cut(Path(self.file or "")), f"secret file {self.file}", "write the secret into it"
        )


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
