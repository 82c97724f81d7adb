"""Site file -> `Settings`. Every mistake is found before anything starts, and all of them are told at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from config.draft import Draft
from config.errors import ConfigError
from config.inventory.entries import row_place
from config.inventory.rows import read_rows
from config.reading.mistakes import Mistakes, build
from config.reading.toml_file import read_toml
from config.reading.wording import remedy
from config.site import InventorySettings

if TYPE_CHECKING:
    from config.reading.fields import Raw
    from config.site import Settings

SINGLE = (
    "company",
    "store",
    "factors",
    "inventory",
    "organisation",
    "estimates",
    "alerting",
    "server",
    "sign_in",
    "collecting",
    "reports",
)
REPEATED = (
    "sites",
    "points",
    "sources",
    "templates",
    "contracts",
    "tariffs",
    "exchange_rates",
    "targets",
    "measures",
    "milestones",
    "non_routine",
    "planned_it",
    "climate",
    "alerts",
    "usage",
    "clusters",
    "models",
)


def site_file(path: Path | None) -> Path:
    """Return the site file to use: the one given, else that of WATTLAS_CONFIG, else `wattlas.toml`."""
    return path or Path(os.environ.get("WATTLAS_CONFIG") or "wattlas.toml")


def load_settings(path: Path, *, data: Path | None = None) -> Settings:
    """Read and check a site file and the inventory that it names.

    Args:
        path: the TOML file; paths within it are relative to its folder.
        data: folder of the stores, in place of the file's own.

    Returns:
        The site as understood, with absolute paths.

    Raises:
        ConfigError: a file cannot be read, or has mistakes; one sentence a line, all mistakes found.
    """
    settings = read_draft(path).settings()
    if data is None:
        return settings
    return settings.model_copy(update={"store": settings.store.model_copy(update={"data": data.absolute()})})


def read_draft(path: Path) -> Draft:
    """Read a site file and its inventory without judging the points; mistakes of shape are noted in the draft.

    Raises:
        ConfigError: the site file cannot be read at all.
    """
    mistakes = Mistakes()
    draft = Draft(path=path.absolute(), tables=_right_shapes(read_toml(path), path.name, mistakes), mistakes=mistakes)
    try:
        file = inventory_file(path, draft.tables)
        if file is not None:
            draft.inventory = file.name
            draft.rows, refused = read_rows(file)
            for row in refused:
                mistakes.add(row_place(file.name, row.line), row.reason)
    except ConfigError as error:
        mistakes.quote(error)
    return draft


def read_tables(path: Path) -> Raw:
    """Read a site file into raw tables of the right shape.

    Raises:
        ConfigError: the file cannot be read, or has a table that is unknown, missing or of the wrong shape.
    """
    mistakes = Mistakes()
    tables = _right_shapes(read_toml(path), path.name, mistakes)
    mistakes.stop()
    return tables


def inventory_file(path: Path, tables: Raw) -> Path | None:
    """Return the inventory that a site file names, or None.

    Raises:
        ConfigError: the table `[inventory]` has mistakes.
    """
    if "inventory" not in tables:
        return None
    mistakes = Mistakes()
    table = build(InventorySettings, tables["inventory"], place=f"{path.name} [inventory]", mistakes=mistakes)
    mistakes.stop()
    return None if table is None else path.absolute().parent / table.file


def _right_shapes(tables: Raw, file: str, mistakes: Mistakes) -> Raw:
    """Keep the tables that are known and shaped as they should be; note the others."""
    kept: Raw = {}
    for key, value in tables.items():
        if key not in SINGLE + REPEATED:
            mistakes.add(file, f"table [{key}] is not known; {remedy(key, SINGLE + REPEATED)}")
        elif key in SINGLE and not isinstance(value, dict):
            mistakes.add(file, f"{key} must be one table: write [{key}]")
        elif key in REPEATED and not (isinstance(value, list) and all(isinstance(row, dict) for row in value)):
            mistakes.add(file, f"{key} must be a list of tables: write [[{key}]] with two brackets")
        else:
            kept[key] = value
    for key in ("company", "sites"):
        if not tables.get(key):
            mistakes.add(file, f"table {f'[{key}]' if key in SINGLE else f'[[{key}]]'} is missing; add it")
    return kept
