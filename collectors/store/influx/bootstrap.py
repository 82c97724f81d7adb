"""Making and proving the two buckets: raw readings that expire, hours that do not.

Three generations create them in three ways (1.x DDL, 2.x buckets API, 3.x configure endpoint). Where our token may not,
the exact command for someone who may is part of the sentence.
"""

from __future__ import annotations

import json
import math
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.store.influx.failures import Refused
from collectors.store.influx.query import command, run, select
from config.errors import ConfigError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.store.influx.client import Server

DAY_S = 86_400
DAYS_PER_MONTH = 30.5
CANARY = "wattlas_canary"
EXISTS = re.compile(r"already exists|conflict", re.IGNORECASE)
SPAN = re.compile(r"(\d+)(ns|us|ms|[hms])")
SPAN_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket as it should be: `days` it keeps readings, None for ever."""

    name: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing proved or wrong about the server: `ok`, and one sentence."""

    ok: bool
    sentence: str


def buckets(server: Server, *, raw_retention_months: int) -> tuple[Bucket, Bucket]:
    """Return the buckets of a site file: readings, kept a day longer than `raw_retention_months`; hours, for ever."""
    days = math.ceil(raw_retention_months * DAYS_PER_MONTH) + 1
    return Bucket(server.keys.bucket_raw, days), Bucket(server.keys.bucket_hourly, None)


def init(server: Server, *, raw_retention_months: int) -> list[Finding]:
    """Create what is absent, then prove everything as `check`.

    Raises:
        StoreUnavailable: nobody answers.
        ConfigError: our login may not create a bucket; the sentence holds the command for someone who may.
    """
    made = [_created(server, bucket) for bucket in buckets(server, raw_retention_months=raw_retention_months)]
    return made + check(server, raw_retention_months=raw_retention_months)


def check(server: Server, *, raw_retention_months: int) -> list[Finding]:
    """Prove both buckets by a canary written and read back, and look whether they keep what they should.

    Raises:
        StoreUnavailable: nobody answers.
    """
    pong = server.ping()
    found = [Finding(ok=True, sentence=f"InfluxDB {pong.version} at {server.url}, written by {_paths(server)}.")]
    for bucket in buckets(server, raw_retention_months=raw_retention_months):
        try:
            round_trip_ms = _canary(server, bucket.name)
        except StoreUnavailable as error:
            found.append(Finding(ok=False, sentence=str(error)))
            continue
        found.append(
            Finding(ok=True, sentence=f"Bucket {bucket.name} takes and gives a reading in {round_trip_ms:.0f} ms.")
        )
        found += _retention(server, bucket)
    return found


def create_command(server: Server, bucket: Bucket) -> str:
    """Return the command by which an administrator creates a bucket."""
    if server.pong.number[0] == 2:  # noqa: PLR2004 (major version)
        retention = f"{bucket.days * 24}h" if bucket.days else "0"
        return f"influx bucket create --name {bucket.name} --org {server.keys.org} --retention {retention}"
    if server.pong.number[0] >= 3:  # noqa: PLR2004
        retention = f" --retention-period {bucket.days}d" if bucket.days else ""
        return f"influxdb3 create database{retention} {bucket.name}"
    return f"influx -execute '{_ddl(bucket)}'"


def _created(server: Server, bucket: Bucket) -> Finding:
    make = {2: _create_v2, 3: _create_v3}.get(server.pong.number[0], _create_v1)
    try:
        new = make(server, bucket)
    except Refused as refusal:
        if refusal.status not in (200, 401, 403, 404, 405, 501):
            raise
        message = (
            f"our login at {server.url} may not create bucket {bucket.name} ({refusal.words}): "
            f"let an administrator run `{create_command(server, bucket)}`, then `wattlas store check`."
        )
        raise ConfigError(message) from None
    return Finding(ok=True, sentence=f"Bucket {bucket.name} {'was created' if new else 'was there'}.")


def _create_v1(server: Server, bucket: Bucket) -> bool:
    there = {name for one in command(server, "SHOW DATABASES") for name in one.column("name")}
    if bucket.name not in there:
        command(server, _ddl(bucket))
    return bucket.name not in there


def _ddl(bucket: Bucket) -> str:
    span, shard = (f"{bucket.days}d", "7d" if bucket.days > 180 else "1d") if bucket.days else ("INF", "26w")  # noqa: PLR2004
    return f'CREATE DATABASE "{bucket.name}" WITH DURATION {span} REPLICATION 1 SHARD DURATION {shard} NAME "autogen"'


def _create_v2(server: Server, bucket: Bucket) -> bool:
    if _bucket_v2(server, bucket.name):
        return False
    orgs = _json(server.ask("GET", "/api/v2/orgs", {"org": server.keys.org})).get("orgs") or []
    if not orgs:
        message = f'InfluxDB at {server.url} has no organisation "{server.keys.org}" for us: correct [store] org.'
        raise ConfigError(message)
    rules = [{"type": "expire", "everySeconds": bucket.days * DAY_S}] if bucket.days else []
    body = {"orgID": orgs[0]["id"], "name": bucket.name, "retentionRules": rules}
    server.ask("POST", "/api/v2/buckets", {}, body=body)
    return True


def _create_v3(server: Server, bucket: Bucket) -> bool:
    body = {"db": bucket.name, **({"retention_period": f"{bucket.days}d"} if bucket.days else {})}
    try:
        server.ask("POST", "/api/v3/configure/database", {}, body=body)
    except Refused as refusal:
        if refusal.status == 409 or EXISTS.search(refusal.words):  # noqa: PLR2004 (HTTP: there already)
            return False
        raise
    return True


def _bucket_v2(server: Server, name: str) -> dict[str, Any] | None:
    found = _json(server.ask("GET", "/api/v2/buckets", {"name": name, "org": server.keys.org})).get("buckets") or []
    return next((one for one in found if one.get("name") == name), None)


def _json(response: Any) -> dict[str, Any]:  # noqa: ANN401 - urllib3's
    found = json.loads(response.data)
    return found if isinstance(found, dict) else {}


def _paths(server: Server) -> str:
    return "/write" if server.flavor == "v1" else "/api/v2/write"


def _canary(server: Server, bucket: str) -> float:
    """Write one point and read it back; return the milliseconds both took.

    Raises:
        StoreUnavailable: either failed, or the point did not come back.
    """
    began, now = time.perf_counter(), int(time.time())
    token = time.time_ns() % 1_000_000_007
    server.write(bucket, f"{CANARY},point=canary number={token}i {now}\n".encode())
    back = select(server, bucket, '"number"', CANARY, span=(now - 60, now + 1))
    if not any(token in one.column("number") for one in back):
        message = (
            f"bucket {bucket} at {server.url} takes a reading but does not give it back by InfluxQL: "
            "map it as a database (2.0 to 2.3: `influx v1 dbrp create`)."
        )
        raise StoreUnavailable(message)
    return (time.perf_counter() - began) * 1000


def _retention(server: Server, bucket: Bucket) -> Iterator[Finding]:
    """Tell where a bucket forgets sooner than the books may need it; where that cannot be asked, nothing."""
    try:
        kept_s = _kept_s(server, bucket.name)
    except (StoreUnavailable, ValueError, KeyError):
        return
    wanted_s = bucket.days * DAY_S if bucket.days else math.inf
    if kept_s >= wanted_s:
        return
    wanted = f"{bucket.days} days" if bucket.days else "for ever"
    yield Finding(
        ok=False,
        sentence=f"Bucket {bucket.name} keeps readings {kept_s / DAY_S:.0f} days and should keep them {wanted}: "
        f"lengthen its retention{', or shorten [store] raw_retention_months' if bucket.days else ''}.",
    )


def _kept_s(server: Server, bucket: str) -> float:
    """Return how many seconds a bucket keeps points; infinity for ever, or where the server cannot be asked."""
    major = server.pong.number[0]
    if major == 1:
        for one in run(server, bucket, f'SHOW RETENTION POLICIES ON "{bucket}"'):
            default = [at for at, flag in enumerate(one.column("default")) if flag]
            seconds = _seconds(one.column("duration")[default[0]]) if default else 0.0
            return seconds or math.inf
    if major == 2:  # noqa: PLR2004
        rules = (_bucket_v2(server, bucket) or {}).get("retentionRules") or []
        return min((float(rule["everySeconds"]) or math.inf for rule in rules), default=math.inf)
    return math.inf


def _seconds(duration: str) -> float:
    """Read a span as Go writes it, `9528h0m0s`."""
    return sum(int(number) * SPAN_S[unit] for number, unit in SPAN.findall(duration))
