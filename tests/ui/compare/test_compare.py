"""`wattlas compare`: what a planner sees from the file alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from config.compare.file import load_comparison, template_names
from tests.ui.compare.options import CLOUD, MIXED, NOW, OWN, without_green
from ui.cli import main
from ui.compare.ranking import compared
from ui.compare.words import advice
from ui.phrases import phrase

if TYPE_CHECKING:
    from pathlib import Path


def printed(file: Path, text: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    file.write_text(text)
    assert main(["compare", str(file), "--json"]) == 0, capsys.readouterr().err
    (found,) = json.loads(capsys.readouterr().out)
    return dict(found)


@pytest.mark.parametrize("name", template_names())
def test_a_template_is_a_file_to_start_from(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--template", name]) == 0
    file = tmp_path / f"{name}.toml"
    found = printed(file, capsys.readouterr().out, capsys)
    assert found["ranking"]
    assert found["advice"]
    assert all(row["told"] for row in found["strategies"]), "what was assumed is told"
    assert main(["compare", str(file)]) == 0
    said = capsys.readouterr().out
    assert found["advice"][0] in said
    assert "days ago: ask anew" in said
    assert main(["compare", str(file), "--csv"]) == 0
    assert capsys.readouterr().out.startswith("id,kind,ruled_out,")


def test_prices_are_turned_into_one_currency_by_a_rate_of_the_day(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(CLOUD)
    (row,) = compared(load_comparison(file), service=None, now=NOW)["strategies"]
    # 8,000 hours at 2.5 EUR and 1.1, and half of the energy at 0.011 more
    assert row["cost"]["p50"] == pytest.approx(22_000 + 0.011 / 2 * row["facility_energy_kwh"]["p50"], rel=0.02)
    assert any("price_per_device_hour is of 2025-01-01" in text for text in row["told"])
    assert "lost_share not given: nothing is taken to be lost to failures" in row["told"]
    assert "green.gco2e_per_kwh not given: what is contracted is taken to emit nothing" in row["told"]
    data = 'kind = "fleet"\ndata_gb = 450000.0'
    file.write_text(CLOUD.replace('kind = "fleet"', data).replace("2025-01-01", "2031-01-01"))
    (row,) = compared(load_comparison(file), service=None, now=NOW)["strategies"]
    assert "gbit_per_s not given: the data is taken to arrive at 10 Gbit/s" in row["told"]
    assert "price_per_device_hour is of 2031-01-01, a day to come: check it" in row["told"]
    assert row["market_kgco2e"]["p50"] == pytest.approx(row["location_kgco2e"]["p50"] / 2, rel=0.01)
    assert row["follows"][0]["input"] == "price_per_device_hour"


def test_without_a_rate_there_is_no_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.toml"
    file.write_text(CLOUD.split("[[exchange_rates]]", maxsplit=1)[0])
    assert main(["compare", str(file)]) == 2
    assert "no rate from EUR to USD holds on" in capsys.readouterr().err


def test_what_rules_a_strategy_out_is_said(tmp_path: Path) -> None:
    limits = '[constraints]\ndeadline_days = 1.0\nbudget = 10.0\nregions = ["EU"]\nlatency_ms = 5.0\n'
    file = tmp_path / "c.toml"
    file.write_text(
        CLOUD.replace("[workload]", limits + "[workload]").replace("pue = 1.2", "pue = 1.2\navailable_kw = 1.0")
    )
    found = compared(load_comparison(file), service=None, now=NOW)
    reasons = found["strategies"][0]["ruled_out"]
    assert [text.split(",")[0].split(" ")[1] for text in reasons] == ["result", "costs", "region", "latency", "draws"]
    assert found["ranking"] == []
    assert "No strategy meets the constraints" in found["advice"][1]


def test_what_is_missing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.toml"
    assert main(["compare"]) == 2
    assert "name a compare file, or take one with --template: assistant" in capsys.readouterr().err
    file.write_text(CLOUD.replace("pue = 1.2\n", ""))
    assert main(["compare", str(file)]) == 2
    assert 'strategy "cloud" lacks pue: give it, or a site of your own' in capsys.readouterr().err
    own = load_comparison(_written(file, CLOUD + OWN.format(site="s")))
    from config.errors import InputError

    with pytest.raises(InputError, match="run it beside the site file"):
        compared(own, service=None, now=NOW)


def _written(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


TOKENS = """
[[strategies]]
id = "api"
name = "API"
kind = "tokens"
lead_time_days = 1.0
price_per_million_tokens = { value = 0.5, date = 2026-03-01, source = "offer" }
kwh_per_million_tokens = 0.4
tokens_per_second = 100000.0
pue = 1.2
gco2e_per_kwh = 300.0
"""


def test_what_is_not_known_is_not_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = CLOUD.replace(
        'kind = "fleet"\ndevice_hours = 8000.0', 'kind = "inference"\nactive_parameters = 8e9\ntokens = 1e9'
    )
    text = work.replace("devices = 8", "devices = 8\nused_share = 0.2") + TOKENS
    found = printed(tmp_path / "c.toml", text, capsys)
    api = found["strategies"][1]
    assert api["embodied_kgco2e"] is None
    assert "What making the hardware of API emitted is not known: its carbon is not compared." in found["advice"]
    assert not any("least carbon" in words for words in found["advice"])
    for weight, lacks in (("carbon_per_kg", "embodied_kgco2e"), ("water_per_l", "wue_l_per_kwh and grid_l_per_kwh")):
        (tmp_path / "d.toml").write_text(text + f"[weights]\n{weight} = 0.1\n")
        assert main(["compare", str(tmp_path / "d.toml")]) == 2
        assert f"lacks {lacks}, which [weights] {weight} counts" in capsys.readouterr().err


def test_owning_that_never_pays_is_said() -> None:
    rows = [{"id": one, "name": one, "ruled_out": ["x"], "follows": [], "embodied_kgco2e": None} for one in ("a", "b")]
    even = [{"owned": "a", "rented": "b", "utilisation": share} for share in (1.4, None)]
    found = {"strategies": rows, "ranking": [], "break_even": even, "currency": "USD", "draws": 1, "cleanest": []}
    assert advice(found).count("a costs more than b however much it is used.") == 2


def test_a_mixture_shares_work_and_devices_and_meets_constraints_with_every_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "c.toml"
    file.write_text(MIXED)
    found = compared(load_comparison(file), service=None, now=NOW)
    rows = {row["id"]: row for row in found["strategies"]}
    assert list(rows) == ["cloud", "own", "m", "50% own+50% cloud"]
    own, cloud, mixed = rows["own"], rows["cloud"], rows["m"]
    assert mixed["parts"] == [{"id": "own", "share": 0.6, "devices": 5}, {"id": "cloud", "share": 0.4, "devices": 3}]
    for key in ("cost", "facility_energy_kwh", "location_kgco2e", "embodied_kgco2e"):
        by_hand = 0.6 * own[key]["p50"] + 0.4 * cloud[key]["p50"]
        assert mixed[key]["p50"] == pytest.approx(by_hand, rel=0.02), key
    assert mixed["time_h"]["p50"] == pytest.approx(30 * 24 + 0.6 * 8000 / 5), "the later of the two"
    assert "Own does 60% of the work with 5 of its 8 devices" in mixed["told"]
    uses = {one["owned"]: one["utilisation"] for one in found["break_even"]}
    assert uses["m"] == pytest.approx(uses["own"], rel=0.02), "what it rents costs the same at any use"
    assert mixed["e0_kwh"]["p50"] > 0
    assert mixed["alpha_kw"]["p50"] > 0
    assert own["told"][0].startswith("cost by part: hardware ")
    assert sum(own["cost_parts"].values()) == pytest.approx(own["cost"]["p50"], rel=0.01)
    assert any(one["input"].startswith("cloud: ") for one in mixed["follows"])
    for text, word in (
        ("{ own = 0.6, cloud = 0.5 }", "key shares sum to 1.1: let them sum to 1"),
        ("{ own = 0.6, clod = 0.4 }", 'a mixture names "clod"'),
    ):
        file.write_text(MIXED.replace("{ own = 0.6, cloud = 0.4 }", text))
        assert main(["compare", str(file)]) == 2
        assert word in capsys.readouterr().err
    file.write_text(MIXED.replace("step = 0.5", "step = 0.3"))
    assert main(["compare", str(file)]) == 2
    assert "must divide 1 evenly" in capsys.readouterr().err
    file.write_text(
        MIXED.replace("[workload]", '[constraints]\nregions = ["EU"]\n[workload]').replace(
            'id = "own"', 'id = "own"\nregion = "EU"'
        )
    )
    out = {row["id"]: row["ruled_out"] for row in compared(load_comparison(file), service=None, now=NOW)["strategies"]}
    assert not out["own"]
    assert out["m"] == ['its region "" is not among EU']


def test_nothing_runs_before_the_grid_is_connected(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    late = MIXED.replace('id = "own"', 'id = "own"\nconnection_date = 2027-04-23\navailable_kw = 1.0')
    file.write_text(late.replace("[workload]", "[constraints]\ndeadline = 2027-01-01\n[workload]"))
    rows = {row["id"]: row for row in compared(load_comparison(file), service=None, now=NOW)["strategies"]}
    out = " ".join(rows["own"]["ruled_out"])
    assert "its grid connection is on 2027-04-23), the deadline is 2027-01-01" in out
    assert "kW, 1 kW are available" in out
    assert rows["own"]["time_h"]["p50"] > 365 * 24
    assert "grid connection on 2027-04-23: nothing runs in the 365 days before it" in rows["own"]["told"]
    assert rows["m"]["ruled_out"], "a mixture waits for its latest part"
    assert "kW are available" in " ".join(rows["m"]["ruled_out"])


def test_quotes_say_how_long_they_hold_and_what_is_in_them(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(
        "strategy,key,supplier,low,mid,high,currency,date,valid_to,lead_time_days,included\n"
        "cloud,price_per_device_hour,Acme,,3,,USD,2026-03-01,2026-04-01,9,support\n"
    )
    file = tmp_path / "c.toml"
    file.write_text('quotes = "q.csv"\n' + CLOUD)
    (row,) = compared(load_comparison(file), service=None, now=NOW)["strategies"]
    assert row["cost"]["p50"] == pytest.approx(24_000, rel=0.01), "3 USD: a quote has a currency of its own"
    assert row["time_h"]["p50"] == pytest.approx(9 * 24 + 1000)
    quote = "quote of Acme (9 days until it runs, includes support, valid to 2026-04-01), 2026-03-01"
    assert row["sources"]["price_per_device_hour"] == quote
    assert "price_per_device_hour was valid to 2026-04-01: ask anew" in row["told"]


def test_the_founding_example_from_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """K + beta E with beta = 1 USD/kWh: 0.61, 22.94 and 76.21; a beta without a unit is refused."""
    assert main(["compare", "--template", "founding-example"]) == 0
    text = capsys.readouterr().out
    rows = {row["id"]: row for row in printed(tmp_path / "f.toml", text, capsys)["strategies"]}
    assert {id_: round(row["objective"]["p50"], 2) for id_, row in rows.items()} == {
        "cloud": 0.61,
        "purchase": 22.94,
        "own": 76.21,
    }
    for row in rows.values():
        assert row["time_h"]["p50"] == pytest.approx(1.0)
        assert row["facility_energy_kwh"]["p50"] == pytest.approx(0.11)
        assert (row["e0_kwh"]["p50"], row["alpha_kw"]["p50"]) == (pytest.approx(0.01), pytest.approx(0.1))
    for weight in ("1", "1 EUR/kWh", "1 USD/hour", "-1 USD/kWh", "one"):
        (tmp_path / "f.toml").write_text(text.replace('"1 USD/kWh"', f'"{weight}"'))
        assert main(["compare", str(tmp_path / "f.toml")]) == 2
        assert f'"{weight}" is no money per kWh and would add what cannot be added' in capsys.readouterr().err


def test_a_share_of_the_peak_is_assumed_for_training_alone_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    training = CLOUD.replace('kind = "fleet"\ndevice_hours = 8000.0', 'kind = "training"\nflop = 1e21')
    (row,) = printed(tmp_path / "c.toml", training, capsys)["strategies"]
    assert any(text.startswith("used_share assumed 5% to 46%, most likely 36%: MosaicML") for text in row["told"])
    answers = training.replace('"training"', '"inference"')
    (tmp_path / "c.toml").write_text(answers)
    assert main(["compare", str(tmp_path / "c.toml")]) == 2
    assert "lacks used_share" in capsys.readouterr().err


def test_what_is_the_same_in_all_draws_hangs_on_nothing(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    plain, rates = without_green()
    late = "[constraints]\ndeadline = 2026-01-01\n[workload]"
    fixed = plain.replace("[2.0, 2.5, 3.0]", "2.5").replace("pue = 1.2", "pue = [1.1, 1.2, 1.3]")
    file.write_text(fixed + rates)
    found = compared(load_comparison(file), service=None, now=NOW)
    assert found["strategies"][0]["follows"] == []
    assert not any("hangs most on" in text for text in found["advice"])
    file.write_text(plain.replace("[workload]", late) + rates)
    (row,) = compared(load_comparison(file), service=None, now=NOW)["strategies"]
    assert row["ruled_out"][0].endswith("the deadline is 2026-01-01, which is over")
    assert phrase(row["ruled_out"][0], "zh") != row["ruled_out"][0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CLOUD.replace("pue = 1.2", "pue = 1.2\nlife_years = 6.0"), "does not count life_years"),
        (
            CLOUD.split("[workload]", maxsplit=1)[0] + "workload = 3\n" + CLOUD[CLOUD.index("[[strategies]]") :],
            "workload must be a table",
        ),
        (
            CLOUD.replace(
                '"fleet"\ndevice_hours = 8000.0', f'"inference"\nrequests = 1{"0" * 400}\ntokens_per_request = 1.0'
            ),
            "requests must be a number",
        ),
    ],
)
def test_a_slip_is_one_sentence(text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.toml").write_text(text)
    assert main(["compare", str(tmp_path / "c.toml")]) == 2
    assert told in capsys.readouterr().err
