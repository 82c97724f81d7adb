"""A company's own factors of fuels: what they must say, and for which records they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.errors import ConfigError
from config.fingerprint import config_hash
from config.loading import load_settings
from config.records.kinds import fuels_of, kind

if TYPE_CHECKING:
    from pathlib import Path

SITE = """
[company]
name = "A"
currency = "EUR"
[[sites]]
id = "t"
name = "T"
zone = "DE"
time_zone = "Europe/Berlin"
"""
GAS: dict[str, Any] = {
    "id": "gas",
    "fuel": "natural_gas",
    "value": 56.1,
    "unit": "kgCO2e/GJ",
    "gas": "CO2",
    "heating": "LHV",
    "year": 2025,
    "zone": "DE",
    "source": "inventory",
    "licence": "published figures",
}


def written(folder: Path, *fuels: dict[str, Any]) -> Path:
    path = folder / "wattlas.toml"
    tables = ("\n".join(f"{key} = {value!r}" for key, value in fuel.items()) for fuel in fuels)
    path.write_text(SITE + "".join(f"[[factors.fuels]]\n{table}\n" for table in tables))
    return path


def changed(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - None takes a key out
    return {key: value for key, value in (GAS | more).items() if value is not None}


def test_an_own_fuel_is_for_records_of_its_own_kind(tmp_path: Path) -> None:
    hvo = changed(id="hvo", fuel="hvo", value=0.035, unit="kgCO2e/L", heating=None, biogenic=2.43)
    pellets = changed(id="pellets", fuel="pellets", value=0.05, unit="kgCO2e/t", heating=None, biogenic=1760)
    lpg = changed(id="lpg", fuel="lpg", value=1557.0, unit="kgCO2e/m^3", heating=None)
    own = load_settings(written(tmp_path, GAS, hvo, pellets, lpg)).factors.fuels
    energy, volume, mass = (fuels_of(kind(name), own) for name in ("fuel_energy", "fuel", "fuel_mass"))
    assert energy.keys() == {"gas", "eu-mrr:diesel:CO2"}, "of NGA's GJ nobody verified which heating value they are of"
    assert energy["gas"].per_unit() == pytest.approx(0.20196)  # 56.1 kg/GJ x 0.0036 GJ/kWh
    assert energy["gas"].biogenic_per_unit() is None
    assert energy["eu-mrr:diesel:CO2"].per_unit() == pytest.approx(0.26676)  # 74.1 t/TJ
    assert {"hvo", "lpg"} < volume.keys()
    assert (volume["lpg"].per_unit(), volume["hvo"].biogenic_per_unit()) == (pytest.approx(1.557), 2.43)
    assert mass.keys() == {"pellets"}
    assert mass["pellets"].biogenic_per_unit() == pytest.approx(1.76)


def test_an_own_fuel_judges_figures(tmp_path: Path) -> None:
    hashes = [config_hash(load_settings(written(tmp_path, *fuels))) for fuels in ([], [GAS], [changed(value=57)])]
    assert len(set(hashes)) == 3


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"source": None}, "key fuels number 1, source is missing"),
        ({"unit": None}, "key fuels number 1, unit is missing"),
        ({"gas": None}, "key fuels number 1, gas is missing"),
        ({"value": -1.0}, "value must be 0 or more, not -1.0"),
        ({"biogenic": -1.0}, "biogenic must be 0 or more, not -1.0"),
        ({"biogenc": 1.0}, 'biogenc is not known here; did you mean "biogenic"'),
        ({"heating": None}, '"gas": heating is missing: its unit is per energy'),
        ({"heating": "NCV"}, 'heating cannot be "NCV"'),
        ({"unit": "kgCO2e/L"}, "heating is of amounts of energy, and its unit is kgCO2e/L: leave it out"),
        ({"unit": "kg/L", "heating": None}, 'unit "kg/L" is no emission of an amount of fuel'),
        ({"unit": "kgCO2e/h", "heating": None}, 'unit "kgCO2e/h" is no emission of an amount of fuel'),
        ({"unit": "kgCO2e/gal", "heating": None}, 'unit "gal" is not the same to everybody: write US_liquid_gallon'),
        ({"id": "epa:diesel:CO2"}, "stands in our own table already: give yours another id"),
    ],
)
def test_a_mistake_in_an_own_fuel_is_told_in_one_sentence(tmp_path: Path, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, changed(**more)))
    assert told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='"gas" stands twice: rename or remove one'):
        load_settings(written(tmp_path, GAS, changed(value=1.0)))
