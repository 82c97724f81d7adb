"""Register maps: one TOML file a meter, shipped in `maps/` or written by the user (see the package's manual)."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from collectors.plugins.modbus.numbers import NumberType, WordOrder, words_of
from config.catalogue import metrics
from config.errors import ConfigError
from config.fields import Flag, Number, Table, Whole
from config.mistakes import Mistakes, build
from config.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).with_name("maps")
MOST_REGISTERS = 125  # of one request (Modbus application protocol 1.1b3, 6.3)
Address = Annotated[Whole, Field(ge=0, le=65535)]


class Register(Table):
    """One number of a meter; `scale` turns it into the unit of its metric."""

    metric: str
    address: Address  # as requests carry it: zero-based
    type: NumberType
    scale: Number = 1.0

    @model_validator(mode="after")
    def _known_metric(self) -> Self:
        if self.metric not in metrics():
            msg = f'metric "{self.metric}" is not in the catalogue; {remedy(self.metric, metrics())}'
            raise ValueError(msg)
        return self

    @property
    def end(self) -> int:
        """Address after the last register."""
        return self.address + words_of(self.type)


class RegisterMap(Table):
    """The registers of one kind of meter; `verified` says whether somebody held them against a meter or its manual."""

    name: str
    source: str
    verified: Flag
    function: Literal[3, 4]
    word_order: WordOrder = "high_first"
    registers: tuple[Register, ...] = Field(min_length=1)

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Yield address and count of the fewest requests that ask for nothing but the map's registers.

        Registers between are never asked for: a meter that lacks one refuses the whole request.
        """
        start = end = -1
        for register in sorted(self.registers, key=lambda each: each.address):
            if start >= 0 and (register.address > end or register.end - start > MOST_REGISTERS):
                yield start, end - start
                start = -1
            start = register.address if start < 0 else start
            end = max(end, register.end)
        yield start, end - start


def shipped() -> list[str]:
    """Return the names of the maps that come with Wattlas."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@lru_cache(maxsize=64)
def register_map(name: str) -> RegisterMap:
    """Return a shipped map by its name, or the map of a file whose name ends in .toml.

    Raises:
        ConfigError: there is no such map, or the file has mistakes.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if path.parent == FOLDER and path.stem not in shipped():
        msg = f'map = "{name}" is unknown; {remedy(name, [*shipped(), "sunspec"])}'
        raise ConfigError(msg)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        msg = f"{path} cannot be read ({error}): correct the file or its path."
        raise ConfigError(msg) from error
    mistakes = Mistakes()
    found = build(RegisterMap, table, place=path.name, mistakes=mistakes)
    mistakes.stop()
    assert found is not None  # noqa: S101 - for mypy: None comes with a mistake
    return found
