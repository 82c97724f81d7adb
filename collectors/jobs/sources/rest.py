"""One HTTP request for JSON by the standard library: schedulers are asked a few times an hour, in a thread."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from collectors.plugins.trust import distrusted
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message
    from pathlib import Path

LARGEST_BODY = 256 << 20
REFUSED = frozenset({400, 401, 403, 404, 405, 410})


class _Stay(HTTPRedirectHandler):
    """A redirect is refused: a token must not follow it to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - urllib's signature
        """Follow nothing."""


def ask(
    url: str, *, headers: Mapping[str, str], ca: Path | None, deadline_s: float, body: object = None
) -> tuple[bytes, Message]:
    """Send a GET, or a POST with a JSON body, and return the answer's body and headers.

    Raises:
        SourceUnreachable: no answer, or the server has a fault of its own.
        SourceRefused: credentials, rights, address or certificate.
        PayloadUnreadable: more than any scheduler sends.
    """
    where = urlsplit(url).netloc
    data = None if body is None else json.dumps(body).encode()
    sent = {"Accept": "application/json", **({"Content-Type": "application/json"} if data else {}), **headers}
    request = Request(url, data=data, headers=sent)  # noqa: S310 - http or https, as the field of the site file says
    try:
        context = ssl.create_default_context(cafile=ca)
        opener = build_opener(ProxyHandler({}), _Stay(), HTTPSHandler(context=context))
        with opener.open(request, timeout=deadline_s) as response:
            content = response.read(LARGEST_BODY + 1)
            answer = response.headers
    except HTTPError as error:
        error.close()
        if error.code in REFUSED or error.code // 100 == 3:  # noqa: PLR2004 - redirects
            msg = f"{where} refuses {urlsplit(url).path} (HTTP {error.code}): check address, credentials and rights."
            raise SourceRefused(msg) from None
        msg = f"{where} gives no answer now (HTTP {error.code})."
        raise SourceUnreachable(msg) from None
    except (URLError, OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise distrusted(where, reason.verify_message) from None
        msg = f"{where} cannot be reached ({reason}): check its address and network."
        raise SourceUnreachable(msg) from None
    if len(content) > LARGEST_BODY:
        msg = f"{where} sends more than {LARGEST_BODY >> 20} MiB: check the address."
        raise PayloadUnreadable(msg)
    return content, answer


def objects(payload: bytes, *, what: str) -> list[dict[str, Any]]:
    """Return the pages of an answer, one or a list of them, as objects.

    Raises:
        PayloadUnreadable: it is no JSON object or list of such.
    """
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        found = None
    pages = found if isinstance(found, list) else [found]
    if not all(isinstance(page, dict) for page in pages):
        msg = f"the answer is no {what} in JSON: check the address."
        raise PayloadUnreadable(msg)
    return pages
