"""Who may read what: by tokens of a scope and a site, under names of ours; a mistake is one sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.ui.api.asgi import Client
from tests.ui.api.asking import PATHS, PERIOD, items
from ui.api.scopes import READ

if TYPE_CHECKING:
    from tests.ui.api.halls import Halls


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
