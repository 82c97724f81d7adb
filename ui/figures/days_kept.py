"""Days of a site that are over and booked, kept by an opened service while nothing that they rest on changed.

A plan asks for a year of days several times, and late data change few of them: a day is made anew where a data file of
the ledger that can hold its rows is another one, or the site file or the state (estimates, bills) is.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import groupby, pairwise
from threading import Lock
from typing import TYPE_CHECKING, Final

from collectors.ledger_row import INTERVAL_S
from ui.books.windows import closed_until
from ui.figures.steps import month_after
from ui.serving.kept_service import files_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from config.site import Settings
    from ui.figures.days import Day
    from ui.service import Service

DAY_S: Final = 86_400
MOST_DAYS: Final = 10_000  # some 4 kB each: a year of 25 sites
Span = tuple[int, int]


class DaysKept:
    """Whole local days by site and span, each with what it was made of; the oldest entries go first."""

    def __init__(self, settings: Settings) -> None:
        """Keep nothing yet."""
        self._held: dict[tuple[str, Span], tuple[str, Day]] = {}
        self._lock = Lock()
        self._longest_s = _longest_s(settings)

    def of(
        self, service: Service, site: str, edges: Sequence[int], *, end: int, make: Callable[[Sequence[int]], list[Day]]
    ) -> list[Day]:
        """Return the day of each span between edges [UTC s]; those that are not kept are asked of `make`.

        Args:
            service: the opened books, which may be those of a time past (its clock says so).
            site: whose days.
            edges: local midnights.
            end: where the question ends [UTC s]: a day that goes on then is not kept.
            make: makes the days between adjoining edges; it may leave out first ones of which nothing was read.
        """
        spans = list(pairwise(edges))
        settled = min(end, self._settled(service))
        stamps = _stamps(service, site, [span for span in spans if span[1] <= settled and span[0] % INTERVAL_S == 0])
        with self._lock:
            found = {
                span: kept[1]
                for span in spans
                if (kept := self._held.get((site, span))) and span in stamps and kept[0] == stamps[span]
            }
        made = [day for run in _runs(spans, found) for day in make(run)]
        days = {(day.start, day.end): day for day in made}
        self._keep(site, {span: (stamp, days[span]) for span, stamp in stamps.items() if span in days})
        whole = found | days
        return [whole[span] for span in sorted(whole)]

    def _settled(self, service: Service) -> int:
        """The edge [UTC s] before which rows come from the books alone, whatever the clock says, a day to spare."""
        now = min(service.booked_until(), int(service.now()))
        return closed_until(now=now, interval_s=self._longest_s) - DAY_S

    def _keep(self, site: str, days: dict[Span, tuple[str, Day]]) -> None:
        with self._lock:
            for span, kept in days.items():
                self._held.pop((site, span), None)
                self._held[site, span] = kept
            for key in list(self._held)[: max(0, len(self._held) - MOST_DAYS)]:
                del self._held[key]


def _longest_s(settings: Settings) -> float:
    """The longest sampling interval [s] that any point or source has at any time."""
    declared = [point.interval_s for point in settings.points]
    declared += [change.interval_s or {} for point in settings.points for change in point.changes]
    sources = [source.interval_s for source in settings.sources]
    return max([*sources, *(one for intervals in declared for one in intervals.values())], default=0.0)


def _stamps(service: Service, site: str, spans: Sequence[Span]) -> dict[Span, str]:
    """Return what the figures of each span rest on: the site file, what the state knows, and files of the ledger.

    Of the state a day's figures read estimates, whose ids their content makes, bills and steps of registers; of the
    ledger the files that can hold rows of the span.
    """
    settings, state = service.settings, service.stores.state
    if not spans:
        return {}
    bills = state.bills.standing() if settings.usage else ()
    rest = _digest((service.config_hash, sorted(files_stamp(settings.path)), bills))
    standing = state.estimates.standing(site=site, start=spans[0][0], end=spans[-1][1])
    estimates = [(one.of.start, one.of.end, one.id) for one in standing]
    steps = state.register_steps.sums(site, before=month_after(spans[-1][1]))
    files = service.stores.books.files_of(spans)
    return {
        (start, end): _digest(
            (
                rest,
                [one for one in estimates if one[0] < end and one[1] > start],
                [one for one in steps if one[0] < month_after(end)],
                sorted(held),
            )
        )
        for (start, end), held in zip(spans, files, strict=True)
    }


def _digest(told: object) -> str:
    return sha256(repr(told).encode()).hexdigest()


def _runs(spans: Sequence[Span], found: dict[Span, Day]) -> Iterator[list[int]]:
    """Yield the edges of spans that adjoin and are not found."""
    for known, group in groupby(spans, key=lambda span: span in found):
        if not known:
            run = list(group)
            yield [run[0][0], *(last for _, last in run)]
