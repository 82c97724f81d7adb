"""Methods that would name thousands of contracts: the largest are named, the rest is summed, nothing is lost."""

from __future__ import annotations

import pytest

from analytics.instruments import Claim
from analytics.listing import NAMED, names_words, refused_words, used_words
from analytics.market import market_based
from analytics.report import EACH, PRINTED, claim_checks, printed_claims


def claim(number: int, reason: str | None = None) -> Claim:
    return Claim(
        contract=f"c{number}",
        kind="certificates",
        certificate=f"GO-{number}",
        kwh=0.0 if reason else float(number),
        share=0.0,
        gco2e_per_kwh=0.0,
        renewable=True,
        carbon_free=True,
        reason=reason,
    )


def test_the_largest_are_named_and_the_rest_is_summed() -> None:
    claims = [claim(number) for number in range(1, 101)]
    found = market_based(seen_kwh=1e6, unseen_kwh=0.0, claims=claims, rest_gco2e_per_kwh=500.0)
    words = used_words(found.used)
    assert words[0] == "100 kWh of c100 GO-100"
    assert words[NAMED:] == [f"{sum(range(1, 81)):.6g} kWh of 80 more lots"]
    assert used_words(found.used[:2]) == ["1 kWh of c1 GO-1", "2 kWh of c2 GO-2"]


def test_refused_ones_are_counted() -> None:
    words = refused_words(claim(number, "not retired") for number in range(30))
    assert words[0] == "c0 GO-0 not counted (not retired)"
    assert words[NAMED:] == ["10 more lots not counted (their reasons stand in the list of contracts)"]
    assert names_words(["a", "b"]) == ["a", "b"]


def test_a_page_prints_those_that_give_most_and_one_line_of_the_rest() -> None:
    rows = [
        {"contract": f"c{n}", "share": 0.0, "kwh": float(n), "reason": None if n else "not retired"}
        for n in range(PRINTED + 3)
    ]
    shown, rest = printed_claims(rows)
    assert [row["contract"] for row in shown[:2]] == [f"c{PRINTED + 2}", f"c{PRINTED + 1}"]
    assert len(shown) == len(rows)
    assert rest == {"printed": PRINTED, "count": 3, "kwh": pytest.approx(3.0), "refused": 1}
    assert printed_claims(rows[:PRINTED]) == (rows[:PRINTED], None)


def test_a_few_without_credit_are_named_each() -> None:
    rows = [{"contract": f"c{n}", "reason": "not retired"} for n in range(EACH)]
    assert len(list(claim_checks(rows, site="s"))) == EACH
