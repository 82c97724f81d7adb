"""Whatever the OpenAPI document allows, and what it does not: never our fault, and never a word of what is secret."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ui.api.halls import Halls, halls
from ui.api.openapi import document
from ui.api.scopes import READ, SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ui.api.asgi import Answer, Client

PLANTED = "planted-webhook-password-3c1"
MORE = f"""
[server]
requests_per_minute = 1000000.0
burst = 1000000
[alerting]
channels = [{{ id = "hook", kind = "webhook", address = "https://u:{PLANTED}@example.org/x" }}]
[[alerts]]
id = "<script>alert(1)</script>"
kind = "reading"
role = "ups"
above = 10.0
reason = "\\"><img src=x onerror=alert(2)> **x**"
channels = ["hook"]
"""
WORDS = ["", "'", '"><script>', "../../etc/passwd", "9" * 400, "-1", "1e9", "\x00", "日本", "s/ups", "s", "*", "now"]
WORDS += [
    "2026-03",
    "2026-03-14",
    "-99999999w",
    "9999-12-31",
    "0001-01-01T00:00Z",
    "energy",
    "pue",
    "true",
    "1",
    "x" * 99,
]
WORDS += ["0-999999999", "999999999-0", "\ud800", "power", "\r\nSet-Cookie: a=b", "%00", "2026-03-14T00:00:00+14:00"]


def as_bytes(text: str) -> bytes:
    """Text as whoever may send it, half signs included."""
    return text.encode("utf-8", "surrogatepass")


DOCUMENT = document("test")
ROUTES = sorted(path for path in DOCUMENT["paths"] if not path.endswith(("/plan", "/ingest")))  # plan: forecasts
word = st.one_of(st.sampled_from(WORDS), st.text(max_size=20))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), word),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(word, inner, max_size=3)),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Halls]:
    found = halls(tmp_path_factory.mktemp("fuzz"), MORE)
    found.company.steady("s/ups", 1000.0, end=3600)
    found.company.keep()
    yield found
    log = found.kept.service().stores.state.log_fault()
    assert log is None


@pytest.fixture(scope="module")
def client(hall: Halls) -> Client:
    return hall.client(*READ, "metrics", "ingest")


def judged(hall: Halls, answer: Answer, what: object) -> None:
    """No fault of ours, one sentence, no place and no secret."""
    assert answer.status < 500, (what, answer.status, answer.body)
    text = answer.body.decode() + str(answer.headers)
    assert PLANTED not in text
    assert str(hall.company.folder) not in text
    assert "Traceback" not in text
    assert not any("\n" in value for value in answer.headers.values())
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/json"
        assert answer.error.endswith((".", "?")) or "\n" not in answer.error


@st.composite
def questions(draw: st.DrawFn) -> str:
    """An address of the document with parameters of the document, right and wrong ones, some of them unknown."""
    path = draw(st.sampled_from(ROUTES))
    named = [one["name"] for one in DOCUMENT["paths"][path]["get"].get("parameters", [])]
    asked = draw(st.lists(st.tuples(st.sampled_from([*named, "other"]), word), max_size=4))
    if "from" in named and draw(st.booleans()):
        asked.append(("from", "2026-03-14"))
    pairs = (f"{quote(name)}={quote(as_bytes(value))}" for name, value in asked)
    return f"{path}?{'&'.join(pairs)}"


@given(question=questions())
@settings(max_examples=settings().max_examples // 3)
def test_no_question_is_our_fault(hall: Halls, client: Client, question: str) -> None:
    judged(hall, client.get(question), question)


@settings(max_examples=settings().max_examples // 2)
@given(
    body=st.one_of(st.binary(max_size=200), anything.map(lambda one: json.dumps(one).encode()), word.map(as_bytes)),
    kind=st.sampled_from(["application/json", "text/plain", "", "application/xml", "text/plain; charset=x"]),
    coding=st.sampled_from(["identity", "gzip", "packed", "br"]),
    query=st.sampled_from(["", "?precision=x", "?precision=s", "?mapping=../../x", "?other=1"]),
    key=st.sampled_from([None, "k", "", "a b", "x" * 300, "0123-1-2"]),
)
def test_no_body_is_our_fault(
    hall: Halls, client: Client, body: bytes, kind: str, coding: str, query: str, key: str | None
) -> None:
    headers = {"content-type": kind, "content-encoding": "gzip" if coding == "packed" else coding}
    headers |= {} if key is None else {"idempotency-key": key}
    sent = gzip.compress(body) if coding == "packed" else body
    judged(hall, client.ask("POST", f"/api/v1/ingest{query}", sent, headers=headers), (body, headers, query))


def hostile() -> Iterator[tuple[str, bytes, dict[str, str]]]:
    as_json = {"content-type": "application/json"}
    yield "deep", b"[" * 200_000 + b"]" * 200_000, as_json
    yield "deep objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, as_json
    yield (
        "long number",
        b'[{"point":"s/ups","metric":"power","time":' + b"9" * 5000 + b',"value":1,"unit":"W"}]',
        as_json,
    )
    yield "no number", b'[{"point":"s/ups","metric":"power","time":1773446400,"value":NaN,"unit":"W"}]', as_json
    yield "bomb", gzip.compress(b"\0" * 50_000_000), {"content-encoding": "gzip", "content-type": "text/plain"}
    yield "huge", b"x" * ((8 << 20) + 1), {"content-type": "text/plain"}
    yield "lying length", b"x", {"content-length": "99999999999", "content-type": "text/plain"}
    yield "no length", b"x", {"content-length": "-1", "content-type": "text/plain"}


@pytest.mark.parametrize("case", list(hostile()), ids=lambda case: case[0])
def test_hostile_bodies_are_refused_with_a_sentence(
    hall: Halls, client: Client, case: tuple[str, bytes, dict[str, str]]
) -> None:
    _, body, headers = case
    answer = client.ask("POST", "/api/v1/ingest", body, headers=headers)
    judged(hall, answer, headers)
    assert answer.status in {400, 413}


@pytest.mark.parametrize(
    "target",
    ["/..%2f..%2fetc/passwd", "/api/v1/%2e%2e/%2e%2e/etc/passwd", "/metrics/..", "/api//v1/kpis", "//evil.example/x"],
)
def test_paths_lead_nowhere_else(hall: Halls, client: Client, target: str) -> None:
    answer = client.get(target)
    judged(hall, answer, target)
    assert answer.status in {404, 421}
    assert "root:" not in answer.body.decode()


def test_names_with_markup_stay_text_and_no_secret_is_told(hall: Halls, client: Client) -> None:
    answers: list[Any] = [
        client.get(f"/api/v1/{name}?from=2026-03-14" if name == "kpis" else f"/api/v1/{name}") for name in READ
    ]
    for answer in [*answers, client.get("/metrics"), client.get("/readyz"), client.get("/api/v1/openapi.json")]:
        judged(hall, answer, "all")
        assert answer.headers["content-type"].startswith(("application/json", "text/plain"))
        assert answer.headers["x-content-type-options"] == "nosniff"
    tokens = hall.kept.service().stores.state.tokens.all()
    assert {scope for one in tokens for scope in one.scopes} <= set(SCOPES)
