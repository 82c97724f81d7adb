"""A text file in blocks of whole lines, always cut at the same places, so that an interrupted import can resume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

PIECE_BYTES = 4 << 20
LINE_BYTES_MAX = 64 << 20
NEWLINE = 10
UTF8_BOM = b"\xef\xbb\xbf"
OTHER_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole lines: the number of the first (from 1), how many, their bytes, and the file's offset after them."""

    first: int
    count: int
    content: bytes
    done: int

    @property
    def last(self) -> int:
        """Number of the last line."""
        return self.first + self.count - 1

    def split(self) -> list[bytes]:
        """The lines without their ends."""
        lines = self.content.split(b"\n")
        if lines and not lines[-1]:
            lines.pop()
        return [line.removesuffix(b"\r") for line in lines]

    def halves(self) -> tuple[Block, Block]:
        """Two blocks of half the lines each."""
        count = self.count // 2
        cut = int(_ends(self.content)[count - 1]) + 1
        return (
            Block(self.first, count, self.content[:cut], self.done),
            Block(self.first + count, self.count - count, self.content[cut:], self.done),
        )


def _ends(content: bytes) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.flatnonzero(np.frombuffer(content, np.uint8) == NEWLINE)


def open_text(path: Path) -> BinaryIO:
    """Open a text file behind its byte order mark.

    Raises:
        InputError: it cannot be opened, or is UTF-16.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        msg = f"{path}: this file cannot be opened ({error.strerror}): correct its path."
        raise InputError(msg) from None
    start = file.read(len(UTF8_BOM))
    if start[:2] in OTHER_BOMS:
        file.close()
        msg = f"{path.name}: this file is {OTHER_BOMS[start[:2]]}: save it as UTF-8 and import that."
        raise InputError(msg)
    if start != UTF8_BOM:
        file.seek(0)
    return file


def refuse_lone_returns(line: bytes, path: Path) -> None:
    """Refuse a file whose first line is all of it, because its lines end in another way than ours.

    Raises:
        InputError: there are carriage returns inside the line.
    """
    if b"\r" in line.rstrip(b"\r\n"):
        msg = f"{path.name}: lines end with a lone carriage return: save the file with line feeds and import that."
        raise InputError(msg)


def line_blocks(path: Path, *, lines_per_block: int, skip: int = 0) -> Iterator[Block]:
    """Cut a file behind its first `skip` lines into blocks of `lines_per_block` lines (the last may hold fewer).

    Raises:
        InputError: the file cannot be read as lines of text.
    """
    with open_text(path) as file:
        for _ in range(skip):
            file.readline(LINE_BYTES_MAX)
        line, done, pending = skip + 1, file.tell(), b""
        while piece := file.read(PIECE_BYTES):
            pending += piece
            ends = _ends(pending)
            if not len(ends) and len(pending) > LINE_BYTES_MAX:
                msg = f"{path.name}: line {line} is over {LINE_BYTES_MAX >> 20} MiB long: this is no file of readings."
                raise InputError(msg)
            at = 0
            for last in ends[lines_per_block - 1 :: lines_per_block].tolist():
                cut = last + 1
                done += cut - at
                yield Block(line, lines_per_block, pending[at:cut], done)
                line, at = line + lines_per_block, cut
            pending = pending[at:]
        if pending:
            count = pending.count(b"\n") + (not pending.endswith(b"\n"))
            yield Block(line, count, pending, done + len(pending))
