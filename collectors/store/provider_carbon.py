"""What providers say that their accounts emitted: kept beside the books, the newest export of a month in each case."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select

from collectors.bills.carbon import ProviderCarbon
from collectors.store.audit import appended
from collectors.store.state_engine import transaction
from collectors.store.state_tables import PROVIDER_CARBON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Engine


class ProviderCarbons:
    """Carbon exports of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def keep(self, rows: Sequence[ProviderCarbon], *, file: str, who: str, at: int) -> int:
        """Keep an export; what stood for the same provider, account and month goes. Return how many rows are new."""
        keys = sorted({(row.provider, row.month, row.account) for row in rows})
        with transaction(self._engine, write=True) as connection:
            former = [row for key in keys for row in connection.execute(select(PROVIDER_CARBON).where(_same(key)))]
            known = {ProviderCarbon(**row._mapping) for row in former}  # noqa: SLF001 (SQLAlchemy's public name)
            fresh = [row for row in rows if row not in known]
            if not fresh and len(known) == len(rows):
                return 0
            for key in keys:
                connection.execute(delete(PROVIDER_CARBON).where(_same(key)))
            connection.execute(insert(PROVIDER_CARBON), [asdict(row) for row in rows])
            for provider, month, account in keys:
                mine = [row for row in rows if (row.provider, row.month, row.account) == (provider, month, account)]
                before = [asdict(row) for row in known if (row.month, row.account) == (month, account)]
                what = f"provider carbon {provider} {month} {account}"
                after = [asdict(row) for row in mine]
                appended(connection, who, what, {"rows": before} if before else None, {"rows": after}, file, at=at)
        return len(fresh) or len(rows)

    def all(self, *, month: str | None = None) -> list[ProviderCarbon]:
        """Return what stands, in order of provider, month, account and region."""
        table = PROVIDER_CARBON.c
        query = select(PROVIDER_CARBON).order_by(table.provider, table.month, table.account, table.region)
        if month is not None:
            query = query.where(table.month == month)
        with transaction(self._engine, write=False) as connection:
            return [ProviderCarbon(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001


def _same(key: tuple[str, str, str]) -> ColumnElement[bool]:
    table = PROVIDER_CARBON.c
    return and_(table.provider == key[0], table.month == key[1], table.account == key[2])
