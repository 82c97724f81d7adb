"""Relatives of PUE, fleets and the EU's indicators: what has no value, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.eed import eed_figures, eed_pue
from analytics.fleet import Part, edc_weighted_mean, fleet_ratio
from analytics.relatives import GREEN_GRID_WEIGHTS, UNVERIFIED, iteusv, mixed_pue, weighted_energy_kwh
from config.errors import InputError
from config.reports.eed import indicators

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics.fleet import Ratio

GOOD = Part(above=150.0, below=100.0, edc_kwh=150.0)
NONE = Part(above=None, below=100.0, edc_kwh=1.0)
ZERO = Part(above=0.0, below=0.0)


def test_no_sample_no_utilisation() -> None:
    assert iteusv(mean_utilisation=[]) is None


def test_a_carrier_without_weight_is_refused() -> None:
    with pytest.raises(InputError, match="hydrogen has no weight"):
        weighted_energy_kwh(energy_kwh={"hydrogen": 1.0})


def test_weights_that_nobody_could_check_are_labelled() -> None:
    energy = {"electricity": 100.0, "condenser_water": 100.0}
    assert mixed_pue(energy_kwh=energy, it_energy_kwh=100.0, weights=GREEN_GRID_WEIGHTS)[1] == "weighted"
    shaky = mixed_pue(energy_kwh={**energy, "steam": 1.0}, it_energy_kwh=100.0, weights=GREEN_GRID_WEIGHTS)[1]
    assert UNVERIFIED in shaky


@pytest.mark.parametrize("formula", [fleet_ratio, edc_weighted_mean])
@pytest.mark.parametrize("part", [NONE, ZERO])
def test_a_fleet_without_one_site_has_no_figure(formula: Callable[..., Ratio], part: Part) -> None:
    found = formula(parts=[part] if part is ZERO else [GOOD, part])
    assert found.value is None
    assert found.reason


def test_weights_of_zero_give_no_mean() -> None:
    assert edc_weighted_mean(parts=[Part(above=1.0, below=1.0)]).reason == "no site has an energy to weigh it by"


def test_labels_tell_the_two_fleet_figures_apart() -> None:
    assert fleet_ratio(parts=[GOOD]).label != edc_weighted_mean(parts=[GOOD]).label


YEAR = {
    "EDC": 13_140_000.0,
    "EIT": 10_950_000.0,
    "WIN": 4380.0,
    "EREUSE": 1_314_000.0,
    "ERES-GOO": 3_000_000.0,
    "ERES-PPA": 6_000_000.0,
    "ERES-OS": 855_000.0,
    "PDIT": 1500.0,
}


def test_indicators_that_follow_are_computed() -> None:
    found = {one.code: one for one in eed_figures(given=YEAR, methods={"EDC": "grid meter"})}
    assert found["PUE"].value == pytest.approx(1.2)
    assert found["WUE"].value == pytest.approx(0.4)
    assert found["ERF"].value == pytest.approx(0.1)
    assert found["ERES-TOT"].value == 9_855_000.0
    assert found["REF"].value == pytest.approx(0.75)
    assert found["SIZE"].value == "medium"
    assert found["EDC"].method == "grid meter"
    assert found["TIN-SETPOINT"].reason == "not known: enter it"


def test_what_does_not_follow_says_what_it_needs() -> None:
    found = {one.code: one for one in eed_figures(given={"EDC": 1.0, "EIT": 0.0})}
    assert found["PUE"].value is None
    assert found["PUE"].reason == "needs EDC and EIT above 0"
    assert eed_pue(edc_kwh=1.0, eit_kwh=0.0) is None


def test_a_draft_edition_is_labelled_and_has_no_traffic() -> None:
    draft = eed_figures(given=YEAR, edition="2026 draft")
    assert all(UNVERIFIED in one.method for one in draft)
    assert not {"BIN", "BOUT", "TOUT", "TIN-TRAFFIC"} & {one.code for one in draft}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"EDK": 1.0}, "no indicator"),
        ({"EDC": -1.0}, "cannot be negative"),
        ({"EDC": 1.0, "EDC-BG": 2.0}, "larger than EDC"),
    ],
)
def test_indicators_that_cannot_be_are_refused(given: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        eed_figures(given=given)


def test_temperatures_may_be_negative_and_lists_are_kept() -> None:
    found = {one.code: one.value for one in eed_figures(given={"TWH": -1.0, "REFRIG": "R-32, R-134a"})}
    assert found["TWH"] == -1.0
    assert found["REFRIG"] == "R-32, R-134a"


def test_every_indicator_of_the_regulation_has_a_code_of_its_own() -> None:
    listed = indicators()
    assert len(listed) == 38
    assert len({one.code for one in listed}) == 38
    assert sum(one.published_code == "TIN" for one in listed) == 2
    with pytest.raises(InputError, match="no edition"):
        indicators("2019")
