"""Market-based figures of a comparison: by contracts, or told to stand on the location-based factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.compare.file import load_comparison
from tests.ui.compare.options import CLOUD, NOW, without_green
from ui.compare.ranking import compared
from ui.compare.words import BY_LOCATION
from ui.phrases import phrase

if TYPE_CHECKING:
    from pathlib import Path


def test_a_market_based_figure_by_location_is_told_in_mixtures_and_words(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    plain, rates = without_green()
    known = "[[strategies]]" + plain.split("[[strategies]]")[1].replace('"cloud"', '"other"').replace("Cloud", "Other")
    known += "market_gco2e_per_kwh = 500.0\n"
    mixture = '[[mixtures]]\nid = "m"\nname = "Mix"\nshares = { cloud = 0.5, other = 0.5 }\n'
    file.write_text(plain + known + mixture + rates)
    found = compared(load_comparison(file), service=None, now=NOW)
    told = {row["id"]: [text for text in row["told"] if BY_LOCATION in text] for row in found["strategies"]}
    assert told == {"cloud": [BY_LOCATION], "other": [], "m": [f"Cloud: {BY_LOCATION}"]}
    (sentence,) = [text for text in found["advice"] if "does not compare" in text]
    assert sentence.startswith("The market-based figure of Cloud and Mix rests on the location-based factor")
    assert phrase(sentence, "zh") != sentence
    file.write_text(plain + rates)
    assert not any(
        "does not compare" in text for text in compared(load_comparison(file), service=None, now=NOW)["advice"]
    )


def test_what_contracts_cover_whole_rests_on_no_other_factor(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(CLOUD.replace("matched_share = 0.5", "matched_share = 1.0\ngco2e_per_kwh = 10.0"))
    (row,) = compared(load_comparison(file), service=None, now=NOW)["strategies"]
    assert row["market_kgco2e"]["p50"] == pytest.approx(row["facility_energy_kwh"]["p50"] / 100)
    assert BY_LOCATION not in row["told"]
