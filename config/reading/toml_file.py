"""A TOML file as raw tables; what is wrong with it is one sentence."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final

from config.errors import ConfigError
from config.reading.depth import DEEPEST, too_deep

if TYPE_CHECKING:
    from pathlib import Path

    from config.reading.fields import Raw

ABSENT: Final = "name the site file with --config, write one with `wattlas init`, or see the demo first: `wattlas demo`"


def read_toml(path: Path, *, absent: str = ABSENT) -> Raw:
    """Read a TOML file into raw tables.

    Raises:
        ConfigError: it is not there (`absent` is the remedy), cannot be read, or is no TOML.
    """
    deep = f"{path}: tables stand in each other more than {DEEPEST} deep; write it flatter."
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        msg = deep
    except FileNotFoundError:
        msg = f"{path}: there is no such file; {absent}."
    except OSError as error:
        msg = f"{path}: the file cannot be read ({error.strerror}); check its rights."
    except UnicodeDecodeError as error:
        msg = f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8."
    except tomllib.TOMLDecodeError as error:
        text, _, position = str(error).partition(" (at ")
        where = f" {position.partition(',')[0].rstrip(')')}" if position else ""
        msg = f"{path}{where}: {text[:1].lower()}{text[1:]}; correct the TOML there."
    else:
        if not too_deep(tables):
            return tables
        msg = deep
    raise ConfigError(msg)
