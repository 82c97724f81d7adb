"""Each kind of rule against a company whose figures are worked out by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from config.alerts.rules import Rule
from config.electricity.contracts import Quality
from config.errors import ConfigError, StoreUnavailable
from config.factors.lookup import grid_factor
from tests.ui.alerts.kind_site import DAY_S, POINTS, company, rule, values
from tests.ui.company import HEAD, START, Company
from ui.alerts.amounts import against_limit
from ui.alerts.evaluate import evaluate
from ui.alerts.rows import checked, rule_mistakes
from ui.alerts.sight import Watch, refresh
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_capacity_is_a_share_of_the_rating(tmp_path: Path) -> None:
    # 1000 W of 2000 W; 600 W of 1500 W
    made = company(
        tmp_path,
        rule("capacity", role="ups", above=0.4) + rule("capacity", id="own", limit_w=800.0, tenant="ml", above=0.8),
    )
    assert values(made) == {"s/ups": (0.5, "passed"), "s/srv-1": (0.75, "ok")}


def test_a_rule_that_speaks_of_no_point_is_said_to(tmp_path: Path) -> None:
    made = company(tmp_path, rule("capacity", points=["s/srvv-*"], above=0.4))
    assert values(made) == {"": (None, "no such point")}


def test_coverage_is_the_share_of_time_seen(tmp_path: Path) -> None:
    made = company(tmp_path, rule("coverage", points=["s/srv-*"], window_s=3600, below=0.95))
    assert values(made) == {"s/srv-1": (pytest.approx(1.0), "ok"), "s/srv-2": (pytest.approx(1.0), "ok")}
    made.points = made.points.replace('id = "s/srv-2"\n', 'id = "s/srv-2"\nvalid_from = "2026-03-14T01:00:00Z"\n')
    made.head = made.head.replace("window_s = 3600", "window_s = 86400")
    assert values(made) == {"s/srv-1": (pytest.approx(1.0), "ok"), "s/srv-2": (pytest.approx(1.0), "ok")}, "a new one"
    made.head = made.head.replace("window_s = 86400", "window_s = 3600")
    made.now += 3600.0 + 600  # an hour in which nothing was read
    made.keep()
    assert {state for _, state in values(made).values()} == {"passed"}


def test_balance_is_the_residual_of_metered_parents(tmp_path: Path) -> None:
    # the utility sees 500 W beyond the UPS (a third), the UPS 100 W beyond its servers (a tenth)
    made = company(tmp_path, rule("balance", window_s=3600, above=0.2))
    assert values(made) == {"s/utility": (pytest.approx(1 / 3), "passed"), "s/ups": (pytest.approx(0.1), "ok")}


def test_burn_takes_the_slower_of_two_windows_and_no_bare_sum(tmp_path: Path) -> None:
    # 1.5 kW is 13,148.73 kWh in the 31,556,952 s of a year: 1.314873 times a budget of 10,000 kWh
    budget = {"metric": "facility_energy_kwh", "budget_per_year": 10_000.0, "fast_s": 900, "above": 1.3}
    rules = rule("burn", window_s=3600, **budget) + rule("burn", id="long", window_s=10 * DAY_S, **budget)
    rows = {row["rule"]: row for row in checked(company(tmp_path, rules).service)}
    assert rows["burn"]["value"] == pytest.approx(1.314873)
    assert rows["burn"]["state"] == "passed"
    assert rows["long"]["state"] == "no data", "most of ten days was never read"


def test_a_budget_is_of_a_sum_and_money_of_one_currency(tmp_path: Path) -> None:
    budget = {"budget_per_year": 1.3, "fast_s": 900, "window_s": 3600, "above": 1.0}
    rules = rule("burn", metric="pue", **budget) + rule("burn", id="cost", metric="energy_cost", **budget)
    made = company(tmp_path, rules)
    made.head += HEAD[HEAD.index("[[sites]]") :].replace('"s"', '"z"').replace("EUR", "CNY")
    ratio, money = rule_mistakes(made.service)
    assert 'key metric names "pue", of which there is no budget; use one of facility_energy_kwh' in ratio
    assert "money of several currencies against one number: name a site" in money
    assert values(made) == {}


def test_a_rule_that_fails_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = company(tmp_path, rule("balance", above=0.2) + rule("factor", above=0.0))

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ui.figures.auditing.residuals_of", broken)
    watch = Watch(apart=True)
    with pytest.raises(ZeroDivisionError):
        refresh(made.service, watch, clock=lambda: 0.0)
    refresh(made.service, watch, clock=lambda: 1.0)
    assert [event.rule for event in evaluate(made.service, watch, monotonic_s=2.0)] == ["factor"]


def test_certificates_run_out_and_must_be_retired(tmp_path: Path) -> None:
    # the vintage ends on 2026-04-13, 30 days after START, less two hours and 30 seconds
    made = company(tmp_path, rule("certificate", below=60.0))
    assert values(made) == {"s/go": (0.0, "passed")}, "what meets no quality criterion gives no credit"
    quality = ", ".join(f"{name} = true" for name in Quality.model_fields)
    made.points = made.points.replace("carbon_free = true", f"carbon_free = true\nquality = {{ {quality} }}")
    assert values(made) == {"s/go": (pytest.approx(30 - 7230 / DAY_S), "passed")}


def test_what_certificates_cannot_cover(tmp_path: Path) -> None:
    # an hour of 1.5 kW is 1.5 kWh; 1 MWh over 467 days is 1000 / (467 * 24) = 0.089222 kWh an hour: 94.05 % lacks
    rules = rule("shortfall", window_s=3600, above=0.5)
    made = company(tmp_path, rules)
    assert values(made) == {"s": (1.0, "passed")}, "what meets no quality criterion covers nothing"
    quality = ", ".join(f"{name} = true" for name in Quality.model_fields)
    made.points = made.points.replace("carbon_free = true", f"carbon_free = true\nquality = {{ {quality} }}")
    assert values(made) == {"s": (pytest.approx(1 - 1000 / (467 * 24) / 1.5), "passed")}
    made.points = made.points.replace("mwh = 1.0", "mwh = 20.0")
    assert values(made) == {"s": (0.0, "ok")}
    made.points = made.points.partition("[[contracts]]")[0]
    assert values(made) == {}, "nobody promised any"


def test_a_factor_that_is_behind_or_absent(tmp_path: Path) -> None:
    made = company(tmp_path, rule("factor", above=1.0))
    made.head = made.head.replace('zone = "US"', 'zone = "CN-SH"')
    year, _ = grid_factor("CN-SH", 2026, policy="latest_published")
    assert values(made)["s"] == (2026 - year.year, "passed" if 2026 - year.year > 1 else "ok")
    made.head = made.head.replace('zone = "CN-SH"', 'zone = "SG"')
    assert values(made)["s"] == (None, "passed"), "no factor at all"


def test_a_rate_is_the_change_over_its_window(tmp_path: Path) -> None:
    made = company(
        tmp_path, "[alerting]\nevery_s = 60\n" + rule("rate", role="ups", window_s=300, above=400.0), hours=1
    )
    service, watch, words = made.service, Watch(), list[str]()
    for minute in range(12):
        at = 3600 + 60 * (minute + 1)
        made.now = START + at + 1.0
        made.read("s/ups", [(at, 1000.0 + (500.0 if minute >= 8 else 0.0))])
        words += [event.word for event in evaluate(service, watch, monotonic_s=60.0 * minute)]
    assert words == ["firing"]
    (event,) = service.stores.state.alerts.events()
    assert "s/ups is 0.5\u00a0kW, above 0.4\u00a0kW" in event.body
    shorter = service.settings.alerts[0].model_copy(update={"window_s": 60.0})
    assert watch.trail(service.settings.alerts[0], "s/ups").samples
    assert watch.trail(shorter, "s/ups").samples == [], "another window is begun anew"


def test_the_child_that_moved_most_is_named(tmp_path: Path) -> None:
    rules = "[alerting]\nevery_s = 60\n" + rule("reading", role="ups", above=1200.0)
    made = company(tmp_path, rules, hours=1)
    at = 3660
    made.now = START + at + 1.0
    for point, watts in (("s/utility", 2000.0), ("s/ups", 1500.0), ("s/srv-1", 650.0), ("s/srv-2", 750.0)):
        made.read(point, [(at, watts)])
    (event,) = evaluate(made.service, Watch(), monotonic_s=0.0)
    assert "Moved most within 1\u00a0h: s/srv-2, by 0.450\u00a0kW" in event.body.replace("1 h", "1\u00a0h")


def test_nothing_fires_or_ends_where_somebody_works(tmp_path: Path) -> None:
    window = (
        '[alerting]\nevery_s = 60\n[[alerting.maintenance]]\nsite = "s"\npoints = ["s/ups"]\n'
        'from = 2026-03-14T01:00:00Z\nto = 2026-03-14T02:00:00Z\ncomment = "UPS A is exchanged"\n'
    )
    made = company(tmp_path, window + rule("reading", role="ups", above=1200.0), hours=1)
    watch, words = Watch(), list[str]()
    for at in (3660, 7260):
        made.now = START + at + 1.0
        made.read("s/ups", [(at, 1500.0)])
        words += [f"{at} {event.word}" for event in evaluate(made.service, watch, monotonic_s=float(at))]
    assert words == ["7260 firing"]


def test_work_on_a_node_holds_for_what_it_feeds(tmp_path: Path) -> None:
    window = (
        '[alerting]\nevery_s = 60\n[[alerting.maintenance]]\nunder = "s/ups"\n'
        'from = 2026-03-14T00:00:00Z\nto = 2026-03-15T00:00:00Z\ncomment = "UPS A is exchanged"\n'
    )
    made = company(tmp_path, window + rule("reading", above=100.0), hours=1)
    assert {subject: state for subject, (_, state) in values(made).items()} == {
        "s/utility": "passed",
        "s/ups": "no data",
        "s/srv-1": "no data",
        "s/srv-2": "no data",
    }
    made.head = made.head.replace('under = "s/ups"', 'under = "s/upss"')
    with pytest.raises(ConfigError, match=r'key under names "s/upss", which is none; did you mean "s/ups"'):
        _ = made.service


@pytest.mark.parametrize(
    ("keys", "value", "words"),
    [
        ({"kind": "capacity", "above": 0.9}, 0.9004, "90.04\u00a0%, above 90\u00a0%"),
        ({"kind": "reading", "above": 1e6}, 1_000_000.4, "1000.0004\u00a0kW, above 1000\u00a0kW"),
        ({"kind": "reading", "above": 1e6}, 1e6, "1000\u00a0kW, above 1000\u00a0kW"),
    ],
)
def test_a_value_is_never_told_like_the_limit_that_it_passed(keys: dict[str, Any], value: float, words: str) -> None:
    assert words in against_limit(Rule(id="r", reason="x", **keys), "s/a", value, "en")


def test_what_cannot_be_computed_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = company(tmp_path, rule("balance", window_s=3600, every_s=1, above=0.2))
    service, watch = made.service, Watch()
    assert [event.word for event in evaluate(service, watch, monotonic_s=0.0)] == ["firing"]

    def away(*_: object) -> None:
        msg = "archive is away: wait."
        raise StoreUnavailable(msg)

    monkeypatch.setattr("ui.figures.auditing.residuals_of", away)
    assert evaluate(service, Watch(), monotonic_s=0.0) == []
    assert evaluate(service, watch, monotonic_s=10.0) == []


def test_the_list_of_alerts_is_json_even_without_a_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = company(tmp_path, rule("factor", above=1.0))
    made.head = made.head.replace('zone = "US"', 'zone = "SG"')
    (event,) = evaluate(made.service, Watch(), monotonic_s=0.0)
    assert "without any factor" in event.body
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    assert main(["alerts", "list", "--json"]) == 0
    assert [row["value"] for row in json.loads(capsys.readouterr().out)] == [None]


def test_a_dry_run_tells_of_the_past_what_would_have_been_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = rule("reading", role="ups", above=1200.0, recover=1100.0, for_s=120) + rule("silent", role="server")
    made = Company(tmp_path, POINTS, HEAD + rules)
    minutes = range(0, 7200, 60)
    made.read("s/ups", [(at, 1500.0 if 1800 <= at < 3600 else 1000.0) for at in minutes])
    made.read("s/srv-1", [(at, 500.0) for at in minutes])
    made.read("s/srv-2", [(at, 500.0) for at in minutes if not 3600 <= at < 5400])
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    _ = made.service
    argv = ["alerts", "check", "--from", "2026-03-14T00:00:00Z", "--to", "2026-03-14T02:00:00Z", "--json"]
    assert main(argv) == 0
    rows = json.loads(capsys.readouterr().out)
    told = [(row["at"][11:16], row["rule"], row["word"], row["began"][11:16]) for row in rows]
    assert told == [
        ("00:32", "reading", "firing", "00:32"),
        ("01:00", "reading", "resolved", "00:32"),
        ("01:03", "silent", "firing", "01:03"),
        ("01:30", "silent", "resolved", "01:03"),
    ]
    assert rows[2]["subjects"] == ["s/srv-2"]
    assert made.service.stores.state.alerts.events() == [], "nobody was told"
    assert main([*argv[:-1], "--step", "3600"]) == 0
    assert "Nothing would have been told" in capsys.readouterr().out
