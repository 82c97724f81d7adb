"""SunSpec meters describe themselves: a list of models from a fixed place on, of which 201 to 214 are AC meters.

Offsets are those of the SunSpec models 201 to 204 (integers with scale factors), which share one layout: W, W_SF,
TotWhImp and TotWh_SF; and of 211 to 214 (floats): W, TotWhImp. Zero in an accumulator, 0x8000 in a number and in a
scale factor, NaN in a float mean "not implemented".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.plugins.modbus.gateway import NoRegister
from collectors.plugins.modbus.numbers import decode
from config.errors import PayloadUnreadable, SourceRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.plugins.modbus.gateway import Gateway

BASES = (40000, 50000, 0)
MARK = [0x5375, 0x6E53]  # "SunS"
INTEGERS = frozenset({201, 202, 203, 204})
FLOATS = frozenset({211, 212, 213, 214})
METERS = INTEGERS | FLOATS
END = 0xFFFF
HEAD = 2  # model and length stand before the values
W, W_SF, WH_IMPORTED, WH_SF, LENGTH = 16, 20, 44, 52, 53
FLOAT_W, FLOAT_WH_IMPORTED, FLOAT_LENGTH = 26, 66, 68  # the models are longer than one request may be
MOST_MODELS = 64
LAST = 65535
LARGEST_SCALE = 10
HOLDING = 3


async def find_meter(gateway: Gateway, unit: int) -> tuple[int, int]:
    """Return address and count of the registers of the first AC meter, its model and length before the values.

    Raises:
        SourceRefused: the device is no SunSpec device, or holds no AC meter.
    """
    for base in BASES:
        try:
            marked = await gateway.read(unit, HOLDING, base, len(MARK)) == MARK
        except NoRegister:
            continue
        if marked:
            return await _walk(gateway, unit, base + len(MARK))
    msg = f'Unit {unit} behind {gateway.label} is no SunSpec device: write the map of this meter instead of "sunspec".'
    raise SourceRefused(msg)


async def _walk(gateway: Gateway, unit: int, address: int) -> tuple[int, int]:
    seen: list[str] = []
    for _ in range(MOST_MODELS):
        model, length = await gateway.read(unit, HOLDING, address, HEAD)
        if model == END:
            break
        if model in METERS and length >= _length(model):
            return address, HEAD + _length(model)
        seen.append(str(model))
        address += HEAD + length
        if address > LAST - HEAD:
            break
    msg = f"Unit {unit} behind {gateway.label} holds no SunSpec meter 201 to 214, only models {', '.join(seen)}."
    raise SourceRefused(msg)


def values(words: Sequence[int]) -> dict[str, float]:
    """Return what a meter's registers say, as far as it implements them: `power` [W] and `energy_counter` [kWh].

    `words` are 16-bit registers, from the id of the model on (SunSpec Alliance, models 201 to 204 and 211 to 214).

    Raises:
        PayloadUnreadable: these are not the registers of a SunSpec meter.
    """
    if not words or words[0] not in METERS or len(words) < HEAD + _length(words[0]):
        msg = "A Modbus payload does not hold a SunSpec meter 201 to 214."
        raise PayloadUnreadable(msg)
    return _floats(words[HEAD:]) if words[0] in FLOATS else _integers(words[HEAD:])


def _length(model: int) -> int:
    return FLOAT_LENGTH if model in FLOATS else LENGTH


def _floats(body: Sequence[int]) -> dict[str, float]:
    found: dict[str, float] = {}
    watts = decode(body[FLOAT_W : FLOAT_W + 2], "float32")
    imported = decode(body[FLOAT_WH_IMPORTED : FLOAT_WH_IMPORTED + 2], "float32")
    if imported is not None:
        found["energy_counter"] = imported / 1000
    if watts is not None:
        found["power"] = watts
    return found


def _integers(body: Sequence[int]) -> dict[str, float]:
    watts, scale_w = decode(body[W : W + 1], "int16"), _scale(body[W_SF])
    imported, scale_wh = decode(body[WH_IMPORTED : WH_IMPORTED + 2], "uint32"), _scale(body[WH_SF])
    found: dict[str, float] = {}
    if imported is not None and scale_wh is not None:
        found["energy_counter"] = imported * scale_wh / 1000
    if watts is not None and scale_w is not None:
        found["power"] = watts * scale_w
    return found


def _scale(word: int) -> float | None:
    exponent = word - 0x10000 if word >= 0x8000 else word  # noqa: PLR2004 - sign bit
    return 10.0**exponent if abs(exponent) <= LARGEST_SCALE else None
