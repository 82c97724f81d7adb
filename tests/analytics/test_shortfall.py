"""What certificates can still cover, by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from analytics.instruments import LATE_RETIREMENT_S
from analytics.shortfall import coverable_kwh, credit_until, shortfall
from config.electricity.contracts import Contract, Quality

START, END = 1_767_225_600, 1_798_761_600  # the year 2026
YEAR_S = END - START


def contract(**keys: Any) -> Contract:  # noqa: ANN401 - keys of a contract
    lot = {"id": "L", "mwh": 8.76, "from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z", **keys.pop("lot", {})}
    return Contract(
        **{
            "id": "go",
            "kind": "certificates",
            "sites": {"s": 0.5},
            "zones": ["DE"],
            "technology": "wind_onshore",
            "factor_gco2e_per_kwh": 0.0,
            "renewable": True,
            "carbon_free": True,
            "certificates": [lot],
            "quality": dict.fromkeys(Quality.model_fields, True),
            **keys,
        }
    )


def of(one: Contract, *, now: float = END, zone: str = "DE", site: str = "s") -> float:
    return coverable_kwh([one], site=site, zone=zone, start=START, end=START + YEAR_S // 2, now=now)


def test_a_lot_covers_what_falls_into_the_period_while_it_can_be_retired() -> None:
    # 8.76 MWh a year, half of it the site's, half of the year: 2190 kWh
    assert of(contract()) == pytest.approx(2190.0)
    assert of(contract(), now=END + 2 * YEAR_S) == 0.0, "nobody retired it in time"
    retired = contract(lot={"retired_at": "2027-02-01T00:00:00Z"})
    assert of(retired, now=END + 2 * YEAR_S) == pytest.approx(2190.0)
    early = contract(lot={"retired_at": "2026-01-01T00:00:00Z"})
    assert of(early) == 0.0, "retired before it was made: the books refuse it"
    assert of(contract(), zone="FR") == of(contract(), site="t") == 0.0


def test_credit_ends_with_the_last_lot_that_gives_any() -> None:
    now = float(START + YEAR_S // 2)
    until = partial(credit_until, zone="DE", now=now)
    assert until(contract()) == END
    retired = {"retired_at": "2026-05-01T00:00:00Z"}
    assert until(contract(lot=retired, valid_to="2026-08-01T00:00:00Z")) == 1_785_542_400, "the contract ends before"
    assert until(contract(lot=retired, valid_to="2025-08-01T00:00:00Z")) == now
    assert until(contract(quality={})) == until(contract(certificates=[])) == now
    old = {"id": "O", "mwh": 1.0, "from": "2024-01-01T00:00:00Z", "to": "2024-02-01T00:00:00Z"}
    good = {"id": "L", "mwh": 1.0, "from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z", **retired}
    assert until(contract(certificates=[old, good])) == END, "what is lost does not count"
    late = old | {"from": "2025-06-01T00:00:00Z", "to": "2025-08-01T00:00:00Z"}
    assert until(contract(certificates=[late, good])) == 1_754_006_400 + LATE_RETIREMENT_S, "to be retired until then"


def test_a_share_of_nothing_is_not_known() -> None:
    assert shortfall(bought_kwh=0.0, coverable_kwh=1.0) is None
    assert shortfall(bought_kwh=1.0, coverable_kwh=2.0) == 0.0
