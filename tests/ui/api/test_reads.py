"""Routes that read: the very rows of the commands, in pages, and what is counted meanwhile."""

from __future__ import annotations

import json
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import Response

from tests.ui.api.asking import PERIOD, items
from tests.ui.api.halls import Halls, halls
from tests.ui.company import START
from ui.alerts import rows
from ui.api import by_whom
from ui.api.scopes import READ
from ui.cli import main
from ui.reports.content import report_content
from ui.reports.period import period

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.api.asgi import Client
    from ui.service import Service

ARGUMENTS = ("--from", "2026-03-14T00:00:00Z", "--to", "2026-03-14T02:00:00Z")


@pytest.fixture
def printed(hall: Halls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401
    """What a command prints as JSON."""
    monkeypatch.setenv("WATTLAS_CONFIG", str(hall.company.folder / "wattlas.toml"))

    def rows(*argv: str) -> list[dict[str, Any]]:
        assert main([*argv, "--json"]) == 0
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        return found

    return rows


def test_figures_are_those_of_the_command(reader: Client, printed: Any) -> None:  # noqa: ANN401
    found = items(reader, f"/api/v1/kpis?{PERIOD}&site=s&fleet=true&limit=7")
    assert found == printed("kpi", *ARGUMENTS, "--site", "s", "--fleet")
    assert [row["value"] for row in found if row["name"] == "pue"][:1] == [pytest.approx(1.3)]
    assert items(reader, f"/api/v1/kpis?{PERIOD}&name=pue&category=2") == printed(
        "kpi", *ARGUMENTS, "--name", "pue", "--category", "2"
    )


def test_a_figure_that_is_named_twice_counts_once(reader: Client, printed: Any) -> None:  # noqa: ANN401
    """It stood twice, and the company's was twice as large."""
    once = items(reader, f"/api/v1/kpis?{PERIOD}&fleet=true&name=facility_energy_kwh")
    assert [row["site"] for row in once] == ["s", "b", "fleet"]
    assert items(reader, f"/api/v1/kpis?{PERIOD}&fleet=true{'&name=facility_energy_kwh' * 2}") == once
    assert printed("kpi", *ARGUMENTS, "--fleet", *("--name", "facility_energy_kwh") * 2) == once


def test_figures_are_those_of_the_report(hall: Halls, reader: Client) -> None:
    content = report_content(hall.kept.service(), "s", period("2026-03"))
    own = {"section", "year_before", "year_before_reason", "change"}
    reported = [{key: value for key, value in row.items() if key not in own} for row in content["sites"][0]["figures"]]
    names = "".join(f"&name={row['name']}" for row in reported)
    assert items(reader, f"/api/v1/kpis?from=2026-03&site=s{names}") == reported


def test_ledger_rows_are_those_of_the_command(reader: Client, printed: Any) -> None:  # noqa: ANN401
    found = items(reader, f"/api/v1/ledger?{PERIOD}&limit=3")
    assert found == printed("ledger", "show", *ARGUMENTS)
    assert len(found) == 4 * 8
    one = items(reader, f"/api/v1/ledger?{PERIOD}&point=b/ups&metric=energy")
    assert {row["point"] for row in one} == {"b/ups"}


def test_a_long_period_is_read_by_day_and_cut_at_no_cell(reader: Client, printed: Any) -> None:  # noqa: ANN401
    span = ("2026-03-13T23:50:00Z", "2026-03-15T00:10:00Z")
    found = items(reader, f"/api/v1/ledger?from={span[0]}&to={span[1]}&limit=2&point=s/ups")
    told = printed("ledger", "show", "--from", span[0], "--to", span[1], "--point", "s/ups")
    assert found == sorted(told, key=lambda row: (row["start"], row["metric"]))


def test_readings_are_as_the_meters_gave_them(reader: Client) -> None:
    found = items(reader, f"/api/v1/readings?{PERIOD}&limit=50&site=b")
    assert len(found) == 240
    assert found[0] == {
        "point": "b/ups",
        "metric": "power",
        "time": "2026-03-14T00:00:00Z",
        "value": 250.0,
        "unit": "W",
        "quality": "measured",
        "reason": None,
        "origin": "test",
    }
    day = "from=2026-03-14&to=2026-03-15&point=s/ups"
    assert len(items(reader, f"/api/v1/readings?{day}")) == 121
    assert len(items(reader, f"/api/v1/readings?{day}&rejected=true")) == 122


def test_lists_are_those_of_the_commands(reader: Client, printed: Any) -> None:  # noqa: ANN401
    assert items(reader, "/api/v1/alerts") == printed("alerts", "list")
    assert items(reader, "/api/v1/records") == printed("records", "list") == []
    assert items(reader, "/api/v1/reports") == printed("report", "list") == []
    target, *steps = items(reader, "/api/v1/plan")
    assert (target["kind"], target["id"]) == ("target", "less")
    assert (steps[0]["kind"], steps[0]["step"]) == ("step", "assess")
    assert steps == items(reader, "/api/v1/plan?kind=step")
    assert items(reader, "/api/v1/plan?kind=milestone") == []
    assert reader.get("/api/v1/plan?kind=steps").json["error"].endswith('did you mean "step"?')


def test_an_answer_that_stands_is_not_sent_again(reader: Client) -> None:
    first = reader.get(f"/api/v1/kpis?{PERIOD}&name=pue")
    again = reader.get(f"/api/v1/kpis?{PERIOD}&name=pue", headers={"if-none-match": f'W/"x", {first.headers["etag"]}'})
    assert (again.status, again.body) == (304, b"")
    other = reader.get(f"/api/v1/kpis?{PERIOD}&name=pue", headers={"if-none-match": '"x"'})
    assert other.body == first.body
    page = reader.get(f"/api/v1/ledger?{PERIOD}&limit=3")
    assert page.headers["link"] == f'<{page.json["next"]}>; rel="next"'


def test_metrics_tell_live_power_silence_and_stores(hall: Halls, reader: Client) -> None:
    former, hall.company.now = hall.company.now, START + 7230
    try:
        text = reader.get("/metrics").body.decode()
        bound = hall.client("metrics", site="b").get("/metrics").body.decode()
    finally:
        hall.company.now = former
    assert 'wattlas_power_watts{site="s",point="s/utility",role="utility"} 1300.0\n' in text
    assert 'wattlas_silent_points{site="b"} 0.0\n' in text
    assert 'wattlas_alerts{state="firing"} 2.0\n' in text
    assert "# TYPE wattlas_spool_readings gauge\n" in text
    assert 'wattlas_http_requests_total{route="/api/v1/kpis",status="' in text or "wattlas_http_requests" in text
    assert 'site="s"' not in bound
    assert "wattlas_spool" not in bound
    later = reader.get("/metrics").body.decode()
    assert "wattlas_power_watts" not in later
    assert 'wattlas_silent_points{site="s"} 2.0\n' in later


def test_a_period_up_to_now_stays_that_of_its_first_page(tmp_path: Path) -> None:
    """Rows that left `-2h` between two pages moved all behind them up, and as many were lost without a word."""
    found = halls(tmp_path, "")
    found.company.steady("s/utility", 1000.0, end=7200)
    found.company.now = START + 7200.0
    found.kept.opened = found.company.service
    client = found.client(*READ)
    for asked in ("from=-2h", "from=2026-03-14"):
        found.company.now = START + 7200.0
        whole = client.get(f"/api/v1/readings?{asked}&site=s").json["items"]
        rows: list[dict[str, object]] = []
        address: str | None = f"/api/v1/readings?{asked}&site=s&limit=50"
        while address is not None:
            page = client.get(address).json
            rows, address = rows + page["items"], page["next"]
            found.company.now += 600.0
            found.company.read("s/utility", [(int(found.company.now) - START, 1000.0)])
        assert rows == whole
    assert client.get("/api/v1/readings?from=-2h&cursor=0-0-99999999999").status == 400


def test_long_questions_of_who_used_it_keep_no_other_reader_waiting(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may take minutes, and there are three threads for all readers, Prometheus among them."""
    answered, waits = Event(), list[bool]()

    def slow(*_: object, **__: object) -> Response:
        waits.append(answered.wait(5))
        return Response()

    def standing(_: Service) -> list[dict[str, Any]]:
        answered.set()
        return []

    monkeypatch.setattr(by_whom.Answers, "page", slow)
    monkeypatch.setattr(rows, "standing", standing)
    found = reader.get_all(*[f"/api/v1/kpis?{PERIOD}&by=job"] * 4, "/api/v1/alerts")
    assert [one.status for one in found] == [200] * 5
    assert waits == [True] * 4
