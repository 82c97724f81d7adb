"""`wattlas usage`: a bill becomes estimated ledger rows once, a correction revises them, what is unknown is missing."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.company import START
from tests.ui.usage.bought import CLOUD, CPU_W, END, FOCUS_HEADER, HOURS, MARCH, MONTH, focus, write
from tests.ui.usage.worked import CPU_KWH, DISK_KWH, GPU_KWH, kwh
from ui.cli import main
from ui.phrases import phrase
from ui.reports.sealing import _evidence
from ui.tracing.figure import trace_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ui.company import Company


def test_a_bill_is_estimated_energy_with_its_coefficients(shop: Company, run: Callable[..., Any]) -> None:
    bill = write(shop.folder / "march.csv", MONTH)
    (row,), told = run("import", str(bill), "--json")
    assert row["kwh"] == pytest.approx(CPU_KWH + GPU_KWH + DISK_KWH)
    assert row["low_kwh"] < row["kwh"] < row["high_kwh"]
    assert "2 rows are no usage (Purchase, Unused)" in told
    assert "main 2026-03 leaves out NatGateway-Hours (no energy known of Hours), Requests-Tier1" in told
    assert set(row["left_out"]) == {
        "NatGateway-Hours (no energy known of Hours)",
        "Requests-Tier1 (no energy known of Requests)",
    }
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_KWH)
    assert kwh(shop, "aws/gpu") == pytest.approx(GPU_KWH), "no hours beyond the ten: the bill says that nothing ran"
    assert kwh(shop, "aws/disk") == pytest.approx(DISK_KWH)
    assert kwh(shop, "aws/building") == pytest.approx(0.2 * (CPU_KWH + GPU_KWH + DISK_KWH))
    service = shop.service
    names = ["facility_energy_kwh", "it_energy_kwh", "pue", "emissions_location_kgco2e"]
    facility, it, pue, carbon = service.kpis(site="aws", start=MARCH, end=END, names=names)
    assert facility.value == pytest.approx(1.2 * (CPU_KWH + GPU_KWH + DISK_KWH))
    assert (facility.estimated, facility.measured, facility.missing) == (pytest.approx(1.0), 0.0, 0.0)
    assert pue.value == pytest.approx(1.2)
    assert it.value == pytest.approx(CPU_KWH + GPU_KWH + DISK_KWH)
    used = {factor.id: factor for factor in carbon.factors}
    assert used["ccf:aws:skylake"].value == pytest.approx(CPU_W / 4)
    assert "ccf-coefficients" in used["ccf:aws:skylake"].source
    assert {"ccf:nvidia-a100", "ccf:ssd", "ccf:transfer", "provider_pue:aws/building"} <= set(used)
    assert "estimated from bills by 5 coefficients" in it.method
    assert "aws/cpu、aws/disk、aws/gpu 由账单按 5 个系数估算" in phrase(it.method, "zh")
    (listed, _), (lines, _) = run("list", "--json"), run("lines", "--json")
    assert listed[0]["origin"] == row["origin"]
    assert {line["item"] for line in lines} >= {"m5.xlarge", "p4d.24xlarge"}
    assert "ccf:aws:skylake" in run("lines")[0]


def test_the_same_bill_changes_nothing_and_a_corrected_one_revises(shop: Company, run: Callable[..., Any]) -> None:
    bill = write(shop.folder / "march.csv", MONTH)
    (first,), _ = run("import", str(bill), "--json")
    again, _ = run("import", str(bill))
    assert "nothing changed" in again
    corrected = [focus(HOURS / 2, type_="m5.xlarge"), *MONTH[2:]]  # fewer hours, and no GPU at all
    shop.points = CLOUD.replace("energy = 3600 }", "energy = 3600, power = 3600 }")
    live = [(MARCH + at * 3600 - START, 900.0) for at in range(HOURS)]  # power as CloudWatch's source estimates it
    shop.read("aws/cpu", live)
    (second,), _ = run("import", str(write(shop.folder / "corrected.csv", corrected)), "--json")
    assert second["replaced"] == first["origin"]
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_W * HOURS / 2000 + 0.5)
    rows = shop.service.ledger(start=MARCH, end=END, points=["aws/cpu"], metrics=["energy"])
    assert set(rows["revision"].to_pylist()) == {1}
    gpu = shop.service.ledger(start=MARCH, end=END, points=["aws/gpu"], metrics=["energy"])
    assert set(gpu["missing"].to_pylist()) == {1.0}, "what the corrected bill does not speak of stands no more"
    run("import", str(shop.folder / "corrected.csv"), "--complete")
    assert kwh(shop, "aws/gpu") == 0.0
    gpu = shop.service.ledger(start=MARCH, end=END, points=["aws/gpu"], metrics=["energy"])
    assert set(gpu["missing"].to_pylist()) == {0.0}, "whoever says that the bill is complete says that nothing ran"
    (third,), _ = run("import", str(bill), "--json")
    assert kwh(shop, "aws/gpu") == pytest.approx(GPU_KWH), "the first bill stands again"
    assert third["origin"] != first["origin"]
    assert len(run("list", "--json")[0]) == 1
    assert main(["--config", str(shop.folder / "wattlas.toml"), "import", "--undo", third["origin"]]) == 0
    assert run("list")[0].endswith("No such bill stands: `wattlas usage import FILE` takes one.\n")


def test_what_is_unknown_is_missing_and_says_what_to_add(
    tmp_path: Path, run: Callable[..., Any], shop: Company
) -> None:
    day = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
    unknown = [*MONTH, focus(24.0, type_="m99.xlarge", **day)]
    bill = write(tmp_path / "march.csv", unknown)
    (row,), told = run("import", str(bill), "--json")
    assert (row["missing_hours"], row["not_valued"]) == (24.0, 1)
    assert 'instance type "m99.xlarge" of aws is in no table: add its row to a file of [factors] instances' in told
    rows = shop.service.ledger(start=MARCH, end=END, points=["aws/cpu"], metrics=["energy"])
    missing = [
        start for start, share in zip(rows["start"].to_pylist(), rows["missing"].to_pylist(), strict=True) if share
    ]
    assert (len(missing), missing[0]) == (96, MARCH + 86_400), "its day is missing at the points that it may belong to"
    (figure,) = shop.service.kpis(site="aws", start=MARCH, end=END, names=["it_energy_kwh"])
    assert "without m99.xlarge, whose time is missing" in figure.method
    assert "不含 m99.xlarge，其时段缺失" in phrase(figure.method, "zh")  # noqa: RUF001 - Chinese
    site = shop.service.settings.site("aws")
    bills = [row for row in trace_rows(shop.service, site, "it_energy_kwh", MARCH, END) if row["kind"] == "bill"]
    assert [(row["name"], row["text"][:9]) for row in bills] == [("main 2026-03", "march.csv")]
    assert "4 of 6 lines valued" in bills[0]["text"]
    period = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-05T00:00:00Z"}
    content = {"sites": [{"id": "aws", **period, "records": [], "figures": []}], "company_figures": []}
    sealed = json.loads(_evidence(shop.service, content)["bills.json"])
    assert sealed["bills"][0]["origin"] == row["origin"], "a sealed report keeps what its estimates rest on"
    assert [line["item"] for line in run("missing", "--json")[0]] == ["m99.xlarge", "m99.xlarge"]
    own = "provider,type,vcpus,cpu,source\naws,m99.xlarge,4,Skylake,vendor page read 2026-04-02\n"
    (tmp_path / "own.csv").write_text(own)
    shop.head = '[factors]\ninstances = ["own.csv"]\n' + shop.head
    _ = shop.service
    (row,), told = run("import", str(bill), "--json")
    assert (row["not_valued"], row["already"]) == (0, False)
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_KWH + CPU_W * 24 / 1000)
    assert run("missing", "--json")[0] == []


def test_cur_and_parquet_say_the_same_as_focus(tmp_path: Path, run: Callable[..., Any], shop: Company) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    def cur(amount: float, unit: str, usage: str, type_: str = "", kind: str = "Usage") -> dict[str, str]:
        return {
            "bill/PayerAccountId": "100",
            "lineItem/UsageAccountId": "111",
            "lineItem/LineItemType": kind,
            "lineItem/UsageStartDate": "2026-03-01T00:00:00Z",
            "lineItem/UsageEndDate": "2026-03-05T00:00:00Z",
            "lineItem/ProductCode": "AmazonEC2",
            "lineItem/UsageType": usage,
            "lineItem/UsageAmount": str(amount),
            "product/regionCode": "us-east-1",
            "product/instanceType": type_,
            "pricing/unit": unit,
        }

    rows = [
        cur(HOURS / 2, "Hrs", "BoxUsage:m5.xlarge", "m5.xlarge"),
        cur(HOURS / 2, "Hrs", "USE1-SpotUsage:m5.xlarge"),
        cur(500.0, "GB", "USE1-DataTransfer-Out-Bytes"),
        cur(7.0, "Hrs", "BoxUsage:m5.xlarge", "m5.xlarge", kind="RIFee"),
    ]
    plain = write(tmp_path / "cur.csv", rows)
    zipped = tmp_path / "cur.csv.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    (row,), _ = run("import", str(zipped), "--json")
    assert row["kwh"] == pytest.approx(CPU_KWH)
    from datetime import UTC, datetime

    table = {name: [one[name] for one in MONTH[:1]] for name in FOCUS_HEADER}
    for name in ("ChargePeriodStart", "ChargePeriodEnd"):
        table[name] = [datetime.fromisoformat(text) for text in table[name]]  # type: ignore[misc]
    table["ConsumedQuantity"] = [float(HOURS)]  # type: ignore[list-item]
    table["Tags"] = [[("team", "x")]]  # type: ignore[list-item]
    types = {"Tags": pa.map_(pa.string(), pa.string()), "ChargePeriodStart": pa.timestamp("ms", tz="UTC")}
    arrays = {name: pa.array(values, types.get(name)) for name, values in table.items()}
    parquet.write_table(pa.table(arrays), tmp_path / "focus.parquet")
    (row,), _ = run("import", str(tmp_path / "focus.parquet"), "--json")
    assert row["kwh"] == pytest.approx(CPU_W * HOURS / 1000)
    assert datetime.fromtimestamp(MARCH, UTC).isoformat()[:10] == row["from"][:10]


def test_a_refund_takes_back_what_it_names_and_markup_is_a_name(run: Callable[..., Any], shop: Company) -> None:
    day = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
    odd = ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "#eval(`1`)"]
    deep = {"Tags": '{"a":' * 100_000, "SkuPriceDetails": '{"InstanceType": "m5.xlarge"}'}
    rows = [
        MONTH[0] | deep,
        focus(-24.0, type_="m5.xlarge", **day),
        *(focus(1.0, type_=name, start="2026-03-04T00:00:00Z") for name in odd),
    ]
    run("import", str(write(shop.folder / "odd.csv", rows)), "--json")
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_W * 48 / 1000), "two days: one taken back, one unknown"
    assert [row["item"] for row in run("missing", "--json")[0] if row["point"] == "aws/cpu"] == sorted(odd)
    assert "\n'=cmd" in run("missing", "--csv")[0].replace(",", "\n"), "no formula for a spreadsheet"


def test_tags_ignored_items_bounds_and_zones(shop: Company, run: Callable[..., Any]) -> None:
    tagged = '{ point = "aws/gpu", tags = { team = "x" }, kinds = ["cpu"] },'
    changed = CLOUD.replace("points = [", 'ignore = ["*gp3"]\npoints = [' + tagged, 1).replace("US-SRVC", "US-CAMX")
    shop.points = changed.replace("max_w = 5000.0", "max_w = 5.0", 1)
    _ = shop.service
    rows = [*MONTH[:1], *MONTH[2:4], focus(2 * HOURS, type_="m5.xlarge", Tags=json.dumps({"user:team": "x"}))]
    (row,), told = run("import", str(write(shop.folder / "march.csv", rows)), "--json")
    assert "EBS:VolumeUsage.gp3 (ignored)" in row["left_out"]
    assert kwh(shop, "aws/gpu") == pytest.approx(2 * CPU_W * HOURS / 1000), "a tag comes before the kind"
    assert "region us-east-1 of aws is in Virginia, zone US-SRVC, but aws/cpu is on site aws with zone US-CAMX" in told
    assert (
        f"{HOURS} hours beyond the bounds of their point in quarantine"
        in run("import", str(write(shop.folder / "m.csv", rows[:3])))[0]
    )
