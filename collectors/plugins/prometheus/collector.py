"""The `prometheus` source: one scrape of one exporter, of which only the lines of its mapping are kept."""

from __future__ import annotations

import asyncio
import math
import re
from base64 import b64encode
from collections import defaultdict
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PrivateAttr, field_validator, model_validator
from yarl import URL

from collectors.contract import Collector
from collectors.exposition import samples, wanted
from collectors.plugins.local import file_of, full_id, repeated, web_address
from collectors.plugins.prometheus.mapping import mapping_of
from collectors.plugins.trust import IN_CA, trusting
from collectors.plugins.web import Web, asking
from collectors.reading import Quality, Reading
from config.errors import ConfigError, PartlyUnreadable, PayloadUnreadable, SourceRefused, SourceUnreachable
from config.reading.wording import listed
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import aiohttp

    from collectors.exposition import Sample
    from collectors.plugins.prometheus.mapping import Mapping, Series

LABELS = re.compile(r"\{([A-Za-z_]\w*)\}")
SHARE_OF_DEADLINE = 0.95  # so that this source's own sentence comes before the runner's
LARGEST_BODY = 256 << 20
MOST_SAMPLES = 100_000  # what is read stands in the way of all other sources for that long: 1.5 s
LONGEST_LINE = 64 << 10
TURN_BYTES = 1 << 20  # after so many the other sources have their turn, for what has come already is not waited for
OLD_S = 300.0  # a sample whose own time is that far back, and three intervals, is a repetition
ACCEPT = "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5, */*;q=0.1"


class Prometheus(Collector):
    """One exporter: each point picks its series by labels; see the package's manual."""

    in_flight: ClassVar[int] = 300

    kind: Literal["prometheus"] = "prometheus"
    interval_s: float = Field(default=30.0, ge=1)
    url: Annotated[str, BeforeValidator(web_address)]
    mapping: Annotated[str, BeforeValidator(file_of), Field(min_length=1)]
    points: dict[str, dict[str, str]] = Field(default_factory=dict)
    each: str | None = None
    user: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    ca: Annotated[Path | None, BeforeValidator(file_of)] = None

    _web: Web | None = PrivateAttr(default=None)

    @field_validator("mapping")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            mapping_of(name)
        except ConfigError as error:
            raise ValueError(str(error).rstrip(".")) from None
        return name

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.user is None) != (self.password is None):
            msg = "user and password go together: write both or none"
            raise ValueError(msg)
        if twice := repeated(str(sorted(labels.items())) for labels in self.points.values()):
            same = [point for point, labels in self.points.items() if str(sorted(labels.items())) == twice]
            msg = f"points has the same labels for {listed(same)}: give each series one point"
            raise ValueError(msg)
        if twice := repeated(full_id(point, beside=self.point) for point in self.points):
            msg = f"points has {twice} twice: give each series one point"
            raise ValueError(msg)
        if self.each is not None and (self.points or not LABELS.findall(self.each)):
            msg = "each needs a label in braces, as in srv-1-gpu-{gpu}, and no points beside it"
            raise ValueError(msg)
        if self.user and self.token:
            msg = "user and token say the same: keep one"
            raise ValueError(msg)
        return self

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """What its points have; see the contract."""
        return frozenset(
            (full_id(point, beside=self.point), series.metric)
            for point, labels in self.points.items()
            for series in mapping_of(self.mapping).series
            if labels.get("__name__", series.name) == series.name
        )

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        return frozenset(series.metric for series in mapping_of(self.mapping).series)

    async def fetch(self) -> bytes:
        """Scrape once, and keep the lines that the mapping names.

        Raises:
            SourceUnreachable: no answer within the deadline.
            SourceRefused: credentials, certificate, address, or nothing of the mapping is there.
            PayloadUnreadable: more than any exporter sends.
        """
        self._web = self._web or Web.enter()
        headers = {"Accept": ACCEPT, **self._login()}
        tls = trusting(self.ca) if self.ca else True
        try:
            async with asyncio.timeout(self.deadline_s * SHARE_OF_DEADLINE):
                address = URL(self.url, encoded=True)
                async with asking(
                    self._web, "GET", address, label=self._label, tls=tls, unknown=IN_CA, headers=headers
                ) as response:
                    self._check(response.status)
                    lines = await self._lines(response)
        except TimeoutError as error:
            msg = f"{self._label} gave no answer within {self.deadline_s:g} s: check its power, network and address."
            raise SourceUnreachable(msg) from error
        if len(lines) > MOST_SAMPLES:
            msg = (
                f"{self._label} shows {len(lines):,} series of mapping {self.mapping}, more than {MOST_SAMPLES:,}: "
                "ask each exporter itself, or a part of them by match[] in url."
            )
            raise PayloadUnreadable(msg)
        if not lines:
            wished = ", ".join(mapping_of(self.mapping).names)
            msg = f"{self._label} shows none of {wished}: choose another mapping, or let the exporter show them."
            raise SourceRefused(msg)
        return b"\n".join(lines) + b"\n"

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One reading for each metric of each point whose series the exporter shows.

        Raises:
            PartlyUnreadable: some lines are no samples, or some points' labels fit several series; the others count.
            PayloadUnreadable: no line is a sample, or no point has a series of its own.
        """
        unread: list[str] = []
        shown = list(samples(payload, mapping_of(self.mapping).names, unread))
        if unread and not shown:
            raise PayloadUnreadable(unread[0])
        told, doubts = 0, list[str]()
        for point, fitting in self._by_point(shown):
            try:
                readings = list(self._of_point(point, fitting, at))
            except PayloadUnreadable as error:  # it costs no other point
                doubts.append(str(error))
            else:
                told += len(readings)
                yield from readings
        if doubts and not told:
            raise PayloadUnreadable(doubts[0])
        if doubts:
            count = f"{len(doubts)} point{'s' * (len(doubts) > 1)}"
            msg = f"{self._label} leaves {count} open, and the others count; the first: {doubts[0]}"
            raise PartlyUnreadable(msg)
        if unread:
            count = f"{len(unread)} of {len(unread) + len(shown)} lines"
            msg = f"{self._label} shows {count} that are no samples, and the others count; the first: {unread[0]}"
            raise PartlyUnreadable(msg)

    def _of_point(self, point: str, fitting: list[Sample], at: datetime) -> Iterator[Reading]:
        mapping = mapping_of(self.mapping)
        taken: dict[str, str] = {}
        for series in mapping.series:
            found = _only(point, series, mapping, fitting)
            if found is None:
                continue
            if taken.setdefault(series.metric, series.name) != series.name:
                msg = (
                    f"{point} has {series.metric} from {taken[series.metric]} and {series.name}:"
                    ' pick one of them by the label "__name__".'
                )
                raise PayloadUnreadable(msg)
            yield from self._readings(full_id(point, beside=self.point), series, found, at)

    async def close(self) -> None:
        """Let the shared connections go."""
        web, self._web = self._web, None
        if web:
            await web.leave()

    def _by_point(self, shown: list[Sample]) -> Iterator[tuple[str, list[Sample]]]:
        """Yield points with what fits their labels: as written, or one for each value of the labels in `each`."""
        if self.each is None:
            for point, labels in (self.points or {self.point: {}}).items():
                yield point, [sample for sample in shown if _fits(sample, labels)]
            return
        names = LABELS.findall(self.each)
        found: defaultdict[str, list[Sample]] = defaultdict(list)
        for sample in shown:
            if all(name in sample.labels for name in names):
                point = LABELS.sub(lambda match, own=sample.labels: own[match[1]], self.each)  # type: ignore[misc]  # typed by its default
                found[point].append(sample)
        yield from found.items()

    def _readings(self, point: str, series: Series, found: Sample, at: datetime) -> Iterator[Reading]:
        if not math.isfinite(found.value) or found.value >= series.no_value_from:
            return
        value = series.value(found.value)
        if value == 0 and series.metric == "energy_counter":
            return  # an exporter that starts shows 0 for a while; believed, that would be no energy
        age_s = 0.0 if found.stamp is None else at.timestamp() - found.stamp
        old = age_s > max(OLD_S, 3 * self.interval_s)
        reason = f"the exporter repeats a value of {age_s:.0f} s ago" if old else None
        yield Reading(point, series.metric, at, value, Quality.REJECTED if old else Quality.MEASURED, reason=reason)

    def _check(self, status: int) -> None:
        if status in {401, 403}:
            msg = f"{self._label} refuses to be read (HTTP {status}): check user and password, or token."
            raise SourceRefused(msg)
        if status in {301, 302, 307, 308, 404, 405, 410}:
            msg = f"{self._label} has nothing at {urlsplit(self.url).path or '/'} (HTTP {status}): correct url."
            raise SourceRefused(msg)
        if status != 200:  # noqa: PLR2004 - OK
            msg = f"{self._label} gives no answer now (HTTP {status})."
            raise SourceUnreachable(msg)

    async def _lines(self, response: aiohttp.ClientResponse) -> list[bytes]:
        """Choose lines as they come, so that no body stands in memory whole."""
        choose = wanted(mapping_of(self.mapping).names)
        kept: list[bytes] = []
        rest, length, turn = b"", 0, TURN_BYTES
        async for chunk in response.content.iter_any():
            length += len(chunk)
            whole, line_end, rest = (rest + chunk).rpartition(b"\n")
            if length > LARGEST_BODY:
                msg = f"{self._label} sends more than {LARGEST_BODY >> 20} MiB: check the address."
                raise PayloadUnreadable(msg)
            if len(rest) > LONGEST_LINE:
                msg = f"{self._label} sends a line of more than {LONGEST_LINE >> 10} KiB: check the address."
                raise PayloadUnreadable(msg)
            kept += choose.findall(whole + line_end)
            if length > turn:
                turn = length + TURN_BYTES
                await asyncio.sleep(0)
        return kept + choose.findall(rest)

    def _login(self) -> dict[str, str]:
        try:
            if self.token:
                return {"Authorization": f"Bearer {self.token.in_header()}"}
            if self.password:
                pair = f"{self.user}:{self.password.resolve().get_secret_value()}"
                return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        except ConfigError as error:
            raise SourceRefused(str(error)) from error
        return {}

    @property
    def _label(self) -> str:
        return f"Exporter {urlsplit(self.url).netloc}"


def _fits(sample: Sample, labels: dict[str, str]) -> bool:
    return all(
        sample.name == value if key == "__name__" else sample.labels.get(key) == value for key, value in labels.items()
    )


def _only(point: str, series: Series, mapping: Mapping, fitting: list[Sample]) -> Sample | None:
    """The one sample of a series, where shares of one device that all carry its value are one."""
    found = [sample for sample in fitting if sample.name == series.name]
    apart = [mapping.identity(sample.labels) for sample in found]
    if all(labels == apart[0] for labels in apart[1:]) and len({sample.value for sample in found}) <= 1:
        return found[0] if found else None
    keys = sorted({key for labels in apart for key in labels if len({each.get(key) for each in apart}) > 1})
    by = f"pick one by {' or '.join(keys)}" if keys else "its values differ: pick one by its labels"
    msg = f"{series.name} has {len(found)} series for {point}: {by}."
    raise PayloadUnreadable(msg)
