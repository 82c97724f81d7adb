from __future__ import annotations

import pytest

from collectors.plugins.ipmi.sdr import WattSensor, sensor_watts, watt_sensor
from config.errors import PayloadUnreadable
from tests.peers.ipmi_sim import watt_record

RECORD = watt_record(5, "Pwr Consumption", m=16)


def changed(**bytes_at: int) -> bytes:
    record = bytearray(RECORD)
    for place, value in bytes_at.items():
        record[int(place.removeprefix("at_"))] = value
    return bytes(record)


def sensor(**changes: int) -> WattSensor:
    factors = {"signedness": 0, "linearisation": 0, "m": 1, "b": 0, "b_exponent": 0, "r_exponent": 0} | changes
    return WattSensor("Pwr", 1, 0, **factors)


def test_a_watt_sensor_is_recognised() -> None:
    assert watt_sensor(RECORD) == WattSensor("Pwr Consumption", 5, 0, 0, 0, m=16, b=0, b_exponent=0, r_exponent=0)


@pytest.mark.parametrize(
    "record",
    [
        changed(at_21=4),  # volts
        changed(at_20=0x08),  # watts per something
        changed(at_20=0x01),  # percent
        changed(at_20=0xC0),  # no analog reading
        changed(at_23=0x70),  # factors change with the reading
        changed(at_5=0x2C),  # owned by another controller
        changed(at_3=0x02),  # compact record
        RECORD[:40],
        b"",
    ],
)
def test_anything_else_is_no_watt_sensor(record: bytes) -> None:
    assert watt_sensor(record) is None


def test_factors_are_signed_and_split_over_two_bytes() -> None:
    found = watt_sensor(changed(at_24=0x2C, at_25=0x40, at_26=0xFE, at_27=0xC0, at_29=0xE1))
    assert found is not None
    assert (found.m, found.b, found.b_exponent, found.r_exponent) == (300, -2, 1, -2)


def test_a_name_that_is_not_ascii_becomes_the_number() -> None:
    found = watt_sensor(changed(at_47=0x04))
    assert found is not None
    assert found.name == "sensor 5"


@pytest.mark.parametrize(
    ("changes", "raw", "watts"),
    [
        ({"m": 16}, 51, 816.0),  # ipmitool shows the same for this record
        ({"m": 2, "b": 5, "b_exponent": 1}, 100, 250.0),  # 2 x 100 + 5 x 10^1
        ({"m": 25, "r_exponent": -1}, 100, 250.0),  # 25 x 100 x 10^-1
        ({"signedness": 2}, 0xFF, -1.0),
        ({"signedness": 1}, 0xFE, -1.0),
        ({"signedness": 0}, 0xFE, 254.0),
        ({"linearisation": 8}, 12, 144.0),
        ({"linearisation": 7, "r_exponent": -2}, 50, 2.0),
        ({"linearisation": 10}, 144, 12.0),
        ({"linearisation": 11, "signedness": 2}, 0xF8, -2.0),  # cube root of -8
        ({"linearisation": 6}, 8, 256.0),
    ],
)
def test_conversion_follows_section_36_3(changes: dict[str, int], raw: int, watts: float) -> None:
    assert sensor(**changes).watts(raw) == pytest.approx(watts)


def test_a_formula_without_value_is_unreadable() -> None:
    with pytest.raises(PayloadUnreadable, match="'Pwr' reads 0"):
        sensor(linearisation=7).watts(0)


@pytest.mark.parametrize("flags", [0x60, 0xE0, 0x00, 0x80])
def test_unavailable_or_unscanned_is_no_value(flags: int) -> None:
    assert sensor_watts(sensor(), bytes([0, 100, flags])) is None


def test_available_and_scanned_is_a_value() -> None:
    assert sensor_watts(sensor(), bytes([0, 100, 0x40])) == 100.0


def test_an_error_reply_names_the_sensor() -> None:
    with pytest.raises(PayloadUnreadable, match="sensor 'Pwr' with 0xCB"):
        sensor_watts(sensor(), b"\xcb")
