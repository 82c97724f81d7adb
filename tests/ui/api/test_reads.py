"""Routes that read: the very rows of the commands, in pages, by tokens of a scope and a site; never our fault."""

from __future__ import annotations

import json
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import Response

from tests.ui.api.asgi import Client
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

    from ui.service import Service

PERIOD = "from=2026-03-14T00:00:00Z&to=2026-03-14T02:00:00Z"
ARGUMENTS = ("--from", "2026-03-14T00:00:00Z", "--to", "2026-03-14T02:00:00Z")
MORE = """
[[targets]]
id = "less"
site = "s"
metric = "facility_energy_kwh"
baseline_year = 2024
baseline_value = 1000.0
target_year = 2030
target_value = 500.0
source = "board"
[[alerts]]
id = "high"
kind = "reading"
site = "b"
above = 10.0
reason = "test"
"""
PATHS = {
    "kpis": f"?{PERIOD}",
    "ledger": f"?{PERIOD}",
    "readings": f"?{PERIOD}",
    "alerts": "",
    "records": "",
    "reports": "",
    "plan": "",
}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Halls:
    found = halls(tmp_path_factory.mktemp("reads"), MORE)
    for site, watts in (("s", 1000.0), ("b", 250.0)):
        found.company.steady(f"{site}/utility", watts * 1.3, end=7200)
        found.company.steady(f"{site}/ups", watts, end=7200)
    found.company.read("s/ups", [(7260, 99_999.0)])
    found.company.keep()
    store = found.kept.service().stores.state.alerts
    with store._engine.begin() as connection:
        from collectors.store.alert_tables import ALERT_STATES

        for key in ("high|b/ups", "other|s/ups"):
            fields = {"phase": "firing", "since": START, "value": 400.0}
            connection.execute(ALERT_STATES.insert().values(key=key, json=json.dumps(fields)))
    return found


@pytest.fixture(scope="module")
def reader(hall: Halls) -> Client:
    """May read all sites."""
    return hall.client(*READ, "metrics", site=None)


@pytest.fixture
def printed(hall: Halls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401
    """What a command prints as JSON."""
    monkeypatch.setenv("WATTLAS_CONFIG", str(hall.company.folder / "wattlas.toml"))

    def rows(*argv: str) -> list[dict[str, Any]]:
        assert main([*argv, "--json"]) == 0
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        return found

    return rows


def items(client: Client, target: str) -> list[dict[str, Any]]:
    """All pages of an address."""
    found: list[dict[str, Any]] = []
    following: str | None = target
    while following:
        answer = client.get(following)
        assert answer.status == 200, answer.body
        found += answer.json["items"]
        following = answer.json["next"]
    return found


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


@pytest.mark.parametrize("name", READ)
def test_every_route_asks_for_a_good_token_of_its_scope(hall: Halls, name: str) -> None:
    address = f"/api/v1/{name}{PATHS[name]}"
    tokens = hall.kept.service().stores.state.tokens
    revoked = hall.token(name)
    tokens.revoke(revoked.split("_")[1], who="ann", at=1)
    expired = hall.token(name, at=hall.company.now - 90_000)
    good = hall.token(name)
    for token, status in (
        ("", 401),
        ("wattlas_00000000_x", 401),
        (good[:-1], 401),
        (revoked, 401),
        (expired, 401),
        (hall.token(*(one for one in (*READ, "ingest", "metrics") if one != name)), 403),
        (good, 200),
    ):
        answer = Client(hall.app, address=name).get(address, token=token)
        assert answer.status == status, answer.body
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        if status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "wattlas token create" in answer.error
    assert Client(hall.app, good).ask("DELETE", address).headers["allow"] == "GET, HEAD"


def test_strangers_are_slowed_down_and_others_are_not(hall: Halls, reader: Client) -> None:
    stranger = Client(hall.app, address="10.0.0.9")
    assert [stranger.get("/api/v1/alerts").status for _ in range(22)][-1] == 429
    assert reader.get("/api/v1/alerts").status == 200


@pytest.mark.parametrize("name", READ)
def test_a_token_of_one_site_sees_no_other(hall: Halls, name: str) -> None:
    bound = hall.client(name, site="b")
    address = f"/api/v1/{name}{PATHS[name] or '?'}"
    assert bound.get(f"{address}&site=s").status == 403
    assert bound.get(f"{address}&site=b").status == 200
    assert "s/" not in json.dumps(items(bound, address))
    if name in {"ledger", "readings"}:
        answer = bound.get(f"{address}&point=s/ups")
        assert answer.status == 403
        assert bound.get(f"{address}&point=b/ups").status == 200
    if name == "alerts":
        assert [row["rule"] for row in items(bound, address)] == ["high"]
        assert [row["rule"] for row in items(hall.client(name), address)] == ["other"]


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("kpis", "from is missing"),
        ("kpis?from=soon", "is no time"),
        ("kpis?from=2026-03-14&to=2026-03-13", "from 2026-03-14 is not before to 2026-03-13"),
        (f"kpis?{PERIOD}&name=pu", 'did you mean "pue"?'),
        (f"kpis?{PERIOD}&category=9", "category must be 1, 2 or 3"),
        (f"kpis?{PERIOD}&fleet=1", "fleet must be true or false"),
        (f"kpis?{PERIOD}&site=x", "is no site of wattlas.toml"),
        (f"kpis?{PERIOD}&sites=s", 'parameter "sites" is unknown here; did you mean "site"?'),
        (f"ledger?{PERIOD}&point=s/upps", "is no point of wattlas.toml"),
        (f"ledger?{PERIOD}&metric=powr", "is no metric"),
        (f"ledger?{PERIOD}&limit=0", "limit must be a number from 1 to 10000"),
        (f"ledger?{PERIOD}&cursor=x", "cursor is none"),
        ("readings?from=2001-01-01&to=2026-01-01", "the period is longer"),
        ("reports?id=x", "no report"),
        ("records?kind=x", "no kind"),
        ("alerts?site=x", "is no site"),
    ],
)
def test_a_mistake_is_one_sentence(reader: Client, target: str, sentence: str) -> None:
    answer = reader.get(f"/api/v1/{target}")
    assert answer.status == 400
    assert sentence in answer.error
    assert "--" not in answer.error


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


def test_health_is_open_and_tells_nothing(hall: Halls, tmp_path: Path) -> None:
    client = Client(hall.app)
    for path, body in (("/healthz", b"ok\n"), ("/readyz", b"ready\n")):
        answer = client.get(path, headers={"host": "10.0.0.7"})
        assert (answer.status, answer.body) == (200, body)
        assert answer.headers["x-content-type-options"] == "nosniff"
    broken = halls(tmp_path)
    broken.kept.mistake = "wattlas.toml: secret place"
    answer = Client(broken.app).get("/readyz")
    assert (answer.status, answer.body) == (503, b"not ready\n")


def test_a_parameter_that_stands_twice_is_refused(hall: Halls, reader: Client) -> None:
    for query in (
        "site=s&site=b&from=2026-03",
        "site=s&from=2026-03&from=2026-02",
        "site=s&from=2026-03&limit=1&limit=2",
    ):
        answer = reader.get(f"/api/v1/kpis?{query}")
        assert (answer.status, "stands twice" in answer.error) == (400, True)
    answer = reader.get("/api/v1/kpis?site=s&from=2026-03-14&to=2026-03-15&name=pue&name=it_energy_kwh")
    assert [row["name"] for row in answer.json["items"]] == ["pue", "it_energy_kwh"]


def test_foreign_names_and_routes_are_refused(hall: Halls, reader: Client) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::2]", "127.0.0.1@evil"):
        answer = reader.get("/api/v1/alerts", headers={"host": host})
        assert answer.status == 421
        assert "does not answer to the name" in answer.error
    assert reader.get("/api/v1/alerts", headers={"host": "127.0.0.1:8501"}).status == 200
    for origin, status in (
        ("https://evil.example", 403),
        ("null", 403),
        ("http://127.0.0.1:9", 403),  # another server of this machine
        ("http://localhost:8501", 403),
        ("http://127.0.0.1:8501", 200),
        ("http://127.0.0.1.evil", 403),
    ):
        headers = {"origin": origin, "host": "127.0.0.1:8501"}
        assert reader.get("/api/v1/alerts", headers=headers).status == status
    for target in ("/api/v2/kpis", "/api/", "/", "/api/v1/../../etc/passwd", "/metrics/x"):
        assert reader.get(target).status == 404
    refused = reader.ask("FOO", "/api/v1/kpis")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")


def test_the_document_names_every_route_and_no_site(hall: Halls) -> None:
    client = Client(hall.app)
    answer = client.get("/api/v1/openapi.json")
    document = answer.json
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/v1/ingest",
        *(f"/api/v1/{name}" for name in READ),
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            status = client.ask(method.upper(), path).status
            assert status == (200 if operation.get("security") == [] else 401), path
            for parameter in operation.get("parameters", []):
                assert parameter["in"] == "header" or parameter["description"]
    assert client.get("/api/v1/openapi.json", headers={"if-none-match": answer.headers["etag"]}).status == 304


def test_the_document_says_that_one_report_is_no_page_and_a_number_has_a_spool(hall: Halls) -> None:
    paths = Client(hall.app).get("/api/v1/openapi.json").json["paths"]
    schema = paths["/api/v1/reports"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert [one["$ref"].rpartition("/")[2] for one in schema["anyOf"]] == ["Page", "Content"]
    (spool,) = paths["/api/v1/ingest"]["get"]["parameters"]
    assert (spool["name"], spool["required"]) == ("spool", True)


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
