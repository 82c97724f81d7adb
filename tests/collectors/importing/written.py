"""A file of readings, and what stands in the archive once it was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.open import Stores


NOW = 1_800_000_000
STAMP = 1_773_446_400
HEAD = "time,meter,metric,value,unit\n"


def line(second: int, value: str, point: str = "srv-1", metric: str = "power", unit: str = "W") -> str:
    return f"2026-03-14T00:{second // 60:02d}:{second % 60:02d}Z,{point},{metric},{value},{unit}\n"


def written(folder: Path, *lines: str, name: str = "readings.csv") -> Path:
    path = folder / name
    path.write_text(HEAD + "".join(lines))
    return path


def standing(stores: Stores) -> list[tuple[str, str, int, float]]:
    rows = stores.archive.read().select(["point", "metric", "time", "value"]).to_pylist()
    return [tuple(row.values()) for row in rows]
