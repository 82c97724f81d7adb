"""`/metrics` for Prometheus (text format 0.0.4): live power and silence by site, alerts, stores, and these doors.

A silent point has no power here, as everywhere: a gap is no value. A token that is bound to a site sees that alone.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ui.api.door import Call, Doors
    from ui.service import Service

TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[dict[str, str], float]
Family = tuple[str, str, str, list[Sample]]  # name, type, help, samples
ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Metrics:
    """The handler; it counts what `doors` answered."""

    def __init__(self, doors: Doors) -> None:
        """Use the doors' counts."""
        self._doors = doors

    def get(self, call: Call) -> Response:
        """Answer a scrape."""
        call.refuse_others()
        site = call.token.site
        families = [*_of_sites(call.service, site), *([] if site else [*_of_stores(call.service), *self._of_doors()])]
        return Response("".join(map(exposed, families)), media_type=TYPE)

    def _of_doors(self) -> Iterator[Family]:
        answered = [
            ({"route": route, "status": str(status)}, float(count))
            for (route, status), count in sorted(self._doors.answered.items())
        ]
        yield "wattlas_http_requests_total", "counter", "Answers of the API by route and status.", answered
        amounts: list[Sample] = [({}, float(self._doors.amounts["readings"]))]
        yield "wattlas_ingested_readings_total", "counter", "Readings accepted by /api/v1/ingest.", amounts
        bad: list[Sample] = [({}, float(self._doors.amounts["quarantined"]))]
        yield "wattlas_ingested_quarantined_total", "counter", "Of these, readings put into quarantine.", bad


def _of_sites(service: Service, only: str | None) -> Iterator[Family]:
    from ui.alerts.rows import standing
    from ui.figures.live import freshness_of

    sites = [site.id for site in service.settings.sites if only in {None, site.id}]
    live = {site: service.power_now(site) for site in sites}
    yield (
        "wattlas_power_watts",
        "gauge",
        "Newest power of each point that is not silent.",
        [
            ({"site": site, "point": one.point, "role": one.role}, one.watts)
            for site, points in live.items()
            for one in points
            if one.watts is not None and not one.stale
        ],
    )
    fresh = {site: freshness_of(points) for site, points in live.items()}
    yield (
        "wattlas_silent_points",
        "gauge",
        "Points that should report power and do not.",
        [({"site": site}, float(len(one.silent))) for site, one in fresh.items()],
    )
    seen = [({"site": s}, one.it_power_seen_share) for s, one in fresh.items() if one.it_power_seen_share is not None]
    yield "wattlas_it_power_seen_ratio", "gauge", "Share of IT power, by last known power, that is seen now.", seen
    if only is None:
        phases = Counter(str(row["state"]).replace(" ", "_") for row in standing(service))
        alerts: list[Sample] = [({"state": word}, float(phases[word])) for word in ("firing", "pending", "no_data")]
        yield "wattlas_alerts", "gauge", "Alerts by state.", alerts


def _of_stores(service: Service) -> Iterator[Family]:
    spool = service.stores.spool
    backlog, now = spool.backlog(), service.now()
    yield "wattlas_spool_readings", "gauge", "Readings that wait for the archive.", [({}, float(backlog.rows))]
    age = 0.0 if backlog.oldest is None else max(0.0, now - backlog.oldest)
    yield "wattlas_spool_oldest_seconds", "gauge", "How long the oldest of them has waited.", [({}, age)]
    upto = spool.marks.forwarded()
    if upto is not None:
        waiting = float(spool.backlog(upto).rows)
        yield "wattlas_forward_readings", "gauge", "Readings that wait for the central server.", [({}, waiting)]
    booked = service.booked_until()
    if booked:
        yield (
            "wattlas_booked_until_seconds",
            "gauge",
            "Time of the last bookkeeping (Unix time).",
            [({}, float(booked))],
        )


def exposed(family: Family) -> str:
    r"""One family in the text format; nothing where it has no sample.

    >>> print(exposed(("a", "gauge", "Help.", [({"b": 'c"'}, 1.0)])), end="")
    # HELP a Help.
    # TYPE a gauge
    a{b="c\""} 1.0
    """
    name, kind, text, samples = family
    lines = (f"{name}{_labels(labels)} {value!r}\n" for labels, value in samples)
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n{''.join(lines)}" if samples else ""


def _labels(labels: Mapping[str, str]) -> str:
    pairs: Iterable[str] = (f'{name}="{text.translate(ESCAPED)}"' for name, text in labels.items())
    return f"{{{','.join(pairs)}}}" if labels else ""
