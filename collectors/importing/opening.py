"""A file as a user gives it, with a mapping or without: opened the same way to be previewed and to be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.importing.guessing import guess_mapping
from collectors.importing.reading_files import FileRows
from collectors.importing.settling import declared_interval_s, settled

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.importing.mapping import Mapping
    from config.site import Settings


def opened(
    path: Path, mapping: Mapping | None, settings: Settings, site: str | None
) -> tuple[FileRows, tuple[str, ...]]:
    """Return the rows of a file, and in sentences what of its mapping was guessed.

    Args:
        path: CSV, Parquet or line protocol.
        mapping: how to understand it; None guesses one for the plain shapes.
        settings: the site file, which completes the mapping.
        site: completes point names without a site; a site file with one site completes them anyway.

    Raises:
        InputError: the file cannot be opened or guessed, does not fit its mapping, or `site` is none.
    """
    said: tuple[str, ...] = ()
    if mapping is None:
        guess = guess_mapping(path)
        mapping, said = guess.mapping, guess.said
    return FileRows(path, settled(mapping, settings, site), length_s=declared_interval_s(settings)), said
