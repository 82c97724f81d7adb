"""Register maps: one TOML file a meter, shipped in `maps/` or written by the user (see the package's manual)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from collectors.plugins.local import data_file, metric_of
from collectors.plugins.modbus.numbers import NumberType, WordOrder, words_of
from config.reading.fields import Flag, Number, Table, Whole

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).with_name("maps")
MOST_REGISTERS = 125  # of one request (Modbus application protocol 1.1b3, 6.3)
Address = Annotated[Whole, Field(ge=0, le=65535)]


class Place(Table):
    """Where a number of a meter stands; `scale` turns it into its unit."""

    address: Address  # as requests carry it: zero-based
    type: NumberType
    scale: Number = 1.0

    @property
    def end(self) -> int:
        """Address after the last register."""
        return self.address + words_of(self.type)


class Register(Place):
    """One number of a meter, in the unit of its metric."""

    metric: Annotated[str, AfterValidator(metric_of)]


class RegisterMap(Table):
    """The registers of one kind of meter; `verified` says whether somebody held them against a meter or its manual."""

    name: str
    source: str
    verified: Flag
    function: Literal[3, 4]
    word_order: WordOrder = "high_first"
    registers: tuple[Register, ...] = Field(min_length=1)
    voltage: Place | None = None  # of a phase [V]: by it the order of words is seen to be right

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


@lru_cache(maxsize=64)
def register_map(name: str) -> RegisterMap:
    """Return a shipped map by its name, or the map of a file whose name ends in .toml.

    Raises:
        ConfigError: there is no such map, or the file has mistakes.
    """
    return data_file(RegisterMap, name, folder=FOLDER, key="map", also=("sunspec",))
