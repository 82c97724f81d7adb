"""The outbox kept small and honest: what was given up is told to the other channels, what is old is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from collectors.store.alerts import AlertEvent, AlertText
from ui.format import iso
from ui.text import t

if TYPE_CHECKING:
    from collectors.store.alerts import Parcel
    from ui.service import Service

DAY_S: Final = 86_400
LONGER: Final = 4  # times that what was given up is kept
RULE: Final = "undelivered"  # under which such a message stands in the history; no rule of the site file


def tidy(service: Service) -> int:
    """Tell what was given up since the last time, forget what is old, and return how many ways were forgotten."""
    now, alerting = int(service.now()), service.settings.alerting
    store = service.stores.state.alerts
    lost: dict[str, list[Parcel]] = {}
    for one in store.waiting():
        if one.given_up(now, alerting.give_up_days * DAY_S) and one.event.rule != RULE:
            lost.setdefault(one.channel, []).append(one)
    for channel, parcels in lost.items():
        _tell(service, channel, parcels, now=now)
    keep_s = alerting.keep_days * DAY_S
    return store.prune(delivered_before=now - keep_s, begun_before=now - LONGER * keep_s)


def _tell(service: Service, channel: str, parcels: list[Parcel], *, now: int) -> None:
    alerting, last = service.settings.alerting, parcels[-1]
    others = [one for one in alerting.channels if one.id != channel]
    langs = dict.fromkeys((alerting.language, *(one.lang for one in others if one.lang)))
    own, *texts = [_text(channel, parcels, lang) for lang in langs]
    event = AlertEvent(
        key=f"{RULE}-{channel}-{last.event.key}",  # until another one is given up this was told
        at=now,
        rule=RULE,
        word="firing",
        severity="warning",
        title=own.title,
        body=own.body,
        subjects=(),
        texts=tuple(texts),
    )
    service.stores.state.alerts.move({}, [event], {event.key: [one.id for one in others]})


def _text(channel: str, parcels: list[Parcel], lang: str) -> AlertText:
    title = t("alert.undelivered", lang, n=len(parcels), channel=channel)
    fault = parcels[-1].fault or "-"
    told = [f"{iso(one.event.at)} {one.event.spoken(lang).title}" for one in parcels[-5:]]
    return AlertText(lang, title, "\n".join([t("alert.fault", lang, fault=fault), *told]))
