"""Estimates by the command line: proposed by rule, approved by another person, told in every figure, taken back."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.company import START, Company
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

DAY, QUARTER = 86_400, 900
POINTS = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
accuracy_pct = 1.0
interval_s = { power = 900 }
[[points]]
id = "s/ups"
role = "ups"
parent = "utility"
max_w = 3000.0
interval_s = { power = 900 }
"""
DARK = range(30 * DAY, 31 * DAY)  # of the meter that is silent for a day
PERIOD = ["--from", "2026-04-13", "--to", "2026-04-15"]  # around that day


def watts(at: int) -> float:
    return 1000.0 + 200.0 * math.sin(2 * math.pi * at / DAY)


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    made = Company(tmp_path, POINTS, now=START + 62.0 * DAY)
    times = range(0, 60 * DAY, QUARTER)
    made.read("s/ups", [(at, watts(at)) for at in times if at not in DARK])
    made.read("s/utility", [(at, 1.25 * watts(at)) for at in times])
    made.keep()
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    as_person("ada", monkeypatch)
    return made


def as_person(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.commands.estimates.caller", lambda: name)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert main([*words, "--json"]) == 0, capsys.readouterr().err
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 2
    return capsys.readouterr().err


def it_energy(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return run(capsys, "kpi", *PERIOD, "--name", "it_energy_kwh")[0]


def test_a_gap_becomes_an_estimate_that_another_person_approves(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = it_energy(capsys)
    assert before["value"] is None
    assert '"nope" is no point' in refused(capsys, "estimates", "propose", *PERIOD, "--point", "nope", "--site", "s")
    (found,) = run(capsys, "estimates", "propose", *PERIOD, "--point", "ups", "--site", "s")
    assert (found["point"], found["method"], found["state"]) == ("s/ups", "balance", "waiting")
    assert found["inputs"]["share"] == pytest.approx(0.8, abs=1e-3)
    assert found["missing_h"] == pytest.approx(24.0, abs=0.5)
    assert found["energy_kwh"] == pytest.approx(24.0, rel=0.02)
    assert it_energy(capsys) == before, "what nobody approved changes nothing"
    assert "ada proposed it, so another person must approve it" in refused(capsys, "estimates", "approve", found["id"])
    as_person("bob", monkeypatch)
    (approved,) = run(capsys, "estimates", "approve", "all")
    assert (approved["state"], approved["decided_by"], approved["solo"]) == ("approved", "bob", False)
    after = it_energy(capsys)
    assert after["value"] == pytest.approx(48.0, rel=0.01)
    assert after["value_measured"] == before["value_measured"]
    assert after["estimated"] == pytest.approx(0.5, abs=0.02)
    assert after["low"] <= after["value"] <= after["high"]
    assert found["id"] in after["method"]
    (pue,) = run(capsys, "kpi", *PERIOD, "--name", "pue")
    assert pue["value"] == pytest.approx(1.25, rel=0.01)
    assert company.rows("s/ups", DARK.start + 6 * 3600, DARK.start + 7 * 3600)[0]["missing"] == 1.0, "gaps stay gaps"
    days = company.service.days("s", end=START + 32 * DAY, count=16)  # of two months, one with estimates
    assert [day.it.value for day in days[:-1]] == pytest.approx([24.0] * 15, rel=0.1)
    (told,) = (row for row in run(capsys, "trace", "pue", "--site", "s", *PERIOD) if row["kind"] == "estimate")
    assert (told["id"], told["text"]) == (found["id"], "balance, proposed by ada, approved by bob")
    assert run(capsys, "estimates", "propose", *PERIOD) == []
    (gone,) = run(capsys, "estimates", "withdraw", found["id"], "--reason", "the meter lied")
    assert (gone["state"], gone["reason"]) == ("withdrawn", "the meter lied")
    assert it_energy(capsys) == before
    assert "is withdrawn: run `wattlas estimates propose` again" in refused(capsys, "estimates", "approve", found["id"])
    (again,) = run(capsys, "estimates", "propose", *PERIOD)
    assert (again["id"], again["state"]) == (found["id"], "waiting")
    assert company.service.stores.state.audit.verify() is None


def test_late_readings_take_the_place_of_an_estimate(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "estimates", "propose", *PERIOD)
    as_person("bob", monkeypatch)
    run(capsys, "estimates", "approve", "all")
    company.read("s/ups", [(at, watts(at)) for at in range(DARK.start, DARK.stop, QUARTER)])
    company.keep()
    after = it_energy(capsys)
    assert after["measured"] == pytest.approx(1.0)
    assert after["value"] == after["value_measured"]
    assert "approved estimates" not in after["method"]


def test_a_month_of_estimates_needs_a_sign_off(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    company.head += "[estimates]\nlimit = 0.001\n[estimates.methods]\nups = ['profile']\n"
    assert company.service
    (found,) = run(capsys, "estimates", "propose", *PERIOD)
    assert found["method"] == "profile"
    assert found["energy_kwh"] == pytest.approx(24.0, rel=0.02)
    as_person("bob", monkeypatch)
    assert "1.7% of the energy of 2026 would be estimated (limit 0%)" in refused(capsys, "estimates", "approve", "all")
    assert "would be estimated" in refused(capsys, "estimates", "approve", "all", "--sign-off", " ")
    (signed,) = run(capsys, "estimates", "approve", "all", "--sign-off", "UPS swapped, see ticket")
    assert signed["reason"] == "UPS swapped, see ticket"


def test_an_invoice_says_what_a_silent_meter_missed(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    company.points = company.points.replace('role = "ups"', 'role = "ups"\naccuracy_pct = 1.0')
    company.head += "[estimates.methods]\nups = ['invoice']\n"
    assert company.service
    (none,) = run(capsys, "estimates", "propose", *PERIOD)
    assert none["state"] == "none"
    assert "no method of its rank can say it" in none["reason"]
    words = ["--kind", "invoice_electricity", "--site", "s", "--subject", "s/ups", "--unit", "kWh", "--value", "720"]
    monkeypatch.setattr("ui.commands.records.caller", lambda: "ada")
    run(capsys, "records", "add", *words, "--from", "2026-04-01", "--to", "2026-04-30")
    monkeypatch.setattr("ui.commands.records.caller", lambda: "bob")
    run(capsys, "records", "approve", "all")
    (found,) = run(capsys, "estimates", "propose", *PERIOD)
    assert found["method"] == "invoice"
    assert found["energy_kwh"] == pytest.approx(24.0, rel=0.02)  # 720 kWh - 29 days of 24 kWh
    assert (found["energy_kwh"] - found["low_kwh"]) == pytest.approx(7.2, rel=0.01)  # 1 % of the bill
    as_person("bob", monkeypatch)
    run(capsys, "estimates", "approve", "all")
    (checked,) = run(capsys, "records", "check")
    assert checked["metered_kwh"] == pytest.approx(29 * 24.0, rel=0.02), "what the meter saw, not the invoice itself"
    assert (checked["finding"], checked["difference"]) == (False, 0.0)
    assert "its silence of 3.4% of the time may hide" in checked["text"]
    run(capsys, "records", "add", *words[:-1], "721", "--from", "2026-04-01", "--to", "2026-04-30", "--reason", "typo")
    assert [row["finding"] for row in run(capsys, "estimates", "list")] == [""], "nobody approved the correction yet"
    monkeypatch.setattr("ui.commands.records.caller", lambda: "ada")
    run(capsys, "records", "approve", "all")
    (row,) = run(capsys, "estimates", "list")
    assert "says 721 kWh now, the estimate was made of 720 kWh: withdraw it, propose anew" in row["finding"]
    checks = {one["name"]: one for one in run(capsys, "report", "check", "2026-04", "--site", "s")}
    assert checks["estimates"]["level"] == "blocks"
    (anew,) = run(capsys, "estimates", "propose", *PERIOD)
    assert anew["energy_kwh"] == pytest.approx(25.0, rel=0.02)


def test_what_is_no_estimate_is_told(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert company.now
    assert '"nope" is no estimate' in refused(capsys, "estimates", "approve", "nope")
    assert "no booked interval yet" in refused(
        capsys, "estimates", "propose", "--from", "2026-11-01", "--to", "2026-11-02"
    )
    assert run(capsys, "estimates", "list", "--waiting") == []
