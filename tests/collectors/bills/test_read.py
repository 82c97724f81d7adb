"""Rows of bills to lines: what AWS, Azure and Google Cloud write differently means the same."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from pyarrow import parquet

from collectors.bills.carbon import read_carbon
from collectors.bills.line import measure
from collectors.bills.read import read_bill
from config.errors import InputError
from tests.ui.usage.bought import focus, write

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.bills.line import Line

CUR = {
    "lineItem/UsageStartDate": "2026-02-01T00:00:00Z",
    "lineItem/UsageEndDate": "2026-02-01T01:00:00Z",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageType": "BoxUsage:m5.xlarge",
    "lineItem/UsageAmount": "2",
    "pricing/unit": "Hrs",
    "product/regionCode": "eu-west-1",
    "resourceTags/user:team": "x",
    "resourceTags/user:other": "y",
}


def read(path: Path, rows: list[dict[str, str]], *tags: str) -> list[Line]:
    return read_bill(write(path / "bill.csv", rows), tags=tags).lines


@pytest.mark.parametrize(
    ("unit", "kind", "factor"),
    [
        ("Hrs", "service", 1.0),
        ("seconds", "service", 1 / 3600),
        ("100 Hours", "service", 100.0),
        ("GB-Mo", "storage", 1.0),
        ("byte-seconds", "storage", 1e-9 / 3600),
        ("GB", "network", 1.0),
        ("gibibyte", "network", 1.073741824),
        ("gibibyte month", "storage", 1.073741824),
        ("TiB-months", "storage", 1099.511627776),
        ("1K tokens", "tokens", 1000.0),
        ("5 things", "other", 1.0),
        ("Requests", "other", 1.0),
    ],
)
def test_units_of_bills(unit: str, kind: str, factor: float) -> None:
    found = measure(unit)
    assert (found.kind, found.factor) == (kind, pytest.approx(factor))


def test_azure_and_google_say_instances_in_their_own_way(tmp_path: Path) -> None:
    details = json.dumps({"UsageType": "ComputeHR", "ServiceType": "Standard_D2s_v3"})
    azure = focus(1.0, ProviderName="Microsoft", RegionId="eastus", SkuPriceDetails=details)
    google = focus(
        3600.0,
        unit="seconds",
        usage="E2 Instance Core running in Americas",
        ProviderName="Google Cloud",
        RegionId="us-east4",
    )
    (one, other) = sorted(read(tmp_path, [azure, google]), key=lambda line: line.provider)
    assert (one.provider, one.kind, one.item, one.amount) == ("azure", "instance", "Standard_D2s_v3", 1.0)
    assert (other.provider, other.kind, other.item, other.amount) == ("gcp", "instance", google["x_UsageType"], 1.0)


def test_alike_rows_are_one_line_and_months_have_their_own_hours(tmp_path: Path) -> None:
    rows = [
        CUR,
        CUR,
        CUR | {"pricing/unit": "GB-Mo", "lineItem/UsageType": "EBS:VolumeUsage.gp3", "lineItem/UsageAmount": "1"},
    ]
    lines = {line.item: line for line in read(tmp_path, rows, "team")}
    assert lines["m5.xlarge"].amount == 4.0
    assert lines["m5.xlarge"].tags == (("team", "x"),)
    assert lines["EBS:VolumeUsage.gp3"].amount == 28 * 24, "February"
    assert read(tmp_path, [CUR, CUR | {"lineItem/UsageAmount": "-2"}]) == [], "a correction that takes all back"


def test_an_instance_type_alone_is_no_machine(tmp_path: Path) -> None:
    """AWS names the type on licences, surcharges and reservations of a machine too: they are no second machine."""
    cur = CUR | {"product/instanceType": "m5.xlarge", "lineItem/ProductCode": "AmazonEC2"}
    beside = ("SoftwareUsage", "USE1-EBSOptimized", "Reservation", "UnusedBox", "UnusedDed")
    rows = [cur, *(cur | {"lineItem/UsageType": f"{name}:m5.xlarge"} for name in beside)]
    rows += [cur | {"lineItem/UsageType": "DataProcessing"}, cur | {"lineItem/ProductCode": "ElasticMapReduce"}]
    lines = read(tmp_path, rows)
    assert [(line.item, line.amount) for line in lines if line.kind == "instance"] == [("m5.xlarge", 2.0)]
    assert len([line for line in lines if line.kind == "service"]) == 7, "each is told as left out"
    of_focus = [focus(24.0, type_="m5.xlarge", CapacityReservationStatus=said) for said in ("Used", "Unused", "")]
    bill = read_bill(
        write(tmp_path / "focus.csv", [*of_focus, of_focus[0] | {"x_UsageType": "SoftwareUsage:m5.xlarge"}])
    )
    assert [(line.kind, line.amount) for line in bill.lines] == [("instance", 48.0), ("service", 24.0)]
    assert bill.left_out == {"Unused capacity": 1}


@pytest.mark.parametrize(("name", "hours"), [("Instance", 2.0), ("Multi-AZ", 4.0), ("EU-Multi-AZCluster", 6.0)])
def test_databases_in_several_zones_are_several_machines(tmp_path: Path, name: str, hours: float) -> None:
    row = CUR | {"lineItem/UsageType": f"{name}Usage:db.m5.xlarge", "lineItem/ProductCode": "AmazonRDS"}
    (line,) = read(tmp_path, [row])
    assert (line.kind, line.item, line.amount) == ("instance", "db.m5.xlarge", hours)


def test_tags_and_details_in_any_shape(tmp_path: Path) -> None:
    rows = [focus(1.0, type_="m5.xlarge", Tags="{broken"), focus(1.0, type_="m5.xlarge", Tags='{"user:team": "x"}')]
    found = {line.tags for line in read(tmp_path, rows, "team")}
    assert found == {(), (("team", "x"),)}
    table = {
        "line_item_usage_start_date": pa.array([1_772_323_200_000], pa.timestamp("ms")),
        "line_item_usage_end_date": pa.array([1_772_326_800_000], pa.timestamp("ms")),
        "line_item_usage_type": ["USE1-BoxUsage:c5.large"],
        "line_item_usage_amount": [1.0],
        "pricing_unit": ["Hrs"],
        "product": pa.array([[("instanceType", "c5.large")]], pa.map_(pa.string(), pa.string())),
        "resource_tags": pa.array([{"user:team": "z"}], pa.struct([("user:team", pa.string())])),
    }
    parquet.write_table(pa.table(table), tmp_path / "cur.parquet")
    (line,) = read_bill(tmp_path / "cur.parquet", tags=["team"]).lines
    assert (line.item, line.tags, line.end - line.start) == ("c5.large", (("team", "z"),), 3600)


@pytest.mark.parametrize("kg", ["nan", "inf", "-5", "1e400", "many"])
def test_carbon_that_is_no_amount_is_refused_by_its_cell(tmp_path: Path, kg: str) -> None:
    row = {"usage_period_start": "2026-03-01", "usage_account_id": "1", "total_lbm_emissions_value": kg}
    with pytest.raises(InputError, match=f'c.csv line 2: "{kg}" is no number of 0 or more: correct column total_lbm'):
        read_carbon(write(tmp_path / "c.csv", [row]))


@pytest.mark.parametrize(
    ("end", "seconds", "words"),
    [
        ("2026-10-25T02:30:00", "60", "was never or twice in Europe/Berlin: write its offset"),
        ("2026-03-29T02:30:00", "60", "was never or twice in Europe/Berlin"),
        ("2026-03-20T02:30:00", "0", "line 2: a run of 0 s used no energy"),
    ],
)
def test_a_run_at_no_one_time_is_refused(tmp_path: Path, end: str, seconds: str, words: str) -> None:
    row = {"run_id": "a", "timestamp": end, "duration": seconds, "energy_consumed": "10"}
    with pytest.raises(InputError, match=words):
        read_bill(write(tmp_path / "emissions.csv", [row]), zone=ZoneInfo("Europe/Berlin"))
    placed = row | {"timestamp": "2026-10-25T02:30:00+01:00", "duration": "60"}
    (line,) = read_bill(write(tmp_path / "emissions.csv", [placed]), zone=ZoneInfo("Europe/Berlin")).lines
    assert line.end == int(datetime.fromisoformat("2026-10-25T01:30:00Z").timestamp())


def test_brackets_without_end_are_no_footprint(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="no footprint of Cloud Carbon Footprint"):
        read_bill(tmp_path / "deep.json")


def test_a_file_that_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_bill(tmp_path / "x.csv")
    (tmp_path / "x.parquet").write_bytes(b"no")
    with pytest.raises(InputError, match="no Parquet file"):
        read_bill(tmp_path / "x.parquet")
