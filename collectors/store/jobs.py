"""Job records for good: a Delta table, one row a placement, only ever added to; the highest version of a job stands.

A table of its own beside the ledger, and not the state store: nine million jobs a year are read by the month, as
columns, for every attribution, and would make the small file of what people sign heavy to copy.

A row knows the span of its job over all versions (`since`, `until`), so that whoever reads the files that can hold a
former version of a job reads the newest one too.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, empty_table, numpy_of
from collectors.jobs.job import JOB_SCHEMA, gpus_text, job_key
from collectors.jobs.looks import COLUMNS, stretches_of
from collectors.store.delta import DeltaFolder
from collectors.store.layout import Layout
from collectors.store.order import pick, ranks, take, text_mask
from collectors.store.parquet import Where, read_file
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from collectors.jobs.job import Job, Placement
    from collectors.store.delta import Writer
    from collectors.store.snapshot import Snapshot

JOBS = Layout(
    name="jobs",
    schema=JOB_SCHEMA,
    partition="month",
    order=("point", "since"),
    times=("since",),
    row_group_rows=131_072,
    file_rows=1 << 22,
    judged_by=("until",),
)
KNOWN = ("key", "version", "digest", "since", "until", "start", "end", "running")
SMALL_FILES = 64


@dataclass(frozen=True, slots=True)
class Added:
    """What an import did: jobs that are new, jobs that got a newer version, and those that said nothing new."""

    new: int
    revised: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What the table knows of a job: its newest version, that one's content, and the span of all versions."""

    version: int
    digest: int
    since: int
    until: int
    start: int
    end: int
    running: bool


class JobBook:
    """The job records of one data folder."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; the table `jobs` in it is created by the first write."""
        self.table = DeltaFolder(folder / JOBS.name, JOBS)

    def add(self, jobs: Iterable[Job], *, origin: str, now: int, looked: str | None = None) -> Added:
        """Take jobs in, all or none: a job that is there with other content gets a newer version.

        `looked` names the cluster whose scheduler was asked: up to `now` [UTC s] everything of it is known then.

        One without a second, that never ran, takes the place of what stands of it, and else is nothing; one that is
        `running` too takes the place of what was seen running alone.

        Where a job brings a `version` of its own, a lower one than that which stands is old news and changes nothing.

        Raises:
            InputError: a job stands twice in `jobs`, or comes with the version that stands and other content.
            StoreUnavailable: the table cannot be written.
        """
        offered: dict[int, Job] = {}
        for job in jobs:
            key = job_key(job)
            if key in offered and digest_of(offered[key]) != digest_of(job):
                message = f"job {job.id} of {job.cluster} stands twice: leave one of the two out."
                raise InputError(message)
            offered[key] = job
        marks = {} if looked is None else {f"looked:{looked}": now}
        if not offered and not marks:
            return Added(0, 0, 0)
        return self.table.write(lambda writer: _add(writer, offered, marks, origin=origin, now=now))

    def looked(self, cluster: str) -> int:
        """Return when [UTC s] the scheduler of a cluster was last asked, -1 where it never was."""
        return self.table.read(lambda snapshot: snapshot.number(f"looked:{cluster}"))

    def spans(self) -> dict[str, tuple[int, int]]:
        """Return from when to when [UTC s] records speak of each cluster: of its jobs, or until its last look."""
        found = self.table.read(_spans)
        return {cluster: (first, max(last, self.looked(cluster))) for cluster, (first, last) in found.items()}

    def rows(self, start: int | None = None, end: int | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows (JOB_SCHEMA) of the newest version of each job that ran at some time of [start, end)."""
        return self.table.read(lambda snapshot: _standing(snapshot, start, end, columns))

    def versions(self, cluster: str, job: str) -> pa.Table:
        """Return all rows of one job, what was taken in first before others."""
        found = [_named(table, cluster, [job]) for table in self.table.read(_all)]
        whole = pa.concat_tables([empty_table(JOB_SCHEMA), *found]).unify_dictionaries()
        order = np.lexsort((numpy_of(whole["start"]), numpy_of(whole["version"]), numpy_of(whole["taken_in"])))
        return take(whole, order)

    def standing(self, cluster: str, ids: Iterable[str], since: int | None) -> dict[str, list[Job]]:
        """Return by id the records of some jobs that stand and reach beyond `since` [UTC s], in their order of time."""
        rows = self.rows(since, None, COLUMNS)
        return stretches_of(_named(rows, cluster, ids).to_pylist())

    def apart(self, jobs: Iterable[Job]) -> dict[str, Job]:
        """Return by id the records that stand in the place of some jobs and share no second with them."""
        offered = {job_key(job): job for job in jobs}
        return self.table.read(lambda snapshot: _apart(snapshot, offered))

    def compact(self, before: int) -> int:
        """Merge the files of months that have many, and of closed ones; drop what a running job was seen as before."""
        labels = {label: len(files) for label, files in self.table.snapshot().files_by_label().items()}
        closed = JOBS.label(before)
        chosen = [label for label, count in labels.items() if count > (1 if label < closed else SMALL_FILES)]
        for label in sorted(chosen):
            self.table.write(lambda writer, label=label: _merge(writer, label))  # type: ignore[misc]  # by its default
        return len(chosen)

    def vacuum(self) -> int:
        """Delete files that no reader can need any more, and return how many."""
        return self.table.vacuum()


def digest_of(job: Job) -> int:
    """Return a number that is another one where anything about a job is, its version apart."""
    text = repr(astuple(replace(job, version=None))[:-2])  # without its stretch, which is of the key, and `busy_s`
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big", signed=True)


def _add(writer: Writer, offered: dict[int, Job], marks: dict[str, int], *, origin: str, now: int) -> Added:
    known = _known(writer.snapshot, offered)
    offered = {key: job for key, job in offered.items() if job.end > job.start or key in known}
    fresh = [(key, job, known.get(key)) for key, job in offered.items() if _is_news(job, known.get(key))]
    marks = {app: number for app, number in marks.items() if number > writer.snapshot.number(app)}
    if fresh or marks:
        made = [_row(key, job, one, place) for key, job, one in fresh for place in job.placements or (None,)]
        made = [{**row, "origin": origin, "taken_in": now} for row in made]
        rows = pa.Table.from_pylist(made, schema=JOB_SCHEMA)
        writer.commit(adds=_by_month(rows), transactions=marks)
    revised = sum(former is not None for _, _, former in fresh)
    return Added(len(fresh) - revised, revised, len(offered) - len(fresh))


def _known(snapshot: Snapshot, offered: Iterable[int]) -> dict[int, _Known]:
    """Return what stands of these jobs: of each file the keys alone are read first."""
    wanted = np.sort(np.array(list(offered), np.int64))
    found: dict[int, _Known] = {}
    for path in snapshot.paths(Where()) if wanted.size else []:
        keys = numpy_of(read_file(snapshot.root, path, JOBS, Where(), ["key"])["key"])
        at = np.minimum(np.searchsorted(wanted, keys), wanted.size - 1)
        hits = wanted[at] == keys
        if not hits.any():
            continue
        table = pick(read_file(snapshot.root, path, JOBS, Where(), KNOWN), hits)
        for key, *rest in zip(*(numpy_of(table[name]).tolist() for name in KNOWN), strict=True):
            one = _Known(*rest)
            if key not in found or one.version >= found[key].version:
                found[key] = one
    return found


def _apart(snapshot: Snapshot, offered: dict[int, Job]) -> dict[str, Job]:
    known = {key: one for key, one in _known(snapshot, offered).items() if one.end > one.start}
    apart = [key for key, one in known.items() if one.end <= offered[key].start or offered[key].end <= one.start]
    if not apart:
        return {}
    rows = _standing(snapshot, min(known[key].start for key in apart), None, COLUMNS)
    found = stretches_of(pick(rows, np.isin(numpy_of(rows["key"]), apart)).to_pylist())
    return {id_: job for id_, (job,) in found.items()}


def _is_news(job: Job, known: _Known | None) -> bool:
    if known is None or digest_of(job) == known.digest:
        return known is None
    if job.end <= job.start and (known.end <= known.start or job.running > known.running):
        return False
    if job.version is not None and job.version == known.version:
        message = (
            f"job {job.id} of {job.cluster} comes as version {job.version}, which stands with other content: give "
            "the correction a higher version."
        )
        raise InputError(message)
    return job.version is None or job.version > known.version


def _row(key: int, job: Job, known: _Known | None, place: Placement | None) -> dict[str, object]:
    version = job.version if job.version is not None else known.version + 1 if known else 1
    whole = {name: getattr(job, name) for name in JOB_SCHEMA.names if hasattr(job, name)}
    where = {
        "point": place.point if place else "",
        "cpu_share": place.cpu_share if place else 0.0,
        "cpu_use": place.cpu_use if place else None,
        "gpus": gpus_text(place.gpus) if place else "",
        "gpu_share": place.gpu_share if place else 0.0,
        "gpu_use": place.gpu_use if place else None,
    }
    since, until = (job.start, job.end) if known is None else (min(job.start, known.since), max(job.end, known.until))
    return {
        **whole, **where, "version": version, "key": key, "digest": digest_of(job), "since": since, "until": until
    }  # fmt: skip


def _by_month(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Cut rows into (month of `since`, part), each sorted by point and time."""
    labels, of_row = np.unique(JOBS.labels(numpy_of(rows["since"])), return_inverse=True)
    for number, label in enumerate(labels):
        part = pick(rows, of_row == number)
        yield str(label), take(part, np.lexsort((numpy_of(part["since"]), ranks(part["point"]))))


def _named(table: pa.Table, cluster: str, ids: Iterable[str]) -> pa.Table:
    ours = pick(table, text_mask(table["cluster"], {cluster}))
    return pick(ours, text_mask(ours["id"], {*ids}))


def _all(snapshot: Snapshot) -> list[pa.Table]:
    return [read_file(snapshot.root, path, JOBS, Where()) for path in snapshot.paths(Where())]


def _standing(snapshot: Snapshot, start: int | None, end: int | None, columns: Sequence[str] | None) -> pa.Table:
    names = list(JOB_SCHEMA.names if columns is None else columns)
    needed = [*names, *(name for name in ("key", "version", "start", "end", "until") if name not in names)]
    where = Where.of(None, None, None, end)
    paths = snapshot.paths(where, above=None if start is None else ("until", start))
    parts = [read_file(snapshot.root, path, JOBS, where, needed) for path in paths]
    if start is not None:
        parts = [pick(part, numpy_of(part["until"]) > start) for part in parts]
    schema = pa.schema([JOB_SCHEMA.field(name) for name in needed])
    whole = pa.concat_tables([empty_table(schema), *parts]).unify_dictionaries()
    keep = newest(numpy_of(whole["key"]), numpy_of(whole["version"]))
    keep &= numpy_of(whole["end"]) > numpy_of(whole["start"])  # what never ran stands in place of what did
    if start is not None:
        keep &= numpy_of(whole["end"]) > start
    if end is not None:
        keep &= numpy_of(whole["start"]) < end
    return pick(whole, keep).select(names)


def _spans(snapshot: Snapshot) -> dict[str, tuple[int, int]]:
    """Read of each file the clusters and times alone: a year of a large cluster needs the memory of a month."""
    found: dict[str, tuple[int, int]] = {}
    for path in snapshot.paths(Where()):
        table = read_file(snapshot.root, path, JOBS, Where(), ["cluster", "since", "until"])
        since, until = numpy_of(table["since"]), numpy_of(table["until"])
        for cluster in table["cluster"].unique().to_pylist():
            ours = text_mask(table["cluster"], {cluster})
            first, last = found.get(cluster, (int(since[ours].min()), 0))
            found[cluster] = min(first, int(since[ours].min())), max(last, int(until[ours].max()))
    return found


def newest(keys: NDArray[np.int64], versions: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which rows are of the highest version of their job."""
    if not keys.size:
        return np.zeros(0, bool)
    _, of_row = np.unique(keys, return_inverse=True)
    highest = np.zeros(of_row.max() + 1, np.int64)
    np.maximum.at(highest, of_row, versions)
    standing: NDArray[np.bool_] = highest[of_row] == versions
    return standing


def _merge(writer: Writer, label: str) -> int:
    """Make one file of a month; of a job seen running, only what still stands or was no mere glance."""
    paths = [file.path for file in writer.snapshot.files_of(label)]
    whole = pa.concat_tables([read_file(writer.root, path, JOBS, Where()) for path in paths]).unify_dictionaries()
    glance = numpy_of(whole["running"])
    keep = newest(numpy_of(whole["key"]), numpy_of(whole["version"])) | ~glance
    writer.commit(adds=_by_month(whole.filter(arrow_of(keep))), removes=paths, changes_rows=False)
    return len(paths)
