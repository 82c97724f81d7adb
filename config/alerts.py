"""Alert rules and where alerts go: `[alerting]` and `[[alerts]]` of the site file.

A rule speaks of live readings (`reading`), of points that fell silent (`silent`) or of a figure over the last hours
(`kpi`). Where a channel's address holds a secret it stands in the environment or a file.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path  # noqa: TC003 - pydantic reads the types of fields
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from config.errors import ConfigError
from config.fields import Name, Number, Positive, Table
from config.mistakes import Mistakes, build
from config.points import Role  # noqa: TC001 - pydantic reads the types of fields
from config.secrets import Secret  # noqa: TC001 - pydantic reads the types of fields
from config.toml_file import read_toml
from config.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from config.fields import Raw

Severity = Literal["info", "warning", "critical"]


class Channel(Table):
    """Where messages go: an apprise URL, a webhook signed by HMAC-SHA256, or Alertmanager's API."""

    id: Name = Field(examples=["mail"])
    kind: Literal["apprise", "webhook", "alertmanager"]
    url: Secret | None = None
    address: str = ""
    secret: Secret | None = None

    @model_validator(mode="after")
    def _has_its_address(self) -> Self:
        if self.kind == "apprise" and self.url is None:
            msg = 'needs url = { env = "NAME" }: an apprise address holds a password'
            raise ValueError(msg)
        if self.kind != "apprise" and not self.address.startswith(("http://", "https://")):
            msg = "needs address: http:// or https:// and the rest"
            raise ValueError(msg)
        return self


class Alerting(Table):
    """How alerts are evaluated and told; `group_wait_s` is how long a message waits for others that are pending."""

    every_s: Positive = 15.0
    group_wait_s: Annotated[Number, Field(ge=0)] = 30.0
    language: Literal["en", "zh"] = "en"
    link: str = ""
    file: Path | None = None  # whose [[alerts]] stand beside those of the site file
    channels: tuple[Channel, ...] = ()


class Rule(Table):
    """One rule; `points` are patterns of ids such as `fra1/srv-*`, `role` chooses points by what they are.

    `recover` is where a firing alert ends, `for_s` how long the limit must be passed, `remind_s` when it is told again.
    """

    id: Name = Field(examples=["rack-power"])
    kind: Literal["reading", "silent", "kpi"]
    site: str | None = None
    points: tuple[str, ...] = ()
    role: Role | None = None
    metric: str = "power"
    above: Number | None = None
    below: Number | None = None
    recover: Number | None = None
    for_s: Annotated[Number, Field(ge=0)] = 0.0
    window_s: Positive = 86_400.0
    every_s: Positive = 300.0
    remind_s: Positive | None = None
    severity: Severity = "warning"
    channels: tuple[str, ...] = ()
    reason: str = Field(min_length=1, examples=["the breaker trips at 22 kW"])

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        if self.kind == "silent":
            if self.above is not None or self.below is not None:
                msg = "speaks of silence: leave above and below out"
                raise ValueError(msg)
            return self
        if (self.above is None) == (self.below is None):
            msg = "must have one limit: above, or below"
            raise ValueError(msg)
        if self.recover is not None:
            beyond = self.recover > self.above if self.above is not None else self.recover < (self.below or 0.0)
            if beyond:
                msg = "key recover must lie on the good side of the limit"
                raise ValueError(msg)
        return self

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

    def speaks_of(self, point: str, role: str) -> bool:
        """Say whether it is about a point: by pattern, by role, or about all where neither is given."""
        if self.role is not None and role != self.role:
            return False
        return not self.points or any(fnmatchcase(point, pattern) for pattern in self.points)


def alert_tables(file: Path) -> Sequence[Raw]:
    """Return the `[[alerts]]` tables of a file that holds nothing else.

    Raises:
        ConfigError: it cannot be read, or holds something else.
    """
    tables = read_toml(file, absent="correct file under [alerting]")
    rows = tables.get("alerts", [])
    if tables.keys() - {"alerts"} or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        msg = f"{file.name}: a file of alert rules holds [[alerts]] tables and nothing else: take the rest out."
        raise ConfigError(msg)
    return rows


def rule_book(
    tables: Mapping[str, Sequence[Raw]], alerting: Alerting, *, sites: Collection[str]
) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """Return the rules of `[[alerts]]` tables by the file they stand in, and one sentence for each that cannot be used.

    A rule with a mistake is left out and the others stand: a slip in one must not silence the rest.
    """
    mistakes, found = Mistakes(), dict[str, Rule]()
    for file, rows in tables.items():
        for number, table in enumerate(rows, start=1):
            place = f'{file} [[alerts]] "{table.get("id", f"number {number}")}"'
            rule = build(Rule, table, place=place, mistakes=mistakes)
            if rule is None:
                continue
            text = _unknown(rule, alerting, sites, found)
            if text:
                mistakes.add(place, text)
            else:
                found[rule.id] = rule
    return tuple(found.values()), tuple(mistakes.sentences())


def _unknown(rule: Rule, alerting: Alerting, sites: Collection[str], found: Collection[str]) -> str:
    """Say what a rule names that there is not, or that it stands twice; "" where all is well."""
    channels = [one.id for one in alerting.channels]
    if rule.id in found:
        return "stands twice, and the first one is used: rename or remove one"
    if rule.site is not None and rule.site not in sites:
        return f'key site names "{rule.site}", which is no site; {remedy(rule.site, sites)}'
    absent = next((one for one in rule.channels if one not in channels), None)
    if absent is not None:
        hint = remedy(absent, channels) if channels else "add it under [[alerting.channels]]"
        return f'key channels names "{absent}", which is no channel; {hint}'
    return ""
