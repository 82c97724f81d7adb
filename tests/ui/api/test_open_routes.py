"""What the server tells anybody: its health and the document of its routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ui.api.asgi import Client
from tests.ui.api.halls import Halls, halls
from ui.api.scopes import READ

if TYPE_CHECKING:
    from pathlib import Path


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
