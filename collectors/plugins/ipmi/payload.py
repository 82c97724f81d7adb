"""What one poll records: the BMC's replies, untouched, in a JSON object that explains itself.

```json
{"chassis": "0001...", "dcmi": "00dc6500..."}
{"chassis": "0001...", "dcmi": "00dc6500...", "still": 7}
{"chassis": "0001...", "sensors": [{"record": "0100510109...", "reading": "0019c0"}]}
```

Each reply is hex and begins with its completion code; `record` is the sensor's SDR. Neither address nor account is
in it, so a recorded payload can be kept as a test case.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from collectors.plugins.ipmi import messages, sdr
from config.errors import PayloadUnreadable

FIRST_ABSOLUTE = 0x20000000  # IPMI v2.0 section 37: clocks below count from the BMC's own start
UNSPECIFIED = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Sample:
    """What one payload says: watts (None if a host that is off gives no value), whether it is off, the BMC's clock."""

    watts: float | None
    off: bool
    clock: int | None = None
    still: int = 0  # polls in which nothing moved, the BMC's own time stamp included


def encode_dcmi(chassis: bytes, power: bytes, *, still: int) -> bytes:
    """Payload of a poll by DCMI; `still` counts polls in which nothing moved."""
    return json.dumps({"chassis": chassis.hex(), "dcmi": power.hex(), **({"still": still} if still else {})}).encode()


def encode_sensors(chassis: bytes, sensors: list[tuple[bytes, bytes]]) -> bytes:
    """Payload of a poll by sensors: pairs of record and reply."""
    pairs = [{"record": record.hex(), "reading": reply.hex()} for record, reply in sensors]
    return json.dumps({"chassis": chassis.hex(), "sensors": pairs}).encode()


def read_payload(payload: bytes) -> Sample:
    """Decode a payload of either form.

    Raises:
        PayloadUnreadable: it is neither, a reply in it makes no sense, or a running host gives no value.
    """
    fields = _object(payload)
    off = messages.is_chassis_on(_reply(fields, "chassis")) is False
    if "dcmi" in fields:
        still = fields.get("still", 0)
        return _dcmi(_reply(fields, "dcmi"), off=off, still=still if isinstance(still, int) else 0)
    sensors = fields.get("sensors")
    if not isinstance(sensors, list) or not sensors or not all(isinstance(each, dict) for each in sensors):
        msg = "An IPMI payload has neither a 'dcmi' reply nor a list of 'sensors'."
        raise PayloadUnreadable(msg)
    return _sensors(sensors, off=off)


def _dcmi(reply: bytes, *, off: bool, still: int) -> Sample:
    if off and reply and reply[0] != messages.OK:
        return Sample(None, off)  # many BMCs answer 0xD5, "not in the present state", while the host is off
    power = messages.power_reading(reply)
    known = FIRST_ABSOLUTE <= power.clock < UNSPECIFIED
    return Sample(float(power.current_w), off, power.clock if known else None, still)


def _sensors(sensors: list[dict[str, Any]], *, off: bool) -> Sample:
    total_w = 0.0
    for fields in sensors:
        sensor = sdr.watt_sensor(_reply(fields, "record"))
        if sensor is None:
            msg = "A sensor record of an IPMI payload does not describe a watt sensor."
            raise PayloadUnreadable(msg)
        watts = sdr.sensor_watts(sensor, _reply(fields, "reading"))
        if watts is None and off:
            return Sample(None, off)
        if watts is None:
            msg = f"The host is on, but sensor '{sensor.name}' has no value (unavailable, or not scanned)."
            raise PayloadUnreadable(msg)
        total_w += watts
    if not math.isfinite(total_w):
        msg = "The watt sensors of an IPMI payload add up to no finite value."
        raise PayloadUnreadable(msg)
    return Sample(total_w, off)


def _object(payload: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError) as error:
        msg = f"An IPMI payload of {len(payload)} bytes is no JSON."
        raise PayloadUnreadable(msg) from error
    if not isinstance(fields, dict):
        msg = "An IPMI payload is JSON, but no object."
        raise PayloadUnreadable(msg)
    return fields


def _reply(fields: dict[str, Any], key: str) -> bytes:
    try:
        return bytes.fromhex(fields[key])
    except (KeyError, TypeError, ValueError) as error:
        msg = f"An IPMI payload has no hex bytes under '{key}'."
        raise PayloadUnreadable(msg) from error
