"""Walks of vendors' devices with what they say beside numbers: pure, one case a trap."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.snmp import Snmp
from collectors.plugins.snmp.values import plain
from config.errors import PayloadUnreadable

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.reading import Reading

AT = datetime(2026, 3, 1, tzinfo=UTC)
E = "1.3.6.1.4.1"


def column(oid: str, **rows: object) -> dict[str, object]:
    """Objects of one column: `_1_2` is index 1.2."""
    return {f"{oid}.{index[1:].replace('_', '.')}": value for index, value in rows.items()}


def readings(profile: str, told: dict[str, object], **points: str) -> list[Reading]:
    table = {
        "id": "s",
        "point": "lab/pdu",
        "host": "h",
        "profile": profile,
        "community": {"env": "C"},
        "points": points,
    }
    return list(Snmp.model_validate(table).parse(json.dumps({"objects": told}).encode(), AT))


def read(profile: str, told: dict[str, object], **points: str) -> dict[str, float]:
    return {each.metric if not points else each.point: each.value for each in readings(profile, told, **points)}


CYBER = f"{E}.3808.1.1.3.2.3.1.1"
EATON = f"{E}.534.6.6.7.3.4.1"
RNX = f"{E}.55108.1.3.1.1"
TS = f"{E}.42610.1.4.4.1.6.1.2.1"
SENSOR = "1.3.6.1.2.1.99.1.1.1"

RITTAL, SDB, CONTEG = f"{E}.2606.7.4.2.2.1", f"{E}.31034.12.1.1.2", f"{E}.28402.12.1.1.2"
UPS, UPS_LOAD = "1.3.6.1.2.1.33.1.4.4.1.4", "1.3.6.1.2.1.33.1.4.4.1.5"
CHATSWORTH = f"{E}.30932.1.10.1"

PHASES_AND_BANKS = column(f"{CYBER}.7", _1=1000, _2=600, _3=400) | column(f"{CYBER}.5", _1=0, _2=1, _3=2)
PHASES_AND_TOTAL = column(f"{EATON}.4", _0_1_1=1000, _0_1_2=1100, _0_1_3=900, _0_1_4=3000) | column(
    f"{EATON}.2", _0_1_1=1, _0_1_2=2, _0_1_3=3, _0_1_4=4
)
ALL_METERS = (
    column(f"{RNX}.7", _0_0=3000, _0_1=1000, _0_2=1100, _0_3=900, _1_0=3000, _1_1=1500, _1_2=1500)
    | column(f"{RNX}.3", _0_0=0, _0_1=2, _0_2=2, _0_3=2, _1_0=4, _1_1=6, _1_2=6)
    | column(f"{RNX}.4", _0_0=5_000_000, _0_1=1_000_000)
)
WATTS = {"1": 6, "2": 9, "3": 0, "5": 1}


def sensor(index: int, value: object, **other: object) -> dict[str, object]:
    told = {"4": value} | WATTS | {name[1:]: said for name, said in other.items()}
    return {f"{SENSOR}.{name}.{index}": said for name, said in told.items()}


@pytest.mark.parametrize(
    ("profile", "told", "found"),
    [
        ("cyberpower_epdu2", PHASES_AND_BANKS, {"power": 1000.0}),
        ("eaton_epdu", PHASES_AND_TOTAL, {"power": 3000.0}),
        ("eaton_epdu", PHASES_AND_TOTAL | column(f"{EATON}.4", _0_1_2=None), {}),
        ("eaton_epdu", PHASES_AND_TOTAL | column(f"{EATON}.2", _0_1_4=None), {}),
        ("rnx_updu", ALL_METERS, {"power": 3000.0, "energy_counter": 5000.0}),
        (
            "bachmann",
            column(f"{TS}.15", _1=50000) | column(f"{TS}.16", _1=60000) | column(f"{TS}.17", _1=40000),
            {"power": 15000.0},
        ),
        ("bachmann", column(f"{TS}.15", _1=2287, _2=2300, _3=0) | column(f"{TS}.16", _1=0), {"power": 458.7}),
        ("janitza_umg", column(f"{E}.34278.2.1", _0=9000) | column(f"{E}.34278.1.12", _0=3000), {"power": 9000.0}),
        (
            "sentry4",
            column(f"{E}.1718.4.1.3.3.1.3", _1_1=815) | column(f"{E}.1718.4.1.3.3.1.10", _1_1=40210),
            {"power": 815.0, "energy_counter": 4021.0},
        ),
        (
            "sentry4",
            column(f"{E}.1718.4.1.3.3.1.3", _1_1=-1) | column(f"{E}.1718.4.1.3.3.1.10", _1_1=-1),
            {},
        ),
        ("apc_rpdu2", column(f"{E}.318.1.1.26.4.3.1.5", _1=65535), {}),
        ("apc_rpdu2", column(f"{E}.318.1.1.26.4.3.1.9", _1=65535), {"energy_counter": 6553.5}),
        ("apc_rpdu2", column(f"{E}.318.1.1.26.4.3.1.5", _1="138\0"), {"power": 1380.0}),
        ("apc_rpdu2", column(f"{E}.318.1.1.26.4.3.1.5", _1="1e400"), {}),
        ("apc_rpdu2", column(f"{E}.318.1.1.26.4.3.1.5", _1="\uff11\uff12"), {}),
        ("apc_isx", column(f"{E}.318.1.1.15.3.4.4", _0=512), {"apparent_power": 51200.0}),
        ("apc_ups", column(f"{E}.318.1.1.1.4.2.8", _0="512 VA"), {}),
        ("dell_rpdu", column(f"{E}.674.10903.200.2.200.120.2.1.6", _1=120, _2=-1), {}),
        ("liebert_ups", column(f"{E}.476.1.42.3.9.20.1.20.1.2.1", _4208=12), {"power": 12000.0}),
        ("liebert_ups", column(f"{E}.476.1.42.3.9.20.1.20.1.2.1", _4208="12.5 kW"), {"power": 12500.0}),
        ("ups_mib", column("1.3.6.1.2.1.33.1.4.4.1.4", _1="2287 W", _2="0.9 kW"), {"power": 3187.0}),
        ("ups_mib", column(UPS, _1=1) | column(UPS_LOAD, _1=0), {"power": 1.0}),
        ("ups_mib", column(UPS, _1=81) | column(UPS_LOAD, _1=27), {"power": 81.0}),
        (
            "bachmann",
            column(f"{TS}.4", _1=4021) | column(f"{TS}.15", _1=50000),
            {"power": 5000.0, "energy_counter": 4021},
        ),
        (
            "schleifenbauer",
            column(f"{SDB}.6.1.1.10", _1_1=690)
            | column(f"{SDB}.6.1.1.9", _1_1=702)
            | column(f"{SDB}.6.1.1.2", _1_1=4021),
            {"power": 690.0, "apparent_power": 702.0, "energy_counter": 4021.0},
        ),
        ("conteg", column(f"{CONTEG}.6.1.1.10", _1_1=690, _1_2=310), {"power": 1000.0}),
        ("conteg", column(f"{CONTEG}.6.1.1.3", _1_1=12), {}),
        ("janitza_umg", column(f"{E}.34278.4.1", _0=4021), {}),
        ("gude_epc", column(f"{E}.28507.43.1.5.1.2.1.3", _1=2147483647), {}),
        ("vertiv_geist", column(f"{E}.21239.5.2.3.1.1.12", _1=4294967295), {}),
    ],
)
def test_a_device_as_a_whole(profile: str, told: dict[str, object], found: dict[str, float]) -> None:
    assert read(profile, told) == pytest.approx(found)


def test_what_lies_within_has_points_of_its_own() -> None:
    assert read("cyberpower_epdu2", PHASES_AND_BANKS, a="bank 2", b="bank 3") == {"lab/a": 600.0, "lab/b": 400.0}
    assert read("rnx_updu", ALL_METERS, srv="outlet 1.2", l1="phase 0.1")["lab/srv"] == 1500.0
    assert read("rnx_updu", ALL_METERS, total="outlet 0.0") == {}, "a row of another kind is no outlet"


@pytest.mark.parametrize(
    ("profile", "oid"), [("ilo", f"{E}.232.6.2.9.3.1.7.0"), ("supermicro", f"{E}.21317.1.14.2.1.5")]
)
def test_supplies_that_all_say_the_same_are_doubted(profile: str, oid: str) -> None:
    (doubted,) = readings(profile, column(oid, _1=412, _2=412, _3=412, _4=412))
    assert (doubted.quality, doubted.value) == ("rejected", 1648.0)
    assert "each of 4 rows says 412 W" in (doubted.reason or "")
    (fine,) = readings(profile, column(oid, _1=222, _2=200, _3=86, _4=57))
    assert (fine.quality, fine.value) == ("measured", 565.0)
    assert [each.quality for each in readings(profile, column(oid, _1=412))] == ["measured"]
    assert [each.value for each in readings(profile, column(oid, _1=0, _2=0))] == [0.0], "the judge looks at zeros"


@pytest.mark.parametrize(
    ("told", "watts"),
    [
        (sensor(7, 412), 412.0),
        (sensor(7, 4125, _3=1), 412.5),
        (sensor(7, 4125, _3=3, _2=10), 4125.0),
        (sensor(7, 412000, _2=8), 412.0),
        (sensor(7, 412, _5=2), None),
        (sensor(7, 412, _1=4), None),
        (sensor(7, 412, _2=None), None),
        (sensor(7, 412, _2="0x0a"), None),
        (sensor(7, 412, _3=255), None),
        (sensor(7, 412, _2=99), None),
    ],
)
def test_a_sensor_has_its_scale_precision_and_status(told: dict[str, object], watts: float | None) -> None:
    assert read("entity_sensor", told, srv="sensor 7").get("lab/srv") == (watts and pytest.approx(watts))


def test_sensors_that_nobody_named_are_not_added() -> None:
    with pytest.raises(PayloadUnreadable, match=r"has 2 rows at sensor \(7, 8\): name one in points"):
        read("entity_sensor", sensor(7, 412) | sensor(8, 30))
    assert read("entity_sensor", sensor(7, 412) | sensor(8, 30, _1=8)) == {"power": 412.0}


def test_linked_pdus_answer_through_one() -> None:
    value, digits = f"{E}.13742.6.5.2.3.1.4", f"{E}.13742.6.3.3.4.1.7"
    told = column(value, _1_1_5=1380, _2_1_5=690) | column(digits, _1_1_5=1, _2_1_5=0)
    assert read("raritan_px", told, a="inlet 1", b="linked_inlet 2.1") == {"lab/a": 138.0, "lab/b": 690.0}


def test_columns_of_phases_in_an_own_profile_are_added(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    value = '[[values]]\nlayer = "phase"\nmetric = "power"\noid = "1.3.{}"\n'
    file.write_text('name = "My"\nsource = "its MIB"\nverified = true\n' + "".join(value.format(n) for n in (1, 2, 3)))
    assert read(str(file), {"1.3.1.0": 10, "1.3.2.0": 20, "1.3.3.0": 30}) == {"power": 60.0}
    assert read(str(file), {"1.3.1.0": 10, "1.3.2.0": 20, "1.3.3.0": None}) == {}


def variable(unit: object, factor: object, value: object, kind: int = 2) -> dict[str, object]:
    """Variable 12 of device 2 of a CMC III."""
    told = {4: kind, 5: unit, 7: factor, 11: value}
    return {f"{RITTAL}.{name}.2.12": said for name, said in told.items()}


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (variable("W", "1", 1639), {"power": 1639.0}),
        (variable("W", 0, 1639), {"power": 1639.0}),
        (variable("kW", "-100", 164), {"power": 1640.0}),
        (variable("W", "+10", 164), {"power": 1640.0}),
        (variable("kWh", "-10", 40213), {"energy_counter": 4021.3}),
        (variable("KWh", -10, 40213), {"energy_counter": 4021.3}),
        (variable("VA", "1", 1700), {"apparent_power": 1700.0}),
        (variable("A", "-100", 712), {}),
        (variable("", "1", 4), {}),
        (variable("W", None, 1639), {}),
        (variable("W", "-10", -1), {}),
        (variable("W", "1", 3600, kind=3), {}),
        (variable("W", "ten", 1639), {}),
    ],
)
def test_a_variable_of_rittal_has_unit_and_factor_beside_it(told: dict[str, object], found: dict[str, float]) -> None:
    got = {each.metric: each.value for each in readings("rittal_cmc3", told, srv="variable 2.12")}
    assert got == pytest.approx(found)


def test_one_gateway_answers_for_all_units_of_its_data_bus() -> None:
    told = column(f"{SDB}.6.1.1.10", _1_1=690, _2_1=400, _2_2=300) | column(f"{SDB}.7.2.1.11", _2_7=65)
    assert read("schleifenbauer", told, a="input 1", b="input 2", srv="outlet 2.7") == {
        "lab/a": 690.0,
        "lab/b": 700.0,
        "lab/srv": 65.0,
    }


def test_branches_of_linked_pdus_are_told_apart_by_their_address() -> None:
    told = column(f"{CHATSWORTH}.3.110.1.6", _1_6_0_36_1_1_1=200, _2_6_0_36_1_1_1=300)
    assert read("chatsworth", told, a="branch 1", b="branch 2.6.0.36.1.1.1") == {"lab/a": 200.0, "lab/b": 300.0}
    with pytest.raises(PayloadUnreadable, match="name one in points"):
        read("chatsworth", told, a="branch")


def test_a_power_that_its_load_belies_is_not_believed() -> None:
    (found,) = readings("ups_mib", column(UPS, _1=1) | column(UPS_LOAD, _1=27))
    assert found.reason == "1 W at a load of 27 %: it counts in another unit, or the load is wrong"


def test_rows_of_a_long_table_are_named_whole() -> None:
    for points in ({}, {"srv": "variable"}):
        with pytest.raises(ValueError, match=r'name rows of rittal_cmc3 by their whole index, such as "variable 2.12"'):
            readings("rittal_cmc3", {}, **points)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("9f780441580000", 13.5),
        ("9f7908c02a800000000000", -13.25),
        ("9f78047fc00000", None),
        ("9f7804415800", "\ufffdx\x04AX\x00"),
        ("3133", "13"),
    ],
)
def test_an_opaque_of_net_snmp_is_the_number_in_it(said: str, number: object) -> None:
    assert plain(bytes.fromhex(said)) == number
