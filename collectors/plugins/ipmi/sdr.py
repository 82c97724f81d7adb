"""Watt sensors: full sensor records (SDR type 1) and the arithmetic from raw byte to watts.

IPMI v2.0 table 43-1 (record), section 36.3 (conversion), table 35-15 (reading flags). An 8-bit sensor has coarse
steps: a factor M of 16 is common on servers of 4 kW, so DCMI is preferred wherever it exists.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.plugins.ipmi.messages import completion
from config.errors import PayloadUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FULL_SENSOR_RECORD = 0x01
WATTS = 6
FIXED_LENGTH = 48  # bytes before the name, the five bytes of the record's header included
OWNED_BY_BMC = 0x20
NO_ANALOG_READING = ASCII = 3  # two-bit codes of the data format and of the name's encoding
UNAVAILABLE, SCANNING = 0x20, 0x40

LINEARISATIONS: Mapping[int, Callable[[float], float]] = {
    0: lambda value: value,
    1: math.log,
    2: math.log10,
    3: math.log2,
    4: math.exp,
    5: lambda value: 10.0**value,
    6: math.exp2,
    7: lambda value: 1.0 / value,
    8: lambda value: value**2,
    9: lambda value: value**3,
    10: math.sqrt,
    11: lambda value: math.copysign(abs(value) ** (1.0 / 3.0), value),
}
"""Table 43-1 byte 24; from 0x70 on the factors change with the reading, and such a sensor is not read."""


@dataclass(frozen=True, slots=True)
class WattSensor:
    """A sensor that reads watts: where it is asked, and how its raw byte is converted."""

    name: str
    number: int
    lun: int
    signedness: int  # 0 unsigned, 1 one's complement, 2 two's complement
    linearisation: int
    m: int
    b: int
    b_exponent: int
    r_exponent: int

    def watts(self, raw: int) -> float:
        """Section 36.3: L[(M x + B 10^K1) 10^K2].

        Raises:
            PayloadUnreadable: the formula has no finite value there.
        """
        x = raw
        if raw & 0x80 and self.signedness:
            x = raw - (255 if self.signedness == 1 else 256)
        linear = (self.m * x + self.b * 10.0**self.b_exponent) * 10.0**self.r_exponent
        try:
            return LINEARISATIONS[self.linearisation](linear)
        except (ValueError, ArithmeticError) as error:
            msg = f"Sensor '{self.name}' reads {raw}, for which its conversion formula has no value."
            raise PayloadUnreadable(msg) from error


def watt_sensor(record: bytes) -> WattSensor | None:
    """The watt sensor that a record describes; None if it is another record, or one that cannot be read as watts."""
    if len(record) < FIXED_LENGTH or record[3] != FULL_SENSOR_RECORD:
        return None
    units, base_unit, linearisation = record[20], record[21], record[23] & 0x7F
    is_plain_watts = base_unit == WATTS and not units & 0x3F  # no rate, no modifier, no percentage
    is_analog = units >> 6 != NO_ANALOG_READING and linearisation in LINEARISATIONS
    if not is_plain_watts or not is_analog or record[5] != OWNED_BY_BMC:
        return None
    return WattSensor(
        name=_name(record),
        number=record[7],
        lun=record[6] & 0x03,
        signedness=units >> 6,
        linearisation=linearisation,
        m=_signed(record[24] | (record[25] & 0xC0) << 2, bits=10),
        b=_signed(record[26] | (record[27] & 0xC0) << 2, bits=10),
        b_exponent=_signed(record[29] & 0x0F, bits=4),
        r_exponent=_signed(record[29] >> 4, bits=4),
    )


def sensor_watts(sensor: WattSensor, reply: bytes) -> float | None:
    """Watts of a Get Sensor Reading reply; None while the sensor is unavailable or not scanned.

    Raises:
        PayloadUnreadable: it is an error reply, or too short.
    """
    if reply[:1] != b"\0":
        what = completion(reply[0]) if reply else "nothing"
        msg = f"The BMC answered the reading of sensor '{sensor.name}' with {what}."
        raise PayloadUnreadable(msg)
    if not reply[2:]:
        msg = f"The reading of sensor '{sensor.name}' is cut short."
        raise PayloadUnreadable(msg)
    if reply[2] & UNAVAILABLE or not reply[2] & SCANNING:
        return None
    return sensor.watts(reply[1])


def _signed(value: int, *, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def _name(record: bytes) -> str:
    """Sensor name: 8-bit ASCII as nearly all firmware writes it; other encodings show as their number."""
    length = record[47] & 0x1F
    if record[47] >> 6 != ASCII or not length:
        return f"sensor {record[7]}"
    return record[FIXED_LENGTH : FIXED_LENGTH + length].decode("latin-1").strip("\0 ")
