"""Where a mapping finds what it needs in one file's columns: resolved once per file, before any row is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from config.catalogue import metrics
from config.errors import InputError, UnitError
from config.reading.wording import listed, remedy
from config.units import convert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collectors.importing.mapping import Column, Mapping

POINT_WORDS = ("point", "meter")  # headers of the plain long shape
DEFAULT_WORDS = {"metric": "metric", "unit": "unit"}


def of_an_interval(metric: str) -> bool:
    """Whether a value of this metric belongs to an interval, so that `stamp` says which end its time is."""
    return metric == "power_average" or (metric in metrics() and metrics()[metric].kind == "delta")


def no_length(_point: str, _metric: str) -> float | None:
    """Stands in where no site file says how long the intervals of a point are."""
    return None


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one file: names as in its header, None where the mapping says the same for every row.

    `wide` holds the series columns of a wide table; `length_s` tells the declared interval of a series, by which rows
    stamped with the start of their interval are moved to its end.
    """

    mapping: Mapping
    where: str
    times: tuple[str, ...]
    point: str | None = None
    metric: str | None = None
    value: str | None = None
    unit: str | None = None
    quality: str | None = None
    reason: str | None = None
    wide: tuple[tuple[str, Column], ...] = ()
    length_s: Callable[[str, str], float | None] = field(default=no_length)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns to be read, each once."""
        words = (self.point, self.metric, self.value, self.unit, self.quality, self.reason)
        wanted = [*self.times, *words, *(name for name, _ in self.wide)]
        return tuple(dict.fromkeys(name for name in wanted if name is not None))

    def point_id(self, name: str) -> str:
        """Our point id for a name of the file: renamed by `[points]`, completed by `site`.

        Raises:
            InputError: the name holds no site and the mapping names none.
        """
        renamed = self.mapping.points.get(name, name)
        if "/" in renamed:
            return renamed
        if self.mapping.site is None:
            msg = f'{self.where}: point "{renamed}" does not say its site: add --site, or write "site/{renamed}".'
            raise InputError(msg)
        return f"{self.mapping.site}/{renamed}"

    def metric_name(self, name: str) -> str:
        """Our metric for a name of the file."""
        return self.mapping.metrics.get(name, name)


def layout_of(
    mapping: Mapping,
    header: Sequence[str],
    *,
    where: str,
    length_s: Callable[[str, str], float | None] = no_length,
) -> Layout:
    """Find the mapping's columns in a header.

    Raises:
        InputError: a column is absent or stands there twice, or nothing says the unit.
    """
    names = [name.strip() for name in header]
    for time in mapping.time_columns:
        _present(time, names, where, key="time_column")
    if mapping.columns:
        for name, column in mapping.columns.items():
            _present(name, names, where, key="columns")
            _unit_of(
                mapping,
                mapping.metrics.get(column.metric, column.metric),
                column.unit,
                where=where,
                shown=f'column "{name}"',
            )
        wide = tuple((name, column) for name, column in mapping.columns.items())
        layout = Layout(mapping, where, mapping.time_columns, wide=wide, length_s=length_s)
        _refuse_twins(layout)
        return layout
    _present(mapping.value_column, names, where, key="value_column")
    return Layout(
        mapping,
        where,
        mapping.time_columns,
        point=None if mapping.point else _point_column(mapping, names, where),
        metric=None if mapping.metric else _column(mapping.metric_column, "metric", names, where),
        value=mapping.value_column,
        unit=_unit_column(mapping, names, where),
        quality=(quality := _quality_column(mapping, names, where)),
        reason="reason" if quality is not None and "reason" in names else None,
        length_s=length_s,
    )


def _refuse_twins(layout: Layout) -> None:
    """Refuse two columns of one series: of each time only one could stand."""
    seen: dict[tuple[str, str], str] = {}
    for name, column in layout.wide:
        series = layout.point_id(column.point), layout.metric_name(column.metric)
        if series in seen:
            msg = (
                f'{layout.where}: columns "{seen[series]}" and "{name}" are both {series[1]} of point {series[0]}: '
                "keep one of them in [columns], or name another point or metric."
            )
            raise InputError(msg)
        seen[series] = name


def _present(name: str, names: list[str], where: str, *, key: str) -> str:
    found = names.count(name)
    if found == 1:
        return name
    if found > 1:
        msg = f'{where}: column "{name}" stands {found} times in the header: rename all but one.'
        raise InputError(msg)
    shown = listed(names, limit=12) if len(names) > 1 else f"{names[0]} alone: is the delimiter right?"
    hint = remedy(name, names, otherwise=f"say by {key} in a mapping where it is.")
    msg = f'{where}: column "{name}" is not in the header ({shown}): {hint}'
    raise InputError(msg)


def _column(name: str | None, word: str, names: list[str], where: str) -> str:
    return _present(name or DEFAULT_WORDS[word], names, where, key=f"{word}_column or {word}")


def _point_column(mapping: Mapping, names: list[str], where: str) -> str:
    if mapping.point_column is not None:
        return _present(mapping.point_column, names, where, key="point_column")
    found = [word for word in POINT_WORDS if word in names]
    if len(found) == 2:  # noqa: PLR2004 - both words
        msg = f"{where}: the header has a point and a meter column: set point_column to the one that names the point."
        raise InputError(msg)
    return _present(found[0] if found else "point", names, where, key="point_column or point")


def _unit_column(mapping: Mapping, names: list[str], where: str) -> str | None:
    if mapping.unit_column is not None:
        return _present(mapping.unit_column, names, where, key="unit_column")
    if "unit" in names:
        if mapping.unit is not None:
            msg = (
                f'{where}: the file has a unit column and the mapping says unit = "{mapping.unit}": leave out --unit, '
                "or set unit_column too, and --unit holds where the column is empty."
            )
            raise InputError(msg)
        return "unit"
    if mapping.unit is None and not mapping.units:
        msg = f"{where}: nothing says in which unit the values are: add a unit column, or --unit (such as --unit W)."
        raise InputError(msg)
    if mapping.metric is not None:
        _unit_of(mapping, mapping.metrics.get(mapping.metric, mapping.metric), None, where=where, shown="this file")
    return None


def _quality_column(mapping: Mapping, names: list[str], where: str) -> str | None:
    if mapping.quality_column is not None:
        return _present(mapping.quality_column, names, where, key="quality_column")
    return _present("quality", names, where, key="quality_column") if "quality" in names else None


def _unit_of(mapping: Mapping, metric: str, unit: str | None, *, where: str, shown: str) -> str:
    """The unit of a fixed series, checked against its metric before any row is read."""
    found = unit or mapping.units.get(metric) or mapping.unit
    if found is None:
        msg = f'{where}: nothing says the unit of {shown} (metric {metric}): add unit = "..." to it, or --unit.'
        raise InputError(msg)
    if metric in metrics():
        try:
            convert(1.0, found, metrics()[metric].unit)
        except UnitError as error:
            msg = f"{where}: unit of {shown} does not fit metric {metric}: {str(error).rstrip('.')}."
            raise InputError(msg) from None
    return found
