"""What registers showed of the steps in which they count, by point and since when: it outlives the readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, delete, func, insert, not_, select

from collectors.store.state_engine import transaction
from collectors.store.state_tables import REGISTER_STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Engine, Select

Key = tuple[str, int]  # point, since [UTC s]
Told = tuple[int, bool]  # the most joules that divide all rises, whether these were alike

_OWN = REGISTER_STEPS.c


class RegisterSteps:
    """The steps of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def of(self, *, start: int, end: int) -> dict[Key, Told]:
        """Return what all registers showed since a time within [start, end)."""
        query = select(_OWN.point, _OWN.since, _OWN.joules, _OWN.alike).where(_OWN.since >= start, _OWN.since < end)
        with transaction(self._engine, write=False) as connection:
            rows = connection.execute(query)
            return {(point, since): (joules, bool(alike)) for point, since, joules, alike in rows}

    def keep(self, found: Mapping[Key, Told]) -> None:
        """Keep these, in place of what was kept of the same points and times."""
        rows = [{"point": point, "since": since, "joules": j, "alike": a} for (point, since), (j, a) in found.items()]
        former = delete(REGISTER_STEPS).where(_OWN.point == bindparam("of"), _OWN.since == bindparam("at"))
        with transaction(self._engine, write=True) as connection:
            connection.execute(former, [{"of": row["point"], "at": row["since"]} for row in rows])
            connection.execute(insert(REGISTER_STEPS), rows)

    def coarsest(self, site: str, *, start: int, end: int) -> dict[str, int]:
        """Return the coarsest step [J] of each register of a site that tells one since a time within [start, end)."""
        query = select(_OWN.point, func.max(_OWN.joules)).where(_OWN.since >= start, _OWN.since < end)
        return self._told(query, site)

    def newest(self, site: str, *, before: int) -> dict[str, int]:
        """Return the newest step [J] of each register of a site that told one since before a time [UTC s]."""
        other = REGISTER_STEPS.alias().c
        last = select(other.point, func.max(other.since).label("since")).where(other.since < before, not_(other.alike))
        newest = last.group_by(other.point).subquery().c
        query = select(_OWN.point, func.max(_OWN.joules))
        return self._told(query.where(_OWN.point == newest.point, _OWN.since == newest.since), site)

    def sums(self, site: str, *, before: int) -> list[tuple[int, int, int, int]]:
        """Return of each time before one how many registers of a site showed what since: other sums, other steps."""
        alike = func.count(case((_OWN.alike, 1)))
        query = select(_OWN.since, func.count(), func.sum(_OWN.joules), alike).group_by(_OWN.since)
        query = query.where(_OWN.since < before, _of_site(site)).order_by(_OWN.since)
        with transaction(self._engine, write=False) as connection:
            return [(row[0], row[1], int(row[2]), row[3]) for row in connection.execute(query)]

    def _told(self, query: Select[str, int], site: str) -> dict[str, int]:
        told = query.where(_of_site(site), not_(_OWN.alike)).group_by(_OWN.point)
        with transaction(self._engine, write=False) as connection:
            return dict(connection.execute(told).all())


def _of_site(site: str) -> ColumnElement[bool]:
    return _OWN.point.startswith(f"{site}/", autoescape=True)
