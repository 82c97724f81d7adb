"""Methods and reasons on a Chinese page: every phrase that figures use is in the table, and nothing is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from config.records.kinds import kinds
from tests.ui.company import START, TREE, Company
from ui.figures.named import FIGURES
from ui.phrases import phrase

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.kpi import Kpi

HOUR = 3600
ENGLISH = re.compile(r"\b(the|of|and|with|for|points?|is|no|in|at|to)\b")
KEPT = re.compile(r"demo-\S+|No direct average factor.*", re.DOTALL)  # names; the sentence that names a publisher
HOSTED = """
[[points]]
id = "s/a"
role = "server"
max_w = 1000.0
interval_s = { power = 60 }
[[points]]
id = "s/overhead"
role = "overhead"
provider_pue = 1.2
provider_pue_source = "statement"
"""


def test_names_and_numbers_are_kept_and_parts_translated() -> None:
    text = "bought electricity (sum of 3 points; metering error not stated for 2 of 3 points) x grid factor of DEU 2024"
    assert phrase(text, "zh") == "外购电力（3 个测点之和；3 个测点中有 2 个未说明计量误差）× DEU 2024 年电网因子"  # noqa: RUF001
    assert phrase(text, "en") == text
    assert phrase("words that nobody translated", "zh") == "words that nobody translated"
    assert phrase("one point; 17 g of (a; b) odd", "zh") == "一个测点；17 g of (a; b) odd"  # noqa: RUF001 - Chinese


def words(found: list[Kpi]) -> list[str]:
    return [text for kpi in found for text in (kpi.method, kpi.reason) if text]


@pytest.mark.parametrize("points", [TREE, HOSTED])
@pytest.mark.parametrize("read_until", [2 * HOUR, HOUR, 0])
def test_what_figures_say_is_in_the_table(tmp_path: Path, points: str, read_until: int) -> None:
    company = Company(tmp_path, points)
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0), ("s/a", 500.0)):
        if f'"{point}"' in points and read_until:
            company.steady(point, watts, end=read_until)
    company.keep()
    end = START + 2 * HOUR
    found = company.service.kpis(site="s", start=START, end=end, names=list(FIGURES))
    left = {text: KEPT.sub("", phrase(text, "zh")) for text in words(found)}
    assert {text: said for text, said in left.items() if ENGLISH.search(said)} == {}


def test_amounts_of_several_contracts_keep_their_order() -> None:
    told = phrase("1203.7 kWh of ppa GO-09, 432751 kWh of ppa GO-10", "zh")
    assert told == "1203.7 kWh ppa GO-09、432751 kWh ppa GO-10"


def test_a_sentence_that_nobody_translated_keeps_its_commas_and_names_are_a_list() -> None:
    odd = "9f: ann proposed that, so another one must look; where nobody does, ask"
    assert phrase(odd, "zh") == odd
    assert phrase("s/ups, s/pdu", "zh") == "s/ups、s/pdu"


def test_a_list_is_cut_outside_brackets_alone() -> None:
    told = phrase("2 kWh of c GO-1, c GO-2 not counted (delivered in DE, not in US), 5 kWh of 30 more lots", "zh")
    assert told == "2 kWh c GO-1、c GO-2 不计（在 DE 交付，而非 US）、5 kWh 另外 30 批"  # noqa: RUF001 - Chinese


def test_a_thousand_names_are_no_recursion() -> None:
    assert phrase(", ".join(["2 kWh of c"] * 2000), "zh").count("、") == 1999


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("81.6% of the energy by last known power is missing (limit 5%): s/ups 81.6%", "81.6% 的电能缺失"),
        ("only 13.0% of the time counts (95% needed): 7,622.0 h without 95 % of IT", "只有 13.0% 的时间可计"),
    ],
)
def test_the_reason_of_a_check_stays_behind_what_it_is_of(why: str, told: str) -> None:
    said = phrase(f"s: pue has no value: {why}", "zh")
    assert said.startswith("s\uff1apue 没有数值")
    assert told in said
    assert "has" not in said


@pytest.mark.parametrize(
    "text",
    [
        "children of s/a, s/b exceed it by 1.27%",
        "cost by part: hardware 66%, place 15%, maintenance 13%, energy 5%, people 4%, link 3%, building 2%, green 1%",
        *sorted({kind.subject for kind in kinds().values()}),
    ],
)
def test_no_english_is_left_on_a_chinese_page(text: str) -> None:
    """Names, commands and keys alone stay as they are."""
    left = re.sub(r"`[^`]*`|s/[ab]|carriers|city", "", phrase(text, "zh"))
    assert not re.search(r"[A-Za-z]", left)
