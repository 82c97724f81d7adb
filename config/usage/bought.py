"""Bought compute: `[[usage]]` tables say which rows of a bill are which point of the books.

    [[usage]]
    id = "aws"
    provider = "aws"                 # as the bill names it
    accounts = ["111122223333"]      # left out: every account of the provider
    cpu_utilisation = 0.5            # what the bill does not say; with where it is from
    gpu_utilisation = 0.9
    utilisation_source = "CloudWatch, mean of 2026"
    ignore = ["*GuardDuty*"]         # items that are left out on purpose
    points = [
      { point = "aws-use1/gpu", regions = ["us-east-1"], kinds = ["gpu"] },
      { point = "aws-use1/cpu", regions = ["us-east-1"], kinds = ["cpu"] },
    ]

The first of `points` that fits a row takes it. Each has `interval_s = { energy = 3600 }` in its own table.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from config.reading.fields import Name, Number, Table
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from config.reading.fields import Raw

Kind = Literal["cpu", "gpu", "storage", "network", "tokens", "energy"]
Share = Annotated[Number, Field(ge=0, le=1)]


class UsagePoint(Table):
    """Which rows of the bill a point stands for; what is left out takes everything."""

    point: str = Field(examples=["aws-use1/gpu"])
    regions: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)

    def takes(self, *, region: str, kind: str, tags: dict[str, str]) -> bool:
        """Say whether a row of the bill belongs to this point."""
        return (
            (not self.regions or region in self.regions)
            and (not self.kinds or kind in self.kinds)
            and all(tags.get(key) == value for key, value in self.tags.items())
        )


class Usage(Table):
    """One provider's account (or several) whose bills are imported."""

    id: Name = Field(examples=["aws"])
    provider: str = Field(min_length=1, examples=["aws"])
    accounts: tuple[str, ...] = ()
    cpu_utilisation: Share | None = None
    gpu_utilisation: Share | None = None
    utilisation_source: str | None = None
    ignore: tuple[str, ...] = ()
    points: tuple[UsagePoint, ...] = Field(min_length=1, examples=['[{ point = "aws-use1/cpu" }]'])

    @field_validator("provider")
    @classmethod
    def _lower(cls, name: str) -> str:
        return name.casefold()

    @model_validator(mode="after")
    def _utilisation_is_from_somewhere(self) -> Self:
        given = self.cpu_utilisation is not None or self.gpu_utilisation is not None
        if given != bool(self.utilisation_source):
            msg = "cpu_utilisation or gpu_utilisation and utilisation_source stand together: write both, or neither"
            raise ValueError(msg)
        return self

    def covers(self, *, provider: str, accounts: Collection[str]) -> bool:
        """Say whether a row of this provider and these accounts (billing and usage) belongs here."""
        return provider == self.provider and (not self.accounts or bool(set(self.accounts) & set(accounts)))


def usages_of(tables: Sequence[Raw], *, file: str, points: Collection[str]) -> tuple[Usage, ...]:
    """Return the `[[usage]]` tables of a site file.

    Raises:
        ConfigError: a table has mistakes, names no point, or an id stands twice; all at once.
    """
    mistakes = Mistakes()
    found: list[Usage] = []
    for number, table in enumerate(tables, start=1):
        place = f'{file} [[usage]] "{table.get("id", f"number {number}")}"'
        usage = build(Usage, table, place=place, mistakes=mistakes)
        if usage is None:
            continue
        if usage.id in {one.id for one in found}:
            mistakes.add(place, "stands twice: rename or remove one")
        for one in usage.points:
            if one.point not in points:
                hint = remedy(one.point, points, otherwise="add that point or correct the id")
                mistakes.add(place, f'key points names "{one.point}", which is no point; {hint}')
        found.append(usage)
    for point, count in Counter(point for one in found for point in {row.point for row in one.points}).items():
        if count > 1:
            text = f'point "{point}" is in {count} tables: bills of one would write over those of the other'
            mistakes.add(f"{file} [[usage]]", text)
    mistakes.stop()
    return tuple(found)
