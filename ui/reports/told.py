"""Messages about reports that made themselves: what they stand under, and where their files lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.alerts import AlertEvent

FOLDER: Final = "reports"
WORD: Final = "report"


def folder_of(data: Path, rule: str, subject: str) -> Path:
    """Return where the files of a report lie that made itself, by the rule of its message."""
    return data / FOLDER / rule.removeprefix(f"{WORD} ") / subject


def attached(data: Path, event: AlertEvent, lang: str) -> list[Path]:
    """Return the printed report that a message is about: in its language, else in another one; nothing for an alert."""
    if event.word != WORD:
        return []
    printed = sorted(folder_of(data, event.rule, event.subjects[0]).glob("*.pdf"))
    return [one for one in printed if one.stem.endswith(f"-{lang}")] or printed[:1]
