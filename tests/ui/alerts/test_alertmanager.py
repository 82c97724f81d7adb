"""Alertmanager ends an alert by its own clock: an end that it has not come to yet would leave the alert for a month."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from collectors.store.alerts import AlertEvent
from config.alerts.alerting import Channel
from tests.peers.alertmanager import running_alertmanager
from ui.alerts.notify import send
from ui.format import iso

if TYPE_CHECKING:
    from pathlib import Path

AT = 1_790_000_000


def event(word: str, at: int) -> AlertEvent:
    key = "k1" if word == "firing" else f"k1.{word}"
    return AlertEvent(
        key=key, at=at, rule="load", word=word, severity="critical", title="t", body="b", subjects=("s/ups",)
    )


def told(*, date: str | None) -> list[dict[str, Any]]:
    """What arrives of an end at `AT` where the receiver's answer is of `date`."""
    took: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            took.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response_only(200)
            if date is not None:
                self.send_header("Date", date)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        send(
            Channel(id="m", kind="alertmanager", address=f"http://127.0.0.1:{server.server_port}"),
            event("resolved", AT),
        )
        server.shutdown()
    return took


@pytest.mark.peer
def test_an_end_is_told_again_by_a_clock_that_is_behind() -> None:
    first, again = told(date=formatdate(AT - 30, usegmt=True))
    assert (first["endsAt"], again["endsAt"]) == (iso(AT), iso(AT - 31))
    assert again["startsAt"] <= again["endsAt"], "it refuses others"
    assert again["labels"] == first["labels"]


@pytest.mark.peer
@pytest.mark.parametrize("date", [formatdate(AT + 1, usegmt=True), None, "yesterday"])
def test_an_end_is_told_once_where_the_clock_is_past_it_or_says_nothing(date: str | None) -> None:
    (once,) = told(date=date)
    assert once["endsAt"] == iso(AT)


@pytest.mark.peer
@pytest.mark.parametrize("ahead_s", [-30, 0, 2, 30, 3600])
def test_alertmanager_itself_ends_what_a_clock_ahead_of_its_own_ends(ahead_s: int, tmp_path: Path) -> None:
    with running_alertmanager(tmp_path) as address:
        channel = Channel(id="m", kind="alertmanager", address=address)
        now = int(time.time()) + ahead_s
        send(channel, event("firing", now - 100))
        send(channel, event("reminder", now - 50))
        assert [one["startsAt"] for one in _standing(address)] == [f"{iso(now - 100)[:-1]}.000Z"]
        send(channel, event("resolved", int(time.time()) + ahead_s))
        assert _standing(address) == []


def _standing(address: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{address}/api/v2/alerts", timeout=5) as answer:  # noqa: S310 - loopback
        found: list[dict[str, Any]] = json.load(answer)
    return found
