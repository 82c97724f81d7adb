"""Bills to energy by cells of their points, where bills of several months may touch the same cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.usage import cells_of, span, spread
from config.errors import InputError
from config.reading.wording import listed
from ui.format import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analytics.usage import Spread, Valued
    from collectors.store.usage import KeptBill
    from ui.service import Service
    from ui.usage.sorting import Key, Sorted


def spreads_of(service: Service, key: Key, found: Sorted, *, complete: bool) -> Iterator[tuple[str, Spread]]:
    """Energy of each point of a bill; with `complete` of all points of its table, for they then had no use.

    A cell that bills of several months of the table touch (a charge over the end of a month) holds what all of them
    say, and stands in the last.
    """
    bills = {month: of_point for (usage, month), of_point in found.by_point.items() if usage == key[0]}
    when = {month: _span(of_point) for month, of_point in bills.items()}
    start, end = when[key[1]]
    points = [row.point for usage in service.settings.usage if usage.id == key[0] for row in usage.points]
    for point in dict.fromkeys(points):
        if point in bills[key[1]] or complete:
            length_s = _length_s(service, point, start)
            lines = [one for of_point in bills.values() for one in of_point.get(point, ())]
            own = spread(lines, start=start, end=end, length_s=length_s)
            for month in (month for month in bills if month > key[1]):
                first, last = cells_of(when[month], length_s)
                own.unknown[max(first - own.start // length_s, 0) : max(last - own.start // length_s, 0)] = True
            yield point, own


def _span(of_point: Mapping[str, Sequence[Valued]]) -> tuple[int, int]:
    return span([one.line for lines in of_point.values() for one in lines])


def refuse_shared(service: Service, found: Sorted) -> None:
    """One reading stands for a point and cell: bills of two months that touch the same cell have to come together.

    Raises:
        InputError: the bill of another month that stands speaks of the same time.
    """
    given = set(found.by_point)
    for (usage, month), of_point in found.by_point.items():
        length_s = max(_length_s(service, point, _span(of_point)[0]) for point in of_point)
        first, last = cells_of(_span(of_point), length_s)
        for other in service.stores.state.bills.standing(usage=usage, span=(first * length_s, last * length_s)):
            shared = {line["point"] for line in other.lines} & set(of_point)
            if shared and (usage, other.month) not in given:
                mine, theirs = (f"{iso(a)} to {iso(b)}" for a, b in (_span(of_point), (other.start, other.end)))
                msg = (
                    f"the bill of {usage} {month} speaks of {mine}, and that of {other.month}, which stands, of "
                    f"{theirs}: give the files of both months together; where the two only meet within an hour, "
                    "declare a shorter interval of energy."
                )
                raise InputError(msg)


def refuse_parts(bill: KeptBill, former: Sequence[KeptBill]) -> None:
    """A bill of fewer accounts, regions or hours than the one that stands is rather a part of it than its correction.

    Raises:
        InputError: it is.
    """
    lost = [f"account {name}" for name in _lost(bill.accounts, [one.accounts for one in former])]
    regions = [[line["region"] or "none" for line in one.lines] for one in (bill, *former)]
    lost += [f"region {name}" for name in _lost(regions[0], regions[1:])]
    lost += [f"{iso(one.start)} to {iso(one.end)}" for one in former if one.start < bill.start or one.end > bill.end]
    if lost:
        msg = (
            f"the bill of {bill.usage} {bill.month} that stands speaks of {listed(lost)}, this one does not: "
            "give all files of the month together, or undo the former with `wattlas import --undo`, or write a "
            "[[usage]] table for each account."
        )
        raise InputError(msg)


def _lost(now: Sequence[str], former: Sequence[Sequence[str]]) -> list[str]:
    return sorted({name for one in former for name in one} - set(now))


def _length_s(service: Service, point: str, at: int) -> int:
    state = service.settings.state(point, at) or service.settings.state(point, int(service.now()))
    declared = state.interval_s.get("energy") if state else None
    if declared is None:
        msg = f"{point} declares no interval of energy: give the point interval_s = {{ energy = 3600 }}."
        raise InputError(msg)
    return int(declared)
