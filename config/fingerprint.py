"""The hash of the configuration that judged a figure: stored with every ledger row and KPI (design 4.1).

It covers what judges figures (sites, points with all their dates, meters, declared intervals, metrics, factors) and
nothing else: no secret, no host, no display name, no order of tables. Same facts, same hash, on every machine.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING

from config.catalogue import metrics
from config.estimates import EstimateRules
from config.factors.lookup import zone_factors
from config.points import Point

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.reading.fields import Raw, Table
    from config.site import Settings, Site, SourceTable

LENGTH = 16  # hex digits
COSMETIC = {"name", "altitude_m", "room", "rack", "tags", "max_silence_s"}  # none of them moves a figure of the books
CARRIERS = {"carriers", "carrier_weights"}
DEFAULTS = {  # of a point's keys; one that must be given has none, and is never left out
    key: field.get_default(call_default_factory=True)
    for key, field in Point.model_fields.items()
    if key not in {*COSMETIC, "changes"}
}


def config_hash(settings: Settings) -> str:
    """Return 16 hex digits of the SHA-256 of `snapshot`."""
    return sha256(snapshot(settings).encode()).hexdigest()[:LENGTH]


def snapshot(settings: Settings) -> str:
    """Return as canonical JSON what judges figures; stored once per hash, so that an auditor can read it.

    Raises:
        ConfigError: an own factor table has mistakes.
    """
    facts = {
        "sites": _by_id([_site(site) for site in settings.sites]),
        "points": _by_id([_point(point) for point in settings.points]),
        "intervals": sorted(_interval(source) for source in settings.sources),
        "metrics": {name: metric.model_dump(exclude={"name", "description"}) for name, metric in metrics().items()},
        "factors": _factors(settings),
        **_books(settings),
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plan_snapshot(settings: Settings) -> str | None:
    """Return as canonical JSON what the plan rests on; None where there is none.

    No figure of the books depends on it, so its hash is another than the configuration's.
    """
    held = {"targets": settings.targets, "measures": settings.measures}
    held |= {name: getattr(settings.plan, name) for name in type(settings.plan).model_fields}
    facts = {
        key: sorted((one.model_dump(mode="json") for one in rows), key=lambda row: json.dumps(row, sort_keys=True))
        for key, rows in held.items()
        if rows
    }
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False) if facts else None


def plan_hash(text: str) -> str:
    """Return 16 hex digits of the SHA-256 of `plan_snapshot`."""
    return sha256(text.encode()).hexdigest()[:LENGTH]


def _books(settings: Settings) -> Raw:
    """Return contracts, tariffs, rates, fuels, clusters; nothing where there are none, so that no hash moves."""
    held = {key: getattr(settings, key) for key in ("contracts", "tariffs", "exchange_rates", "clusters", "models")}
    found = _dated(held | {"fuels": settings.factors.fuels})
    if settings.company.hardware_lifetime_years is not None:
        found["hardware_lifetime_years"] = settings.company.hardware_lifetime_years
    if settings.organisation is not None:
        found["organisation"] = settings.organisation.model_dump(mode="json")
    if settings.estimates != EstimateRules():
        found["estimates"] = settings.estimates.model_dump(mode="json")
    return found


def _dated(held: Mapping[str, Sequence[Table]]) -> Raw:
    dumped = {
        key: [_cluster(one) if key == "clusters" else one.model_dump(mode="json") for one in rows]
        for key, rows in held.items()
        if rows
    }
    return {key: sorted(rows, key=lambda row: json.dumps(row, sort_keys=True)) for key, rows in dumped.items()}


def _cluster(one: Table) -> Raw:
    """Return a cluster's keys; its dates only where it has any, so that other hashes stay as they were."""
    facts = one.model_dump(mode="json", exclude={"source"})
    return {key: value for key, value in facts.items() if value is not None or key not in {"valid_from", "valid_to"}}


def _by_id(tables: list[Raw]) -> list[Raw]:
    return sorted(tables, key=lambda table: str(table["id"]))


def _site(site: Site) -> Raw:
    """Return a site's keys; those of other carriers only where it has any, so that other hashes stay as they were."""
    return site.model_dump(mode="json", exclude=COSMETIC if site.carriers else COSMETIC | CARRIERS)


def _point(point: Point) -> Raw:
    """Return what a point says beyond defaults: as `model_dump` would, which takes four times as long for 27,000."""
    held = point.__dict__
    kept = {key: held[key] for key, default in DEFAULTS.items() if held[key] != default}
    if point.meters:
        kept["meters"] = [meter.model_dump(mode="json", exclude_defaults=True) for meter in point.meters]
    changes = [
        (change.start, {k: v for k, v in change.values().items() if k not in COSMETIC}) for change in point.changes
    ]
    return {**kept, "changes": [change for change in changes if change[1]]}


def _interval(source: SourceTable) -> list[object]:
    return [source.point, list(source.metrics), source.interval_s, source.valid_from or 0, source.valid_to or 0]


def _factors(settings: Settings) -> list[Raw]:
    used = {site.zone for site in settings.sites}
    files = settings.factors.files
    found = {factor.id: factor for zone in used for factor in zone_factors(zone, files=files)}
    keys = ("id", "zone", "year", "value", "unit", "basis", "scope")
    return [{key: value for key, value in asdict(found[id_]).items() if key in keys} for id_ in sorted(found)]
