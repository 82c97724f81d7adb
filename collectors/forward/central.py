"""The central server as an edge collector sees it: the number of its last batch there, and a door to post the next.

The standard library's client is enough: one connection, one request at a time. The token goes into a header alone,
never into an error.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from collectors.plugins.trust import distrusted
from config.errors import CollectError, InputError, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from config.secrets import Secret

PATH = "/api/v1/ingest"
TIMEOUT_S = 30.0
ANSWER_BYTES = 65_536
SHOWN = 300  # characters of a server's sentence
HOST = re.compile(r"[^\s\x00-\x1f\x7f]+")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
AUTHORITY = "name its authority by --ca-file; readings wait here until then"
BUSY = {408, 425, 429, 500, 502, 503, 504}


class OutOfStep(CollectError):
    """The central has another last number than we thought: ask it."""


class TooLarge(CollectError):
    """The central takes smaller batches only."""


class Taken(NamedTuple):
    """What a central said of a batch: whether it had it before, and how many readings went to its quarantine."""

    again: bool
    quarantined: int


@dataclass(frozen=True, slots=True)
class Central:
    """Where an edge collector's readings go; `token` is looked up at each request, so that a new one counts at once."""

    url: str
    token: Secret
    ca_file: Path | None = None

    def number_of(self, spool: str) -> int:
        """The highest sequence of ours that the central has, 0 for none.

        Raises:
            SourceUnreachable, SourceRefused, ConfigError: it does not say.
        """
        status, content = self._ask("GET", f"{PATH}?spool={quote(spool)}", b"", {})
        upto = content.get("upto")
        if status != http.HTTPStatus.OK or not isinstance(upto, int):
            raise self._refused(status, content)
        return upto

    def post(self, body: bytes, *, key: str) -> Taken:
        """Hand over one batch, gzip of JSON; when this returns it is on the central's disk.

        Raises:
            OutOfStep, TooLarge: as their names say.
            SourceUnreachable, SourceRefused, ConfigError: it was not taken, or nobody knows.
        """
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Idempotency-Key": key}
        status, content = self._ask("POST", PATH, body, headers)
        if status == http.HTTPStatus.NO_CONTENT:
            return Taken("again" in content, int(str(content.get("quarantined", 0))))
        if status == http.HTTPStatus.CONFLICT:
            raise OutOfStep(str(content.get("error", "")))
        if status == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise TooLarge(self._told(status, content))
        raise self._refused(status, content)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
        parts = urlsplit(self.url)
        authorization = {"Authorization": f"Bearer {self.token.in_header()}"}
        connection = self._connection(parts.hostname or "", parts.port, secure=parts.scheme == "https")
        try:
            connection.request(method, f"{parts.path.rstrip('/')}{path}", body, headers | authorization)
            answer = connection.getresponse()
            return answer.status, _content(answer.read(ANSWER_BYTES)) | told_beside(dict(answer.getheaders()))
        except ssl.SSLCertVerificationError as error:
            raise distrusted(self.url, error.verify_message, unknown=AUTHORITY) from error
        except (OSError, http.client.HTTPException) as error:
            number = error.errno if isinstance(error, OSError) else None
            reason = os.strerror(number) if number and number > 0 else "no whole answer"
            msg = f"{self.url} does not answer ({reason}): readings wait here until it does."
            raise SourceUnreachable(msg) from error
        finally:
            connection.close()

    def _connection(self, host: str, port: int | None, *, secure: bool) -> http.client.HTTPConnection:
        if not secure:
            return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        try:
            context = ssl.create_default_context(cafile=None if self.ca_file is None else str(self.ca_file))
        except OSError as error:
            msg = f"{self.ca_file}: these certificates cannot be read: correct --ca-file."
            raise SourceRefused(msg) from error
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)

    def _refused(self, status: int, content: dict[str, object]) -> CollectError:
        kind = SourceUnreachable if status in BUSY else SourceRefused
        return kind(self._told(status, content))

    def _told(self, status: int, content: dict[str, object]) -> str:
        said = " ".join(str(content.get("error", "no word why; is this a Wattlas server?")).split())[:SHOWN]
        return f"{self.url} took nothing ({status}): {said}"


def checked_url(url: str, *, plain_http: bool) -> str:
    """The address of a central server.

    Raises:
        InputError: it is none, holds a password, or would send the token unprotected.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        (parts.hostname or "").encode("idna")
    except ValueError:
        parts, port = urlsplit(""), None
    if (
        parts.scheme not in {"http", "https"}
        or not HOST.fullmatch(parts.hostname or "")
        or port == 0
        or parts.query
        or parts.fragment
    ):
        msg = "--forward must be the address of a central server, for example https://wattlas.example.com."
        raise InputError(msg)
    if "@" in parts.netloc:
        msg = "--forward must not hold user or password: the token comes from --token-file or the environment."
        raise InputError(msg)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not plain_http:
        msg = (
            f"--forward {url} would send the token unprotected: use https://, or add --plain-http on a closed network."
        )
        raise InputError(msg)
    return url.rstrip("/")


def told_beside(headers: Mapping[str, str]) -> dict[str, object]:
    """What the headers of an answer tell of a batch."""
    headers = {name.lower(): text for name, text in headers.items()}
    quarantined = headers.get("wattlas-quarantined", "")
    found: dict[str, object] = {"quarantined": int(quarantined)} if quarantined.isdecimal() else {}
    return found | ({"again": True} if "idempotency-replayed" in headers else {})


def _content(raw: bytes) -> dict[str, object]:
    try:
        found = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
