"""Commands on a real data folder: what goes in by one door comes out by the others."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from ui.cli import main
from ui.service import open_service

if TYPE_CHECKING:
    from pathlib import Path

SITE = """
[company]
name = "Test"
currency = "EUR"
[factors]
files = ["factors.csv"]
[[sites]]
id = "t"
name = "Test site"
zone = "XT"
time_zone = "Europe/Berlin"
currency = "EUR"
pue_category = 3
[[points]]
id = "grid"
site = "t"
role = "utility"
max_w = 4000
interval_s = { power = 300 }
[[points]]
id = "srv"
site = "t"
role = "server"
parent = "grid"
min_w = 50
max_w = 2000
interval_s = { power = 300 }
[inventory]
file = "inventory.csv"
"""
DAY = ("--from", "2026-06-16", "--to", "2026-06-17")
NOON = datetime(2026, 6, 15, 22, tzinfo=UTC)  # 2026-06-16 begins in Berlin
COUNT = 289


def readings(srv_w: float = 1000.0) -> str:
    """A local day of samples every 5 minutes: 2 kW at the grid, 1 kW at the server."""
    times = [(NOON + timedelta(minutes=5 * i)).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(COUNT)]
    rows = [
        f"{time},{point},power,{watts},W" for time in times for point, watts in (("t/grid", 2000.0), ("srv", srv_w))
    ]
    return "\n".join(["time,point,metric,value,unit", *rows]) + "\n"


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("WATTLAS_CONFIG", "WATTLAS_DATA"):
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
    (tmp_path / "wattlas.toml").write_text(SITE)
    (tmp_path / "inventory.csv").write_text("id,site,role\n")
    header = "id,zone,year,value,unit,basis,scope,source,licence,verified,note"
    (tmp_path / "factors.csv").write_text(f"{header}\nxt-2026,XT,2026,500,gCO2e/kWh,average,direct,Office,CC0,yes,\n")
    (tmp_path / "r.csv").write_text(readings())
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 - a function
    """Run a command and return what it printed; parsed where it is JSON."""

    def run(*argv: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
        capsys.readouterr()
        found = main(list(argv))
        text, err = capsys.readouterr()
        assert found == code, err
        return json.loads(text) if "--json" in argv else text

    return run


def test_an_imported_day_gives_energy_pue_and_emissions(out: Any) -> None:  # noqa: ANN401
    (result,) = out("import", "r.csv", "--json")
    assert result["rows"] == 2 * COUNT
    assert result["first"] == "2026-06-15T22:00:00Z"
    figures = {figure["name"]: figure for figure in out("kpi", *DAY, "--json")}
    assert figures["facility_energy_kwh"]["value"] == pytest.approx(48.0)
    assert figures["it_energy_kwh"]["value"] == pytest.approx(24.0)
    assert figures["pue"]["value"] == pytest.approx(2.0)
    assert figures["pue"]["category"] == 3
    assert figures["emissions_location_kgco2e"]["value"] == pytest.approx(24.0)
    assert figures["emissions_location_kgco2e"]["factors"][0]["source"] == "Office"
    assert {figure["start"] for figure in figures.values()} == {"2026-06-15T22:00:00Z"}


def test_only_the_figures_asked_for_are_given(out: Any) -> None:  # noqa: ANN401
    out("import", "r.csv")
    found = out("kpi", *DAY, "--name", "pue", "--name", "dcie", "--site", "t", "--category", "3", "--json")
    assert [figure["name"] for figure in found] == ["pue", "dcie"]
    assert "pue" in out("kpi", *DAY)


def test_ledger_rows_have_the_columns_of_the_books_and_cut_windows(out: Any) -> None:  # noqa: ANN401
    out("import", "r.csv")
    rows = out("ledger", "show", "--from", "2026-06-16T10:05", "--to", "2026-06-16T10:30", "--point", "t/srv", "--json")
    assert [(row["start"][11:16], row["end"][11:16]) for row in rows] == [("08:05", "08:15"), ("08:15", "08:30")]
    assert sum(row["energy_kwh"] for row in rows) == pytest.approx(25 / 60)
    promised = (
        "start end point metric energy_kwh value unit measured estimated missing quality method revision config_hash "
        "low_kwh high_kwh"
    )
    assert list(rows[0])[-2:] == ["low_kwh", "high_kwh"]
    assert all(row["low_kwh"] <= row["energy_kwh"] <= row["high_kwh"] for row in rows)
    assert set(promised.split()) <= rows[0].keys()
    assert "t/srv" in out("ledger", "show", *DAY, "--metric", "energy")
    assert out("ledger", "show", *DAY, "--metric", "temperature", "--json") == []


def test_the_same_file_twice_changes_nothing_and_undo_takes_it_back(out: Any) -> None:  # noqa: ANN401
    out("import", "r.csv")
    assert "nothing changed" in out("import", "r.csv")
    (note,) = out("import", "--list", "--json")
    assert note["file"].endswith("r.csv")
    assert "is undone" in out("import", "--undo", note["origin"])
    figures = {figure["name"]: figure for figure in out("kpi", *DAY, "--json")}
    assert figures["facility_energy_kwh"]["value_measured"] in (None, 0.0)
    assert out("import", "--list", "--json")[0]["undone_at"]


def test_undoing_what_has_expired_says_that_the_books_keep_it_and_how_to_take_it_out(
    out: Any,  # noqa: ANN401
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=420)
    rows = [f"{(first + timedelta(minutes=5 * i)).isoformat()},srv,power,1000,W" for i in range(13)]
    (tmp_path / "old.csv").write_text("\n".join(["time,point,metric,value,unit", *rows]) + "\n")
    period = ("--from", first.isoformat(), "--to", (first + timedelta(hours=1)).isoformat())

    def imported() -> str:
        out("import", "old.csv")
        return str(next(note["origin"] for note in out("import", "--list", "--json") if note["undone_at"] is None))

    def booked() -> float:
        return sum(row["energy_kwh"] or 0.0 for row in out("ledger", "show", *period, "--point", "t/srv", "--json"))

    origin = imported()
    open_service(None, None).upkeep()
    assert main(["import", "--undo", origin]) == 2
    said = capsys.readouterr().err
    assert "stays as it was" in said
    assert "([store] raw_retention_months = 13). Raise that, import the file again and undo it." in said
    assert booked() == pytest.approx(1.0)
    (tmp_path / "wattlas.toml").write_text(SITE + "[store]\nraw_retention_months = 20\n")
    out("import", "--undo", imported())
    assert booked() == 0.0


def test_late_readings_revise_and_history_says_why(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    out("import", "r.csv")
    (tmp_path / "late.csv").write_text(readings(srv_w=1500.0))
    out("import", "late.csv")
    former = out("ledger", "history", *DAY, "--point", "t/srv", "--json")
    assert len(former) == 96
    assert {row["revision"] for row in former} == {0}
    assert all(row["cause"] and row["replaced_at"].endswith("Z") for row in former)
    assert out("kpi", *DAY, "--name", "it_energy_kwh", "--json")[0]["value"] == pytest.approx(36.0)
    assert "rewritten" in out("ledger", "compact")
    assert "Books kept until" in out("ledger", "keep")


def test_preview_accepts_nothing_and_a_mapping_is_saved_by_name(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    wide = "Zeit;srv (kW)\n16.06.2026 00:05;1,25\n16.06.2026 00:10;1,30\n"
    (tmp_path / "wide.csv").write_text(wide)
    mapping = 'delimiter = ";"\ndecimal = ","\ntime_column = "Zeit"\ntime_format = "%d.%m.%Y %H:%M"\n'
    mapping += 'time_zone = "Europe/Berlin"\n[columns."srv (kW)"]\npoint = "t/srv"\nmetric = "power"\nunit = "kW"\n'
    (tmp_path / "m.toml").write_text(mapping)
    first = out("import", "wide.csv", "--mapping", "m.toml", "--preview", "--save-mapping", "hall", "--json")[0]
    assert (first["time"], first["value"], first["unit"]) == ("2026-06-15T22:05:00Z", 1250.0, "W")
    assert out("import", "--list") == "Nothing was imported yet.\n"
    assert "2 readings imported" in out("import", "wide.csv", "--mapping", "hall")


def test_what_is_exported_can_be_imported_again(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    out("import", "r.csv")
    text = out("export", "readings", *DAY)
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 2 * (COUNT - 1)
    assert rows[0]["unit"] == "W"
    (tmp_path / "again.csv").write_text(text)
    (tmp_path / "elsewhere").mkdir()
    out("--data", "elsewhere/data", "import", "again.csv")
    figure = out("--data", "elsewhere/data", "kpi", "--from", "2026-06-16T01:00", "--to", "2026-06-16T02:00", "--json")
    assert figure[0]["value"] is not None


def test_the_ledger_is_exported_whole_as_parquet_or_not_at_all(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    out("import", "r.csv")
    out("export", "ledger", *DAY, "--out", "books.parquet", "--point", "t/srv")
    table = pq.read_table(tmp_path / "books.parquet")
    assert table.num_rows == 96
    assert table["start"][0].as_py() == "2026-06-15T22:00:00Z"
    assert "low_kwh" in table.column_names
    out("export", "ledger", "--from", "2025-01-01", "--out", "none.csv", "--metric", "temperature")
    assert (tmp_path / "none.csv").read_text().startswith('"start"')
    assert not list(tmp_path.glob(".*.part"))


def test_quarantine_is_exported_only_when_asked_for(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    (tmp_path / "bad.csv").write_text(readings().replace("srv,power,1000.0", "srv,power,65535.0", 1))
    out("import", "bad.csv")
    only = ("--point", "t/srv")
    assert "65535" not in out("export", "readings", *DAY, *only)
    assert "65535" in out("export", "readings", *DAY, *only, "--rejected")


def test_inventory_is_looked_at_then_written_and_noted(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    (tmp_path / "new.csv").write_text("id,site,role,parents,max_w\nsrv-2,t,server,grid,900\nsrv-3,t,sever,grid,900\n")
    rows = out("inventory", "diff", "new.csv", "--at", "2026-06-01", "--json")
    assert {row["id"] for row in rows} == {"t/srv-2"}
    out("inventory", "import", "new.csv", "--dry-run")
    assert "srv-2" not in (tmp_path / "inventory.csv").read_text()
    out("inventory", "apply", "new.csv", "--at", "2026-06-01", "--why", "new rack")
    assert "2026-05-31T22:00:00Z" in (tmp_path / "inventory.csv").read_text()
    assert "sever" in (tmp_path / "inventory.rejected.csv").read_text()
    assert "t/srv-2" in out("check")


def test_a_backup_is_restored_with_all_its_figures(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    out("import", "r.csv")
    before = out("kpi", *DAY, "--json")
    assert "is backed up" in out("backup", "b.tar")
    assert "is restored" in out("--data", "again", "restore", "b.tar")
    assert out("--data", "again", "kpi", *DAY, "--json") == before
    assert (tmp_path / "again").is_dir()


def test_sound_stores_are_said_to_be(out: Any) -> None:  # noqa: ANN401
    out("import", "r.csv")
    assert out("doctor", "--json") == []
    assert "are sound" in out("doctor", "--repair")
    assert "nothing to do" in out("upgrade")


def test_a_cut_commit_is_found_and_repaired(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    out("import", "r.csv")
    before = out("kpi", *DAY, "--json")
    log = max((tmp_path / "data" / "books" / "ledger" / "_delta_log").glob("*.json"))
    log.write_bytes(log.read_bytes()[:40])
    assert out("doctor", "--json", code=1)[0]["store"] == "ledger"
    out("doctor", "--repair")
    assert out("doctor", "--json") == []
    assert out("kpi", *DAY, "--json") == before
