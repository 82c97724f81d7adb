"""A source of the site file: what every source has, and what its kind alone understands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from config.fields import Instant, Name, Number, Positive, Raw, Table, covers, span_mistake
from config.secrets import refuse_plain

if TYPE_CHECKING:
    from collections.abc import Iterator


class SourceTable(Table):
    """One `[[sources]]` table: what every source has, and in `options` what its kind alone understands.

    `metrics` names the metrics whose sampling interval this source declares by `interval_s`. A source that is polled
    differently from a date on is closed by `valid_to` and followed by another with `valid_from` [UTC s]; without dates
    it has those of its point.
    """

    id: Name = Field(examples=["bmc-1"])
    kind: str = Field(min_length=1, examples=["ipmi"])
    point: str = Field(examples=["srv-1"])
    interval_s: Annotated[Number, Field(ge=1, examples=[60])] = 60.0
    deadline_s: Positive = Field(default_factory=lambda given: min(10.0, given.get("interval_s", 60.0)))
    metrics: Annotated[tuple[str, ...], Field(min_length=1, examples=['["power"]'])] = ("power",)
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    options: Raw = Field(default_factory=dict, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _keep_the_rest(cls, table: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if not isinstance(table, dict):
            return table
        rest = {key: value for key, value in table.items() if key not in cls.model_fields}
        refuse_plain(rest)
        known = {key: value for key, value in table.items() if key not in rest}
        return {**known, "options": {**table.get("options", {}), **rest}}

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        mistake = span_mistake(self.valid_from, self.valid_to, start_key="valid_from", end_key="valid_to")
        if mistake is None and self.deadline_s > self.interval_s:
            mistake = f"deadline_s = {self.deadline_s:g} is longer than interval_s = {self.interval_s:g}: shorten it"
        if mistake:
            raise ValueError(mistake)
        return self

    def covers(self, time: int) -> bool:
        """Say whether the source is to be polled at `time` [UTC s]."""
        return covers(self.valid_from, self.valid_to, time)

    def texts(self) -> frozenset[str]:
        """Return every text of what its kind alone understands, keys included; points that it names are among them."""
        return frozenset(_texts(self.options))

    def table(self) -> Raw:
        """Return the raw table from which `collectors.registry` builds a collector."""
        keys = ("id", "kind", "point", "interval_s", "deadline_s")
        return {**{key: getattr(self, key) for key in keys}, **self.options}


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield str(key)
            yield from _texts(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _texts(entry)
