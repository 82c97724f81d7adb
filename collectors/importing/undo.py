"""An import undone as a whole: what stood before stands again, and the ledger learns of it as of late readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from config.errors import InputError
from config.reading.wording import listed

if TYPE_CHECKING:
    from collectors.store.open import Stores
    from collectors.store.state import ImportNote

PREFIX = "import:"
ORIGIN_SHOWN = len(PREFIX) + 12
ORIGIN_LEAST = len(PREFIX) + 8  # fewer characters may fit an import by chance


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone: the file's name, the readings it had, series touched, their first and last time [UTC s], points.

    No series of an import that had readings: they have expired.
    """

    origin: str
    file: str
    rows: int
    series: int
    first: int | None
    last: int | None
    points: tuple[str, ...] = ()


def undo_import(origin: str, stores: Stores, *, now: int) -> Undone:
    """Undo an import: its readings go to quarantine, and the same file may be imported again.

    Args:
        origin: as the import printed it, or its beginning with at least 8 characters after `import:`.
        stores: the stores that it went to.
        now: UTC seconds.

    Raises:
        InputError: no import, or more than one, has this origin, or it was undone already.
        StoreUnavailable, StoreCorrupt: a store does not answer; call again.
    """
    note = _named(origin, stores)
    if note.undone_at is not None:
        msg = f"{note.origin} ({note.file}) was undone already: nothing is left of it."
        raise InputError(msg)
    touched = stores.undo_import(note.origin, now=now)
    stores.state.note_undone(note.origin, at=now)
    span = pc.min(touched["first"]).as_py(), pc.max(touched["last"]).as_py()
    points = tuple(pc.unique(touched["point"]).to_pylist())
    return Undone(note.origin, note.file, note.rows, touched.num_rows, *span, points)


def _named(origin: str, stores: Stores) -> ImportNote:
    """The one import that `origin` names."""
    every = stores.state.imports()
    if not every:
        msg = f'"{origin}" names no import: nothing was imported yet.'
        raise InputError(msg)
    known = listed([f"{note.origin[:ORIGIN_SHOWN]} ({note.file})" for note in every if not note.undone_at] or ["none"])
    if not origin.startswith(PREFIX) or len(origin) < ORIGIN_LEAST:
        least = ORIGIN_LEAST - len(PREFIX)
        msg = f'"{origin}" is too short to name an import: write {PREFIX} and {least} or more characters, of {known}.'
        raise InputError(msg)
    notes = [note for note in every if note.origin.startswith(origin)]
    if len(notes) != 1:
        msg = f'"{origin}" names {len(notes)} imports: choose one of {known}.'
        raise InputError(msg)
    return notes[0]
