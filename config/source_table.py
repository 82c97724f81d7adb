"""A source of the site file: what every source has, and what its kind alone understands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from config.reading.fields import Instant, Name, Number, Positive, Raw, Table, covers, span_mistake
from config.secrets import refuse_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = ("points", "gpus", "zones")  # keys whose entries are points
PARTS = ("topics", "objects", "values")  # keys of tables that each may name a point
PATTERN = "{point}"


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

    def claims(self) -> frozenset[tuple[str, str | None]]:
        """Return the full ids of points that it reads, each with a metric, or None where it reads what there is.

        Points behind a pattern (`{point}` of MQTT, `each` of Prometheus) are nobody's claim.
        """
        own = {(self.point, metric) for metric in self.metrics}
        whole = {(point, None) for key in WHOLE for point in _names(self.options.get(key))}
        parts = {claim for key in PARTS for table in _tables(self.options.get(key)) for claim in self._of_part(table)}
        return frozenset((full_point(point, beside=self.point), metric) for point, metric in own | whole | parts)

    def _of_part(self, table: Raw) -> Iterator[tuple[str, str]]:
        point = table.get("point") or self.point
        if isinstance(point, str) and PATTERN not in str(table.get("topic", "")):
            values = table.get("values")
            yield from (
                (point, str(metric)) for metric in (values if isinstance(values, dict) else [table.get("metric")])
            )

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


def full_point(point: str, *, beside: str) -> str:
    """Return the id of a point; without a site it is on that of the point `beside`."""
    return point if "/" in point else f"{beside.rpartition('/')[0]}/{point}"


def _names(value: object) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, (dict, list, tuple)) else []


def _tables(value: object) -> list[Raw]:
    return [table for table in value if isinstance(table, dict)] if isinstance(value, (list, tuple)) else []
