"""Bulk changes of the inventory: plan first, write after; bad rows are set aside with line and reason.

A plan takes rows from another file, such as an export of an asset register, into the inventory of a site file:

- With `at` the rows say what holds from that instant on. What changed becomes a dated row, a new point is valid from
  then, a point that is gone is closed by `valid_to`; so the past keeps the tree of its time (design 4.1).
- Without `at` they correct what the inventory says about all times.

An empty cell says nothing and "-" clears. Writing the plan is a separate step, so looking at it is the dry run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from config.draft import Draft
from config.errors import ConfigError
from config.inventory.dated_rows import Key, by_key, cells_at, change_times, closed, ended, id_if_known, taken_in
from config.inventory.entries import row_place
from config.inventory.rows import Refused, Row, read_rows, write_rows, write_table
from config.loading import inventory_file, read_tables
from config.reading.fields import epoch_seconds
from config.reading.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from config.inventory.templates import Template
    from config.reading.fields import Raw

Kind = Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a plan does to one point: its cells before and after, by column."""

    id: str
    kind: Kind
    cells: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class InventoryPlan:
    """What the inventory will be: its rows, what is different about them, and the rows set aside."""

    file: Path
    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    refused: tuple[Refused, ...]

    @property
    def refused_file(self) -> Path:
        """Where the rows set aside are written: beside the inventory."""
        return self.file.with_name(f"{self.file.stem}.rejected.csv")

    def write(self) -> None:
        """Write the inventory and the rows set aside, each in one step; without such rows no such file remains."""
        write_rows(self.file, list(self.rows))
        columns = list(dict.fromkeys(column for row in self.refused for column in row.cells))
        if not self.refused:
            self.refused_file.unlink(missing_ok=True)
            return
        lines = [[str(row.line), row.reason, *(row.cells.get(each, "") for each in columns)] for row in self.refused]
        write_table(self.refused_file, ["line", "reason", *columns], lines)


def plan_inventory(
    site_file: Path, incoming: Path, *, at: int | None = None, close_absent: bool = False
) -> InventoryPlan:
    """Plan to take the rows of a file into the inventory of a site file.

    Args:
        site_file: the TOML file that names the inventory.
        incoming: a CSV file of rows (see `config.inventory.rows`).
        at: instant [UTC s] from which the rows hold; None corrects all times.
        close_absent: points of the inventory that `incoming` does not name are closed at `at`, or taken out.

    Returns:
        The plan; nothing is written.

    Raises:
        ConfigError: a file cannot be read, or the site would be wrong for a reason that is not one row's own.
    """
    tables = read_tables(site_file)
    templates = Draft(path=site_file.absolute(), tables=tables).templates()
    file, before = _inventory_now(site_file, tables, templates)
    rows, refused = read_rows(incoming)
    accepted, more = by_key(rows, templates)
    refused += more
    patterned = {f"{each.attributes.get('site')}/{name}" for each in templates for name in each.names()}
    while True:
        after = taken_in(before, accepted, patterned, at=at)
        if close_absent:
            named = {key[0] for key in accepted} | {id_if_known(row, templates) for row in refused}
            after = closed(after, named, at=at)
        reasons = ended(before, accepted, at=at) or _reasons(site_file, tables, file.name, after, touched=accepted)
        if not reasons:
            break
        refused += [Refused(accepted[key].line, reason, accepted[key].cells) for key, reason in reasons.items()]
        accepted = {key: row for key, row in accepted.items() if key not in reasons}
    return InventoryPlan(
        file=file,
        rows=tuple(after.values()),
        differences=tuple(_differences(before, after)),
        refused=tuple(sorted(refused, key=lambda row: row.line)),
    )


def _inventory_now(site_file: Path, tables: Raw, templates: Sequence[Template]) -> tuple[Path, dict[Key, Row]]:
    """Return the inventory's place and its rows as they stand; none where the file is still to be made."""
    file = inventory_file(site_file, tables)
    if file is None:
        msg = f'{site_file}: table [inventory] is missing; add it with file = "inventory.csv".'
        raise ConfigError(msg)
    rows, refused = read_rows(file) if file.exists() else ([], [])
    found, more = by_key(rows, templates)
    if refused or more:
        sentences = [sentence(row_place(file.name, row.line), row.reason) for row in [*refused, *more]]
        raise ConfigError("\n".join(sentences))
    return file, found


def _reasons(
    site_file: Path, tables: Raw, name: str, rows: dict[Key, Row], *, touched: dict[Key, Row]
) -> dict[Key, str]:
    """Return why touched rows cannot be taken, by key; each row stands at a line of its own so that it can be found.

    Raises:
        ConfigError: the site would be wrong for another reason.
    """
    numbered = dict(enumerate(rows, start=2))
    draft = Draft(
        path=site_file.absolute(),
        tables=tables,
        rows=[replace(rows[key], line=line) for line, key in numbered.items()],
        inventory=name,
    )
    try:
        draft.settings()
    except ConfigError:
        found = _attributed(draft, numbered, touched)
        if found:
            return found
        raise
    return {}


def _attributed(draft: Draft, numbered: dict[int, Key], touched: dict[Key, Row]) -> dict[Key, str]:
    """Return the first mistake of each touched row, by key."""
    touched_of = {key[0]: key for key in touched}
    key_of = {row_place(draft.inventory, line): key for line, key in numbered.items()}
    key_of |= {f"{place}, source": key for place, key in key_of.items()}
    found: dict[Key, str] = {}
    for place, text in draft.mistakes.found:
        key = key_of.get(place)
        row = key if key in touched else touched_of.get(key[0]) if key else None  # a dated change has its row's reason
        if row is not None:
            found.setdefault(row, text)
    return found


def _differences(before: dict[Key, Row], after: dict[Key, Row]) -> list[Difference]:
    found: dict[str, Difference] = {}
    changes = change_times(before)
    for key in [*after, *(key for key in before if key not in after)]:
        old, new = before.get(key), after.get(key)
        cells = _cell_differences(old.cells if old else {}, new.cells if new else {})
        if not cells:
            continue
        if key[1] and old is None:  # a new change: what held until then stands beside what holds from then on
            held = cells_at(before, key[0], epoch_seconds(key[1]), changes)
            cells = {column: (held.get(column, ""), text) for column, (_, text) in cells.items()}
        former = found.get(key[0])
        kind = former.kind if former else _kind(key, old, new, cells)
        found[key[0]] = Difference(key[0], kind, {**former.cells, **cells} if former else cells)
    return list(found.values())


def _kind(key: Key, old: Row | None, new: Row | None, cells: dict[str, tuple[str, str]]) -> Kind:
    """Say what became of a point, by the first row of it that is different."""
    if new is None or (old is not None and set(cells) == {"valid_to"} and not cells["valid_to"][0]):
        return "removed"
    return "added" if old is None and not key[1] else "changed"


def _cell_differences(old: dict[str, str], new: dict[str, str]) -> dict[str, tuple[str, str]]:
    columns = [column for column in {**old, **new} if column != "id" and old.get(column) != new.get(column)]
    return {column: (old.get(column, ""), new.get(column, "")) for column in columns}
