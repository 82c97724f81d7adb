"""Raw points and sources of a site, whatever they were written as: tables, templates, or rows of the inventory.

A row takes its empty cells from the template that its `template` cell names, or else from the one whose pattern fits
its id. A row for a name that a template already makes refines that point; a row with `from` is a dated change of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from config.checks import point_mistakes
from config.inventory.full_ids import full_ids
from config.inventory.rows import CLEARED, Row, raw_cells
from config.inventory.templates import MOST_POINTS
from config.points import Change, Point
from config.reading.mistakes import build
from config.reading.wording import listed, remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.inventory.templates import Template
    from config.reading.fields import Raw
    from config.reading.mistakes import Mistakes


@dataclass(frozen=True, slots=True)
class Entry:
    """A raw point, a raw source, or the two of one inventory row, and the place in a file where they stand."""

    place: str
    point: Raw | None = None
    source: Raw | None = None
    id: str | None = None
    """The point's full id, where it was made by a template or row."""
    twin: str | None = None
    """Points of one text here differ in id and name alone: what is said of one of them is said of all."""


def table_place(file: str, key: str, number: int, table: Raw) -> str:
    """Name a table of the site file: by its id or name, or by its number where it has none."""
    name = table.get("id", table.get("name"))
    return f'{file} [[{key}]] "{name}"' if isinstance(name, str) else f"{file} [[{key}]] number {number}"


def table_entries(tables: Raw, file: str) -> Iterator[Entry]:
    """Yield what stands in the site file itself."""
    for number, table in enumerate(tables.get("points", []), start=1):
        yield Entry(table_place(file, "points", number, table), point=table)
    for number, table in enumerate(tables.get("sources", []), start=1):
        yield Entry(table_place(file, "sources", number, table), source=table)


def row_place(inventory: str, line: int) -> str:
    """Name a row of the inventory."""
    return f"{inventory} line {line}"


@dataclass(slots=True)
class Inventory:
    """The points of templates and rows, by full id, on their way to entries."""

    file: str
    inventory: str
    templates: Sequence[Template]
    mistakes: Mistakes
    made: dict[str, Entry] = field(default_factory=dict)
    line_of: dict[str, int] = field(default_factory=dict)

    def entries(self, rows: Sequence[Row]) -> list[Entry]:
        """Return one entry for each point that the templates and rows make."""
        for template in self.templates:
            self._expand(template, f'{self.file} [[templates]] "{template.name}"')
        for row in sorted(rows, key=lambda row: "from" in row.cells):  # changes last: what they change must be known
            take = self._change if "from" in row.cells else self._row
            try:
                take(row, row_place(self.inventory, row.line))
            except ValueError as error:
                self.mistakes.add(row_place(self.inventory, row.line), str(error))
        return list(self.made.values())

    def _expand(self, template: Template, place: str) -> None:
        if len(self.made) + template.count > MOST_POINTS:
            self.mistakes.add(place, f"its pattern makes the file more than {MOST_POINTS:,} points: narrow its ranges")
            return
        first: Entry | None = None
        for name, words in template.expanded():
            if first is None or not template.alike:
                id_, entry = _entry(place, template.point(name, words))
                first = entry = replace(entry, twin=id_ if template.alike else None)
            else:
                id_, entry = _twin(first, name, template.source_of(name, words))
            if id_ in self.made:
                text = f'its pattern makes "{name}", which stands in a pattern already: change one of the patterns'
                self.mistakes.add(place, text)
                return
            self.made[id_] = entry

    def _row(self, row: Row, place: str) -> None:
        id_, entry = _entry(place, merged(template_of(row, self.templates), row))
        former = self.line_of.setdefault(id_, row.line)
        if former != row.line:
            msg = f'id "{id_}" stands in line {former} too: remove one, or fill from to make it a change'
            raise ValueError(msg)
        self.made[id_] = entry

    def _change(self, row: Row, place: str) -> None:
        id_ = self._id_of_change(row)
        entry = self.made.get(id_)
        if entry is None or entry.point is None:
            hint = remedy(id_, self.made, otherwise="add a row without from for it")
            self.mistakes.add(place, f'it changes "{id_}", which neither a row nor a template makes; {hint}')
            return
        cells = {key: value for key, value in raw_cells(row).items() if key not in {"id", "site"}}
        change = full_ids({"site": id_.rpartition("/")[0], "changes": [{**cells, "from": row.cells["from"]}]})[
            "changes"
        ][0]
        if build(Change, change, place=place, mistakes=self.mistakes) is None:
            return
        changes = [*entry.point.get("changes", []), change]
        self.made[id_] = Entry(self._row_of(id_, place), {**entry.point, "changes": changes}, entry.source, id_)

    def _row_of(self, id_: str, place: str) -> str:
        """Return the place of a point's own row, or `place`, that of its change, where a template made the point."""
        line = self.line_of.get(id_)
        return place if line is None else row_place(self.inventory, line)

    def _id_of_change(self, row: Row) -> str:
        id_ = full_id(row, self.templates)
        fitting = [made for made in self.made if made.rpartition("/")[2] == row.id] if "/" not in id_ else []
        return fitting[0] if len(fitting) == 1 else id_


def _entry(place: str, raw: Raw) -> tuple[str, Entry]:
    """Return a point's full id, and its raw point and source as an entry; the source is named after the point."""
    point = {key: value for key, value in raw.items() if key != "source"}
    id_ = str(full_ids(point).get("id"))
    return id_, Entry(place, point, _source_at(id_, raw.get("source")), id_)


def _twin(first: Entry, name: str, source: Raw | None) -> tuple[str, Entry]:
    """Return the full id and the entry of another name of a template whose points are alike."""
    raw = first.point or {}
    id_ = f"{raw['site']}/{name}"
    return id_, Entry(first.place, {**raw, "id": name}, _source_at(id_, source), id_, first.twin)


def _source_at(point: str, source: object) -> Raw | None:
    if not isinstance(source, dict):
        return None
    return {"id": f"{point.replace('/', '.')}.{source.get('kind', 'source')}", **source, "point": point}


def point_of(entry: Entry, twins: dict[str, Point | None], mistakes: Mistakes) -> Point | None:
    """Return the point of an entry, None where its table has mistakes; of `twins` one is built and judged for all."""
    raw = entry.point or {}
    if entry.twin is not None and entry.twin in twins:
        twin = twins[entry.twin]
        return None if twin is None else twin.named(str(entry.id), str(raw["id"]))
    point = build(Point, raw, place=entry.place, mistakes=mistakes)
    for text in () if point is None else point_mistakes(point):
        mistakes.add(entry.place, text)
    if entry.twin is not None:
        twins[entry.twin] = point
    return point


def template_of(row: Row, templates: Sequence[Template]) -> Template | None:
    """Return the template that a row names, or else the one whose pattern fits its id, or None.

    Raises:
        ValueError: the template is unknown, or several patterns fit; the text is a sentence without full stop.
    """
    wanted = row.cells.get("template")
    if wanted == CLEARED:
        return None
    if wanted is not None:
        by_name = {template.name: template for template in templates}
        if wanted not in by_name:
            msg = f'template "{wanted}" is not in the site file; {remedy(wanted, by_name, otherwise="add it there")}'
            raise ValueError(msg)
        return by_name[wanted]
    name = row.id.rpartition("/")[2]
    fitting = [template for template in templates if template.words(name) is not None]
    if len(fitting) > 1:
        names = listed(template.name for template in fitting)
        msg = f"the patterns of templates {names} all fit its id: name one in the template cell"
        raise ValueError(msg)
    return fitting[0] if fitting else None


def full_id(row: Row, templates: Sequence[Template]) -> str:
    """Return a row's full id `site/name`; without a site in row or template, its id as written.

    Raises:
        ValueError: as `template_of`.
    """
    if "/" in row.id:
        return row.id
    site = row.cells.get("site")
    if site is None:
        template = template_of(row, templates)
        site = template.attributes.get("site") if template else None
    return f"{site}/{row.id}" if isinstance(site, str) else row.id


def merged(template: Template | None, row: Row) -> Raw:
    """Return a row's raw point with its template's attributes in place of empty cells.

    Raises:
        ValueError: a cell or a placeholder cannot be read; the text is a sentence without full stop.
    """
    cells = raw_cells(row)
    if template is None:
        return cells
    base = template.point(row.id.rpartition("/")[2])
    if "parents" in cells:
        base.pop("parent", None)
    source = {**base.get("source", {}), **cells.get("source", {})}
    return {**base, **cells, **({"source": source} if source else {})}
