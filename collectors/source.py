"""One collector together with all that the runner knows about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from collectors.agenda import spread
from collectors.breaker import Breaker
from collectors.health import Health

if TYPE_CHECKING:
    import asyncio

    from collectors.contract import Collector
    from collectors.lanes import Lane

LONGEST_SHARE = 0.95


@dataclass(slots=True, eq=False)
class Source:
    """State of one source; `share` is its fixed place within every interval."""

    collector: Collector
    lane: Lane
    share: float
    breaker: Breaker
    health: Health = field(default_factory=Health)
    poll: asyncio.Task[None] | None = None
    dropped: bool = False

    @classmethod
    def of(cls, collector: Collector, lane: Lane, *, now: float) -> Self:
        """Start knowing nothing."""
        return cls(collector, lane, spread(collector.id), Breaker(collector.id), Health(since=now))

    @property
    def deadline_s(self) -> float:
        """Seconds a poll may take: its own deadline, and never so long that the next poll is due meanwhile."""
        return min(self.collector.deadline_s, LONGEST_SHARE * self.collector.interval_s)

    @property
    def polling(self) -> bool:
        """Whether a poll is under way."""
        return self.poll is not None and not self.poll.done()

    def same_as(self, collector: Collector) -> bool:
        """Whether a reload means the very same source: class and settings agree, open sessions aside."""
        mine = self.collector
        return type(mine) is type(collector) and mine.__dict__ == collector.__dict__
