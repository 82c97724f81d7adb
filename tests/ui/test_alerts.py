"""Alerts from readings to messages: once by key, whatever is away, and a dark hall is one message."""

from __future__ import annotations

import hmac
import json
import socket
import threading
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from collectors.judge import judge_readings
from collectors.reading import Reading
from collectors.store.alerts import Silence
from tests.ui.company import HEAD, START, Company
from ui.alert_rows import standing
from ui.alert_sight import Watch
from ui.alerting import evaluate
from ui.cli import main
from ui.notify import deliver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTE = 60
HALL = """
[[points]]
id = "s/utility"
role = "utility"
max_w = 5000.0
interval_s = { power = 60 }
[[points]]
id = "s/ups"
role = "ups"
parent = "utility"
max_w = 3000.0
interval_s = { power = 60 }
""" + "".join(
    f'[[points]]\nid = "s/srv-{n}"\nrole = "server"\nparent = "ups"\nmax_w = 900.0\ninterval_s = {{ power = 60 }}\n'
    for n in range(20)
)
RULES = """
[[alerts]]
id = "ups-load"
kind = "reading"
role = "ups"
above = 1500.0
recover = 1400.0
for_s = 30
severity = "critical"
reason = "the UPS is rated 2 kW"
[[alerts]]
id = "silent"
kind = "silent"
reason = "a meter that is not read is a gap in the books"
[[alerts]]
id = "pue"
kind = "kpi"
metric = "pue"
window_s = 3600
every_s = 60
above = 1.6
reason = "the contract says 1.6"
"""


class Site:
    """A hall whose clock and readings the test moves."""

    def __init__(self, folder: Path, alerting: str = "[alerting]\nevery_s = 60\n") -> None:
        self.company = Company(folder, HALL, HEAD + alerting + RULES)
        self.service = self.company.service
        self.watch, self.at, self.monotonic = Watch(), 0, 0.0

    def reopen(self) -> None:
        """Take the site file as it is now."""
        self.service = self.company.service

    def minute(self, watts: float, *, points: tuple[str, ...] | None = None, utility: float = 1.5) -> list[str]:
        """One more minute: read, look, and return the words told with their rules."""
        self.at += MINUTE
        self.monotonic += MINUTE
        names = points if points is not None else ("s/utility", "s/ups", *(f"s/srv-{n}" for n in range(20)))
        power = {"s/utility": watts * utility, "s/ups": watts}
        when = datetime.fromtimestamp(START + self.at, UTC)
        found = [Reading(name, "power", when, power.get(name, watts / 20)) for name in names]
        self.company.now = START + self.at + 1.0
        table, _ = judge_readings(found, self.service.settings, origin="test", now=START + self.at)
        self.service.stores.spool.accept(table)
        return self.look()

    def look(self) -> list[str]:
        self.company.now = START + self.at + 1.0
        found = evaluate(self.service, self.watch, monotonic_s=self.monotonic)
        return [f"{one.rule} {one.word}" for one in found]


def test_a_limit_is_told_once_and_its_end_once(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.minute(1000.0) == []
    assert site.minute(1600.0) == [], "pending"
    assert {row["rule"]: row["state"] for row in standing(site.service)}["ups-load"] == "pending"
    assert site.minute(1600.0) == ["ups-load firing"]
    assert site.minute(1450.0) == [], "not below its recovery yet"
    assert site.minute(1300.0) == ["ups-load resolved"]
    first, last = site.service.stores.state.alerts.events()
    assert (first.severity, first.subjects) == ("critical", ("s/ups",))
    assert "s/ups is 1.6\u00a0kW, above 1.5\u00a0kW" in first.body
    assert "the UPS is rated 2 kW" in first.body
    assert last.word == "resolved"


def test_a_dark_hall_is_one_message_of_its_topmost_meter(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    for _ in range(2):
        assert site.minute(1000.0, points=("s/utility",)) == []
    assert site.minute(1000.0, points=("s/utility",)) == ["silent firing"]
    (event,) = site.service.stores.state.alerts.events()
    assert event.subjects == ("s/ups",), "the servers below it are left out"
    assert site.minute(1000.0) == ["silent resolved"]


def test_a_hall_of_three_thousand_that_goes_dark_is_one_message(tmp_path: Path) -> None:
    servers = "".join(
        f'[[points]]\nid = "s/n-{n}"\nrole = "server"\nparent = "ups"\nmax_w = 900.0\ninterval_s = {{ power = 60 }}\n'
        for n in range(3000)
    )
    site = Site(tmp_path)
    site.company.points = HALL + servers
    site.reopen()
    hall = ("s/ups", *(f"s/n-{n}" for n in range(3000)))
    site.minute(1000.0, points=("s/utility", *hall))
    early = ("s/utility", *hall[1::2])  # half of the hall was read once more before it went dark
    words = site.minute(1000.0, points=early)
    words += [word for _ in range(8) for word in site.minute(1000.0, points=("s/utility",))]
    assert [word for word in words if word.startswith("silent")] == ["silent firing"]
    assert [event.subjects for event in site.service.stores.state.alerts.events()] == [("s/ups",)]


def test_many_silent_meters_without_a_common_one_are_one_message(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    words = [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility", "s/ups"))]
    assert words == ["silent firing"]
    (event,) = site.service.stores.state.alerts.events()
    assert len(event.subjects) == 20
    assert "+15" in event.body


def test_a_figure_over_a_window_and_one_without_a_value(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for _ in range(90):
        site.minute(1000.0, utility=1.8)
    site.service.keep_books()
    assert "pue firing" in site.minute(1000.0, utility=1.8)
    site.at += 3 * 3600  # nothing was read: the figure has no value, and nothing ends
    site.monotonic += 3 * 3600
    assert "pue resolved" not in site.look()


@pytest.mark.parametrize("step_s", [3600, -3600])
def test_a_step_of_the_clock_is_no_alarm_and_hides_none(tmp_path: Path, step_s: int) -> None:
    site = Site(tmp_path)
    for _ in range(5):
        site.minute(1000.0)
    site.at += step_s
    assert site.look() == [], "before the next reading came"
    assert [word for _ in range(3) for word in site.minute(1000.0)] == []
    assert [word for _ in range(2) for word in site.minute(1600.0)] == ["ups-load firing"]
    words = [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility",))]
    assert words == ["silent firing"]


def test_a_restart_after_an_hour_is_no_alarm(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for _ in range(3):
        site.minute(1000.0)
    site.at += 3600
    site.watch, site.monotonic = Watch(), 0.0
    assert site.look() == []
    assert [word for _ in range(3) for word in site.minute(1000.0)] == []


def test_what_stays_silent_after_a_restart_is_told_within_three_intervals(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.look()
    words = [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility",))]
    assert words == ["silent firing"]


def test_an_import_of_old_readings_is_no_reading_of_now(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    when = datetime.fromtimestamp(START - 86_400, UTC)
    table, _ = judge_readings([Reading("s/ups", "power", when, 2900.0)], site.service.settings, origin="x", now=START)
    site.service.stores.spool.accept(table)
    assert [word for _ in range(3) for word in site.minute(1000.0)] == []


def test_a_meter_that_falls_silent_after_all_it_feeds_is_the_same_outage(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    servers = [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility", "s/ups"))]
    assert servers == ["silent firing"]
    assert [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility",))] == []
    assert site.minute(1000.0, points=("s/utility", "s/ups", "s/srv-0")) == [], "most of it is still dark"
    assert site.minute(1000.0) == ["silent resolved"]
    first, last = site.service.stores.state.alerts.events()
    assert (last.key, last.subjects) == (f"{first.key}.resolved", first.subjects)
    assert "First told" in last.body


def test_a_point_that_is_taken_out_ends_its_alert(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1600.0)
    assert site.minute(1600.0) == ["ups-load firing"]
    site.company.points = HALL.replace('role = "ups"', 'role = "pdu"')
    site.reopen()
    assert site.minute(1600.0) == ["ups-load resolved"]
    site.company.head = HEAD
    site.reopen()
    site.minute(1600.0)
    assert standing(site.service) == [], "a rule that is no more leaves nothing"


def test_a_silenced_rule_goes_on_underneath(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    assert main(["alerts", "silence", "ups-load", "--hours", "2", "--comment", "test of the UPS"]) == 0
    assert "is silent until" in capsys.readouterr().out
    site.minute(1600.0)
    assert site.minute(1600.0) == []
    assert site.minute(1600.0) == []
    assert main(["alerts", "list", "--json"]) == 0
    assert {row["rule"]: row["state"] for row in json.loads(capsys.readouterr().out)}["ups-load"] == "firing"
    assert main(["alerts", "ack", "ups-load", "--comment", "on my way"]) == 0
    assert "takes care of 1 alerts of ups-load" in capsys.readouterr().out
    assert [row["acked_by"] != "" for row in standing(site.service) if row["rule"] == "ups-load"] == [True]
    assert main(["alerts", "ack", "silent", "--comment", "x"]) == 2
    assert 'no alert of rule "silent" fires' in capsys.readouterr().err
    assert main(["alerts", "silence", "ups", "--comment", "x"]) == 2
    assert '"ups" is no rule of the site file' in capsys.readouterr().err
    assert main(["alerts", "check", "--json"]) == 0
    assert {row["rule"] for row in json.loads(capsys.readouterr().out)} == {"ups-load", "silent", "pue"}
    site.company.head = site.company.head.replace('metric = "pue"', 'metric = "puee"')
    site.reopen()
    assert main(["alerts", "check"]) == 2
    assert '[[alerts]] "pue": key metric names "puee", which is no figure' in capsys.readouterr().err
    assert site.minute(1000.0) == [], "the other rules keep running"


def test_what_began_in_silence_is_told_when_the_silence_ends(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    silence = Silence(rule="ups-load", until=START + 5 * MINUTE, who="ada", comment="test of the UPS")
    site.service.stores.state.alerts.silence(silence, at=START)
    words = [word for _ in range(6) for word in site.minute(1600.0)]
    assert words == ["ups-load firing"]
    quiet = Silence(rule="ups-load", until=START + 20 * MINUTE, who="ada", comment="again")
    site.service.stores.state.alerts.silence(quiet, at=START)
    assert site.minute(1000.0) == ["ups-load resolved"], "the end of what was told is told"
    assert [word for watts in (1600.0, 1600.0, 1000.0) for word in site.minute(watts)] == [], "never told, never ended"


class Receiver:
    """A webhook that can be away, and keeps what it took."""

    def __init__(self) -> None:
        self.took: list[tuple[dict[str, str], bytes]] = []
        self.away = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not receiver.away:
                    receiver.took.append((dict(self.headers), body))
                self.send_response(503 if receiver.away else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def channels(address: str) -> str:
    base = address.rsplit("/", 1)[0]
    return f"""
[alerting]
link = "http://127.0.0.1:8501"
[[alerting.channels]]
id = "hook"
kind = "webhook"
address = "{address}"
secret = {{ env = "HOOK_SECRET" }}
[[alerting.channels]]
id = "manager"
kind = "alertmanager"
address = "{base}"
"""


@pytest.mark.peer
def test_a_message_arrives_once_by_key_though_the_receiver_was_away(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    site = Site(tmp_path, channels(receiver.address))
    receiver.away = True
    site.minute(1000.0)
    site.minute(1600.0)
    assert site.minute(1600.0) == ["ups-load firing"]
    assert deliver(site.service) == 0
    assert deliver(site.service) == 0, "the next try comes later"
    parcels = site.service.stores.state.alerts.parcels()
    assert {one.attempts for one in parcels} == {1}
    assert "answered 503" in parcels[0].fault
    receiver.away = False
    site.company.now += 3600
    assert deliver(site.service) == 2
    assert deliver(site.service) == 0
    (signed, body), (_, alerts) = sorted(receiver.took, key=lambda one: "Idempotency-Key" not in one[0])
    event = json.loads(body)
    assert signed["Idempotency-Key"] == event["key"]
    assert signed["X-Wattlas-Signature"] == f"sha256={hmac.new(b's3cret', body, sha256).hexdigest()}"
    (begun,) = json.loads(alerts)
    assert (begun["labels"]["alertname"], begun["labels"]["wattlas_key"]) == ("ups-load", event["incident"])
    assert begun["endsAt"] > begun["startsAt"]
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    assert main(["alerts", "history", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(row["delivered_at"] and row["attempts"] == 2 for row in rows)
    assert main(["alerts", "test", "hook"]) == 0
    assert main(["alerts", "test", "hoook"]) == 2
    said = capsys.readouterr()
    assert 'did you mean "hook"' in said.err
    assert "s3cret" not in said.out + said.err + json.dumps(rows)


@pytest.mark.peer
def test_the_end_of_an_incident_never_overtakes_its_beginning(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    site = Site(tmp_path, channels(receiver.address))
    receiver.away = True
    site.minute(1600.0)
    assert site.minute(1600.0) == ["ups-load firing"]
    deliver(site.service)
    receiver.away = False
    assert site.minute(1000.0) == ["ups-load resolved"]
    site.company.now -= 7200  # the clock is set back: what was to be tried later is tried now
    assert deliver(site.service) == 2
    assert deliver(site.service) == 2
    words = [json.loads(body)["word"] for head, body in receiver.took if "Idempotency-Key" in head]
    assert words == ["firing", "resolved"]
    begun, over = [json.loads(body)[0] for head, body in receiver.took if "Idempotency-Key" not in head]
    assert begun["labels"] == over["labels"], "Alertmanager takes both for one alert"
    assert over["endsAt"] <= begun["endsAt"]


@pytest.mark.peer
def test_a_channel_that_is_gone_or_silent_keeps_its_message(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    site = Site(tmp_path, channels(receiver.address))
    receiver.server.shutdown()
    receiver.server.server_close()
    site.minute(1600.0)
    site.minute(1600.0)
    deliver(site.service)
    faults = {one.channel: one.fault for one in site.service.stores.state.alerts.parcels()}
    assert "HOOK_SECRET is not set" in faults["hook"]
    assert "does not answer" in faults["manager"]
    site.company.head = HEAD + "[alerting]\n" + RULES
    site.reopen()
    site.company.now += 3600
    deliver(site.service)
    faults = {one.channel: one.fault for one in site.service.stores.state.alerts.parcels()}
    assert set(faults.values()) == {"the site file has no such channel any more"}


@pytest.mark.peer
def test_mail_by_apprise_to_a_real_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aiosmtpd.controller import Controller

    class Box:
        def __init__(self) -> None:
            self.mails: list[bytes] = []

        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: ANN401, N802 - aiosmtpd
            self.mails.append(envelope.content)
            return "250 OK"

    box = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("MAIL_URL", f"mailto://127.0.0.1:{port}?from=a@example.org&to=b@example.org&mode=insecure")
    mail = '[alerting]\n[[alerting.channels]]\nid = "mail"\nkind = "apprise"\nurl = { env = "MAIL_URL" }\n'
    site = Site(tmp_path, mail)
    site.minute(1600.0)
    site.minute(1600.0)
    assert deliver(site.service) == 0, "nobody listens yet"
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        site.company.now += 3600
        assert deliver(site.service) == 1
        assert deliver(site.service) == 0
        monkeypatch.setenv("MAIL_URL", "nonsense")
        site.minute(1000.0)
        deliver(site.service)
        (open_one,) = [one for one in site.service.stores.state.alerts.parcels() if one.delivered_at is None]
        assert "apprise does not understand its url" in open_one.fault
    finally:
        server.stop()
    assert len(box.mails) == 1
    assert b"ups-load" in box.mails[0]
