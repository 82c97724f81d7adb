"""An import undone as a whole: what stood before stands again, and the ledger learns of it as of late readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from config.errors import InputError
from config.wording import listed

if TYPE_CHECKING:
    from collectors.store.open import Stores

ORIGIN_SHOWN = len("import:") + 12


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone: the file's name, how many series it touched, and their first and last time [UTC s]."""

    origin: str
    file: str
    series: int
    first: int | None
    last: int | None


def undo_import(origin: str, stores: Stores, *, now: int) -> Undone:
    """Undo an import: its readings go to quarantine, and the same file may be imported again.

    Args:
        origin: as the import printed it, or so much of its beginning that only one import fits.
        stores: the stores that it went to.
        now: UTC seconds.

    Raises:
        InputError: no import, or more than one, has this origin, or it was undone already.
        StoreUnavailable, StoreCorrupt: a store does not answer; call again.
    """
    notes = [note for note in stores.state.imports() if note.origin.startswith(origin)]
    if len(notes) != 1:
        known = [f"{note.origin[:ORIGIN_SHOWN]} ({note.file})" for note in stores.state.imports() if not note.undone_at]
        msg = (
            f'"{origin}" names {len(notes)} imports: choose one of {listed(known)}.'
            if known
            else (f'"{origin}" names no import: nothing was imported yet.')
        )
        raise InputError(msg)
    note = notes[0]
    if note.undone_at is not None:
        msg = f"{note.origin} ({note.file}) was undone already: nothing is left of it."
        raise InputError(msg)
    touched = stores.undo_import(note.origin, now=now)
    stores.state.note_undone(note.origin, at=now)
    span = pc.min(touched["first"]).as_py(), pc.max(touched["last"]).as_py()
    return Undone(note.origin, note.file, touched.num_rows, *span)
