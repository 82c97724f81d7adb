"""Every route of the HTTP doors with every scope, and with a token that is missing, foreign, expired or revoked."""

from __future__ import annotations

import pytest

from tests.ui.api.asgi import Answer, Client
from tests.ui.api.halls import Halls, halls
from tests.ui.company import START
from ui.api.scopes import READ, SCOPES

MANY = "[server]\nrequests_per_minute = 1000000.0\nburst = 1000000\n"
PERIOD = "from=2026-03-14T00:00:00Z&to=2026-03-14T01:00:00Z"
ROUTES = {
    **{name: f"/api/v1/{name}{f'?{PERIOD}' if name in {'kpis', 'ledger', 'readings'} else ''}" for name in READ},
    "metrics": "/metrics",
    "ingest": "/api/v1/ingest",
}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Halls:
    found = halls(tmp_path_factory.mktemp("matrix"), MANY)
    found.company.steady("s/ups", 1000.0, end=3600)
    found.company.keep()
    return found


def asked(hall: Halls, scope: str, token: str, *, site: str = "s") -> Answer:
    """Ask the route of a scope as its users do."""
    client = Client(hall.app, token, address=f"{scope}-{token[:16]}")
    if scope != "ingest":
        return client.get(ROUTES[scope])
    reading = {"point": f"{site}/ups", "metric": "power", "time": START + 60, "value": 5.0, "unit": "W"}
    return client.post(ROUTES[scope], [reading])


def test_there_is_a_route_for_each_scope(hall: Halls) -> None:
    assert set(ROUTES) == set(SCOPES)
    described = Client(hall.app).get("/api/v1/openapi.json").json["paths"]
    guarded = {path for path, of in described.items() if any(one.get("security") != [] for one in of.values())}
    assert guarded == {route.partition("?")[0] for route in ROUTES.values()}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_opens_its_own_route_and_no_other(hall: Halls, scope: str) -> None:
    token = hall.token(scope)
    for route in ROUTES:
        answer = asked(hall, route, token)
        assert answer.status == ({"ingest": 204}.get(route, 200) if route == scope else 403), (scope, route)
        if route != scope:
            assert f"--scope {route}" in answer.error


@pytest.mark.parametrize("scope", SCOPES)
def test_missing_unknown_expired_revoked_and_foreign_tokens_open_nothing(hall: Halls, scope: str) -> None:
    tokens = hall.kept.service().stores.state.tokens
    revoked = hall.token(scope)
    tokens.revoke(revoked.split("_")[1], who="ann", at=1)
    good = hall.token(scope)
    for token in ("", "wattlas_00000000_x", good[:-1], revoked, hall.token(scope, at=hall.company.now - 90_000)):
        answer = asked(hall, scope, token)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer"), (scope, token)
    gone = asked(hall, scope, hall.token(scope, site="gone"))
    assert (gone.status, "is not in the site file" in gone.error) == (403, True)
    for header in ("Basic YTpi", f"Bearer  {good} x", good, "Bearer", "Bearer \x00"):
        client = Client(hall.app, address=f"{scope}-{header[:9]}")
        assert client.get(ROUTES[scope], headers={"authorization": header}).status == 401, header
    assert Client(hall.app, address=scope).get(ROUTES[scope], headers={"cookie": f"token={good}"}).status == 401
    assert Client(hall.app, address=f"{scope}-q").get(f"/api/v1/alerts?token={good}").status == 401


def test_a_total_is_not_made_of_what_a_token_sees(hall: Halls) -> None:
    route = f"{ROUTES['kpis']}&fleet=true"
    refused = Client(hall.app, hall.token("kpis", site="b"), address="fleet").get(route)
    assert (refused.status, "is of all sites, and here is leave for b alone" in refused.error) == (403, True)
    assert Client(hall.app, hall.token("kpis", site=None), address="all").get(route).status == 200


def test_a_token_of_one_site_writes_no_other(hall: Halls) -> None:
    answer = asked(hall, "ingest", hall.token("ingest", site="b"), site="s")
    assert answer.status == 403
    assert asked(hall, "ingest", hall.token("ingest", site="s"), site="s").status == 204
