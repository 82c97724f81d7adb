"""The first rows of a file as a mapping understands them; nothing is accepted."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collectors.importing.opening import opened
from config.catalogue import metrics

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.importing.chunk import Reject
    from collectors.importing.mapping import Mapping
    from config.site import Settings

PREVIEW_ROWS = 10


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One reading as understood: `time` is UTC, `value` in `unit`, which is the catalogue's (None: unknown metric)."""

    line: int
    point: str
    metric: str
    time: datetime
    value: float
    unit: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """Rows as understood, lines that would be set aside, and in words what was guessed."""

    rows: tuple[PreviewRow, ...]
    rejects: tuple[Reject, ...]
    said: tuple[str, ...]
    mapping: Mapping


def preview(
    path: Path, mapping: Mapping | None, n: int = PREVIEW_ROWS, *, settings: Settings, site: str | None = None
) -> Preview:
    """Read the beginning of a file.

    Args:
        path: the file.
        mapping: how to understand it; None guesses one for the plain shapes.
        n: how many rows, and how many lines set aside, to show at most.
        settings: the site file, for the site of bare point names and for declared intervals.
        site: completes point names without a site.

    Raises:
        InputError: the file cannot be read by this mapping.
    """
    file, said = opened(path, mapping, settings, site)
    rows: list[PreviewRow] = []
    rejects: list[Reject] = []
    with closing(file.chunks()) as chunks:
        for chunk in chunks:
            rows += [_row(row) for row in chunk.table.slice(0, n - len(rows)).to_pylist()]
            rejects += chunk.rejects[: n - len(rejects)]
            if len(rows) >= n:
                break
    return Preview(tuple(rows), tuple(rejects), said, file.layout.mapping)


def _row(row: dict[str, object]) -> PreviewRow:
    time, metric = int(str(row["time"])), str(row["metric"])
    return PreviewRow(
        line=int(str(row["line"])),
        point=str(row["point"]),
        metric=metric,
        time=datetime.fromtimestamp(time, UTC),
        value=float(str(row["value"])),
        unit=metrics()[metric].unit if metric in metrics() else None,
    )
