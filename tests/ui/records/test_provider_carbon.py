"""Carbon exports of providers stand beside our estimate and in no figure."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.usage.bought import END, MARCH, company, focus, write
from ui import service as service_module
from ui.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AWS = {
    "usage_period_start": "2026-03-01 00:00:00Z",
    "usage_account_id": "111",
    "region_code": "us-east-1",
    "product_code": "AmazonEC2",
    "total_lbm_emissions_value": "0.002",
    "total_lbm_emissions_unit": "MTCO2e",
    "total_mbm_emissions_value": "0.0",
    "model_version": "v3.0.0",
}
GOOGLE = {
    "usage_month": "2026-03-01",
    "project.id": "p1",
    "location.region": "europe-west1",
    "carbon_footprint_kgCO2e.scope2.location_based": "400",
    "carbon_footprint_kgCO2e.scope2.market_based": "",
}
AZURE = {"Subscription_Id": "abc", "Location": "eastus", "Latest_Month_Emissions_kgCO2E": "12.5"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = company(tmp_path_factory.mktemp("carbon"))
    _ = shop.service
    return shop.folder


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    opened = service_module.open_service
    monkeypatch.setattr(service_module, "open_service", lambda config, data: opened(config, data, lambda: END))

    def command(*argv: str) -> Any:  # noqa: ANN401
        code = main(["--config", str(folder / "wattlas.toml"), "usage", *argv])
        said = capsys.readouterr()
        return said.err if code else json.loads(said.out) if "--json" in argv else said.out

    return command


def test_side_by_side_and_never_added(folder: Path, run: Callable[..., Any]) -> None:
    bill = [focus(96.0, type_="m5.xlarge"), focus(1.0, unit="GB-Mo", usage="EBS:VolumeUsage.gp3")]
    run("import", str(write(folder / "bill.csv", bill)), "--complete")
    kpi = [
        "--config",
        str(folder / "wattlas.toml"),
        "kpi",
        "--site",
        "aws",
        "--from",
        "2026-03-01",
        "--to",
        "2026-03-05",
        "--json",
    ]
    assert main(kpi) == 0
    export = write(folder / "aws.csv", [AWS, AWS | {"product_code": "AmazonS3", "total_lbm_emissions_value": "0.001"}])
    before = _figures(folder)
    assert "1 rows of aws, 2026-03, are kept" in run("carbon", str(export))
    assert "nothing changed" in run("carbon", str(export))
    assert _figures(folder) == before, "what a provider says is in no figure"
    (row,) = run("beside", "--json")[-1:]
    assert row["provider_location_kgco2e"] == pytest.approx(3.0)
    assert row["provider_market_kgco2e"] == 0.0
    assert row["our_location_kgco2e"] == pytest.approx(before)
    assert "all scopes of the provider's model, model v3.0.0" in row["note"]


def _figures(folder: Path) -> float:
    service = service_module.open_service(folder / "wattlas.toml", None)
    (figure,) = service.kpis(site="aws", start=MARCH, end=END, names=["emissions_location_kgco2e"])
    assert figure.value is not None
    return figure.value


def test_google_and_azure(folder: Path, run: Callable[..., Any]) -> None:
    zipped = folder / "google.csv.gz"
    zipped.write_bytes(gzip.compress(write(folder / "google.csv", [GOOGLE]).read_bytes()))
    assert "1 rows of gcp" in run("carbon", str(zipped))
    azure = write(folder / "azure.csv", [AZURE])
    assert "is no month: name it with --month" in run("carbon", str(azure))
    assert "1 rows of azure, 2026-02" in run("carbon", str(azure), "--month", "2026-02")
    assert "1 rows of azure" in run(
        "carbon", str(write(folder / "azure2.csv", [AZURE | {"Location": "westus"}])), "--month", "2026-02"
    )
    rows = {row["provider"]: row for row in run("beside", "--json")}
    assert (rows["gcp"]["provider_location_kgco2e"], rows["gcp"]["provider_market_kgco2e"]) == (400.0, None)
    assert (rows["azure"]["regions"], rows["azure"]["site"]) == (["westus"], None), "the newer export stands"
    assert "no point takes this region" in run("beside", "--month", "2026-02")


def test_parquet_with_records_within_records(folder: Path, run: Callable[..., Any]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    row = {
        "usage_month": "2026-01-01",
        "project": {"id": "p1"},
        "location": {"region": "europe-west4"},
        "carbon_footprint_kgCO2e": {"scope2": {"location_based": 7.5, "market_based": 1.5}},
    }
    parquet.write_table(pa.Table.from_pylist([row]), folder / "google.parquet")
    run("carbon", str(folder / "google.parquet"))
    (found,) = run("beside", "--month", "2026-01", "--json")
    assert (found["provider_location_kgco2e"], found["provider_market_kgco2e"]) == (7.5, 1.5)


def test_slips(folder: Path, run: Callable[..., Any]) -> None:
    assert "no carbon export" in run("carbon", str(write(folder / "x.csv", [{"a": "1"}])))
    assert '"much" is no number' in run(
        "carbon", str(write(folder / "y.csv", [AWS | {"total_lbm_emissions_value": "much"}]))
    )
    assert "no such file" in run("carbon", str(folder / "none.csv"))
    (folder / "z.csv").write_bytes(b"\xff\xfe\xfa")
    assert "not UTF-8" in run("carbon", str(folder / "z.csv"))
