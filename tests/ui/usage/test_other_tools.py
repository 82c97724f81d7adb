"""Who leaves another tool takes along: CodeCarbon's runs, CCF's footprints, devices of NetBox and openDCIM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from config.errors import InputError
from config.inventory.foreign import as_csv, convert
from tests.ui.usage.bought import END, MARCH, company, write
from ui import service as service_module
from ui.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SITE = """
[[sites]]
id = "lab"
name = "Lab"
zone = "DE"
time_zone = "UTC"
pue_category = 3
[[points]]
id = "lab/runs"
role = "server"
max_w = 5000.0
interval_s = { energy = 3600 }
[[points]]
id = "lab/ccf"
role = "server"
max_w = 5000.0
interval_s = { energy = 3600 }
[[points]]
id = "lab/building"
role = "overhead"
provider_pue = 1.0
provider_pue_source = "counted elsewhere"
[[usage]]
id = "runs"
provider = "codecarbon"
points = [{ point = "lab/runs", regions = ["DEU"] }]
[[usage]]
id = "ccf"
provider = "aws"
points = [{ point = "lab/ccf", kinds = ["energy"] }]
"""
RUN = {
    "timestamp": "2026-03-02T12:00:00",
    "project_name": "train",
    "run_id": "r1",
    "duration": "7200",
    "energy_consumed": "3.0",
    "country_iso_code": "DEU",
    "codecarbon_version": "3.0.7",
    "tracking_mode": "machine",
    "pue": "1.5",
}
FOOTPRINT = [
    {
        "timestamp": "2026-03-01T00:00:00.000Z",
        "groupBy": "day",
        "serviceEstimates": [
            {
                "cloudProvider": "AWS",
                "accountId": "1",
                "serviceName": "ec2",
                "kilowattHours": 4.8,
                "co2e": 0.1,
                "region": "eu-west-1",
            }
        ],
    }
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = company(tmp_path_factory.mktemp("tools"), text=SITE)
    _ = shop.service
    return shop.folder


@pytest.fixture
def run_in(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The command line on a site of its own in a folder, made where it is not."""
    opened = service_module.open_service
    monkeypatch.setattr(service_module, "open_service", lambda config, data: opened(config, data, lambda: END + 86_400))

    def of(folder: Path) -> Callable[..., Any]:
        if not (folder / "wattlas.toml").exists():
            _ = company(folder, text=SITE).service

        def command(*argv: str) -> Any:  # noqa: ANN401
            code = main(["--config", str(folder / "wattlas.toml"), *argv])
            said = capsys.readouterr()
            return said.err if code else json.loads(said.out) if "--json" in argv else said.out

        return command

    return of


@pytest.fixture
def run(folder: Path, run_in: Callable[..., Any]) -> Any:  # noqa: ANN401
    return run_in(folder)


def rows(folder: Path, point: str, start: int = MARCH) -> list[dict[str, Any]]:
    service = service_module.open_service(folder / "wattlas.toml", None)
    found: list[dict[str, Any]] = service.ledger(start=start, end=END, points=[point], metrics=["energy"]).to_pylist()
    return found


def test_runs_of_codecarbon_without_the_building(folder: Path, run: Callable[..., Any]) -> None:
    early = RUN | {"duration": "3600", "energy_consumed": "1.5", "timestamp": "2026-03-02T11:00:00"}  # flushed midway
    file = write(folder / "emissions.csv", [early, RUN])
    assert "name its zone by --time-zone" in run("usage", "import", str(file))
    assert "is unknown: write an IANA name" in run("usage", "import", str(file), "--time-zone", "Mars")
    (bill,) = run("usage", "import", str(file), "--time-zone", "Europe/Berlin", "--json")
    assert bill["kwh"] == pytest.approx(2.0), "3 kWh with a PUE of 1.5 are 2 of the machine"
    found = [row for row in rows(folder, "lab/runs") if row["energy_kwh"]]
    assert (found[0]["start"] - MARCH, found[-1]["end"] - MARCH) == (86_400 + 9 * 3600, 86_400 + 11 * 3600)
    assert {row["quality"] for row in found} == {"estimated"}
    (line,) = run("usage", "lines", "--json")
    assert line["coefficients"][0]["source"] == "CodeCarbon 3.0.7"


def test_runs_over_the_end_of_a_month_are_whole(tmp_path: Path, run_in: Callable[..., Any]) -> None:
    run = run_in(tmp_path)
    day = {"pue": "", "country_iso_code": "DEU"}
    over = (
        RUN | day | {"run_id": "a", "timestamp": "2026-03-03T00:00:00", "duration": "950400", "energy_consumed": "264"}
    )
    within = (
        RUN | day | {"run_id": "b", "timestamp": "2026-03-04T00:00:00", "duration": "259200", "energy_consumed": "72"}
    )
    first, second = write(tmp_path / "a.csv", [over]), write(tmp_path / "b.csv", [within])
    for files in ([first], [first]):
        run("usage", "import", *map(str, files), "--time-zone", "UTC")
    refused = run("usage", "import", str(second), "--time-zone", "UTC")
    assert "give the files of both months together" in refused
    bills = run("usage", "import", str(first), str(second), "--time-zone", "UTC", "--json")
    assert [bill["month"] for bill in bills] == ["2026-02", "2026-03"]
    found = rows(tmp_path, "lab/runs", start=MARCH - 9 * 86_400)
    assert sum(row["energy_kwh"] or 0.0 for row in found) == pytest.approx(336.0), "both bills' say of an hour is added"


def test_what_ran_less_than_an_hour_is_there(tmp_path: Path, run_in: Callable[..., Any]) -> None:
    run = run_in(tmp_path)
    short = RUN | {"timestamp": "2026-03-02T10:45:00", "duration": "1800", "energy_consumed": "2", "pue": ""}
    run("usage", "import", str(write(tmp_path / "short.csv", [short])), "--time-zone", "UTC")
    assert sum(row["energy_kwh"] or 0.0 for row in rows(tmp_path, "lab/runs")) == pytest.approx(2.0)


def test_footprints_of_ccf_as_json_and_as_table(folder: Path, run: Callable[..., Any]) -> None:
    file = folder / "footprint.json"
    file.write_text(json.dumps(FOOTPRINT))
    (bill,) = run("usage", "import", str(file), "--json")
    assert bill["kwh"] == pytest.approx(4.8)
    assert sum(row["energy_kwh"] or 0.0 for row in rows(folder, "lab/ccf")) == pytest.approx(4.8)
    table = {"Date (UTC)": "2026-03-01", "EC2 kilowatt hours": "1.5", "SUM kilowatt hours": "1.5"}
    refused = run("usage", "import", str(write(folder / "table.csv", [table, table | {"Date (UTC)": "Total"}])))
    assert 'provider "ccf": add a [[usage]] table for it' in refused
    for slip, told in (
        ("[1]", "is no footprint"),
        (json.dumps([FOOTPRINT[0] | {"groupBy": "moon"}]), 'groupBy "moon" is no length of time'),
        (json.dumps([FOOTPRINT[0] | {"groupBy": "quarter", "timestamp": "x"}]), '"x" is no time'),
    ):
        file.write_text(slip)
        assert told in run("usage", "import", str(file))


NETBOX = [
    {"Name": "gpu 01", "Status": "Active", "Tenant": "research", "Role": "GPU Server", "OOB IP": "10.0.0.1/24"},
    {"Name": "sw-1", "Status": "Active", "Tenant": "", "Role": "Access Switch", "OOB IP": ""},
    {"Name": "old", "Status": "Decommissioning", "Tenant": "", "Role": "Server", "OOB IP": ""},
    {"Name": "odd", "Status": "Active", "Tenant": "", "Role": "Web", "OOB IP": ""},
    {"Name": "sw-1", "Status": "Active", "Tenant": "", "Role": "Switch", "OOB IP": ""},
]


def test_a_ceiling_is_of_all_power_ports_or_none(tmp_path: Path) -> None:
    device = {"Name": "n1", "Role": "Server", "Status": "Active"}
    devices = write(tmp_path / "devices.csv", [device, device | {"Name": "n2"}])
    draws = [("n1", "1234567"), ("n1", ""), ("n2", "1234567"), ("n2", "0")]
    ports = write(tmp_path / "ports.csv", [{"Device": name, "Maximum draw": watts} for name, watts in draws])
    one, two = convert(devices, site="lab", roles={}, power_ports=ports).rows
    assert "max_w" not in one, "what the other port may draw nobody said: good readings would be over the ceiling"
    assert two["max_w"] == "1234567"


def test_devices_of_netbox_and_opendcim(folder: Path, run: Callable[..., Any], tmp_path: Path) -> None:
    ports = write(tmp_path / "ports.csv", [{"Device": "gpu 01", "Maximum draw": "1500"}] * 2)
    devices = write(tmp_path / "netbox.csv", NETBOX)
    text = run(
        "inventory", "convert", str(devices), "--site", "lab", "--power-ports", str(ports), "--source", "redfish"
    )
    assert text.splitlines() == [
        "id,site,name,role,tenant,max_w,source.kind,source.host",
        "gpu-01,lab,gpu 01,server,research,3000,redfish,10.0.0.1",
        "sw-1,lab,sw-1,network,,,,",
    ]
    assert ",odd,server" in run("inventory", "convert", str(devices), "--site", "lab", "--role", "Web=server")
    assert "is no role of ours" in run("inventory", "convert", str(devices), "--site", "lab", "--role", "Web=web")
    assert 'has no "="' in run("inventory", "convert", str(devices), "--site", "lab", "--role", "Web")
    assert "is no site" in run("inventory", "convert", str(devices), "--site", "x")
    dcim = [
        {"Label": "srv", "DeviceType": "Server", "Owner": "it", "Status": "Production", "NominalWatts": "300"},
        {"Label": "pp", "DeviceType": "Patch Panel", "Owner": "", "Status": "", "NominalWatts": ""},
    ]
    found = convert(write(tmp_path / "dcim.csv", dcim), site="lab", roles={})
    assert as_csv(found.rows) == "id,site,name,role,tenant\nsrv,lab,srv,server,it\n"
    assert "Patch Panel" in next(iter(found.left_out))


@pytest.mark.parametrize(
    ("devices", "ports", "told"),
    [
        ([{"Role": "Server"}], None, "no column says the name"),
        (NETBOX, [{"Device": "x"}], "columns Device and Maximum draw are needed"),
        (NETBOX, [{"Device": "x", "Maximum draw": "lots"}], "must be a number of watts"),
        (NETBOX, [{"Device": "x", "Maximum draw": "1e999"}], "must be a number of watts"),
        (NETBOX, [{"Device": "x", "Maximum draw": "-5"}], "must be a number of watts"),
    ],
)
def test_wrong_exports(
    tmp_path: Path, devices: list[dict[str, str]], ports: list[dict[str, str]] | None, told: str
) -> None:
    file = write(tmp_path / "d.csv", devices)
    draws = write(tmp_path / "p.csv", ports) if ports else None
    with pytest.raises(InputError, match=told):
        convert(file, site="lab", roles={}, power_ports=draws)
    with pytest.raises(InputError, match="cannot be read"):
        convert(tmp_path / "none.csv", site="lab", roles={})
    (tmp_path / "latin.csv").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(InputError, match="not UTF-8"):
        convert(tmp_path / "latin.csv", site="lab", roles={})
