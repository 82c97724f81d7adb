"""Lines set aside: `<name>.<import>.rejected.csv` with line, text and reason, to be mended and sent again."""

from __future__ import annotations

import csv
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from collectors.importing.chunk import Reject

ORIGIN_SHOWN = 8  # characters of an import's origin in the name of its file


def rejects_path(folder: Path, source: Path, origin: str) -> Path:
    """Where the lines of `source` that this import set aside stand: files of one name do not share it."""
    return folder / f"{source.stem}.{origin.removeprefix('import:')[:ORIGIN_SHOWN]}.rejected.csv"


@contextmanager
def rejects_file(path: Path) -> Iterator[Callable[[Iterable[Reject]], None]]:
    """Write rejects as they come; the file appears whole at the end, and only if there are any."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["line", "text", "reason"])

            def write(rejects: Iterable[Reject]) -> None:
                nonlocal written
                for reject in rejects:
                    writer.writerow([reject.line, reject.text, reject.reason])
                    written += 1

            yield write
        if written:
            draft.replace(path)
        else:
            path.unlink(missing_ok=True)
    finally:
        draft.unlink(missing_ok=True)
