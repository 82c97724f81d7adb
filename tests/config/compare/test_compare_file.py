"""Compare files and quotes: each slip is one sentence with its remedy; what the product brings is whole."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from config.compare.file import known_devices, load_comparison, template_names, template_path
from config.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FILE = """
title = "t"
currency = "USD"
real_rate = 0.08
[workload]
kind = "training"
flop = 1e21
[[strategies]]
id = "a"
name = "A"
kind = "cloud_on_demand"
device = "H100-SXM-80GB"
devices = 8
used_share = [0.3, 0.4, 0.5]
lead_time_days = 1.0
pue = 1.2
gco2e_per_kwh = 363.0
price_per_device_hour = { value = 2.5, date = 2026-10-01, source = "offer" }
"""
HEAD = "strategy,key,supplier,low,mid,high,currency,date,valid_to,note\n"


def loaded(folder: Path, text: str = FILE, quotes: str | None = None) -> str:
    path = folder / "compare.toml"
    if quotes is not None:
        (folder / "quotes.csv").write_text(quotes)
        text = 'quotes = "quotes.csv"\n' + text
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_comparison(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("lead_time_days = 1.0", "lead_time_days = [3.0, 2.0, 1.0]", "or a range in order from 0 on"),
        ("lead_time_days = 1.0", "lead_time_days = -9.0", "must be a number from 0 on"),
        ("gco2e_per_kwh = 363.0", "gco2e_per_kwh = -300.0", "must be a number from 0 on"),
        ("value = 2.5", "value = -5", "must be a number from 0 on"),
        ("lead_time_days = 1.0", "lead_time_days = 1.0\nlost_share = 1.0", "key lost_share must be below 1"),
        (
            "lead_time_days = 1.0",
            "lead_time_days = [1.0, 2.0]",
            "must be a number, or a range [low, most likely, high]",
        ),
        ("lead_time_days = 1.0", 'lead_time_days = "soon"', "must be a number, or a range [low, most likely, high]"),
        ("pue = 1.2", 'pue = 1.2\nindependent = ["pua"]', 'key independent names "pua"'),
        ("pue = 1.2", "pue = 0.9", "key pue must be 1 or more"),
        ("[0.3, 0.4, 0.5]", "[0.3, 0.4, 1.5]", "key used_share is a share: it must not be above 1"),
        ("[0.3, 0.4, 0.5]", "0.0", "key used_share must be above 0"),
        ("H100-SXM-80GB", "H100-SXM-80G", 'did you mean "H100-SXM-80GB"'),
        ('kind = "cloud_on_demand"', 'kind = "cloud_spot"', "lacks interruptions_per_hour, checkpoint_h, restart_h"),
        ('kind = "cloud_on_demand"', 'kind = "tokens"', "lacks price_per_million_tokens"),
        ("flop = 1e21", "flop = 1e21\ndevice_hours = 3.0", "must say the work once"),
        ("date = 2026-10-01, ", "", "date"),
        (
            "pue = 1.2",
            'pue = 1.2\ntariff_per_kwh = { value = 9.0, date = 2026-10-01, source = "offer" }',
            "is of kind cloud_on_demand, which does not count tariff_per_kwh",
        ),
        ("pue = 1.2", "pue = 1.2\nbuilding_life_years = 15.0", "must say both building_per_kw and building_life_years"),
        ("pue = 1.2", "pue = 1.2\nidle_kw = 5.0\nbusy_kw = 1.0", "key idle_kw is above busy_kw"),
        ("real_rate = 0.08", "real_rate = 8.0", "real_rate"),
        ("real_rate = 0.08", "real_rate =", "no TOML in UTF-8"),
    ],
)
def test_a_slip_is_told_with_its_remedy(tmp_path: Path, old: str, new: str, told: str) -> None:
    said = loaded(tmp_path, FILE.replace(old, new))
    assert told in said
    assert len(said.splitlines()) == 1
    assert said.startswith("compare.toml")


def test_a_headline_with_sparsity_and_a_name_that_stands_twice_are_refused(tmp_path: Path) -> None:
    device = """
[[devices]]
id = "X"
peak_tflops = 1979.0
tdp_w = 700.0
node_kw = 1.2
embodied_kgco2e = 164.0
source = "headline"
"""
    assert "is a peak with sparsity: give the dense 16-bit one" in loaded(tmp_path, FILE + device)
    assert 'strategy "a" stands twice' in loaded(tmp_path, FILE + "[[strategies]]" + FILE.split("[[strategies]]")[1])
    tokens = (
        FILE.split("[[strategies]]", maxsplit=1)[0]
        + """[[strategies]]
id = "b"
name = "B"
kind = "tokens"
lead_time_days = 1.0
price_per_million_tokens = { value = 1.0, date = 2026-10-01, source = "offer" }
kwh_per_million_tokens = 0.4
tokens_per_second = 100.0
"""
    )
    assert 'strategy "b" sells tokens and the workload names none' in loaded(tmp_path, tokens)
    bare = "strategies = []\n" + FILE.split("[[strategies]]", maxsplit=1)[0]
    assert "names no strategy" in loaded(tmp_path, bare)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_comparison(tmp_path / "absent.toml")


def test_a_quote_stands_in_place_of_a_price(tmp_path: Path) -> None:
    path = tmp_path / "compare.toml"
    path.write_text('quotes = "quotes.csv"\n' + FILE)
    quotes = tmp_path / "quotes.csv"
    quotes.write_text(HEAD + "a,price_per_device_hour,Example,2.0,2.2,2.4,USD,2026-11-01,2026-12-31,\n")
    (one,) = load_comparison(path).strategies
    assert one.price_per_device_hour is not None
    assert one.price_per_device_hour.value == (2.0, 2.2, 2.4)
    assert one.price_per_device_hour.source == "quote of Example (valid to 2026-12-31)"
    assert one.price_per_device_hour.valid_to == date(2026, 12, 31)
    quotes.write_text(HEAD + "a,price_per_device_hour,Example,,2.2,,USD,2026-11-01,,\n")
    (one,) = load_comparison(path).strategies
    assert one.prices()["price_per_device_hour"].value == (2.2, 2.2, 2.2)


def test_quotes_of_one_strategy_are_there_when_the_last_of_them_is(tmp_path: Path) -> None:
    path = tmp_path / "compare.toml"
    text = FILE.replace("[[strategies]]", '[[strategies]]\ncurrency = "EUR"', 1)
    green = (
        "[strategies.green]\nmatched_share = 0.5\npremium_per_kwh = { value = 1.0, date = 2026-01-01, source = 's' }"
    )
    path.write_text('quotes = "quotes.csv"\n' + text + "\n" + green)
    rows = [
        "a,price_per_device_hour,E,,2.2,,,2026-11-01,100,120",
        "a,green.premium_per_kwh,E,,0.1,,USD,2026-11-01,,1",
    ]
    head = "strategy,key,supplier,low,mid,high,currency,date,term_hours,lead_time_days"
    for given in (rows, rows[::-1]):
        (tmp_path / "quotes.csv").write_text("\n".join([head, *given, ""]))
        (one,) = load_comparison(path).strategies
        assert one.lead_time_days == (120.0, 120.0, 120.0), "whatever the order of the rows"
        assert [price.currency for price in one.prices().values()] == ["EUR", "USD"], "that of the strategy, if none"
    rows[1] = rows[1].replace(",,1", ",50,1")
    (tmp_path / "quotes.csv").write_text("\n".join([head, *rows, ""]))
    with pytest.raises(ConfigError, match="another term_hours than 100 of a row above"):
        load_comparison(path)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("b,price_per_device_hour,E,,2.2,,USD,2026-11-01,,", 'quotes.csv line 2: "b" is no strategy'),
        ("a,price,E,,2.2,,USD,2026-11-01,,", '"price" is no price of a strategy'),
        ("a,price_per_device_hour,E,,2.2,,euro,2026-11-01,,", "must be three capital letters (ISO 4217)"),
        ("a,price_per_device_hour,E,,two,,USD,2026-11-01,,", "numbers must be finite and written with a point"),
        ("a,price_per_device_hour,,,2.2,,USD,2026-11-01,,", "names no supplier: write who made the offer"),
        ("a,price_per_device_hour,E,,2.2,,USD,1.11.2026,,", "date a day such as 2026-10-01"),
    ],
)
def test_a_slip_in_the_quotes_is_told(tmp_path: Path, row: str, told: str) -> None:
    assert told in loaded(tmp_path, quotes=HEAD + row + "\n")


@pytest.mark.parametrize("number", ["nan", "inf", "1e400"])
def test_a_quote_holds_finite_numbers(tmp_path: Path, number: str) -> None:
    told = "quotes.csv line 2: numbers must be finite and written with a point"
    assert told in loaded(tmp_path, quotes=HEAD + f"a,price_per_device_hour,E,,{number},,USD,2026-11-01,,\n")
    timed = HEAD.replace("note", "term_hours") + f"a,price_per_device_hour,E,,2.2,,USD,2026-11-01,,{number}\n"
    assert told in loaded(tmp_path, quotes=timed)


def test_inference_may_be_said_in_requests(tmp_path: Path) -> None:
    asked = FILE.replace('kind = "training"', 'kind = "inference"').replace(
        "flop = 1e21", "active_parameters = 8e9\nrequests = 1e6\ntokens_per_request = 1500"
    )
    (tmp_path / "c.toml").write_text(asked)
    assert load_comparison(tmp_path / "c.toml").workload.tokens == 1.5e9
    told = "must say requests and tokens_per_request together, and tokens no second time"
    assert told in loaded(tmp_path, asked.replace("tokens_per_request = 1500", "tokens = 2e9"))
    assert told in loaded(tmp_path, asked.replace("requests = 1e6\n", "requests = 1e6\ntokens = 2e9\n"))
    assert "requests" in loaded(tmp_path, asked.replace("requests = 1e6", "requests = -1.0"))


def test_green_supply_may_have_a_quote(tmp_path: Path) -> None:
    path = tmp_path / "compare.toml"
    path.write_text('quotes = "quotes.csv"\n' + FILE + "[strategies.green]\nmatched_share = 0.5\n")
    (tmp_path / "quotes.csv").write_text(HEAD + "a,green.premium_per_kwh,Seller,,0.01,,USD,2026-11-01,,\n")
    (one,) = load_comparison(path).strategies
    assert one.green is not None
    assert one.green.premium_per_kwh.value == (0.01, 0.01, 0.01)
    assert "is no price of a strategy" in loaded(
        tmp_path, quotes=HEAD + "a,green.premium_per_kwh,Seller,,0.01,,USD,2026-11-01,,\n"
    )


def test_two_quotes_for_one_price_are_refused(tmp_path: Path) -> None:
    rows = "a,price_per_device_hour,A,,5,,USD,2026-11-20,,\na,price_per_device_hour,B,,9,,USD,2025-01-01,2025-02-01,\n"
    said = loaded(tmp_path, quotes=HEAD + rows)
    assert 'quotes.csv line 3: "price_per_device_hour" of "a" stands in line 2 already' in said


def test_a_mixing_names_each_strategy_once(tmp_path: Path) -> None:
    assert "key between names a strategy twice" in loaded(tmp_path, FILE + '[mixing]\nbetween = ["a", "b", "a"]\n')


@pytest.mark.parametrize(("peak", "watts"), [(624.0, 400.0), (250.0, 150.0)])
def test_the_sparse_headline_of_an_older_device_is_not_taken_unsaid(tmp_path: Path, peak: float, watts: float) -> None:
    device = f"""
[[devices]]
id = "older"
peak_tflops = {peak}
tdp_w = {watts}
node_kw = 0.8
embodied_kgco2e = 164.0
source = "headline"
"""
    assert "may be a peak with sparsity: give the dense 16-bit one, and sparse = false" in loaded(
        tmp_path, FILE + device
    )
    (tmp_path / "dense.toml").write_text(FILE + device.replace("node_kw", "sparse = false\nnode_kw"))
    assert load_comparison(tmp_path / "dense.toml").devices


def test_quotes_need_their_columns_and_their_file(tmp_path: Path) -> None:
    assert "has no column supplier" in loaded(tmp_path, quotes="strategy,key,low,mid,high,currency,date\n")
    assert "the quotes cannot be read" in loaded(tmp_path, 'quotes = "absent.csv"\n' + FILE)


@pytest.mark.parametrize("name", template_names())
def test_what_the_product_brings_is_whole(name: str) -> None:
    assert len(load_comparison(template_path(name)).strategies) >= 3


def test_a_template_that_there_is_not() -> None:
    with pytest.raises(
        ConfigError, match='"trainning-run" is no template of a comparison; did you mean "training-run"'
    ):
        template_path("trainning-run")
    assert all(one.peak_tflops / one.tdp_w < 2.6 for one in known_devices().values())
