"""DEMO: the mark that every page and every export of simulated books bears (design 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.site import Settings

MARK = "DEMO"
SIMULATED = "simulated"
HISTORY_NOTE = "demo_history.json"  # left in the data folder by the job that makes the demo's history


def is_demo(settings: Settings) -> bool:
    """Say whether any figure of these books may rest on simulated readings.

    True where a source of the site file is simulated, whatever the company calls itself, and where the data folder
    holds the history that the demo made, even if its sources were since taken out of the file.
    """
    if any(source.kind == SIMULATED for source in settings.sources):
        return True
    return (settings.store.data / HISTORY_NOTE).exists()


def marked(title: str, settings: Settings) -> str:
    """`title` as an export prints it: with DEMO before it where the books are simulated."""
    return f"{MARK} - {title}" if is_demo(settings) and not title.startswith(MARK) else title
