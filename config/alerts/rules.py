"""One alert rule: what it looks at, where, from which value on, and why.

Live are `reading`, `silent`, `rate` (change of a reading over `window_s`) and `capacity` (power as share of a
rating). Figures are `kpi`, `coverage` (share of time seen), `balance` (residual of metered parents as a share of
their energy), `burn` (a budget's rate of use, 1 being even, over a short and a long window at once), `certificate`
(days until the last certificates of a contract run out, or can no more be retired), `shortfall` (share of the bought
electricity of `window_s` that no certificate held can cover), `factor` (years that a site's emission factor is
behind), `approval` (days that a record waits), `milestone` (days since one that is not done was due, below 0 before),
`month` (what last month still lacks), `target` (probability that this year meets a target), `invoice` (share by which
an invoice and its meter differ) and `report` (last month's is not sealed).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from config.points import Role  # noqa: TC001 - pydantic reads the types of fields
from config.reading.fields import Name, Number, Positive, Table, Whole

if TYPE_CHECKING:
    from collections.abc import Collection

    from config.points import PointState

Severity = Literal["info", "warning", "critical"]
Kind = Literal[
    "reading",
    "silent",
    "rate",
    "capacity",
    "kpi",
    "coverage",
    "balance",
    "burn",
    "certificate",
    "shortfall",
    "factor",
    "approval",
    "milestone",
    "month",
    "target",
    "invoice",
    "report",
]
LIVE: Final = frozenset({"reading", "silent", "rate", "capacity"})
CONDITIONS: Final = {"silent": "silence", "month": "what is left to do", "report": "a seal that is not there"}
SIDES: Final = {
    "capacity": "above",
    "coverage": "below",
    "burn": "above",
    "certificate": "below",
    "shortfall": "above",
    "factor": "above",
    "approval": "above",
    "milestone": "above",
    "target": "below",
    "invoice": "above",
}
NEEDED: Final = {"budget_per_year": ("burn",), "by_day": ("month", "report")}
SLOW: Final = {"target": 3600, "invoice": 3600}  # what costs seconds to look at is looked at by the hour
SHARES: Final = frozenset({"coverage", "shortfall", "target"})
SHORTEST_S: Final = 60  # of a window of figures


class Rule(Table):
    """One rule; `points` are patterns of ids such as `fra1/srv-*`, `under` is a node with all that it feeds.

    `role`, `tenant` and `tag` choose points by what they are; each that is given must fit.
    `recover` is where a firing alert ends, `for_s` how long the limit must be passed, `remind_s` when it is told again.
    Figures look back over `window_s` and are computed every `every_s`. `limit_w` is the rating that `capacity` is a
    share of, instead of the point's `max_w`. `budget_per_year` is in the unit of the figure, and `fast_s` the short
    window of a `burn` rule. `by_day` is the day of the next month by which a month must be complete.
    """

    id: Name = Field(examples=["rack-power"])
    kind: Kind
    site: str | None = None
    points: tuple[str, ...] = ()
    role: Role | None = None
    tenant: str | None = None
    tag: str | None = None
    under: str | None = None
    metric: str = "power"
    above: Number | None = None
    below: Number | None = None
    recover: Number | None = None
    for_s: Annotated[Number, Field(ge=0)] = 0.0
    window_s: Positive = 86_400.0
    every_s: Positive = 300.0
    limit_w: Positive | None = None
    budget_per_year: Positive | None = None
    fast_s: Positive = 86_400.0
    by_day: Annotated[Whole, Field(ge=1, le=28)] | None = None
    remind_s: Positive | None = None
    severity: Severity = "warning"
    channels: tuple[str, ...] = ()
    reason: str = Field(min_length=1, examples=["the breaker trips at 22 kW"])

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        mistake = self._mistake()
        if mistake:
            raise ValueError(mistake)
        return self

    def _mistake(self) -> str:
        return self._limit_mistake() or self._key_mistake()

    def _limit_mistake(self) -> str:
        given = [key for key in ("above", "below") if getattr(self, key) is not None]
        if self.kind in CONDITIONS:
            leave = given or self.recover is not None
            return f"speaks of {CONDITIONS[self.kind]}: leave above, below and recover out" if leave else ""
        if len(given) != 1:
            return "must have one limit: above, or below"
        side = SIDES.get(self.kind, given[0])
        if given != [side]:
            return f"kind {self.kind} has its limit in {side}: exchange the two"
        if self.kind in SHARES and (self.limit or 0.0) > 1:
            return f"kind {self.kind} is a share: write 0.95 for 95 %"
        if self.kind == "capacity" and self.limit_w is None and (self.above or 0.0) >= 1:
            return "above must be less than 1: readings beyond max_w are set aside; write limit_w for the rating"
        beyond = self.recover is not None and self.passed(self.recover)
        return "key recover must lie on the good side of the limit" if beyond else ""

    def _key_mistake(self) -> str:
        for key, kinds in NEEDED.items():
            if (self.kind in kinds) != (getattr(self, key) is not None):
                return f"{key} and kind {' or '.join(kinds)} stand together: write both, or neither"
        if self.every_s < SLOW.get(self.kind, 0):
            return f"every_s of kind {self.kind} must be {SLOW[self.kind]} or more: it takes long to compute"
        if self.limit_w is not None and self.kind != "capacity":
            return "limit_w is for kind capacity only: leave it out"
        return self._window_mistake()

    def _window_mistake(self) -> str:
        if self.kind not in LIVE and min(self.window_s, self.fast_s) < SHORTEST_S:
            return f"window_s and fast_s of kind {self.kind} must be {SHORTEST_S} or more: books know no less"
        if self.kind == "burn" and self.fast_s >= self.window_s:
            return "fast_s must be shorter than window_s: a burn rule compares a short with a long window"
        return ""

    @property
    def limit(self) -> float | None:
        """The value that must not be passed; None for silence."""
        return self.above if self.above is not None else self.below

    def passed(self, value: float) -> bool:
        """Say whether a value is on the wrong side of the limit."""
        return value > self.above if self.above is not None else value < (self.below or 0.0)

    def recovered(self, value: float) -> bool:
        """Say whether a value is good enough to end an alert."""
        if self.recover is None:
            return not self.passed(value)
        return value <= self.recover if self.above is not None else value >= self.recover

    def bad(self, value: float) -> bool:
        """Say whether what was seen is what the rule warns of; of a condition 1 and more is, 0 is not."""
        return value > 0 if self.kind in CONDITIONS else self.passed(value)

    def good(self, value: float) -> bool:
        """Say whether what was seen ends an alert."""
        return value <= 0 if self.kind in CONDITIONS else self.recovered(value)

    def speaks_of(self, point: PointState, above: Collection[str] = ()) -> bool:
        """Say whether it is about a point: by pattern, node, role, tenant and tag; about all where none is given.

        `above` are the ids of the points that feed it.
        """
        if self.role not in {None, point.role} or self.tenant not in {None, point.tenant}:
            return False
        if (self.tag and self.tag not in point.tags) or (self.under and self.under not in {point.id, *above}):
            return False
        return not self.points or any(fnmatchcase(point.id, pattern) for pattern in self.points)
