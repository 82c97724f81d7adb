"""Messages of alerts to real receivers: once by key, whatever is away."""

from __future__ import annotations

import hmac
import json
import socket
from email import message_from_bytes
from email.policy import default
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from collectors.store.alerts import AlertEvent
from config.alerts.alerting import Channel
from tests.ui.alerts.alert_site import RULES, Site
from tests.ui.alerts.receiver import Receiver, channels
from tests.ui.company import HEAD
from ui.alerts.notify import NotDelivered, deliver, send, waiting_channels
from ui.alerts.outbox import DAY_S, tidy
from ui.alerts.rows import told
from ui.cli import main
from ui.text import t

if TYPE_CHECKING:
    from pathlib import Path


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
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_message_that_is_led_elsewhere_was_not_taken(receiver: Receiver, status: int) -> None:
    hook = Channel(id="hook", kind="webhook", address=receiver.address.replace("/hook", f"/led-{status}"))
    event = AlertEvent(
        key="k", at=1, rule="r", word="firing", severity="info", title="t", body="b", subjects=(), texts=()
    )
    with pytest.raises(NotDelivered, match=f"answered {status} and led elsewhere"):
        send(hook, event)
    assert (receiver.took, receiver.asked) == ([], [])


def test_an_address_that_is_none_is_a_fault_without_its_key() -> None:
    for address in ("http://127.0.0.1:9/services/SECRET x", "http://127.0.0.1:9/告警"):
        hook = Channel.model_construct(id="hook", kind="webhook", address=address, secret=None)
        event = AlertEvent(key="k", at=1, rule="r", word="firing", severity="info", title="t", body="b", subjects=())
        with pytest.raises(NotDelivered) as said:
            send(hook, event)
        assert str(said.value) == "channel hook: its address is none: correct it in the site file"


@pytest.mark.peer
def test_a_server_that_drips_has_no_longer_than_one_that_hangs(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.alerts.notify.TIMEOUT_S", 0.3)
    hook = Channel(id="hook", kind="webhook", address=receiver.address.replace("/hook", "/drip"))
    event = AlertEvent(key="k", at=1, rule="r", word="firing", severity="info", title="t", body="b", subjects=())
    with pytest.raises(NotDelivered, match="timed out"):
        send(hook, event)


@pytest.mark.peer
def test_one_channel_can_be_served_alone(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    site = Site(tmp_path, channels(receiver.address))
    site.minute(1600.0)
    site.minute(1600.0)
    assert waiting_channels(site.service) == {"hook", "manager"}
    assert deliver(site.service, only="manager") == 1
    assert waiting_channels(site.service) == {"hook"}


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
def test_each_channel_speaks_its_readers_language(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    text = channels(receiver.address).replace('kind = "webhook"', 'kind = "webhook"\nlang = "zh"')
    site = Site(tmp_path, text)
    site.minute(1600.0)
    assert site.minute(1600.0) == ["ups-load firing"]
    assert deliver(site.service) == 2
    assert site.minute(1000.0) == ["ups-load resolved"]
    assert deliver(site.service) == 2
    taken = [json.loads(body) for _, body in receiver.took]
    chinese = [one for one in taken if isinstance(one, dict)]
    english = [one[0]["annotations"] for one in taken if isinstance(one, list)]
    titles = [t(f"alert.{word}", "zh", rule="ups-load", subject="s/ups") for word in ("firing", "resolved")]
    assert [one["title"] for one in chinese] == titles
    assert "s/ups 为 1.6\u00a0kW" in chinese[0]["body"]
    assert "http://127.0.0.1:8501/alerts?lang=zh" in chinese[0]["body"]
    assert "首次告警" in chinese[1]["body"]
    assert [one["summary"] for one in english] == ["Alert ups-load: s/ups", "Resolved ups-load: s/ups"]
    assert "http://127.0.0.1:8501/alerts?lang=en" in english[0]["description"]


@pytest.mark.peer
def test_what_never_arrives_is_given_up_told_to_the_others_and_kept_longer(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    site = Site(tmp_path, channels(receiver.address))
    site.minute(1600.0)
    site.minute(1600.0)
    assert deliver(site.service) == 1, "the hook has no secret"
    site.company.now += 6 * DAY_S
    tidy(site.service)
    assert deliver(site.service) == 0
    site.company.now += 1.1 * DAY_S
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    assert deliver(site.service) == 0, "given up"
    for _ in range(2):
        assert tidy(site.service) == 0
    assert deliver(site.service) == 1
    (notice,) = json.loads(receiver.took[-1][1])
    assert notice["annotations"]["summary"] == "1 messages to channel hook were given up"
    assert "HOOK_SECRET is not set" in notice["annotations"]["description"]
    assert [row["way"] for row in told(site.service)] == ["given up", "delivered", "delivered"]
    site.company.now += 91 * DAY_S
    assert tidy(site.service) == 2, "what was delivered"
    assert [row["way"] for row in told(site.service)] == ["given up", "kept no longer"]
    site.company.now += 300 * DAY_S
    assert tidy(site.service) == 1


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
    monkeypatch.setenv(
        "MAIL_URL", f"mailto://127.0.0.1:{port}?from=a@example.org&to=b@example.org&mode=insecure&format=html"
    )
    mail = (
        '[alerting]\nevery_s = 60\n[[alerting.channels]]\nid = "mail"\nkind = "apprise"\nurl = { env = "MAIL_URL" }\n'
    )
    site = Site(tmp_path, mail)
    reason = "P < 2 kW & <a href=http://evil>x</a>"
    site.company.head = site.company.head.replace("the UPS is rated 2 kW", reason)
    site.reopen()
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
    (taken,) = box.mails
    parts = {part.get_content_type(): part for part in message_from_bytes(taken, policy=default).walk()}
    plain, rich = (str(parts[f"text/{form}"].get_content()) for form in ("plain", "html"))
    assert "ups-load" in taken.decode()
    assert "P < 2 kW & <a href=http://evil>x</a>" in plain
    assert "<a" not in rich
    assert "&lt;a&nbsp;href=http://evil&gt;x" in rich
    assert rich.count("<br") >= 3, "each line is one"
