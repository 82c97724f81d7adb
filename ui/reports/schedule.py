"""Reports that make themselves: last month's on the day that `[reports]` names, as files and as a message, once.

The message has the same key whoever makes it and however often, and it is put into the outbox when all its files lie in
their place: killed anywhere the next look does it again, and what was told once is never told a second time. A day
that was slept through is made up for; of several months the newest is made.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from analytics.consolidation import COMPANY
from collectors.store.alerts import AlertEvent
from ui.exports.files import files
from ui.exports.layout import layout
from ui.exports.look import look_of
from ui.phrases import phrase
from ui.reports.content import report_content
from ui.reports.period import period as read
from ui.reports.sealing import sealed_files
from ui.reports.told import WORD, folder_of
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from config.site import Site
    from ui.reports.period import Period
    from ui.service import Service

KEY_DIGITS: Final = 24
BLOCKS_SHOWN: Final = 5
MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class Due:
    """A report whose day has come: of whom, of which month, and since when [UTC s]."""

    subject: str
    period: Period
    at: int

    @property
    def rule(self) -> str:
        """What its message stands under; no alert rule can have this name, for it has a space."""
        return f"{WORD} {self.period.label}"

    @property
    def key(self) -> str:
        """The key of its message: the same whoever makes it."""
        return sha256(f"{self.rule} {self.subject}".encode()).hexdigest()[:KEY_DIGITS]


def due(service: Service) -> Iterator[Due]:
    """Yield the newest report of each subject whose day has come, which was not told yet and whose time is booked."""
    settings, now = service.settings, int(service.now())
    if settings.reports.day is None:
        return
    for subject in settings.reports.subjects:
        sites = settings.sites if subject == COMPANY else [settings.site(subject)]
        one = _newest(subject, sites, settings.reports.day, settings.reports.hour, now)
        if one.at <= service.booked_until() and service.stores.state.alerts.event(one.key) is None:
            yield one


def _newest(subject: str, sites: tuple[Site, ...] | list[Site], day: int, hour: int, now: int) -> Due:
    """The newest month whose day has begun at all of the sites."""
    local = datetime.fromtimestamp(now, ZoneInfo(sites[0].time_zone))
    number = local.year * MONTHS + local.month  # the next month: a site further east may be there already
    while True:
        year, month = number // MONTHS, number % MONTHS + 1
        at = max(int(datetime(year, month, day, hour, tzinfo=ZoneInfo(one.time_zone)).timestamp()) for one in sites)
        if at <= now:
            year, month = (number - 1) // MONTHS, (number - 1) % MONTHS + 1
            return Due(subject, read(f"{year}-{month:02d}"), at)
        number -= 1


def make_due(service: Service) -> list[AlertEvent]:
    """Write what is due into the data folder, put a message about each into the outbox, and return the messages."""
    made = []
    for one in due(service):
        content = report_content(service, one.subject, one.period)
        sealed = sealed_files(service, one.subject, one.period)
        settings = service.settings.reports
        found = sealed or files(
            content, None, formats=settings.formats, langs=settings.languages, look=look_of(service.settings)
        )
        folder = folder_of(service.stores.data, one.rule, one.subject)
        _write(folder, found)
        event = _message(service, one, content, folder, sealed=sealed is not None)
        channels = settings.channels or tuple(channel.id for channel in service.settings.alerting.channels)
        service.stores.state.alerts.move({}, [event], {event.key: channels})
        made.append(event)
    return made


def _write(folder: Path, found: Mapping[str, bytes]) -> None:
    """Write files whole: a kill leaves the former one, or a draft that the next look writes again."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in found.items():
        draft = folder / f".{name}.part"
        with draft.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / name)


def _message(service: Service, one: Due, content: dict[str, Any], folder: Path, *, sealed: bool) -> AlertEvent:
    lang = service.settings.alerting.language
    laid = layout(content, None, lang)
    blocks = [check for check in content["checks"] if check["level"] == "blocks"]
    notes = sum(check["level"] == "note" for check in content["checks"])
    shown = [f"- {phrase(check['text'], lang)}: {phrase(check['remedy'], lang)}" for check in blocks[:BLOCKS_SHOWN]]
    lines = [
        *(laid["answer"] or laid["sites"][0]["answer"]),
        t("report.sent_checks", lang, blocks=len(blocks), notes=notes),
        *shown,
        *([] if sealed else [t("report.sent_next", lang, period=one.period.label, subject=one.subject)]),
        t("report.sent_files", lang, folder=folder),
        *([service.settings.alerting.link] if service.settings.alerting.link else []),
    ]
    title = "report.sent_sealed" if sealed else "report.sent_draft"
    return AlertEvent(
        key=one.key,
        at=int(service.now()),
        rule=one.rule,
        word=WORD,
        severity="warning" if blocks else "info",
        title=t(title, lang, period=one.period.label, subject=laid["subject"], company=content["company"]),
        body="\n".join(lines),
        subjects=(one.subject,),
    )
