"""Bills in the state store: what each stood for, line by line, with the coefficients used; replaced when corrected."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from collectors.store.state_engine import transaction
from collectors.store.state_tables import BILLS, IMPORTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBill:
    """One bill as imported: of which `[[usage]]` table and month, the time [UTC s] it speaks of, and its lines.

    A line is a row with point, kind, region, item, amount, unit, kwh and its bounds, coefficients, and a problem where
    it could not be valued. `accounts` are those it speaks of; `left_out` counts what is no usage or has no energy.
    """

    origin: str
    usage: str
    month: str
    start: int
    end: int
    accounts: Sequence[str]
    lines: Sequence[Row]
    left_out: Mapping[str, float]


class Bills:
    """The bills of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def keep(self, bill: KeptBill) -> None:
        """Keep a bill, in place of one of the same origin."""
        said = {"accounts": list(bill.accounts), "lines": list(bill.lines), "left_out": dict(bill.left_out)}
        row = {name: getattr(bill, name) for name in ("origin", "usage", "month", "start", "end")}
        with transaction(self._engine, write=True) as connection:
            connection.execute(delete(BILLS).where(BILLS.c.origin == bill.origin))
            connection.execute(insert(BILLS).values(**row, content=json.dumps(said, sort_keys=True)))

    def standing(
        self, *, usage: str | None = None, month: str | None = None, span: tuple[int, int] | None = None
    ) -> list[KeptBill]:
        """Return the bills whose import was not undone, by usage and month, or that touch a span [UTC s]."""
        query = select(BILLS).join(IMPORTS, IMPORTS.c.origin == BILLS.c.origin).where(IMPORTS.c.undone_at.is_(None))
        for column, wanted in ((BILLS.c.usage, usage), (BILLS.c.month, month)):
            query = query if wanted is None else query.where(column == wanted)
        if span is not None:
            query = query.where(BILLS.c.start < span[1], BILLS.c.end > span[0])
        with transaction(self._engine, write=False) as connection:
            rows = connection.execute(query.order_by(BILLS.c.usage, BILLS.c.month, BILLS.c.origin))
            return [_bill(dict(row._mapping)) for row in rows]  # noqa: SLF001 (SQLAlchemy's public name)

    def begun(self) -> list[KeptBill]:
        """Return the bills that were kept and whose import was not noted: it ended before all was accepted."""
        query = select(BILLS).outerjoin(IMPORTS, IMPORTS.c.origin == BILLS.c.origin).where(IMPORTS.c.origin.is_(None))
        with transaction(self._engine, write=False) as connection:
            return [_bill(dict(row._mapping)) for row in connection.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)

    def drop(self, origin: str) -> None:
        """Forget a bill that was begun and never stood."""
        with transaction(self._engine, write=True) as connection:
            connection.execute(delete(BILLS).where(BILLS.c.origin == origin))

    def unfinished(self) -> list[tuple[str, str]]:
        """Return table and month of imports that ended part-way: a bill was begun, or two stand for one month."""
        standing = Counter((bill.usage, bill.month) for bill in self.standing())
        return sorted(
            {(bill.usage, bill.month) for bill in self.begun()} | {key for key in standing if standing[key] > 1}
        )


def unfinished(usage: str, month: str) -> str:
    """Return the sentence of an import that ended part-way."""
    return (
        f"the import of the bill of {usage} {month} ended part-way and figures may hold both its readings and former "
        "ones: import its files again."
    )


def _bill(row: Row) -> KeptBill:
    return KeptBill(
        **{name: row[name] for name in ("origin", "usage", "month", "start", "end")}, **json.loads(row["content"])
    )
