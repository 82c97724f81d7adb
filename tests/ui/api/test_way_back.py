"""After signing in one is on the page that one asked for, and never on another server's."""

from __future__ import annotations

import pytest
from starlette.datastructures import MutableHeaders

from ui.api.way_back import lead_back


def answered(path: str, location: str = "/", **sent: str) -> MutableHeaders:
    """The headers of the answer to a request with the headers `sent`."""
    scope = {"type": "http", "path": path, "headers": [(name.encode(), text.encode()) for name, text in sent.items()]}
    headers = MutableHeaders({"location": location})
    lead_back(scope, headers)
    return headers


@pytest.mark.parametrize(
    ("referer", "place"),
    [
        ("http://w.example:8501/records?site=fra1&range=30d&lang=zh", "/records?site=fra1&range=30d&lang=zh"),
        ("http://w.example:8501/", "/"),
        ("http://w.example:8501/plan?x=%0d%0aSet-Cookie:%20a=b#part", "/plan?x=%0D%0ASet-Cookie%3A+a%3Db"),
        ("http://w.example:8501//evil.example/records", None),
        ("http://w.example:8501/media/0123.pdf", None),
        (f"http://w.example:8501/plan?x={'y' * 2000}", None),
        ("http://evil.example/records", None),
        ("http://w.example:9/records", None),
        ("javascript://w.example:8501/records", None),
        ("", None),
    ],
)
def test_the_page_asked_for_is_where_one_lands(referer: str, place: str | None) -> None:
    noted = answered("/auth/login", "https://provider.example/", host="w.example:8501", referer=referer)
    assert noted["location"] == "https://provider.example/"
    cookie = noted.get("set-cookie")
    assert (cookie is None) == (place is None)
    landed = answered("/oauth2callback", cookie=(cookie or "x=y").partition(";")[0])
    assert landed["location"] == (place or "/")
    assert cookie is None or {"HttpOnly", "SameSite=Lax"} < {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize(
    "forged", ["//evil.example", "https://evil.example/", "/\\evil", "/x\r\nset-cookie: a=b", "%2F%2Fe"]
)
def test_a_forged_cookie_leads_nowhere(forged: str) -> None:
    assert answered("/oauth2callback", cookie=f"wattlas_asked={forged}")["location"] == "/"


def test_other_answers_are_left_alone() -> None:
    cookie = "wattlas_asked=%2Frecords"
    assert answered("/auth/logout", cookie=cookie)["location"] == "/"
    assert answered("/oauth2callback", "/elsewhere", cookie=cookie)["location"] == "/elsewhere"
