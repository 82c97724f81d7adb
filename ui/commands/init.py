"""`wattlas init`: a site file for this machine, or for an empty company."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import typer

from ui.options import ConfigOption

if TYPE_CHECKING:
    from pathlib import Path

    from ui.init import Begun

app = typer.Typer(add_completion=False)
COLUMNS = ("source", "point", "metric", "value", "unit", "quality", "reason")
DEFAULT = "wattlas.toml"


@app.command()
def init(*, config: ConfigOption = None) -> None:
    """Look at what this machine offers, write a commented site file, and show the first reading of each source."""
    from config.loading import site_file
    from ui import init as begin_module

    path = site_file(config)
    begin_module.refuse_existing(path)
    sys.stderr.write("Looking for GPUs, processor registers, a BMC, and what is served on loopback ...\n")
    begun = begin_module.begin(path, begin_module.this_machine(), now=time.time())
    sys.stdout.write(_found_words(begun, path) if begun.found else _empty_words(path))
    if begun.found:
        _show(begun)
        sys.stdout.write(_next_words(path))


def _show(begun: Begun) -> None:
    from ui.tables import show

    sys.stdout.write("\nFirst readings:\n")
    show(begun.rows, as_json=False, columns=COLUMNS, empty="None: nothing that was found can be read yet.")
    sys.stdout.writelines(f"{sentence}\n" for sentence in begun.silent)


def _found_words(begun: Begun, path: Path) -> str:
    lines = [f"Found: {found.title}." + "".join(f"\n  {line}" for line in _told(found.advice)) for found in begun.found]
    return "\n".join([*lines, f"Written to {path}."]) + "\n"


def _told(advice: tuple[str, ...]) -> list[str]:
    """Advice without the tables that only the file shows."""
    return [line for line in advice if line.endswith((".", ":"))]


def _place(path: Path) -> str:
    return "" if str(path) == DEFAULT else f" --config {path}"


def _next_words(path: Path) -> str:
    place = _place(path)
    return (
        f"\nOpen {path} and correct company, site and zone; then\n"
        f"  wattlas check{place}    reads it back to you\n"
        f"  wattlas up{place}       collects, keeps the books and serves the pages\n"
    )


def _empty_words(path: Path) -> str:
    from ui.site_text import GRID, IT

    place = _place(path)
    return (
        f"This machine offers nothing that Wattlas can read: {path} describes an empty company with two meters,\n"
        f"{GRID} (what the site takes) and {IT} (what its IT takes). Three steps to a first PUE:\n"
        f"  1. Open {path}; correct company, site and zone.\n"
        f"  2. wattlas import readings.csv{place}\n"
        f"     a CSV with the columns: time, {GRID} energy_counter [kWh], {IT} energy_counter [kWh]\n"
        f"  3. wattlas kpi --from 2026-03 --name pue{place}\n"
    )
