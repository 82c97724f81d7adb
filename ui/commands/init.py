"""`wattlas init`: a site file for this machine, or for an empty company."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import typer

from ui.options import ConfigOption

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collectors.finding import Found
    from ui.setup.init import Begun

app = typer.Typer(add_completion=False)
COLUMNS = ("source", "point", "metric", "value", "unit", "quality", "reason")
DEFAULT = "wattlas.toml"


@app.command()
def init(*, config: ConfigOption = None) -> None:
    """Look at what this machine offers, write a commented site file, and show the first reading of each source."""
    from config.loading import site_file
    from ui.setup.init import begin, refuse_existing, this_machine

    path = site_file(config)
    refuse_existing(path)
    sys.stderr.write("Looking for GPUs, processor registers, a BMC, and what is served on loopback ...\n")
    begun = begin(path, this_machine(), now=time.time())
    if begun.found:
        _show(begun, path)
    sys.stdout.write(_next_words(path) if begun.collects else _empty_words(path))


def _show(begun: Begun, path: Path) -> None:
    from ui.tables import show

    sys.stdout.writelines(line for found in begun.found for line in _found_lines(found))
    sys.stdout.write(f"Written to {path}.\n\nFirst readings:\n")
    show(begun.rows, as_json=False, columns=COLUMNS, empty="None: nothing that was found can be read yet.")
    sys.stdout.writelines(f"{sentence}\n" for sentence in begun.silent)


def _found_lines(found: Found) -> Iterator[str]:
    """What was found, with the advice but for the tables in it, which the file shows."""
    yield f"Found: {found.title}.\n"
    yield from (f"  {line}\n" for line in found.advice if line.endswith((".", ":")))


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
    from ui.setup.site_text import GRID, IT

    place = _place(path)
    return (
        f"This machine offers nothing that Wattlas collects yet: {path} describes an empty company with two meters,\n"
        f"{GRID} (what the site takes) and {IT} (what its IT takes). Three steps to a first PUE:\n"
        f"  1. Open {path}; correct company, site and zone.\n"
        f"  2. wattlas import readings.csv{place}\n"
        f"     a CSV with the columns: time, {GRID} energy_counter [kWh], {IT} energy_counter [kWh]\n"
        f"  3. wattlas kpi --from 2026-03 --name pue{place}    (the month of your readings)\n"
    )
