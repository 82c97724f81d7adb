"""What publishers of the grid's intensity have in common: a window of past periods, asked again while it is revised."""

from __future__ import annotations

import asyncio
import math
import time
from abc import abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr

from collectors.contract import Collector
from collectors.plugins.local import web_address
from collectors.plugins.web import Web, asking, body_of, unechoed
from collectors.reading import Quality, Reading
from config.errors import ConfigError, PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from config.secrets import Secret

SHARE_OF_DEADLINE = 0.95  # so that this source's own sentence comes before the runner's
REVISION_EVERY_S = 6 * 3600.0
LARGEST_BODY = 16 << 20
Address = Annotated[str, BeforeValidator(web_address)]
Known = Annotated[float | None, AfterValidator(lambda told: told if told is not None and math.isfinite(told) else None)]
"""A number of an answer; null, NaN and infinities are none, for `max(0.0, nan)` is 0."""


@dataclass(frozen=True, slots=True)
class Period:
    """One value of the grid, the mean of [start, end)."""

    start: datetime
    end: datetime
    value: float  # in the unit of the metric
    estimated: bool


class GridService(Collector):
    """One zone of one publisher; a poll asks for 6 hours back, every sixth hour and after a start for 72."""

    in_flight: ClassVar[int] = 4  # publishers count requests
    publisher: ClassVar[str]
    metric: ClassVar[str] = "grid_intensity"
    key_header: ClassVar[str | None] = None  # where the key goes: into this header,
    key_query: ClassVar[str | None] = None  # or into this part of the query
    login: ClassVar[str] = "api_key"  # what a refusal speaks of
    accept: ClassVar[str] = "application/json"
    revised_for: ClassVar[timedelta] = timedelta(hours=72)
    recent: ClassVar[timedelta] = timedelta(hours=6)

    interval_s: float = Field(default=1800.0, ge=300)
    deadline_s: float = Field(default=30.0, gt=0)
    url: Address

    _web: Web | None = PrivateAttr(default=None)
    _whole: float | None = PrivateAttr(default=None)  # when the whole window was asked for

    @property
    def usual_window(self) -> timedelta:
        """How far a poll asks back while no revisions are due."""
        return self.recent

    @abstractmethod
    def question(self, start: datetime, end: datetime) -> tuple[str, Mapping[str, str], Secret | None]:
        """Return path, query without the key, and the key."""

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        return frozenset({self.metric})

    async def fetch(self) -> bytes:
        """Ask for the window.

        Raises:
            SourceUnreachable: no answer, or too many requests.
            SourceRefused: the key, or a zone that the publisher does not know or sell.
        """
        self._web = self._web or Web.enter()
        due = self._whole is None or time.monotonic() - self._whole >= REVISION_EVERY_S
        end = datetime.now(UTC)
        path, query, key = self.question(end - (self.revised_for if due else self.usual_window), end)
        try:
            async with asyncio.timeout(self.deadline_s * SHARE_OF_DEADLINE):
                body = await self._body(self._web, path, query, await self._key(self._web, key))
        except TimeoutError as error:
            msg = f"{self._label} gave no answer within {self.deadline_s:g} s: check the way out of this network."
            raise SourceUnreachable(msg) from error
        self._whole = time.monotonic() if due else self._whole
        return body

    async def close(self) -> None:
        """Let the shared connections go."""
        web, self._web = self._web, None
        if web:
            await web.leave()

    def readings(self, periods: Iterable[Period], at: datetime, metric: str | None = None) -> Iterator[Reading]:
        """One reading of a metric in the middle of each period that has ended by `at`: a mean belongs there.

        Raises:
            PayloadUnreadable: a period lies in no year of the calendar, or on no day of it.
        """
        try:
            for each in periods:
                if each.end <= at:
                    quality = Quality.ESTIMATED if each.estimated else Quality.MEASURED
                    middle = (each.start + (each.end - each.start) / 2).astimezone(UTC)
                    yield Reading(self.point, metric or self.metric, middle, each.value, quality)
        except (OverflowError, ValueError) as error:
            msg = f"An answer of {self.publisher} has a time that is in no calendar ({error})."
            raise PayloadUnreadable(msg) from error

    async def _key(self, web: Web, secret: Secret | None) -> str | None:
        """Return what goes into `key_header` or `key_query`."""
        del web
        try:
            return secret.in_header() if secret else None
        except ConfigError as error:
            raise SourceRefused(str(error)) from None

    async def _body(self, web: Web, path: str, query: Mapping[str, str], key: str | None) -> bytes:
        headers = {"Accept": self.accept}
        if key and self.key_header:
            headers[self.key_header] = key
        if key and self.key_query:
            query = {**query, self.key_query: key}
        address = self.url.rstrip("/") + path
        async with asking(web, "GET", address, label=self._label, params=query, headers=headers) as response:
            if response.status in {401, 403}:
                check = f"check {self.login}, and that it may read this zone"
                msg = f"{self._label} refuses (HTTP {response.status}): {check}."
                raise SourceRefused(msg)
            if response.status in {301, 302, 307, 308, 400, 404, 422}:
                msg = f"{self._label} does not know this (HTTP {response.status}): correct zone, region or url."
                raise SourceRefused(msg)
            if response.status != 200:  # noqa: PLR2004 - OK
                msg = f"{self._label} gives no answer now (HTTP {response.status})."
                raise SourceUnreachable(msg)
            found = await body_of(response, label=self._label, most=LARGEST_BODY, check="url")
            return unechoed(found, (key or "").rpartition(" ")[2])  # of "Bearer ..." the token

    @staticmethod
    def _told(key: Secret | None) -> str | None:
        try:
            return key.resolve().get_secret_value() if key else None
        except ConfigError as error:
            raise SourceRefused(str(error)) from None

    @property
    def _label(self) -> str:
        return f"{self.publisher} at {urlsplit(self.url).netloc}"
