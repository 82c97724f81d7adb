"""One HTTP session for all sources of an event loop: thousands of hosts, one connection to each (collectors note 3.4).

A device gets one request at a time, cookies are not kept, and there are no time-outs here: a poll has its deadline.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import aiohttp

from collectors.plugins.trust import distrusted
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from yarl import URL

SHORTEST_SECRET = 8  # a shorter one may stand anywhere
KEEP_ALIVE_S = 75.0  # longer than the usual interval, so that a poll finds its connection open

_OPEN: WeakKeyDictionary[asyncio.AbstractEventLoop, Web] = WeakKeyDictionary()


@dataclass(slots=True, eq=False, weakref_slot=True)
class Web:
    """The session of one event loop, closed when the last of its users lets go."""

    session: aiohttp.ClientSession
    users: int = 0

    @staticmethod
    def enter() -> Web:
        """Return the session of the running loop, opened by the first who asks; each must `leave` once."""
        loop = asyncio.get_running_loop()
        if loop not in _OPEN:
            _OPEN[loop] = Web(_session())
        found = _OPEN[loop]
        found.users += 1
        return found

    async def leave(self) -> None:
        """Let go; the last one closes all connections."""
        self.users -= 1
        if self.users == 0:
            _OPEN.pop(asyncio.get_running_loop(), None)
            await self.session.close()


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, limit_per_host=1, keepalive_timeout=KEEP_ALIVE_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        trust_env=False,
    )


@asynccontextmanager
async def asking(
    web: Web,
    method: str,
    address: URL | str,
    *,
    label: str,
    tls: ssl.SSLContext | aiohttp.Fingerprint | bool = True,
    unknown: str = "let this machine know its authority",
    **options: Any,  # noqa: ANN401 - of aiohttp
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Send one request; what fails beneath HTTP becomes a sentence that `label` begins. Redirects are not followed.

    `unknown` is what to do where nobody known has signed a certificate.

    Raises:
        SourceUnreachable: no connection, or it broke.
        SourceRefused: the certificate.
    """
    try:
        async with web.session.request(method, address, ssl=tls, allow_redirects=False, **options) as response:
            yield response
    except aiohttp.ServerFingerprintMismatch as error:
        msg = f"{label} shows a certificate with fingerprint sha256:{error.got.hex()}, not the pinned one."
        raise SourceRefused(msg) from error
    except aiohttp.ClientConnectorCertificateError as error:
        why = getattr(error.certificate_error, "verify_message", str(error.certificate_error))
        raise distrusted(label, why, unknown=unknown) from error
    except aiohttp.ClientConnectorError as error:
        reason = os.strerror(error.os_error.errno) if error.os_error.errno else "no connection"
        msg = f"{label} does not answer ({reason}): check its power, network and address."
        raise SourceUnreachable(msg) from error
    except (aiohttp.ClientError, ConnectionError) as error:
        msg = f"{label} broke off its answer: check that it speaks HTTP(S) there."
        raise SourceUnreachable(msg) from error


async def body_of(response: aiohttp.ClientResponse, *, label: str, most: int, check: str = "the address") -> bytes:
    """Return the body of an answer, unpacked.

    Raises:
        PayloadUnreadable: it has more than `most` bytes; `check` is what to look at then.
    """
    found = bytearray()
    async for chunk in response.content.iter_any():
        found += chunk
        if len(found) > most:
            msg = f"{label} sends more than {most >> 20} MiB: check {check}."
            raise PayloadUnreadable(msg)
    return bytes(found)


def unechoed(body: bytes, *secrets: str | None) -> bytes:
    """Return a body in which secrets that the server echoes are stars: sentences and payloads kept aside come of it.

    Numbers and short secrets stay: they may as well be a reading.
    """
    for secret in secrets:
        if secret and len(secret) >= SHORTEST_SECRET and not secret.isdigit():
            body = body.replace(secret.encode(), b"***")
    return body
