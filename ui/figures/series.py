"""What a page derives from power by use: totals, the ratio to IT, gaps and axis labels. Pure; None is "not known"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ui import format as fmt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

ORDER = ("it", "cooling", "losses", "unsplit", "lighting", "overhead", "other")
_FACILITY = ("it", "losses")  # with these the sum of uses is the metered facility, 0 W or not
_UNSPLIT = "unsplit"  # both where no meter shows IT
_ENOUGH_LABELS = 8
_CLOCK_ONLY_S = 25 * 3600  # a span up to a day, in autumn too, needs no dates
_STEP_HOURS = (1, 2, 3, 4, 6, 12)


@dataclass(frozen=True, slots=True)
class PowerSeries:
    """Mean power by use [W] of consecutive cells: `times` their starts [UTC s], `step_s` their length.

    A cell counts as known only where every use that is drawn is known, so a stack never hides a missing part.
    """

    times: Sequence[int]
    step_s: int
    uses: Mapping[str, Sequence[float | None]]

    @property
    def known(self) -> list[bool]:
        """Whether each cell has a value for every drawn use."""
        if not self.uses:
            return [False] * len(self.times)
        return [all(value is not None for value in cell) for cell in zip(*self.uses.values(), strict=True)]

    @property
    def total(self) -> list[float | None]:
        """Site power [W] of each cell; None where any use is unknown."""
        if not self.uses:
            return [None] * len(self.times)
        cells = zip(*self.uses.values(), strict=True)
        return [_sum(cell) for cell in cells]

    @property
    def facility(self) -> list[float | None]:
        """Power [W] of the metered facility; nothing where it is not metered.

        Losses are what is left of the facility: without them the sum of uses is not the facility.
        """
        return self.total if self.uses.keys() >= set(_FACILITY) or _UNSPLIT in self.uses else []

    @property
    def stacked(self) -> dict[str, list[float | None]]:
        """The uses with incomplete cells blanked: what may be drawn as a stack."""
        known = self.known
        return {
            use: [value if whole else None for value, whole in zip(values, known, strict=True)]
            for use, values in self.uses.items()
        }

    @property
    def ratio(self) -> list[float | None]:
        """Facility power over IT power of each cell; None where either is unknown or IT draws nothing."""
        facility = self.facility or [None] * len(self.times)
        it = self.uses.get("it", [None] * len(self.times))
        return [whole / part if whole is not None and part else None for whole, part in zip(facility, it, strict=True)]

    @property
    def known_share(self) -> float:
        """Share of cells with a full set of values, 0 to 1."""
        return sum(self.known) / len(self.times) if self.times else 0.0

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Index pairs [first, last] around each run of unknown cells."""
        edges, last = [], len(self.times) - 1
        known = self.known
        for index, whole in enumerate(known):
            if not whole and (index == 0 or known[index - 1]):
                edges.append([max(0, index - 1), last])
            if whole and index and not known[index - 1]:
                edges[-1][1] = index
        return [(first, end) for first, end in edges if end > first]

    def since_first_known(self) -> PowerSeries:
        """The same without the unknown cells before the first known one: a site's books begin somewhere."""
        known = self.known
        first = known.index(True) if True in known else len(known)
        uses = {use: values[first:] for use, values in self.uses.items()}
        return PowerSeries(self.times[first:], self.step_s, uses)


def _sum(cell: Sequence[float | None]) -> float | None:
    values = [value for value in cell if value is not None]
    return sum(values) if len(values) == len(cell) else None


def power_series(found: Mapping[str, tuple[Sequence[int], Sequence[float | None]]], *, step_s: int) -> PowerSeries:
    """Make one series of the uses of `Service.power_series`; a use that is nowhere known, or always 0 W, is left out.

    Args:
        found: use -> (starts of cells [UTC s], watts); the starts are the same for every use.
        step_s: length of a cell where there is only one.
    """
    drawn = {use: values for use, (_, values) in found.items() if _worth_drawing(use, values)}
    times = next((list(starts) for starts, _ in found.values()), [])
    step = times[1] - times[0] if len(times) > 1 else step_s
    ordered = sorted(drawn, key=lambda use: ORDER.index(use) if use in ORDER else len(ORDER))
    return PowerSeries(times, step, {use: list(drawn[use]) for use in ordered})


def _worth_drawing(use: str, values: Sequence[float | None]) -> bool:
    return any(value is not None and (value != 0 or use in _FACILITY) for value in values)


def labels(times: Sequence[int], zone: tzinfo, lang: str) -> list[str]:
    """A label a cell: the day where a new local day begins, else day and clock; doubled hours name their zone."""
    made: list[str] = []
    seen: set[str] = set()
    before = None
    within_days = bool(times) and times[-1] - times[0] < _CLOCK_ONLY_S
    for time in times:
        local = datetime.fromtimestamp(time, zone)
        new_day = before is not None and local.date() != before
        clock = fmt.clock(time, zone) if within_days else fmt.day_clock(time, zone, lang)
        label = fmt.day(time, zone, lang) if new_day else clock
        if label in seen:
            label = f"{label} {local:%Z}"
        seen.add(label)
        made.append(label)
        before = local.date()
    return made


def marked(times: Sequence[int], zone: tzinfo) -> list[int]:
    """Indexes whose labels an axis prints: local midnights, or every few hours where there are hardly any."""
    locals_ = [datetime.fromtimestamp(time, zone) for time in times]
    days = [i for i in range(1, len(locals_)) if locals_[i].date() != locals_[i - 1].date()]
    if len(days) > 2:  # noqa: PLR2004 - three midnights make an axis of days
        every = -(-len(days) // _ENOUGH_LABELS)
        return days[::every]
    changes = [i for i in range(1, len(locals_)) if locals_[i].hour != locals_[i - 1].hour]
    step = next((s for s in _STEP_HOURS if len(changes) / s <= _ENOUGH_LABELS), _STEP_HOURS[-1])
    return [i for i in changes if locals_[i].hour % step == 0] or list(range(len(times)))[:1]


def newest_run(values: Sequence[float | None]) -> list[float]:
    """The values after the last gap: what may be drawn as one line; nothing where there are fewer than two."""
    gaps = [at for at, value in enumerate(values) if value is None]
    run = [value for value in values[gaps[-1] + 1 if gaps else 0 :] if value is not None]
    return run if len(run) > 1 else []


def day_marks(count: int, *, every: int = 7) -> list[int]:
    """Indexes of the days whose labels are printed: the last and each seventh before it."""
    return list(range(count - 1, -1, -every))[::-1]
