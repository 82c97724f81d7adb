"""Import of a file as a whole: refused before anything is accepted, or accepted exactly once.

Each chunk is offered to the spool under `<origin>:<chunk>`. So a repeated import changes nothing, and one that was
killed goes on where it was. An import that was undone may be repeated: it is another origin then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from collectors.importing.accepting import Acceptor
from collectors.importing.opening import opened
from collectors.importing.origin import file_sha256, judging_of, origin_of
from collectors.importing.rejects import rejects_file, rejects_path
from collectors.importing.survey import Survey, refuse_unwelcome
from collectors.store.state import ImportNote
from config.reading.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collectors.importing.mapping import Mapping
    from collectors.importing.reading_files import FileRows
    from collectors.importing.survey import Series
    from collectors.store.open import Stores
    from config.site import Settings


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: its readings, those of them in quarantine, and the lines set aside.

    `first` and `last` are the times [UTC s] of its readings. `already` says that all of them had been accepted before
    and nothing changed. `rejects` is the file of the lines set aside, if any; `said` is what was guessed or noticed.
    """

    origin: str
    rows: int
    quarantined: int
    rejected_lines: int
    chunks: int
    first: int | None
    last: int | None
    already: bool
    rejects: Path | None = None
    said: tuple[str, ...] = ()


def import_file(
    path: Path,
    mapping: Mapping | None,
    settings: Settings,
    stores: Stores,
    *,
    now: int,
    site: str | None = None,
    skip_unknown: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ImportResult:
    """Import the readings of one file.

    Args:
        path: CSV, Parquet or line protocol.
        mapping: how to understand it; None guesses one for the plain shapes and says what was guessed.
        settings: the site file.
        stores: where readings are accepted and the import is noted.
        now: UTC seconds, by which readings of the future are told.
        site: completes point names without a site; a site file with one site completes them anyway.
        skip_unknown: set readings of unknown points and metrics aside instead of refusing the file.
        progress: told (bytes done, bytes in all); the file is read twice.

    Raises:
        InputError: the file as a whole is refused; nothing was accepted.
        StoreUnavailable: the spool takes no more; repeat the import to go on.
    """
    file, said = opened(path, mapping, settings, site)
    size = path.stat().st_size
    survey = _surveyed(file, _told(progress, 0, 2 * size))
    left_out = refuse_unwelcome(survey, settings, where=path.name, skip_unknown=skip_unknown, fields=file.fields_left)
    note = _noted(file, survey, left_out, stores, settings, now=now)
    acceptor = Acceptor(stores, settings, note.origin, left_out, now)
    rejects = rejects_path(stores.data, path, note.origin)
    with rejects_file(rejects) as set_aside:
        told = _told(progress, size, 2 * size)
        for chunk in file.chunks():
            set_aside(acceptor.accept(chunk))
            told(chunk.done)
    if acceptor.accepted or not note.rows:
        stores.state.note_import(replace(note, rows=acceptor.rows, rejected=acceptor.rejected_lines))
    return ImportResult(
        origin=note.origin,
        rows=acceptor.rows,
        quarantined=acceptor.quarantined,
        rejected_lines=acceptor.rejected_lines,
        chunks=acceptor.chunks,
        first=acceptor.first,
        last=acceptor.last,
        already=not acceptor.accepted,
        rejects=rejects if acceptor.rejected_lines else None,
        said=(*said, *_noticed(file, note, stores)),
    )


def _surveyed(file: FileRows, told: Callable[[int], None]) -> Survey:
    """First reading of the file: nothing is accepted."""
    survey = Survey()
    for chunk in file.chunks():
        survey.add(chunk)
        told(chunk.done)
    return survey


def _noted(
    file: FileRows, survey: Survey, left_out: set[Series], stores: Stores, settings: Settings, *, now: int
) -> ImportNote:
    """The note of this import under the first of its origins that still stands.

    One that was undone does not, nor one that the same file under other rules was imported after. A new one is kept,
    without rows, before the first reading is accepted: an import that is killed can be undone.
    """
    mapping, length_s = file.layout.mapping, file.layout.length_s
    lengths = [(series, length_s(*series) or 0.0) for series in survey.spans] if mapping.stamp == "start" else []
    said = mapping.model_dump_json(exclude_defaults=True)
    sha256, judging = file_sha256(file.path), judging_of(survey.spans, settings)
    former = {note.origin: note for note in stores.state.imports(sha256)}
    alike = [note.imported_at for note in former.values() if note.mapping == said and note.undone_at is None]
    for times in count():
        origin = origin_of(
            sha256, mapping=mapping.fingerprint(), lengths=lengths, left_out=left_out, judging=judging, former=times
        )
        if origin not in former:
            break
        if former[origin].undone_at is None and former[origin].imported_at == max(alike):
            return former[origin]
    note = ImportNote(
        origin=origin, sha256=sha256, file=file.path.name, mapping=said, rows=0, rejected=0, imported_at=now
    )
    stores.state.note_import(note)
    return note


def _noticed(file: FileRows, own: ImportNote, stores: Stores) -> list[str]:
    said = []
    if file.fields_left:
        said.append(f"fields left alone: {listed(sorted(file.fields_left))}")
    others = [note for note in stores.state.imports(own.sha256) if note.origin != own.origin and note.undone_at is None]
    said += [
        f"this file was imported {_how(note, own)} before ({note.origin}): {_remedy(note, own)}" for note in others
    ]
    return said


def _how(other: ImportNote, own: ImportNote) -> str:
    return "under other rules of the site file" if other.mapping == own.mapping else "in another way"


def _remedy(other: ImportNote, own: ImportNote) -> str:
    wrong = "undo that one if it was wrong"
    return f"good readings of this one stand over it, {wrong}" if other.mapping == own.mapping else wrong


def _told(progress: Callable[[int, int], None] | None, before: int, whole: int) -> Callable[[int], None]:
    return (lambda _done: None) if progress is None else (lambda done: progress(before + done, whole))
