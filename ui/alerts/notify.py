"""Messages out: each parcel of the outbox to its channel, at least once, always under the same key (design 6)."""

from __future__ import annotations

import hmac
import http.client
import json
import logging
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from collectors.store.alerts import COLUMNS
from config.errors import ConfigError, WattlasError
from ui.alerts.posting import InTime, InTimeTls, Unled
from ui.format import iso
from ui.reports.told import WORD, attached

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collectors.store.alerts import AlertEvent, Parcel
    from config.alerts.alerting import Channel
    from ui.service import Service

TIMEOUT_S: Final = 20.0
LED: Final = range(300, 400)
DAY_S: Final = 86_400
STANDS_S: Final = 30 * DAY_S  # how long Alertmanager keeps an alert that nobody ends
NEWS_S: Final = DAY_S  # and how long it shows that a report was written
TRIED: Final = "test"  # the word of a message that somebody sends to try a channel
TRIED_S: Final = 300


class NotDelivered(WattlasError):
    """A channel did not take a message; the sentence says why, without its secret."""


def waiting_channels(service: Service) -> frozenset[str]:
    """Return the channels to which something is due."""
    return frozenset(_ways(service))


def _ways(service: Service) -> dict[str, list[Parcel]]:
    ways: dict[str, list[Parcel]] = {}
    give_up_s = service.settings.alerting.give_up_days * DAY_S
    for parcel in service.stores.state.alerts.due(int(service.now()), give_up_s=give_up_s):
        ways.setdefault(parcel.channel, []).append(parcel)
    return ways


def deliver(service: Service, *, only: str | None = None) -> int:
    """Send what is due, and return how many messages were taken; what fails stays and is tried again, ever later.

    Channels work side by side, and one that fails is left alone until the next call: it delays no other. With `only`
    one channel is served.
    """
    ways = {channel: parcels for channel, parcels in _ways(service).items() if only in {None, channel}}
    if not ways:
        return 0
    with ThreadPoolExecutor(len(ways), thread_name_prefix="message") as pool:
        return sum(pool.map(partial(_deliver_to, service), ways, ways.values()))


def _deliver_to(service: Service, channel_id: str, parcels: list[Parcel]) -> int:
    store = service.stores.state.alerts
    channel = next((one for one in service.settings.alerting.channels if one.id == channel_id), None)
    for taken, parcel in enumerate(parcels):
        fault, now = _fault(service, channel, parcel.event), int(service.now())
        if fault is not None:
            store.note_failed(parcel, at=now, fault=fault)
            return taken
        store.note_delivered(parcel, at=now)
    return len(parcels)


def _fault(service: Service, channel: Channel | None, event: AlertEvent) -> str | None:
    """Send, and return why it was not taken."""
    if channel is None:
        return "the site file has no such channel any more"
    try:
        language = channel.lang or service.settings.alerting.language
        send(channel, event.spoken(language), attached(service.stores.data, event, language))
    except (NotDelivered, ConfigError) as error:
        return str(error)
    return None


def send(channel: Channel, event: AlertEvent, files: Sequence[Path] = ()) -> None:
    """Send one message to one channel, with files where its service takes any (apprise alone).

    Raises:
        NotDelivered: the channel did not take it.
        ConfigError: its secret cannot be read.
    """
    if channel.kind == "apprise":
        _by_apprise(channel, event, files)
    else:
        _SENDERS[channel.kind](channel, event)


def _by_apprise(channel: Channel, event: AlertEvent, files: Sequence[Path]) -> None:
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it logs whole addresses; our sentence says what failed
    assert channel.url is not None  # noqa: S101 - config asked for it
    carrier = apprise.Apprise()
    if not carrier.add(channel.url.resolve().get_secret_value()):
        msg = f"channel {channel.id}: apprise does not understand its url; see its list of services"
        raise NotDelivered(msg)
    kind = {"info": "info", "warning": "warning", "critical": "failure"}[event.severity]
    kind = "success" if event.word == "resolved" else kind
    body, attach = f"{event.body}\n[{event.key}]", [str(file) for file in files] or None
    form = apprise.NotifyFormat.TEXT  # a service that speaks HTML escapes it
    if not carrier.notify(title=event.title, body=body, body_format=form, notify_type=kind, attach=attach):
        msg = f"channel {channel.id}: the service did not take the message"
        raise NotDelivered(msg)


def _by_webhook(channel: Channel, event: AlertEvent) -> None:
    body = json.dumps(_plain(event), ensure_ascii=False).encode()
    headers = {"Idempotency-Key": event.key}
    if channel.secret is not None:
        key = channel.secret.resolve().get_secret_value().encode()
        headers["X-Wattlas-Signature"] = f"sha256={hmac.new(key, body, sha256).hexdigest()}"
    _post(channel, channel.address, body, headers)


def _by_alertmanager(channel: Channel, event: AlertEvent) -> None:
    """Prometheus Alertmanager, API v2: alerts of the same labels are one, and `endsAt` ends it.

    An end that its clock has not come to yet leaves the alert as it was, for 30 days: it is told again by that clock.
    """
    ends_at = event.at + {"resolved": 0, WORD: NEWS_S, TRIED: TRIED_S}.get(event.word, STANDS_S)
    clock = _to_alertmanager(channel, event, ends_at)
    if event.word == "resolved" and clock is not None and clock <= ends_at:
        _to_alertmanager(channel, event, clock - 1)


def _to_alertmanager(channel: Channel, event: AlertEvent, ends_at: int) -> int | None:
    """Tell it one alert, and return its clock as it answered [UTC s]."""
    alert: dict[str, Any] = {
        "startsAt": iso(min(event.at, ends_at)),  # of a reminder too, else it would begin when it ends; the earliest
        "labels": {"alertname": event.rule, "severity": event.severity, "wattlas_key": event.incident},  # one stands
        "annotations": {"summary": event.title, "description": event.body},
        "endsAt": iso(ends_at),
    }
    alert["labels"] |= {"subject": event.subjects[0]} if len(event.subjects) == 1 else {}
    return _post(channel, f"{channel.address.rstrip('/')}/api/v2/alerts", json.dumps([alert]).encode(), {})


def _plain(event: AlertEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in COLUMNS} | {"incident": event.incident}


def _post(channel: Channel, address: str, body: bytes, headers: dict[str, str]) -> int | None:
    """Post, and return the time that the answer is of [UTC s], where it says one."""
    request = urllib.request.Request(  # noqa: S310 - config takes http and https alone
        address, data=body, headers={"Content-Type": "application/json", **headers}, method="POST"
    )
    try:
        with urllib.request.build_opener(Unled, InTime, InTimeTls).open(request, timeout=TIMEOUT_S) as answer:
            return _instant(answer.headers.get("Date"))
    except urllib.error.HTTPError as error:
        error.close()
        elsewhere = " and led elsewhere: write the address that takes messages" if error.code in LED else ""
        msg = f"channel {channel.id}: {_host(address)} answered {error.code}{elsewhere}"
        raise NotDelivered(msg) from None
    except (ValueError, http.client.InvalidURL):  # whose words hold the whole address
        msg = f"channel {channel.id}: its address is none: correct it in the site file"
        raise NotDelivered(msg) from None
    except (OSError, http.client.HTTPException) as error:
        msg = f"channel {channel.id}: {_host(address)} does not answer ({getattr(error, 'reason', error)})"
        raise NotDelivered(msg) from None


def _instant(date: str | None) -> int | None:
    try:
        return None if date is None else int(parsedate_to_datetime(date).timestamp())
    except ValueError:
        return None


def _host(address: str) -> str:
    """Whom an address leads to: many services have the key to a channel in its path."""
    return urlsplit(address).netloc


_SENDERS: Final = {"webhook": _by_webhook, "alertmanager": _by_alertmanager}
