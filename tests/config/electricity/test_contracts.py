"""Contracts and tariffs of a site file: every slip is told with its remedy, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.electricity.contracts import Quality, contracts_of
from config.electricity.tariffs import exchange_rates_of, tariffs_of
from config.errors import ConfigError
from config.fingerprint import config_hash
from config.loading import load_settings

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT: dict[str, Any] = {
    "id": "ppa-1",
    "kind": "ppa",
    "sites": {"fra1": 1.0},
    "zones": ["DE"],
    "technology": "wind_onshore",
    "factor_gco2e_per_kwh": 0.0,
    "renewable": True,
    "carbon_free": True,
}
LOT = {"id": "GO-1", "mwh": 10.0, "from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}
TARIFF: dict[str, Any] = {
    "id": "t",
    "site": "fra1",
    "currency": "EUR",
    "rates": [{"name": "all", "price_per_kwh": 0.2}],
}
RATE: dict[str, Any] = {
    "currency": "USD",
    "to": "EUR",
    "rate": 0.9,
    "source": "ECB",
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_to": "2026-02-01T00:00:00Z",
}


def contracts(*tables: dict[str, Any]) -> Any:  # noqa: ANN401
    return contracts_of(tables, file="wattlas.toml", sites=["fra1"], points=["fra1/pv"])


def test_a_whole_contract_is_understood() -> None:
    (found,) = contracts({**CONTRACT, "certificates": [LOT], "point": "fra1/pv"})
    assert found.certificates[0].mwh == 10.0
    assert len(found.quality.failing()) == 8, "nothing is assumed to hold"
    assert Quality.model_validate(dict.fromkeys(Quality.model_fields, True)).failing() == ()


def test_a_plant_s_energy_is_given_once() -> None:
    both = [{**CONTRACT, "id": name, "point": "fra1/pv"} for name in ("a", "b")]
    with pytest.raises(ConfigError, match=r'point "fra1/pv" is given 2 times by "a", "b"'):
        contracts(*both)
    half = [{**one, "sites": {"fra1": 0.5}} for one in both]
    assert len(contracts(*half)) == 2
    after = [{**both[0], "valid_to": "2026-01-01T00:00:00Z"}, {**both[1], "valid_from": "2026-01-01T00:00:00Z"}]
    assert len(contracts(*after)) == 2


def test_neither_case_nor_blanks_make_another_certificate() -> None:
    with pytest.raises(ConfigError, match='certificate "GO-1" stands 3 times'):
        contracts({**CONTRACT, "certificates": [LOT, {**LOT, "id": "go-1"}, {**LOT, "id": "GO -1 "}]})


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"sites": {"fra2": 1.0}}, 'key sites names "fra2", which is no site; did you mean "fra1"'),
        (
            {"kind": "green_tariff", "sites": {"fra1": 0.5}},
            "a green_tariff covers tariff_share of what one site uses: give sites = { that site = 1.0 }",
        ),
        ({"point": "fra1/pw"}, 'key point names "fra1/pw", which is no point'),
        ({"sites": {"fra1": 1.2}}, "1 or less"),
        ({"kind": "green_tariff", "certificates": [LOT]}, "leave certificates out"),
        ({"certificates": [{**LOT, "to": LOT["from"]}]}, "to must lie after from"),
        ({"valid_from": LOT["to"], "valid_to": LOT["from"]}, "valid_to must lie after valid_from"),
        ({"certificates": [LOT, LOT]}, 'certificate "GO-1" stands 2 times: it can be used once'),
        ({"kinds": "ppa"}, "not known here"),
    ],
)
def test_slips_in_contracts_are_told(more: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        contracts({**CONTRACT, **more})
    assert told in str(caught.value)


def test_shares_beyond_the_whole_and_doubles_across_contracts_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"gives away 1\.4"):
        contracts_of([{**CONTRACT, "sites": {"a": 0.7, "b": 0.7}}], file="f", sites=["a", "b"], points=[])
    with pytest.raises(ConfigError, match='certificate "GO-1" stands 2 times'):
        contracts({**CONTRACT, "certificates": [LOT]}, {**CONTRACT, "id": "ppa-2", "certificates": [LOT]})
    with pytest.raises(ConfigError, match='contract "ppa-1" stands 2 times'):
        contracts(CONTRACT, CONTRACT)


def test_a_whole_tariff_is_understood() -> None:
    (found,) = tariffs_of([TARIFF], file="f", sites=["fra1"])
    assert found.covers(0)


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ([{**TARIFF, "site": "fra2"}], "which is no site"),
        ([{**TARIFF, "rates": []}], "filled in"),
        ([{**TARIFF, "rates": [{"name": "x", "price_per_kwh": 0.2, "hours": [[8, 8]]}]}], "pairs of hours"),
        ([{**TARIFF, "rates": [{"name": "x", "price_per_kwh": 0.2, "months": [13]}]}], "1 to 12"),
        ([{**TARIFF, "valid_from": LOT["to"], "valid_to": LOT["from"]}], "must lie after"),
        ([TARIFF, TARIFF], "stands twice"),
        ([TARIFF, {**TARIFF, "id": "u"}], 'overlaps "t" in time'),
    ],
)
def test_slips_in_tariffs_are_told(tables: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        tariffs_of(tables, file="wattlas.toml", sites=["fra1"])
    assert told in str(caught.value)


def test_tariffs_that_follow_one_another_are_understood() -> None:
    turn = "2026-06-01T00:00:00Z"
    found = tariffs_of(
        [{**TARIFF, "valid_from": turn}, {**TARIFF, "id": "u", "valid_to": turn}], file="f", sites=["fra1"]
    )
    assert [one.id for one in found] == ["t", "u"]


def test_exchange_rates_are_dated_and_do_not_overlap() -> None:
    later = {**RATE, "valid_from": RATE["valid_to"], "valid_to": "2026-03-01T00:00:00Z"}
    assert len(exchange_rates_of([RATE, later, {**RATE, "to": "CNY"}], file="f")) == 3
    with pytest.raises(ConfigError, match="overlaps f"):
        exchange_rates_of([RATE, RATE], file="f")
    with pytest.raises(ConfigError, match="must lie after"):
        exchange_rates_of([{**RATE, "valid_to": RATE["valid_from"]}], file="f")


SITE_FILE = """
[company]
name = "Example AI"
currency = "EUR"
[[sites]]
id = "fra1"
name = "Frankfurt"
zone = "DE"
time_zone = "Europe/Berlin"
"""
TABLES = """
[[contracts]]
id = "ppa-1"
kind = "ppa"
sites = { fra1 = 1.0 }
zones = ["DE"]
technology = "wind_onshore"
factor_gco2e_per_kwh = 0.0
renewable = true
carbon_free = true
[[tariffs]]
id = "t"
site = "fra1"
currency = "EUR"
rates = [{ name = "all", price_per_kwh = 0.2 }]
"""


def test_a_site_file_holds_contracts_and_tariffs_and_they_change_its_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "wattlas.toml"
    path.write_text(SITE_FILE)
    bare = load_settings(path)
    path.write_text(SITE_FILE + TABLES)
    full = load_settings(path)
    assert [one.id for one in full.contracts] == ["ppa-1"]
    assert [one.id for one in full.tariffs] == ["t"]
    assert config_hash(bare) != config_hash(full)


def test_slips_of_contracts_and_tariffs_in_a_site_file_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "wattlas.toml"
    path.write_text(SITE_FILE + TABLES.replace('site = "fra1"', 'site = "fra2"').replace("fra1 = 1.0", "fra2 = 1.0"))
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert str(caught.value).count("which is no site") == 2
