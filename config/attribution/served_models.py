"""Models: which points count the work of a model that serves or trains, and which serve it alone, without any job.

[[models]]
id = "llm-7b"                       # as the records of its jobs call it
counters = ["fra1/llm-7b-out"]      # points that read token_counter, request_counter, step_counter ...
points = ["fra1/srv-9"]             # equipment, or bought tokens, that is its own: what no job holds there
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from config.reading.fields import Table
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from config.reading.fields import Raw


class ServedModel(Table):
    """A model, the points that count its work, and those it has alone; a point's site is where the work was done."""

    id: str = Field(min_length=1, examples=["llm-7b"])
    counters: tuple[str, ...] = ()
    points: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.counters and not self.points:
            msg = 'says nothing: give it counters = ["site/point"], or points'
            raise ValueError(msg)
        return self


def models_of(tables: Sequence[Raw], *, file: str, points: Collection[str]) -> tuple[ServedModel, ...]:
    """Return the models of a site file's `[[models]]` tables.

    Raises:
        ConfigError: a table has mistakes, a point does not exist, or counts for two models.
    """
    mistakes = Mistakes()
    found: dict[str, ServedModel] = {}
    owners: dict[str, str] = {}
    for number, table in enumerate(tables, start=1):
        place = f'{file} [[models]] "{table.get("id", f"number {number}")}"'
        model = build(ServedModel, table, place=place, mistakes=mistakes)
        if model is None:
            continue
        if model.id in found:
            mistakes.add(place, "stands twice: rename or remove one")
        found[model.id] = model
        for key, named in (("counters", model.counters), ("points", model.points)):
            for point in named:
                if point not in points:
                    hint = remedy(point, points, otherwise="add that point or correct the id")
                    mistakes.add(place, f'key {key} names "{point}", which is no point; {hint}')
                if owners.setdefault(point, model.id) != model.id or named.count(point) > 1:
                    mistakes.add(place, f"{point} counts twice: each point is of one model")
    mistakes.stop()
    return tuple(found.values())
