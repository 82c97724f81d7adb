"""Factors: what is there is verified and found, what is not there is missing, nothing stands in for anything else."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigError, FactorMissing
from config.factors.fuels import fuel_factors, refrigerants
from config.factors.lookup import grid_factor, intensity_factor, missing_factors, zone_factors
from config.factors.tables import FOLDER, OPTIONAL, REQUIRED, canonical_zone, publishers, shipped_factors, zones
from config.loading import load_settings

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "id,zone,year,value,unit,basis,scope,source,licence\n"


def own_table(folder: Path, rows: str, header: str = HEADER) -> Path:
    path = folder / "mine.csv"
    path.write_text(header + rows, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("zone", "year", "value"),
    [
        ("CN-GD", 2022, 440.3),
        ("CN-GD", 2023, 441.9),
        ("CN", 2022, 536.6),
        ("CHN", 2023, 530.6),
        ("US-ERCT", 2022, 351.29),
        ("US", 2022, 375.38),
    ],
)
def test_a_direct_factor_is_found_under_each_name_of_its_zone(zone: str, year: int, value: float) -> None:
    factor, note = grid_factor(zone, year, policy="same")
    assert (factor.value, factor.unit, factor.basis, factor.scope, note) == (
        value,
        "gCO2e/kWh",
        "average",
        "direct",
        "",
    )


def test_two_tables_that_speak_of_the_same_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one = own_table(tmp_path, "uba,DE,2026,400,gCO2e/kWh,average,direct,Office,CC0\n")
    two = own_table(tmp_path / "other", "zzz,DEU,2026,1,gCO2e/kWh,average,direct,Brochure,CC0\n")
    assert grid_factor("DE", 2026, policy="same", files=[one])[0].value == 400
    with pytest.raises(ConfigError, match=r'"zzz" is of the same zone, year, basis and scope as "uba" of mine\.csv'):
        grid_factor("DE", 2026, policy="same", files=[one, two])


def test_another_year_is_taken_only_by_policy_and_says_so() -> None:
    with pytest.raises(
        FactorMissing, match=r'the tables have 2021, 2022, 2023; .* or set factor_year = "latest_published"\.$'
    ):
        grid_factor("CN-GD", 2026, policy="same")
    factor, note = grid_factor("CN-GD", 2026, policy="latest_published")
    assert (factor.year, note) == (2023, "factor of 2023, the latest published for 2026")
    factor, note = grid_factor("CN-GD", 2026, policy="provisional")
    assert (factor.year, note) == (2023, "provisional: factor of 2023 until that of 2026 is published, then restated")


@given(st.integers(2010, 2040), st.sampled_from(["CN-GD", "CHN", "US-ERCT", "CN-GRID-SOUTHWEST"]))
def test_no_policy_takes_a_factor_of_the_future(year: int, zone: str) -> None:
    try:
        factor, _ = grid_factor(zone, year, policy="latest_published")
    except FactorMissing:
        assert all(each.year > year for each in zone_factors(zone) if (each.basis, each.scope) == ("average", "direct"))
    else:
        assert factor.year <= year


def test_a_life_cycle_row_never_fills_scope_2() -> None:
    with pytest.raises(FactorMissing, match=r"life-cycle rows only \(2023, 2024\).*Umweltbundesamt"):
        grid_factor("DE", 2024, policy="provisional")
    factor, note = intensity_factor("DE", 2026)
    assert (factor.id, note) == ("ember:DEU:2024", "intensity only (life-cycle); factor of 2024 for 2026")
    with pytest.raises(FactorMissing, match="No life-cycle factor of DEU for 2022 or before"):
        intensity_factor("DE", 2022)


@pytest.mark.parametrize("zone", ["CN-XZ", "US-NONE", "CN-GRID-NOWHERE"])
def test_a_country_never_stands_in_for_its_parts(zone: str) -> None:
    with pytest.raises(FactorMissing, match="the tables have no row of it"):
        grid_factor(zone, 2023, policy="latest_published")


def test_residual_and_average_are_never_mixed() -> None:
    residual = [factor for factor in zone_factors("CN") if factor.basis == "residual"]
    assert [factor.value for factor in residual] == [585.6, 609.6]
    assert grid_factor("CN", 2023, policy="same")[0].value not in [factor.value for factor in residual]


def test_an_own_row_stands_before_the_shipped_one(tmp_path: Path) -> None:
    rows = (
        "uba-2024,DE,2024,0.363,kgCO2e/kWh,average,direct,UBA,dl-de\n"
        "my-gd,CN-GD,2023,400,gCO2e/kWh,average,direct,x,y\n"
    )
    files = (own_table(tmp_path, rows),)
    factor, note = grid_factor("DE", 2024, policy="same", files=files)
    assert (factor.id, factor.zone, factor.value, factor.unit, factor.verified, note) == (
        "uba-2024",
        "DEU",
        363.0,
        "gCO2e/kWh",
        False,
        "",
    )
    assert grid_factor("CN-GD", 2023, policy="same", files=files)[0].id == "my-gd"
    assert grid_factor("CN-GD", 2022, policy="same", files=files)[0].id == "mee-2024-33:CN-GD:2022"


def test_an_own_table_is_read_again_when_it_changes(tmp_path: Path) -> None:
    row = "a,XX-1,2024,{},gCO2e/kWh,average,direct,s,l\n"
    for value in ("1", "22"):
        path = own_table(tmp_path, row.format(value))
        factor, _ = grid_factor("XX-1", 2024, policy="same", files=(path,))
        assert factor.value == float(value)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("a,DE,24,1,gCO2e/kWh,average,direct,s,l", 'mine.csv line 2: year must be a year such as 2024, not "24".'),
        (
            "a,DE,2024,-1,gCO2e/kWh,average,direct,s,l",
            'mine.csv line 2: value must be a number of 0 or more with a point as decimal mark, not "-1".',
        ),
        (
            'a,DE,2024,"0,4",kgCO2e/kWh,average,direct,s,l',
            'mine.csv line 2: value must be a number of 0 or more with a point as decimal mark, not "0,4".',
        ),
        (
            "a,DE,2024,1,g/kWh,average,direct,s,l",
            'mine.csv line 2: unit cannot be "g/kWh"; did you mean "gCO2e/kWh"?',
        ),
        (
            "a,DE,2024,1,gCO2e/kWh,averge,direct,s,l",
            'mine.csv line 2: basis cannot be "averge"; did you mean "average"?',
        ),
        (
            "a,DE,2024,1,gCO2e/kWh,average,lifecycle,s,l",
            'mine.csv line 2: scope cannot be "lifecycle"; did you mean "life_cycle"?',
        ),
        (
            "a,DE,2024,1,gCO2e/kWh,average,direct,,l",
            "mine.csv line 2: source is empty: fill it, for a factor without it cannot be audited.",
        ),
        (
            "a,DE,2024,1,gCO2e/kWh,average,direct,s,l\nb,DEU,2024,2,gCO2e/kWh,average,direct,s,l",
            "mine.csv line 3: DEU 2024 average direct stands twice: remove one row.",
        ),
    ],
)
def test_a_mistake_in_an_own_table_names_its_line(rows: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        zone_factors("DE", files=(own_table(tmp_path, rows),))
    assert str(raised.value) == sentence


def test_a_mistake_in_the_header_of_an_own_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        zone_factors("DE", files=(own_table(tmp_path, "", HEADER.replace("licence", "license")),))
    assert str(raised.value).splitlines() == [
        "mine.csv line 1: column licence is missing; add it.",
        'mine.csv line 1: column "license" is not known; did you mean "licence"?',
    ]


def test_a_factor_beyond_any_grid_is_refused_and_a_tiny_one_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is 380000 g/kWh, beyond any grid: correct the value or its unit"):
        zone_factors("DE", files=(own_table(tmp_path, "a,DE,2024,380,kgCO2e/kWh,average,direct,s,l"),))
    tiny = own_table(tmp_path, "a,DE,2025,0.38,gCO2e/kWh,average,direct,s,l")
    _, note = grid_factor("DE", 2025, policy="same", files=(tiny,))
    assert note == "below 1 gCO2e/kWh: check that its unit is not kg"


def test_the_zone_of_an_own_table_is_a_zone(tmp_path: Path) -> None:
    own_table(tmp_path, "a,campus-7,2024,1,gCO2e/kWh,average,direct,s,l\n")
    site = (
        '[company]\nname = "E"\ncurrency = "EUR"\n[factors]\nfiles = ["mine.csv"]\n'
        '[[sites]]\nid = "s"\nname = "S"\nzone = "campus-7"\ntime_zone = "UTC"\n'
    )
    (tmp_path / "wattlas.toml").write_text(site, encoding="utf-8")
    settings = load_settings(tmp_path / "wattlas.toml")
    assert missing_factors(settings, [2024]) == []
    (missing,) = missing_factors(settings, [2025])
    assert (missing.site, missing.zone, missing.year, missing.needed_for) == (
        "s",
        "campus-7",
        2025,
        "location-based scope 2",
    )
    assert "the tables have 2024" in missing.reason


def test_every_shipped_row_is_verified_and_complete() -> None:
    assert len(shipped_factors()) == 522
    assert all(factor.verified and factor.source and factor.licence for factor in shipped_factors())
    assert len({factor.id for factor in shipped_factors()}) == 522
    keys = {(factor.zone, factor.year, factor.basis, factor.scope) for factor in shipped_factors()}
    assert len(keys) == 522
    assert all(factor.note for factor in shipped_factors())


def test_every_table_has_our_columns() -> None:
    for name in ("china.csv", "us_egrid.csv", "world_life_cycle.csv"):
        with (FOLDER / name).open(encoding="utf-8") as table:
            assert tuple(next(csv.reader(table))) == REQUIRED + OPTIONAL


def test_zones_are_exactly_those_of_the_rows() -> None:
    assert set(zones().values()) == {factor.zone for factor in shipped_factors()}
    assert (canonical_zone("DE"), canonical_zone("DEU"), canonical_zone("campus-7")) == ("DEU", "DEU", "campus-7")
    assert set(publishers()) <= set(zones())


def test_the_readme_counts_the_rows() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for name in ("china", "us_egrid", "world_life_cycle", "fuels", "refrigerants", "zones", "publishers"):
        with (FOLDER / f"{name}.csv").open(encoding="utf-8") as table:
            assert f"| `{name}.csv` | {len(list(csv.DictReader(table)))} |" in readme


def test_fuels_and_refrigerants_are_the_published_ones() -> None:
    fuels = {factor.id: factor for factor in fuel_factors()}
    assert fuels["desnz-2026:diesel_avg_biofuel_blend:CO2e"].value == 2.58354
    assert fuels["ipcc-ar5:hydro:CO2e:life_cycle"].high == 2200
    gases = {gas.id: gas for gas in refrigerants()}
    assert (gases["R-410A"].gwp100_ar4, gases["R-410A"].gwp100_ar5, gases["R-410A"].gwp100_ar6) == (
        2087.5,
        1923.5,
        2255.5,
    )
    assert "R-513A" not in gases
