"""What can go wrong on the wire, as one sentence each, with what the shipper must know to go on."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from collectors.plugins.trust import remedy
from config.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from influxdb_client.rest import ApiException

WORDS_SHOWN = 240
FULL = "has no disk space left ({words}): free its disk and, if it is 1.x, restart it; readings wait in the spool."
LINE_FAULTS = frozenset({400, 413, 422})  # the request itself is at fault: sending it again changes nothing


class Refused(StoreUnavailable):
    """The server answered, and not with yes.

    `status` is the HTTP status, `words` the server's own, `retry_after_s` what it asked to wait.
    """

    def __init__(self, message: str, *, status: int, words: str, retry_after_s: float | None = None) -> None:
        """Keep what the answer said beside the sentence."""
        super().__init__(message)
        self.status, self.words, self.retry_after_s = status, words, retry_after_s


def unanswered(url: str, error: Exception) -> StoreUnavailable:
    """No answer, or half of one: whether a write took effect is unknown."""
    import urllib3.exceptions as u3

    if isinstance(error, u3.SSLError) or "SSL" in str(error):
        return StoreUnavailable(tls_failed(url, str(error)))
    if isinstance(error, u3.NameResolutionError):
        return StoreUnavailable(f"InfluxDB at {url} is not found in the DNS: correct [store] url.")
    if isinstance(error, u3.NewConnectionError):
        return StoreUnavailable(f"InfluxDB at {url} cannot be reached: start it, or correct [store] url.")
    if isinstance(error, (u3.ConnectTimeoutError, u3.ReadTimeoutError)):
        return StoreUnavailable(
            f"InfluxDB at {url} did not answer in time: check the server, or raise [store] timeout_s."
        )
    return StoreUnavailable(
        f"InfluxDB at {url} broke off in the middle of an answer ({type(error).__name__}): try again."
    )


def tls_failed(url: str, words: str) -> str:
    """Return the sentence for a handshake that failed, with the reason that OpenSSL gave."""
    found = re.search(r"(certificate verify failed: [^(\[]+|wrong version number|[Hh]ostname mismatch[^(\[]*)", words)
    reason = found.group(1).strip().rstrip(".,:") if found else "handshake failed"
    what = remedy(reason, unknown="name its authority in [store] ca_file, or correct url")
    return f"InfluxDB at {url} is not trusted ({reason}): {what}."


def refused(url: str, error: ApiException) -> StoreUnavailable:
    """Return the error for an answer that is no success: a handshake that failed, else what its status means."""
    if not error.status:  # the client's own way to report a failed handshake
        return StoreUnavailable(tls_failed(url, str(error.reason)))
    headers: Mapping[str, str] = error.headers or {}
    words = server_words(error.body, headers)
    sentence = f"InfluxDB at {url} {_meaning(error.status, words)}"
    return Refused(sentence, status=error.status, words=words, retry_after_s=_retry_after_s(headers))


def no_influxdb(url: str) -> StoreUnavailable:
    """Return the error for an address at which something else answers."""
    return StoreUnavailable(f"what answers at {url} is not InfluxDB (it sent a web page): correct [store] url.")


def no_influxql(url: str) -> StoreUnavailable:
    """Return the error for a server that takes line protocol and answers no question, or each with the same."""
    return StoreUnavailable(
        f"what answers at {url} takes readings but gives none back by InfluxQL (VictoriaMetrics does so): "
        "let [store] url lead to InfluxDB 1.6 to 3.x."
    )


MEANINGS = {
    401: "does not accept our token or password: correct [store] token, or user and password.",
    403: "does not allow this ({words}): give our token or user rights on both buckets.",
    404: "does not have it ({words}): run `wattlas store init`, or correct bucket_raw, bucket_hourly and org.",
    429: "is busy (status 429: {words}): readings wait in the spool until it takes them.",
    503: "is busy (status 503: {words}): readings wait in the spool until it takes them.",
    507: FULL,
}


def _meaning(status: int, words: str) -> str:
    if words.startswith("<"):
        return f"answered with a web page and status {status}, so it is not InfluxDB: correct [store] url."
    known = FULL if "no space left" in words else MEANINGS.get(status, "answered with status {status}: {words}.")
    return known.format(status=status, words=words)


def server_words(body: Any, headers: Mapping[str, str]) -> str:  # noqa: ANN401 (text, bytes or nothing)
    """Return what the server said, in one line of readable length."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
    try:
        found = json.loads(text)
        text = str(found.get("error") or found.get("message") or text) if isinstance(found, dict) else text
    except ValueError:
        text = headers.get("X-Influxdb-Error") or text
    words = " ".join(text.split()).rstrip(".") or "no reason given"
    return words if len(words) <= WORDS_SHOWN else f"{words[:WORDS_SHOWN]}..."


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header; its other form, a date, is taken as none."""
    text = headers.get("Retry-After", "")
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d+)?", text) else None
