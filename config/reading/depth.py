"""How deep tables may stand in tables: a file nested deeper is a slip, and no reader should recurse there."""

from __future__ import annotations

DEEPEST = 32


def too_deep(value: object) -> bool:
    """Say whether tables and lists stand in each other more than 32 deep."""
    level = [value]
    for _ in range(DEEPEST):
        level = [entry for outer in level for entry in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
