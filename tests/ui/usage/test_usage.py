"""`wattlas usage`: a bill becomes estimated ledger rows once, a correction revises them, what is unknown is missing."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from collectors.importing.import_file import import_file
from tests.ui.company import START
from tests.ui.usage.bought import CLOUD, CPU_W, END, FOCUS_HEADER, HOURS, MARCH, MONTH, company, focus, write
from tests.ui.usage.worked import CPU_KWH, DISK_KWH, GPU_KWH, kwh
from ui.cli import main
from ui.phrases import phrase
from ui.reports.sealing import _evidence
from ui.tracing.figure import trace_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collectors.importing.import_file import ImportResult
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


def imported(shop: Company, name: str, hours: int = HOURS) -> ImportResult:
    """Import amounts of half past each hour: 1 kWh each."""
    rows = [f"aws/cpu,energy,{MARCH + 1800 + at * 3600},1.0,kWh" for at in range(hours)]
    file = shop.folder / name
    file.write_text("\n".join(["point,metric,time,value,unit", *rows]))
    service = shop.service
    return import_file(file, None, service.settings, service.stores, now=int(shop.now))


def test_a_bill_is_held_against_amounts_imported_before_as_they_are_against_it(
    shop: Company, run: Callable[..., Any]
) -> None:
    """The same energy by two doors is one, whichever came first; what the second leaves over fills what is empty."""
    imported(shop, "half.csv", HOURS // 2)
    bill = write(shop.folder / "march.csv", MONTH[:2])
    told, _ = run("import", str(bill))
    assert f"{HOURS // 2} hours in quarantine that another import or a meter told already" in told
    half_kwh = HOURS // 2 - 0.5 + CPU_W * (HOURS // 2) / 1000  # half of the first lies before March
    assert kwh(shop, "aws/cpu") == pytest.approx(half_kwh)
    assert "nothing changed" in run("import", str(bill))[0]
    result = imported(shop, "whole.csv")
    assert result.quarantined == HOURS // 2, "of what only the bill told"
    assert kwh(shop, "aws/cpu") == pytest.approx(half_kwh)


def test_what_a_bill_kept_out_counts_once_a_shorter_one_is_in_its_place(shop: Company, run: Callable[..., Any]) -> None:
    run("import", str(write(shop.folder / "march.csv", MONTH[:2])))
    assert imported(shop, "amounts.csv").quarantined == HOURS
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_W * HOURS / 1000 + 0.0)
    day = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
    corrected = [*MONTH[:2], focus(24.0, type_="m99.xlarge", **day)]  # that day is unknown now
    run("import", str(write(shop.folder / "corrected.csv", corrected)))
    assert kwh(shop, "aws/cpu") == pytest.approx(CPU_W * (HOURS - 24) / 1000 + 23)


def test_the_check_tells_what_a_bill_would_meet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CLOUD.replace("US-SRVC", "DE").replace('role = "overhead"', 'role = "other"')
    text = text.replace('provider_pue = 1.2\nprovider_pue_source = "provider\'s report"\n', "")
    _ = company(tmp_path, text=text.replace("interval_s = { energy = 3600 }", "", 1)).service
    assert main(["check", "--config", str(tmp_path / "wattlas.toml")]) == 0
    told = capsys.readouterr().out
    assert "aws/cpu takes bills of main and has no interval_s = { energy = 3600 }" in told
    assert "add a point of role overhead with the provider_pue" in told
    assert "zone US-SRVC, but aws/cpu is on site aws with zone DE" in told
