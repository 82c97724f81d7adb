"""Bills with a slip: each is one sentence that says what to do, and nothing of the bill is booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.usage.bought import CLOUD, FOCUS_HEADER, MONTH, focus, write
from tests.ui.usage.worked import CPU_KWH, kwh

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ui.company import Company


def test_rows_that_no_point_takes_refuse_the_bill(tmp_path: Path, run: Callable[..., Any], shop: Company) -> None:
    far = [*MONTH, focus(5.0, type_="m5.xlarge", RegionId="eu-west-3"), focus(1.0, ProviderName="Oracle")]
    bill = write(tmp_path / "far.csv", far)
    refused = run("import", str(bill))
    assert '1 rows of region "eu-west-3" of aws (cpu): add a point that takes it to [[usage]] main' in refused
    assert '1 rows of provider "oracle": add a [[usage]] table for it' in refused
    assert shop.service.stores.state.imports() == [], "nothing was accepted"
    _, told = run("import", str(bill), "--skip-unknown")
    assert "are left out" in told
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_KWH)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"a": "1", "b": "2"}], "this is no bill in FOCUS or CUR"),
        ([{k: v for k, v in MONTH[0].items() if k != "ConsumedUnit"}], "this is FOCUS without the column ConsumedUnit"),
        ([focus(1.0, start="yesterday")], '"yesterday" is no time'),
        ([MONTH[0] | {"ConsumedQuantity": "many"}], "an amount is no number"),
        ([focus(1.0, end="2026-03-01T00:00:00Z")], "holds no time"),
        ([MONTH[0] | {"ConsumedQuantity": "nan"}], "an amount that is no finite number"),
        ([MONTH[0] | {"ConsumedQuantity": "1e400"}], "an amount that is no finite number"),
        ([focus(1.0, start="0001-01-01T00:00:00Z", end="0001-01-02T00:00:00Z")], "lies before 2000"),
        ([focus(1.0, start="2016-01-01T00:00:00Z", end="2026-01-02T00:00:00Z")], "lasts more than a year"),
        (
            [focus(1.0, type_="m5.xlarge", end="2026-04-01T00:00:00Z")],
            "runs until 2026-04-01T00:00:00Z and is not over",
        ),
    ],
)
def test_a_wrong_bill_is_one_sentence(
    tmp_path: Path, run: Callable[..., Any], rows: list[dict[str, str]], told: str
) -> None:
    assert told in run("import", str(write(tmp_path / "bad.csv", rows)))


def test_a_bill_without_rows_and_exports_that_overlap(tmp_path: Path, run: Callable[..., Any], shop: Company) -> None:
    (tmp_path / "none.csv").write_text(",".join(FOCUS_HEADER) + "\n")
    assert "none.csv holds no row: export a time in which something ran" in run("import", str(tmp_path / "none.csv"))
    one, two = write(tmp_path / "one.csv", MONTH[:1]), write(tmp_path / "two.csv", [*MONTH[:1], MONTH[3]])
    _, told = run("import", str(one), str(two))
    assert "1 of 2 lines of two.csv stand in one.csv too, amount and all, and count twice" in told


def test_other_slips(tmp_path: Path, run: Callable[..., Any], shop: Company) -> None:
    assert "there is no such file" in run("import", str(tmp_path / "none.csv"))
    march = write(tmp_path / "march.csv", MONTH)
    copy = write(tmp_path / "copy.csv", MONTH)
    assert "is the same file as march.csv" in run("import", str(march), str(copy))
    run("import", str(march))
    other = [row | {"SubAccountId": "222"} for row in MONTH]
    assert "speaks of account 111, this one does not" in run("import", str(write(tmp_path / "other.csv", other)))
    half = [focus(0.5, type_="m5.xlarge", end="2026-03-01T00:30:00Z")]
    part = run("import", str(write(tmp_path / "half.csv", half)))
    assert "speaks of 2026-03-01T00:00:00Z to 2026-03-05T00:00:00Z, this one does not: give all files" in part
    shop.points = CLOUD.replace('["us-east-1"]', '["us-east-1", "us-west-2"]')
    _ = shop.service
    west = [row | {"RegionId": "us-west-2"} for row in MONTH]
    assert "speaks of region us-east-1, this" in run("import", str(write(tmp_path / "west.csv", west)))
    shop.points = CLOUD.replace("interval_s = { energy = 3600 }", "interval_s = { power = 60 }")
    _ = shop.service
    assert "declares no interval of energy" in run("import", str(march))
    shop.points = CLOUD[: CLOUD.index("[[usage]]")]
    _ = shop.service
    assert "has no [[usage]] table" in run("import", str(march))
    assert {"us-east-1", "eu-west-1"} <= {row["region"] for row in run("regions", "--json")[0]}
