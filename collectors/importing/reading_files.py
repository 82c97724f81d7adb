"""One door to every kind of file: a path and a mapping give chunks of readings as understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.importing.csv_rows import csv_chunks, header_of
from collectors.importing.layout import Layout, layout_of, no_length
from collectors.importing.line_protocol import LineReader, line_chunks
from collectors.importing.parquet_rows import parquet_chunks, parquet_header
from collectors.importing.rows import Reader
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable
    from pathlib import Path

    from collectors.importing.chunk import Chunk
    from collectors.importing.mapping import Mapping

Nights = set[tuple["Hashable", int]]


class FileRows:
    """The readings of one file, in the file's order; each `chunks()` reads it from its beginning.

    Only the second reading is final: which pass of a local hour that exists twice is meant, the whole file tells.
    """

    def __init__(
        self, path: Path, mapping: Mapping, *, length_s: Callable[[str, str], float | None] = no_length
    ) -> None:
        """Look at the file's header and find the mapping's columns in it.

        Args:
            path: CSV, Parquet or line protocol, as the mapping's `format` says.
            mapping: how to understand it.
            length_s: declared interval [s] of a point and metric, by which rows stamped with the start of their
                interval are moved to its end; None where none is declared.

        Raises:
            InputError: the file cannot be opened, or its header does not fit the mapping.
        """
        self.path = path
        self._unclear: Nights = set()
        self._lines: LineReader | None = None
        self._header: list[str] = []
        if not path.is_file():
            msg = f"{path}: there is no such file: correct its path."
            raise InputError(msg)
        if mapping.format == "lines":
            self.layout = Layout(mapping, path.name, (), length_s=length_s)
            self._lines = LineReader(self.layout)
            return
        self._header = header_of(path, mapping) if mapping.format == "csv" else parquet_header(path)
        self.layout = layout_of(mapping, self._header, where=path.name, length_s=length_s)

    @property
    def fields_left(self) -> set[str]:
        """Fields of line protocol that the mapping does not name, as far as the file was read."""
        return set() if self._lines is None else self._lines.seen

    def chunks(self) -> Generator[Chunk]:
        """Read the file from its beginning, in chunks of at most 200,000 readings cut at the same places each time.

        Raises:
            InputError: a time has no offset and the mapping no zone, or a point no site.
        """
        if self._lines is not None:
            yield from line_chunks(self.path, self._lines)
            return
        reader = Reader.of(self.layout, self._unclear)
        read = (
            csv_chunks(self.path, reader, self._header)
            if self.layout.mapping.format == "csv"
            else parquet_chunks(self.path, reader)
        )
        yield from read
        if reader.clock is not None:
            self._unclear = reader.clock.doubtful()


def read_rows(path: Path, mapping: Mapping) -> Generator[Chunk]:
    """Chunks of readings of one file.

    Raises:
        InputError: as `FileRows`.
    """
    file = FileRows(path, mapping)
    if mapping.time_zone is not None:
        for _ in file.chunks():
            pass
    yield from file.chunks()
