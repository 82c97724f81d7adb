"""Alert rules and where alerts go: `[alerting]` and `[[alerts]]` of the site file.

Where a channel's address holds a secret it stands in the environment or a file.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path  # noqa: TC003 - pydantic reads the types of fields
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from config.alerts.rules import Rule
from config.catalogue import metrics
from config.errors import ConfigError
from config.reading.fields import Instant, Name, Number, Positive, Table, Whole, covers, span_mistake
from config.reading.mistakes import Mistakes, build
from config.reading.toml_file import read_toml
from config.reading.wording import remedy
from config.secrets import Secret  # noqa: TC001 - pydantic reads the types of fields

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from config.reading.fields import Raw

OF_READINGS = frozenset({"reading", "rate", "silent"})
Lang = Literal["en", "zh"]


class Channel(Table):
    """Where messages go: an apprise URL, a webhook signed by HMAC-SHA256, or Alertmanager's API."""

    id: Name = Field(examples=["mail"])
    kind: Literal["apprise", "webhook", "alertmanager"]
    url: Secret | None = None
    address: str = ""
    lang: Lang | None = None  # what its readers read; as [alerting] language where it says nothing
    secret: Secret | None = None

    @model_validator(mode="after")
    def _has_its_address(self) -> Self:
        if self.kind == "apprise" and self.url is None:
            msg = 'needs url = { env = "NAME" }: an apprise address holds a password'
            raise ValueError(msg)
        if self.kind != "apprise" and not self.address.startswith(("http://", "https://")):
            msg = "needs address: http:// or https:// and the rest"
            raise ValueError(msg)
        mistake = _address_mistake(self.address) if self.address else ""
        if mistake:
            raise ValueError(mistake)
        return self


def _address_mistake(address: str) -> str:
    """Say why no message could be sent to an address; the address itself is not told, for it may hold a key."""
    try:
        parts = urlsplit(address)
        host, _ = (parts.hostname or "").encode("idna"), parts.port
    except ValueError:
        return "address must have a host, and a port from 0 to 65535 where it has one"
    if "@" in parts.netloc:
        return "address must not hold user or password: they would be told where a message fails"
    if not host or not parts.netloc.isascii():
        return "address must have a host in ASCII: write its xn-- form"
    if not address.isascii() or not address.isprintable() or " " in address:
        return "address must be ASCII without spaces: write other characters as %XX"
    return ""


class Maintenance(Table):
    """Somebody works somewhere over [from, to) in UTC seconds, and nothing fires there.

    On a site, on points by these patterns, or `under` a node: on it and all that it feeds; each that is given must fit.
    """

    site: str | None = None
    points: tuple[str, ...] = ()
    under: str | None = None
    start: Instant = Field(alias="from", examples=["2026-06-01T08:00:00Z"])
    end: Instant = Field(alias="to", examples=["2026-06-01T12:00:00Z"])
    comment: str = Field(min_length=1, examples=["UPS A is exchanged"])

    @model_validator(mode="after")
    def _says_when_and_where(self) -> Self:
        mistake = span_mistake(self.start, self.end, start_key="from", end_key="to")
        if mistake is None and self.site is None and self.under is None and not self.points:
            mistake = "needs a site, points or under: say where somebody works"
        if mistake:
            raise ValueError(mistake)
        return self

    def holds(self, subject: str, nodes: Collection[str], time: int) -> bool:
        """Say whether somebody works on a subject at `time` [UTC s]; `nodes`: what it is at or below, and its site."""
        if not covers(self.start, self.end, time) or not {self.site, self.under} <= {None, *nodes}:
            return False
        return not self.points or any(fnmatchcase(subject, pattern) for pattern in self.points)


class Alerting(Table):
    """How alerts are evaluated and told; `group_wait_s` is how long a message waits for others that are pending.

    A message that no try of `give_up_days` brought through is given up, and told to the other channels; where messages
    went is kept for `keep_days`, of those given up four times as long.
    """

    every_s: Positive = 5.0
    group_wait_s: Annotated[Number, Field(ge=0)] = 30.0
    language: Lang = "en"
    link: str = ""
    give_up_days: Annotated[Whole, Field(ge=1, le=365)] = 7
    keep_days: Annotated[Whole, Field(ge=1, le=3650)] = 90
    file: Path | None = None  # whose [[alerts]] stand beside those of the site file
    channels: tuple[Channel, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()

    @model_validator(mode="after")
    def _keeps_what_waits(self) -> Self:
        if self.keep_days < self.give_up_days:
            msg = f"keep_days must be give_up_days = {self.give_up_days} or more: what still waits must be kept"
            raise ValueError(msg)
        return self


def maintenance_mistakes(alerting: Alerting, *, sites: Collection[str], points: Collection[str]) -> Iterator[str]:
    """Yield one sentence for each window that names a site or a node that there is not."""
    for one in alerting.maintenance:
        for key, name, known in (("site", one.site, sites), ("under", one.under, points)):
            if name is not None and name not in known:
                hint = remedy(name, known, otherwise="write the full id, of a point site/name")
                yield f'key {key} names "{name}", which is none; {hint}'


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
    tables: Mapping[str, Sequence[Raw]], alerting: Alerting, *, sites: Collection[str], points: Collection[str] = ()
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
            text = _unknown(rule, alerting, sites, found) or _unknown_node(rule, points) or _unknown_metric(rule)
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


def _unknown_node(rule: Rule, points: Collection[str]) -> str:
    if rule.under is None or rule.under in points:
        return ""
    hint = remedy(rule.under, points, otherwise="write the full id of a point, site/name")
    return f'key under names "{rule.under}", which is no point; {hint}'


def _unknown_metric(rule: Rule) -> str:
    if rule.kind not in OF_READINGS or rule.metric in metrics():
        return ""
    hint = remedy(rule.metric, metrics(), otherwise="write one of the catalogue, such as power")
    return f'key metric names "{rule.metric}", which no point is read for; {hint}'
