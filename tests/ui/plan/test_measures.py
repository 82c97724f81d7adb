"""`wattlas measures` on a small company with fourteen months of books, a hole and a measure that worked."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from collectors.store.alerts import AlertEvent
from tests.ui.company import HEAD, START, Company, instant
from ui import service as service_module
from ui.cli import main
from ui.exports.site_tables import tables
from ui.plan.curve import measure_rows
from ui.reports.steering import incidents, steering

if TYPE_CHECKING:
    from pathlib import Path

TREE = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 3600 }
[[points]]
id = "s/ups"
role = "ups"
parent = "utility"
max_w = 3000.0
interval_s = { power = 3600 }
[[points]]
id = "s/roof"
role = "other"
interval_s = { temperature = 3600 }
"""
PLAN = """
[[tariffs]]
id = "t"
site = "s"
currency = "EUR"
rates = [{ name = "all", price_per_kwh = 0.2 }]
[[measures]]
id = "ups"
title = "Better UPS"
site = "s"
sub_load = "losses"
effect_low = 0.1
effect_high = 0.3
realisation = 1.0
start = "2026-11-01T00:00:00+01:00"
life_years = 10
capex = 10.0
opex_per_year = 0.0
currency = "EUR"
prices_of = 2026-01-01
discount_rate = 0.05
owner = "ann"
source = "quote"
"""
MORE = PLAN[PLAN.index("[[measures]]") :]
LATER = MORE.replace('"ups"', '"late"').replace("2026-11-01T00:00:00+01:00", "2027-07-01T00:00:00+02:00")
WARM = MORE.replace('"ups"', '"warm"') + 'temperature_point = "s/roof"\n'
WET = WARM.replace('"warm"', '"wet"') + 'driver = "wet_bulb"\n'
OWN = MORE.replace('"ups"', '"own"') + 'meters = ["s/utility"]\n'
TWICE = MORE.replace('"ups"', '"twice"') + 'meters = ["s/utility", "s/ups"]\n'
UNSEEN = MORE.replace('"ups"', '"cooler"').replace('"losses"', '"cooling"')
UNUSUAL = """
[[non_routine]]
id = "chiller"
site = "s"
start = "2026-12-07T00:00:00+01:00"
end = "2026-12-09T00:00:00+01:00"
reason = "chiller failed"
declared_by = "ann"
effect_kwh_per_day = 2.5
measures = ["own"]
[[non_routine]]
id = "works"
site = "s"
start = "2027-01-10T12:00:00+01:00"
end = "2027-01-12T00:00:00+01:00"
reason = "hall was empty"
declared_by = "ann"
excluded = true
measures = ["own"]
"""
WORK = """
[[points]]
id = "s/llm"
role = "other"
interval_s = { tokens = 3600 }
"""
BY_WORK = (
    MORE.replace('"ups"', '"quant"').replace('"losses"', '"it"') + 'work = { point = "s/llm", metric = "tokens" }\n'
)
BY_METER = BY_WORK.replace('"quant"', '"metered"') + 'meters = ["s/ups"]\n'
IT = LATER.replace('"late"', '"cap"').replace('"losses"', '"it"')
GREEN = LATER.replace('"late"', '"green"').replace('"losses"', '"market"')
TARGET = """
[[targets]]
id = "{id}"
metric = "{id}"
site = "s"
baseline_year = 2025
baseline_value = {base}
target_year = 2029
target_value = {goal}
"""
TARGETS = "".join(
    TARGET.format(id=name, base=base, goal=goal)
    for name, base, goal in (("facility_energy_kwh", 20000.0, 9000.0), ("pue", 1.6, 1.3), ("wue", 1.0, 0.5))
)
OVER = TARGET.format(id="facility_energy_kwh", base=20000.0, goal=9000.0).replace("2029", "2026")
TARGETS += OVER.replace('id = "facility_energy_kwh"', 'id = "over"', 1)  # its year is over
WORKED = instant("2026-11-01T00:00:00+01:00")
OTHERS = (WORK, BY_WORK, BY_METER, LATER, IT, GREEN, WARM, WET, OWN, TWICE)
HOLE = (instant("2026-05-10T00:00:00+00:00"), instant("2026-05-14T00:00:00+00:00"))
NOW = instant("2027-06-10T00:00:00+00:00")
HOUR, DAY_S = 3600, 86_400
COLD = range(instant("2027-01-05T00:00:00+01:00"), instant("2027-01-06T00:00:00+01:00"))  # the thermometer was away


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    company = Company(
        tmp_path_factory.mktemp("plan"),
        points=TREE + PLAN + "".join(OTHERS) + UNUSUAL + TARGETS,
        head=HEAD,
        now=NOW,
    )
    hours = [at for at in range(START, NOW - HOUR, HOUR) if not HOLE[0] <= at < HOLE[1]]
    load = {at: 1000.0 + 20 * (at // 86_400 % 7) + (at // 7_200 % 5) for at in hours}
    company.read("s/ups", [(at - START, load[at]) for at in hours])
    company.read("s/utility", [(at - START, load[at] * (1.5 if at < WORKED else 1.4)) for at in hours])
    tokens = {at: (load[at - HOUR] + load[at]) / (2 if at <= WORKED else 1.98) for at in hours if at - HOUR in load}
    company.read("s/llm", [(at - START, one) for at, one in tokens.items()], metric="tokens")
    warmth = ((at - START, 12 + 8 * math.sin(at / 86_400 / 58)) for at in hours if at not in COLD)
    company.read("s/roof", list(warmth), metric="temperature")
    company.keep()
    return company.folder


@pytest.fixture
def said(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    service = service_module.open_service(folder / "wattlas.toml", None, lambda: NOW)
    monkeypatch.setattr(service_module, "open_service", lambda _config, _data: service)  # its days are made once

    def run(*argv: str) -> Any:  # noqa: ANN401
        door = argv if argv[0] == "plan" else ("measures", *argv)
        code = main(["--config", str(folder / "wattlas.toml"), *door])
        found = capsys.readouterr()
        return (json.loads(found.out) if "--json" in argv else found.out) if code == 0 else found.err

    return run


def test_measures_are_ranked_with_their_progress(said: Any) -> None:  # noqa: ANN401
    assert "ups is done (step 1, 9.50 EUR spent)" in said("progress", "ups", "done", "--cost", "9.5", "--note", "x")
    assert "stopped" in said("progress", "cap", "stopped")
    for name in ("warm", "wet", "own", "twice", "quant", "metered"):
        assert "stopped" in said("progress", name, "stopped")
    rows = {row["measure"]: row for row in said("curve", "--json")}
    assert set(rows) == {"ups", "late", "green"}, "a stopped measure counts no more"
    assert (rows["ups"]["state"], rows["ups"]["actual_cost"], rows["ups"]["rank"]) == ("done", 9.5, None)
    assert "at work already" in rows["ups"]["reason"]
    assert rows["late"]["rank"] == 1
    assert rows["ups"]["npv"] > rows["late"]["npv"] > 0, "what comes later works on what the first left"
    assert rows["green"]["basis"] == "market-based alone"
    assert rows["green"]["saves_kwh"] == 0


def test_measures_close_the_gap_of_targets(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
    monkeypatch.setattr("ui.plan.status.HISTORY_DAYS", 130)
    rows = said("plan", "gap", "--json")
    energy = {row["measure"]: row for row in rows if row["id"] == "facility_energy_kwh"}
    assert list(energy)[-1] == "(left to find)"
    late, left = energy["late"], energy["(left to find)"]
    assert late["adds"] < 0 < late["closes"] < 1
    assert late["low"] <= late["value"] <= late["high"]
    assert left["value"] == pytest.approx(late["level"] + sum(row["adds"] for row in energy.values() if row != left))
    assert left["required_rate"] == pytest.approx((9000.0 / left["level"]) ** 0.5 - 1)
    assert (left["met"], left["value"] < 9000.0) in {(True, True), (False, False)}
    (water,) = [row for row in rows if row["id"] == "wue"]
    assert water["measure"] == "(left to find)"
    assert water["reason"]
    over = [row for row in rows if row["id"] == "over" and row["measure"] != "(left to find)"]
    assert len(over) == len(energy) - 1
    assert all(row["adds"] <= 0 for row in over), "what is done is not undone for a year that is over"
    # late begins in July: the year of 2027 ends lower than history alone says
    (status,) = [row for row in said("plan", "status", "--json") if row["id"] == "facility_energy_kwh"]
    assert status["expected_with_measures"] < status["expected"]
    assert status["probability_with_measures"] >= status["probability"]


def alone(said: Any, name: str) -> Any:  # noqa: ANN401
    """The row of a measure when the others of its day were given up."""
    for one in ("ups", "warm", "wet", "own", "twice", "quant", "metered"):
        said("progress", one, "done" if one == name else "stopped")
    (row,) = said("verify", "--json", "--measure", name)
    said("progress", "ups", "done")
    return row


def test_a_saving_is_verified_against_what_was_promised(said: Any) -> None:  # noqa: ANN401
    together = {row["measure"]: row for row in said("verify", "--json")}
    assert together["warm"]["saved_kwh"] is None
    assert "not told apart from ups" in together["warm"]["reason"]
    assert "together they saved" in together["warm"]["reason"]
    rows = {**together, **{name: alone(said, name) for name in ("ups", "warm", "own", "quant", "metered")}}
    ups = rows["ups"]
    assert ups["days"] == 221, "each whole day since the measure, the first one too"
    # losses were 0.5 of IT and are 0.4: a fifth of them, the middle of what was promised
    assert ups["realised"] == pytest.approx(1.0, abs=0.02)
    assert ups["low_kwh"] <= ups["saved_kwh"] <= ups["high_kwh"]
    assert ups["share_of_facility"] == pytest.approx(0.1 / 1.5, rel=0.01)
    # the weather bears on nothing here: the same saving, of the days on which it is known
    warm = rows["warm"]
    assert warm["saved_kwh"] / warm["days"] == pytest.approx(ups["saved_kwh"] / ups["days"], rel=0.01)
    assert warm["days"] == ups["days"] - 1
    # its own meter is the facility's here: two days had 2.5 kWh beyond the routine, two more are left out
    own = rows["own"]
    assert own["method"].startswith("IPMVP option B")
    assert (own["days"], own["days_left_out"]) == (ups["days"] - 2, 2)
    assert own["promised_low_kwh"] == pytest.approx(ups["promised_low_kwh"] * own["days"] / ups["days"], rel=0.01)
    assert own["share_of_facility"] == pytest.approx(0.1 / 1.5, rel=0.02)
    assert own["non_routine"] == "chiller: chiller failed; works: hall was empty"
    assert own["saved_kwh"] == pytest.approx(ups["saved_kwh"] / ups["days"] * own["days"] + 5.0, rel=0.01)
    assert "s/ups is counted in s/utility already" in rows["twice"]["reason"]
    assert "nothing to verify yet" in rows["late"]["reason"]
    assert "has no altitude_m" in rows["wet"]["reason"]
    assert "no driver of the work done" in rows["cap"]["reason"]
    assert "saves no energy" in rows["green"]["reason"]
    # tokens took a hundredth less of IT's energy each, and the facility's share fell besides
    by_work, metered = rows["quant"], rows["metered"]
    assert metered["share_of_facility"] == pytest.approx(0.01 / (1.4 * 0.99 + 0.01), rel=0.02)
    assert metered["realised"] == pytest.approx(0.05, rel=0.03)
    assert by_work["share_of_facility"] == pytest.approx(1 - 1.4 * 0.99 / 1.5, rel=0.01)
    assert by_work["realised"] == pytest.approx(by_work["share_of_facility"] / 0.2, rel=0.01)
    assert len(said("verify", "--json", "--measure", "late", "--site", "s")) == 1


def test_slips_are_told_in_one_sentence(said: Any) -> None:  # noqa: ANN401
    assert said("verify", "--measure", "upss").startswith('wattlas: "upss" is no measure of wattlas.toml; did you mean')
    assert "is no site" in said("curve", "--site", "x")
    assert "is no measure" in said("progress", "x", "done")


def test_an_interval_that_holds_0_shows_no_saving() -> None:
    from analytics.planning.savings import Savings
    from ui.plan.verify import NOT_SHOWN, _told

    found = Savings(saved_kwh=5.0, low_kwh=-1.0, high_kwh=11.0, level=0.9, baseline_kwh=100.0)
    assert _told(found)["reason"] == NOT_SHOWN


def test_a_report_says_how_the_plan_stood_at_its_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.plan.status.HISTORY_DAYS", 130)
    service = service_module.open_service(folder / "wattlas.toml", None, lambda: NOW)
    end = instant("2027-05-01T00:00:00+02:00")
    found = steering(service, service.settings.site("s"), instant("2027-04-01T00:00:00+02:00"), end)
    later = replace(service, now=lambda: NOW + 2 * DAY_S)
    assert steering(later, service.settings.site("s"), instant("2027-04-01T00:00:00+02:00"), end) == found
    energy, _, water, _ = found["targets"]
    assert energy["expected"] < energy["allowed"]
    assert energy["status"] == "on track"
    assert water["reason"]
    assert {row["measure"] for row in found["measures"]} >= {"ups", "green"}
    (ups,) = [row for row in found["savings"] if row["measure"] == "ups"]
    assert ups["saved_kwh"] is None, "at that time no other was given up: it was not the saving of one"
    assert "not told apart from warm" in ups["reason"]
    part = {**dict.fromkeys(("contracts", "records", "estimates", "frameworks", "figures"), ()), **found}
    printed = {table["title"]: table["rows"] for table in tables(part, "en")}
    assert printed["Targets"][0][0] == "facility_energy_kwh: Facility energy"
    assert "On track" in printed["Targets"][0][4]
    notes = [row[4] for row in printed["Measures and verified savings"]]
    assert any("at work already" in note and "together they saved" in note for note in notes)
    assert printed["Incidents"] == []


def incident(key: str, at: int, word: str, subject: str) -> AlertEvent:
    title = "UPS above its limit"
    return AlertEvent(
        key=key, at=at, word=word, subjects=(subject,), rule="load", severity="warning", title=title, body=""
    )


def test_an_incident_is_of_the_site_and_time_in_which_it_began(folder: Path) -> None:
    service = service_module.open_service(folder / "wattlas.toml", None, lambda: NOW)
    told = [
        incident("a", 100, "firing", "s/ups"),
        incident("a.end", 160, "resolved", "s/ups"),
        incident("b", 100, "firing", "t/ups"),
        incident("c", 900, "firing", "s"),
    ]
    state = service.stores.state.alerts
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(state), "events", lambda _: told)
        (one,) = incidents(service, service.settings.site("s"), 0, 500)
    assert (one["rule"], one["ended"]) == ("load", "1970-01-01T00:02:40Z")


def test_a_measure_on_what_no_meter_sees_saves_nothing_that_is_known(tmp_path: Path) -> None:
    """A site without a meter for cooling: it is in the losses, and no share of it is 0 kWh."""
    made = Company(tmp_path, head=HEAD + PLAN + UNSEEN, now=float(instant("2026-04-02T00:00:00Z")))
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0)):
        made.steady(point, watts)
    made.keep()
    rows = {row["measure"]: row for row in measure_rows(made.service)}
    assert rows["cooler"]["reason"] == "no meter sees cooling"
    assert "saves_kwh" not in rows["cooler"]
    assert rows["ups"]["saves_kwh"] > 0
