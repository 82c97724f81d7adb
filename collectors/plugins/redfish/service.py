"""One Redfish service as the collector sees it: log in when needed, get one resource after the other, log out."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from yarl import URL

from collectors.plugins.web import asking, body_of, unechoed
from config.errors import SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    import aiohttp

    from collectors.plugins.redfish.values import Body
    from collectors.plugins.web import Web

ROOT = "/redfish/v1/"
SESSIONS = "/redfish/v1/SessionService/Sessions"  # DSP0266 names it, for services whose root does not
LARGEST_BODY = 4 << 20
LOGOUT_S = 1.5
MOVED = frozenset({301, 302, 307, 308})  # iLO sends to the path with a slash at its end, others to their login page
MOST_MOVES = 3
PIN = 'pin it by fingerprint = "sha256:..."'
ABSENT = frozenset({*MOVED, 400, 404, 405, 410, 501})
REFUSED = frozenset({401, 403})


class NotServed(SourceUnreachable):
    """The service answers, but gives no answer for this one resource now."""


@dataclass(frozen=True, slots=True)
class Account:
    """How to log in: session or basic; without a user not at all."""

    user: str
    password: str = field(repr=False)
    basic: bool = False

    def header(self) -> str:
        """Return the value of `Authorization` (RFC 7617)."""
        return f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


@dataclass(slots=True, eq=False)
class Service:
    """Talks to one host; not for two polls at once."""

    web: Web
    url: str
    label: str
    tls: ssl.SSLContext | aiohttp.Fingerprint | bool
    account: Account | None
    expands: bool = False
    date: str | None = None
    _token: str | None = None
    _session: str | None = None
    _sessions: str | None = None  # where sessions are opened
    _opened: bool = False  # whether one ever was

    async def get(self, uri: str) -> Any:  # noqa: ANN401 - whatever JSON the device sends
        """Return a resource, as text where it is no JSON, or None where there is none.

        Raises:
            SourceUnreachable: no answer; `NotServed` where the service itself says so (busy, error within).
            SourceRefused: certificate, credentials or privilege.
        """
        fresh = await self._log_in()
        status, body = await self._get(uri)
        if status in REFUSED and self.account and not self.account.basic and not fresh:  # idle too long
            await self.close()  # after 403 it may be open still
            await self._log_in()
            status, body = await self._get(uri)
        if status in ABSENT:
            return None
        if status in REFUSED:
            msg = f"{self.label} refuses {uri}: check user and password, and that the user may read it."
            raise SourceRefused(msg)
        if status != 200:  # noqa: PLR2004 - OK
            msg = f"{self.label} gives no answer for {uri} now (HTTP {status})."
            raise NotServed(msg)
        return body

    async def close(self) -> None:
        """End the session on the device, which has only a few to give; quietly, for it may be dead."""
        session, self._session, token, self._token = self._session, None, self._token, None
        if not session or not token:
            return
        try:
            async with asyncio.timeout(LOGOUT_S):
                async with self._ask("DELETE", session, headers={"X-Auth-Token": token}):
                    return
        except (TimeoutError, SourceUnreachable, SourceRefused):
            return

    async def _log_in(self) -> bool:
        """Open a session unless there is one, and say whether it was opened now."""
        account = self.account
        if self._sessions is None:
            _, root = await self._get(ROOT)
            self._sessions = local(within(root, "Links", "Sessions", "@odata.id")) or SESSIONS
            features = within(root, "ProtocolFeaturesSupported", "ExpandQuery")
            self.expands = isinstance(features, dict) and bool(features.get("NoLinks") or features.get("ExpandAll"))
        if account is None or account.basic or self._token:
            return False
        login = {"UserName": account.user, "Password": account.password}
        async with self._ask("POST", self._sessions, json=login) as response:
            self._token = response.headers.get("X-Auth-Token") if response.status in {200, 201} else None
            self._session = local(response.headers.get("Location"))
        if self._token is None:
            raise self._no_login(response.status)
        self._opened = True
        return True

    def _no_login(self, status: int) -> SourceRefused | SourceUnreachable:
        if status in ABSENT - {400} and not self._opened:
            return SourceRefused(f'{self.label} has no sessions: write auth = "basic".')
        if status in REFUSED | {200, 201, 400}:
            return SourceRefused(f"{self.label} refused the login: check user and password.")
        return NotServed(f"{self.label} opens no session now (HTTP {status}): too many may be open.")

    async def _get(self, uri: str) -> tuple[int, Any]:
        for _ in range(MOST_MOVES):
            status, body, moved = await self._once(uri)
            if moved is None:
                break
            uri = moved
        return status, body

    async def _once(self, uri: str) -> tuple[int, Any, str | None]:
        """Return status, body, and where within the service the resource is instead."""
        headers = {"Accept": "application/json"}
        if self.account and self.account.basic:
            headers["Authorization"] = self.account.header()
        elif self._token:
            headers["X-Auth-Token"] = self._token
        async with self._ask("GET", uri, headers=headers) as response:
            self.date = response.headers.get("Date")
            moved = self._within(response.headers.get("Location")) if response.status in MOVED else None
            return response.status, _decoded(await self._body(response)), moved

    def _within(self, location: str | None) -> str | None:
        """Return the path of a location of this very service."""
        elsewhere = location is not None and "://" in location and not location.lower().startswith(f"{self.url}/")
        return None if elsewhere else local(location)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        found = await body_of(response, label=self.label, most=LARGEST_BODY)
        account = self.account
        mine = (account.password, account.header().partition(" ")[2]) if account else ()
        return unechoed(found, *mine, self._token)

    @asynccontextmanager
    async def _ask(self, method: str, uri: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:  # noqa: ANN401
        """Send one request; what fails beneath HTTP becomes a sentence."""
        address = URL(self.url + uri, encoded=True)
        async with asking(
            self.web, method, address, label=self.label, tls=self.tls, unknown=PIN, **options
        ) as response:
            yield response


def local(link: object) -> str | None:
    """Return the path of a link within the service; never lead the credentials to another host."""
    if not isinstance(link, str):
        return None
    try:
        path = URL(link).raw_path_qs if "://" in link else link
    except ValueError:
        return None
    return path if path.startswith("/redfish/") and path.isprintable() and " " not in path else None


def link(body: Body, name: str) -> str | None:
    """Return where a property of a resource leads."""
    return local(within(body, name, "@odata.id"))


def within(body: object, *names: str) -> object:
    """Return what stands at the end of a path of names, None where it ends before."""
    for name in names:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _decoded(raw: bytes) -> object:
    """A body as JSON; one wrong byte (of an asset tag, say) costs its own sign alone."""
    try:
        return json.loads(raw.decode(json.detect_encoding(raw), errors="replace"))
    except (ValueError, RecursionError):
        return raw[:2000].decode("utf-8", errors="replace")
