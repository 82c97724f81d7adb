"""The collector contract: `fetch` touches the world, `parse` is pure, the runner does everything else.

A `[[sources]]` table of the site file *is* the constructor of a collector (frozen pydantic model, no unknown keys).
A plugin therefore holds no clock, no retry, no log line and no store: it raises the three errors of
`config.errors` (`SourceUnreachable`, `SourceRefused`, `PayloadUnreadable`) and the runner decides what they mean.
"No data" is a result: `parse` yields nothing. A session that outlives a poll belongs in a pydantic `PrivateAttr`;
the runner never polls one collector twice at once, so such a session needs no lock.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator
    from datetime import datetime

    from collectors.reading import Reading


class Collector(BaseModel, ABC):
    """One source: how to reach it, which point it measures, how often it is asked.

    Subclasses narrow `kind` (`kind: Literal["ipmi"] = "ipmi"`) and may give `interval_s` and `deadline_s` defaults
    that respect the device.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    blocking: ClassVar[bool] = False
    """True where `fetch` is a plain function that blocks; the runner then calls it in a thread."""

    in_flight: ClassVar[int] = 200
    """Polls of this kind that may run at once (collectors note, section 11)."""

    always: ClassVar[frozenset[str] | None] = None
    """The metrics that any source of this kind may give; None where that hangs on its settings, or is not known."""

    id: str = Field(min_length=1)
    kind: str
    point: str
    interval_s: float = Field(
        default=60.0, ge=1
    )  # readings have whole seconds: faster polls would overwrite each other
    deadline_s: float = Field(default=10.0, gt=0)

    @model_validator(mode="after")
    def _deadline_within_interval(self) -> Self:
        if self.deadline_s > self.interval_s:
            msg = f"deadline_s = {self.deadline_s:g} is longer than interval_s = {self.interval_s:g}: shorten it"
            raise ValueError(msg)
        return self

    @property
    def intensity(self) -> tuple[str, str] | None:
        """Basis and scope of the `grid_intensity` that it gives; None where it gives none."""
        return None

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """Full id and metric of what it gives for points that its own keys name; empty where it names none."""
        return frozenset()

    @property
    def gives(self) -> frozenset[str] | None:
        """The metrics that it may give; None where it cannot know."""
        return self.always

    @abstractmethod
    def fetch(self) -> Awaitable[bytes] | bytes:
        """Ask the source once and return its answer untouched (`async def`, or `def` where `blocking`).

        Raises:
            SourceUnreachable: no answer; the runner tries again with back-off.
            SourceRefused: wrong credentials or missing permission; tried again only slowly.
        """

    @abstractmethod
    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """Turn one answer into readings stamped `at` (UTC of the request); pure, so a recorded payload is a test.

        Raises:
            PayloadUnreadable: the bytes make no sense; the runner keeps them aside.
            PartlyUnreadable: the same of a part; what was yielded before counts.
        """

    async def close(self) -> None:
        """End sessions; called once, when the runner stops or a reload drops this collector."""
