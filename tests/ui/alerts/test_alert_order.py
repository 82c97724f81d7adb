"""Messages in their order: an end never before its beginning, and no clock that steps holds one back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from collectors.store.alerts import AlertEvent
from config.alerts.alerting import Channel
from tests.ui.alerts.alert_site import Site
from tests.ui.alerts.receiver import Receiver, channels
from ui.alerts.notify import TRIED, deliver, send
from ui.alerts.outbox import DAY_S

if TYPE_CHECKING:
    from pathlib import Path


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
def test_an_end_waits_for_its_beginning_though_the_clock_says_it_came_before(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    site = Site(tmp_path, channels(receiver.address))
    receiver.away = True
    site.minute(1600.0)
    assert site.minute(1600.0) == ["ups-load firing"]
    deliver(site.service)
    site.at -= 3600
    assert [word for watts in (1600.0, 1000.0) for word in site.minute(watts)] == ["ups-load resolved"]
    receiver.away = False
    assert [deliver(site.service) for _ in range(3)] == [2, 2, 0], "none waits for an hour that the clock went back"
    words = [json.loads(body)["word"] for head, body in receiver.took if "Idempotency-Key" in head]
    assert words == ["firing", "resolved"]


@pytest.mark.peer
def test_a_message_is_sent_at_once_though_the_clock_went_back(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    site = Site(tmp_path, channels(receiver.address))
    site.minute(1600.0)
    assert site.minute(1600.0) == ["ups-load firing"]
    site.company.now -= 3600
    assert deliver(site.service) == 2


@pytest.mark.peer
def test_a_reminder_begins_before_it_ends_and_a_trial_ends_soon(receiver: Receiver) -> None:
    manager = Channel(id="m", kind="alertmanager", address=receiver.address.removesuffix("/hook"))
    for word in ("reminder", TRIED):
        event = AlertEvent(key="k", at=DAY_S, rule="r", word=word, severity="info", title="t", body="b", subjects=())
        send(manager, event)
    reminder, trial = [json.loads(body)[0] for _, body in receiver.took]
    assert (reminder["startsAt"], reminder["endsAt"]) == ("1970-01-02T00:00:00Z", "1970-02-01T00:00:00Z")
    assert trial["endsAt"] == "1970-01-02T00:05:00Z"
