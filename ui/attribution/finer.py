"""The cells of attribution cut finer than the ledger's, from raw readings by the kernel of the books (design 4.5)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.attribution.finer import differing, mixed, step_of
from analytics.cells import Grid
from analytics.frame import coded, plain
from analytics.intervals import ENERGY_METRICS, REGISTER
from analytics.legs import leaves
from analytics.sheets import one_sheet
from collectors.ledger_row import INTERVAL_S
from config.errors import InputError
from ui.books.context import Context
from ui.books.judging import cells
from ui.books.keeping import raw_since
from ui.books.windows import floor_cell, passes
from ui.format import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Tree
    from analytics.sheets import Sheet
    from ui.attribution.gather import Gathered

MOST_CELLS: Final = 25_000_000
CELLS_AT_ONCE: Final = 1_000_000
HOUR_S: Final = 3600
STEP_SHARE: Final = 0.05  # a register may count in steps of so much of what is taken in a cell
GRIDS_S: Final = tuple(one for one in range(1, INTERVAL_S) if INTERVAL_S % one == 0)
ESTIMATED, CHANGED, DIFFERS = "approved estimates", "a change of the site", "books and readings differ"


def seconds_of(every: str | None) -> int | None:
    """Return the length of cells that `--every` names, such as 60s or 5m; None where it is left out.

    Raises:
        InputError: it is no length that divides a quarter hour.
    """
    if every is None:
        return None
    found = re.fullmatch(r"(\d{1,6}) ?(s|m|min)?", every.strip())
    seconds = int(found[1]) * (1 if found[2] in {None, "s"} else 60) if found else 0
    if seconds not in GRIDS_S:
        msg = f'--every "{every}" is no part of a quarter hour: use 10s, 60s, 5m or another length that divides it'
        raise InputError(msg)
    return seconds


def finer_of(gathered: Gathered, every_s: int) -> Finer:
    """Return the finer cells of a question.

    Raises:
        InputError: a node is read too rarely, raw readings are gone, or the question is too large.
    """
    found = Finer(gathered, every_s)
    question, service = gathered.question, gathered.question.service
    for era in question.eras:
        found.refuse_rarely_read(era.tree)
    since = raw_since(service.settings, service.stores, now=int(service.now()))
    if question.start < since:
        msg = f"raw readings are whole from {iso(since)} on: ask from then on, or without --every"
        raise InputError(msg)
    found.refuse_too_many()
    found.refuse_coarse_registers()
    return found


@dataclass(frozen=True)
class Finer:
    """Cells of `every_s` seconds in place of quarter hours; `whole` holds those that stay, with why and where."""

    of: Gathered
    every_s: int
    whole: dict[int, tuple[str, str]] = field(default_factory=dict)

    def refuse_rarely_read(self, tree: Tree) -> None:
        """Refuse cells that are shorter than the interval of a node on which jobs ran, or of one of its GPUs.

        Raises:
            InputError: it names the point, and which cells would do.
        """
        for point, (metric, interval_s) in self._read_by(tree).items():
            if interval_s > self.every_s:
                longer = next((one for one in GRIDS_S if one >= interval_s), None)
                remedy = f"use --every {longer}s" if longer else "leave --every out"
                msg = f"--every {self.every_s}s: {metric} of {point} is read each {interval_s:g} s; {remedy}"
                raise InputError(msg)

    def refuse_coarse_registers(self) -> None:
        """Refuse cells in which a register of such a node or GPU rises by hardly more than one of its steps.

        Judged by the first hour; what rose little more than that in it would be told apart by the steps alone.

        Raises:
            InputError: it names the point and its step.
        """
        question = self.of.question
        read = {point: of[0] for era in question.eras for point, of in self._read_by(era.tree).items()}
        points = sorted(point for point, metric in read.items() if metric == REGISTER)
        end = min(question.start + HOUR_S, question.end)
        found = question.service.stores.archive.read(
            points=points, metrics=[REGISTER], start=question.start, end=end, columns=("point", "time", "value")
        )
        codes, names = coded(found["point"])
        for code, point in enumerate(names):
            shown = plain(found["value"])[codes == code]
            step, rises = step_of(shown), np.maximum(np.diff(shown), 0.0).sum()
            if step > STEP_SHARE * rises * self.every_s / (end - question.start):
                msg = (
                    f"--every {self.every_s}s: the register of {point} counts in steps of {step:g} kWh, above "
                    f"{STEP_SHARE:.0%} of what it takes in {self.every_s} s: use longer cells, or leave --every out"
                )
                raise InputError(msg)

    def _read_by(self, tree: Tree) -> dict[str, tuple[str, float]]:
        """By which metric, and how often [s], nodes on which jobs ran and their GPUs are read: registers first."""
        worked, found = set(self.of.work.points), {}
        for unit in self.of.units(tree):
            for point in (*leaves([unit]), *self.of.spec(tree, unit.id).gpus) if unit.id in worked else ():
                declared = tree.by_id[point].interval_s if point in tree.by_id else {}
                metric = next((one for one in ENERGY_METRICS if one in declared), None)
                if metric is not None:
                    found[point] = (metric, declared[metric])
        return found

    def refuse_too_many(self) -> None:
        """Refuse what would take too long.

        Raises:
            InputError: the period has too many cells.
        """
        question, points = self.of.question, self._points_most
        count = points * (question.end - question.start) // self.every_s
        if count > MOST_CELLS:
            hours = MOST_CELLS * self.every_s // points // HOUR_S
            msg = (
                f"--every {self.every_s}s of {points:,} points makes {count:,} cells of this period, more "
                f"than {MOST_CELLS:,}: ask for {hours} h at a time, or for longer cells"
            )
            raise InputError(msg)

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Cut a part of the period [start, end) at whole hours into pieces of bounded size."""
        an_hour = self._points_most * HOUR_S // self.every_s
        length, first = min(max(CELLS_AT_ONCE // an_hour, 1), 24) * HOUR_S, start
        while first < end:
            last = min(first // length * length + length, end)
            yield first, last
            first = last

    def sheet(self, tree: Tree, coarse: Sheet) -> Sheet:
        """Cut the quarter hours of a sheet finer wherever the readings in them add up to the books."""
        points = self._points(tree)
        if not points:
            return coarse
        grid = Grid(int(coarse.starts[0]), int(coarse.starts[-1]) + INTERVAL_S, self.every_s)
        fine = one_sheet(self._rows(points, grid), points, grid).of(points)
        return mixed(coarse.of(points), fine, self._stay(tree, coarse, fine, points))

    @property
    def told(self) -> str:
        """Say by which cells energy was shared out, and which quarter hours stayed whole."""
        start, end = self.of.question.start, self.of.question.end
        ours = {at: why for at, why in sorted(self.whole.items()) if start <= at < end}
        words = f"by {self.every_s} s from raw readings"
        if not ours:
            return words
        counts = Counter(why for why, _ in ours.values())
        each = ", ".join(f"{why}: {count}, first {self._first(ours, why)}" for why, count in counts.items())
        return f"{words}, but {len(ours)} of {(end - start) // INTERVAL_S} quarter hours whole ({each})"

    @staticmethod
    def _first(ours: dict[int, tuple[str, str]], why: str) -> str:
        at = next(at for at, one in ours.items() if one[0] == why)
        return f"{iso(at)} {ours[at][1]}".strip()

    def _rows(self, points: tuple[str, ...], grid: Grid) -> Iterator[pa.Table]:
        """Rows of finer cells, pass by pass as the bookkeeper's."""
        service = self.of.question.service
        settings, context = service.settings, Context(service.stores)
        states = {point: settings.state(point, grid.start) for point in points}
        fastest = {point: min(one.interval_s.values(), default=60.0) if one else 60.0 for point, one in states.items()}
        for window, group in passes({point: [(grid.start, grid.end)] for point in points}, interval_s=fastest):
            rows = cells(settings, context, group, *window, config_hash="", length_s=self.every_s).rows
            yield rows

    def _stay(self, tree: Tree, coarse: Sheet, fine: Sheet, points: tuple[str, ...]) -> NDArray[np.bool_]:
        """Mark the quarter hours that stay whole, and note why."""
        gpus, names = self._gpus(tree), [unit.id for unit in self.of.units(tree)]
        wrong = differing(self.of.own(tree, coarse), self.of.own(tree, fine))
        if gpus:
            wrong, names = np.vstack([wrong, differing(coarse.of(gpus), fine.of(gpus))]), [*names, *gpus]
        stay = np.zeros(coarse.starts.size, np.bool_)
        for why, chosen in (
            (ESTIMATED, np.isin(coarse.starts, self._estimated(points))),
            (CHANGED, np.isin(coarse.starts, self._changed)),
            (DIFFERS, wrong.any(axis=0)),
        ):
            for at in np.flatnonzero(chosen & ~stay).tolist():
                where = names[int(wrong[:, at].argmax())] if why == DIFFERS else ""
                self.whole[int(coarse.starts[at])] = (why, where)
            stay |= chosen
        return stay

    def _estimated(self, points: tuple[str, ...]) -> list[int]:
        """Quarter hours with an approved estimate, also where what was read stands alone: both are cut alike."""
        question = self.of.question
        span = {"start": question.start - INTERVAL_S, "end": question.end + INTERVAL_S}
        standing = question.service.stores.state.estimates.standing(site=question.site.id, **span)
        return [int(cell[0]) for one in standing if one.of.point in points for cell in one.of.cells]

    @cached_property
    def _changed(self) -> list[int]:
        """Quarter hours within which the site's tree changes: who holds a point is known by its share of time."""
        return [floor_cell(era.start) for era in self.of.question.eras if era.start % INTERVAL_S]

    def _gpus(self, tree: Tree) -> list[str]:
        return [gpu for unit in self.of.units(tree) for gpu in self.of.spec(tree, unit.id).gpus]

    def _points(self, tree: Tree) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*leaves(self.of.units(tree)), *self._gpus(tree))))

    @cached_property
    def _points_most(self) -> int:
        return max(1, *(len(self._points(era.tree)) for era in self.of.question.eras))
