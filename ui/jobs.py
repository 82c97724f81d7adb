"""Job records through any door: a file of a scheduler, or a table, becomes versions in the table of jobs."""

from __future__ import annotations

from dataclasses import asdict, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collectors.jobs.looks import continued, reach
from collectors.jobs.runs import beside
from collectors.jobs.sacct import NEEDED, parse_sacct
from collectors.jobs.sources import source_of
from collectors.jobs.table import parse_table
from config.errors import CollectError, InputError, WattlasError
from ui.format import iso
from ui.records.entering import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from collectors.jobs.job import Job
    from collectors.jobs.parsed import Parsed
    from collectors.store.jobs import Added
    from config.attribution.clusters import Cluster
    from ui.service import Service

Row = dict[str, Any]
ORIGIN_DIGITS = 12


def import_jobs(
    service: Service, path: Path, *, cluster: str, who: str, time_zone: str | None = None
) -> tuple[Parsed, Added, str]:
    """Take the jobs of a file in: what `sacct --parsable2` printed, or a table; return them, what is new, the origin.

    What changes the records is a line of the audit log.

    Raises:
        InputError: no such file or cluster, or a header that cannot be read; lines with mistakes are set aside.
    """
    of = service.settings.cluster(cluster)
    parsed, origin = read_jobs(service, path, of, time_zone=time_zone)
    now = int(service.now())
    jobs = _all_of(service, parsed)
    added = service.stores.jobs.add([*jobs, *_replaced(service, jobs, cluster)], origin=origin, now=now)
    if added.new or added.revised:
        after = {**asdict(added), "origin": origin, "file": path.name}
        service.stores.state.audit.append(who, f"job records of {cluster} imported", None, after, "", at=now)
    return parsed, added, origin


def _replaced(service: Service, jobs: Sequence[Job], cluster: str) -> Iterator[Job]:
    """Stretches that looks saw of jobs which a person now says all of: they are no more."""
    source = service.settings.cluster(cluster).source or {}
    if not jobs or source.get("kind") == "slurm" or service.stores.jobs.looked(cluster) < 0:
        return  # nobody ever looked there at what lives
    known = service.stores.jobs.standing(cluster, {job.id for job in jobs}, min(job.start for job in jobs))
    for job in jobs:
        stretches = known.get(job.id, [])
        if job not in [replace(one, version=job.version) for one in stretches]:  # else it says nothing new
            yield from (replace(one, end=one.start, running=False) for one in stretches if one.stretch)


def read_jobs(service: Service, path: Path, cluster: Cluster, *, time_zone: str | None = None) -> tuple[Parsed, str]:
    """Read the jobs of a file without keeping them; also the origin that they would have.

    Raises:
        InputError: no such file, or a header that cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        msg = f"{path}: the file cannot be read ({error.strerror}): check its path and rights."
        raise InputError(msg) from None
    zone, now = _zone(time_zone or cluster.time_zone), int(service.now())
    try:
        if _is_sacct(content):
            parsed = parse_sacct(content.decode("utf-8", errors="replace"), cluster, zone=zone, now=now)
        else:
            parsed = parse_table(table_of(path), cluster, zone=zone, now=now)
    except InputError as error:
        msg = f"{path.name}: {str(error).removeprefix(f'{path.name}: ').rstrip('.')}."
        raise InputError(msg) from None
    return parsed, f"import:{sha256(content).hexdigest()[:ORIGIN_DIGITS]}"


def _is_sacct(content: bytes) -> bool:
    return any(name in content.partition(b"\n")[0].split(b"|") for name in (n.encode() for n in NEEDED))


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f'"{name}" is no name of the IANA time zone list: write one such as UTC or Europe/Berlin'
        raise InputError(msg) from None


def job_rows(table: pa.Table) -> Iterator[Row]:
    """Rows of the table of jobs as plain ones, by start and id: one a node."""
    yield from sorted(version_rows(table), key=lambda row: (row["start"], row["id"], row["point"]))


def version_rows(table: pa.Table) -> Iterator[Row]:
    """Rows of the table of jobs as plain ones, in their order, without what only the store needs."""
    for row in table.to_pylist():
        kept = {name: row[name] for name in row if name not in {"since", "until", "key", "digest"}}
        yield {**kept, "start": iso(row["start"]), "end": iso(row["end"]), "taken_in": iso(row["taken_in"])}


def fetch_jobs(service: Service, cluster: str) -> tuple[Parsed, Added, str]:
    """Ask the source of a cluster once and keep what it says.

    Raises:
        InputError: the site file gives the cluster no source.
        ConfigError: its table has mistakes.
        CollectError: it does not answer, refuses, or says what cannot be read.
    """
    of = service.settings.cluster(cluster)
    source = source_of(of, file=service.settings.path.name)
    if source is None:
        msg = f"cluster {cluster} has no source: add [clusters.source] to it, or import a file."
        raise InputError(msg)
    now, origin = int(service.now()), f"source:{source.kind}"
    parsed = source.parse(source.fetch(now=now), of, now=now)
    jobs = _since_last_look(service, parsed.jobs, of) if source.looks else _all_of(service, parsed)
    return parsed, service.stores.jobs.add(jobs, origin=origin, now=now, looked=cluster), origin


def _all_of(service: Service, parsed: Parsed) -> list[Job]:
    """What a file or answer changes of the records: of a job that ran again its former runs stay."""
    apart = service.stores.jobs.apart(parsed.jobs) if parsed.runs else {}
    return [*beside(parsed.jobs, apart), *parsed.withdrawn]


def _since_last_look(service: Service, jobs: Sequence[Job], cluster: Cluster) -> list[Job]:
    """What a look changes of the records: what was seen of the past before stays."""
    since = reach(service.stores.jobs.looked(cluster.id), now=int(service.now()))
    known = service.stores.jobs.standing(cluster.id, {job.id for job in jobs}, since)
    return list(continued(jobs, known, cluster, since=since))


def fetch_all(service: Service) -> None:
    """Ask the sources of all clusters that have one; one that fails does not keep the others from being asked.

    Raises:
        CollectError: some could not be asked; one sentence each.
    """
    faults, now = [], int(service.now())
    for cluster in service.settings.clusters:
        try:
            if cluster.source is not None and cluster.touches(now, now + 1):
                fetch_jobs(service, cluster.id)
        except WattlasError as error:
            faults.append(f"{cluster.id}: {error}")
    if faults:
        raise CollectError("\n".join(faults))
