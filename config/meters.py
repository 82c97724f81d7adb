"""Physical meters: which sat on a point from when to when, and where its register starts again."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from config.errors import UnitError
from config.reading.fields import Instant, Name, Positive, Table, span_mistake
from config.units import linear_factor, split_quantity


class Meter(Table):
    """A physical meter and when it sat on its point: [start, end) in UTC seconds; an open side is None."""

    id: Name
    start: Instant | None = Field(default=None, alias="from")
    end: Instant | None = Field(default=None, alias="to")
    register_max_kwh: Positive | None = None

    @model_validator(mode="before")
    @classmethod
    def _register_in_kwh(cls, table: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if not isinstance(table, dict) or "register_max" not in table:
            return table
        if "register_max_kwh" in table:
            msg = "register_max and register_max_kwh say the same: keep one"
            raise ValueError(msg)
        rest = {key: value for key, value in table.items() if key != "register_max"}
        return {**rest, "register_max_kwh": _kwh(table["register_max"])}

    @model_validator(mode="after")
    def _span(self) -> Self:
        mistake = span_mistake(self.start, self.end, start_key="from", end_key="to")
        if mistake:
            raise ValueError(mistake)
        return self


def _kwh(text: object) -> float:
    if not isinstance(text, str):
        msg = 'register_max must be a quantity in quotes, for example "262143.328 J"'
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into one of our sentences
    try:
        number, unit = split_quantity(text)
        return number * linear_factor(unit, "kWh")
    except UnitError as error:
        msg = f"register_max: {str(error).rstrip('.')}"
        raise ValueError(msg) from None
