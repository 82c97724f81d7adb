"""One InfluxDB server: ready bytes go in by `influxdb_client`'s write service, answers come out of its low level.

Writes are synchronous, one request at a time, gzip level 1 by us (the client compresses at level 9, thirteen times
slower). Servers before 1.8 have no `/api/v2/write`: for them alone the same bytes go to `/write?db=`.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from collectors.store.influx.failures import no_influxdb, refused, unanswered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from influxdb_client.client.influxdb_client import InfluxDBClient
    from pydantic import SecretStr

    from config.influxdb import InfluxKeys

Flavor = Literal["v1", "v2"]
GZIP_LEVEL = 1
V2_WRITES_SINCE = (1, 8)
TAKEN = 204
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Pong:
    """Who answers: the version as the server writes it, and as numbers ((0, 0) where it names none)."""

    version: str
    number: tuple[int, int]


class Server:
    """One connection pool to the server of a site file; safe to share between threads."""

    def __init__(self, keys: InfluxKeys, *, ca_file: Path | None = None) -> None:
        """Remember the keys; nothing is asked and no library loaded before the first request."""
        self.keys, self.url, self._ca_file = keys, str(keys.url), ca_file or keys.ca_file
        self._flavor: Flavor | None = None if keys.flavor == "auto" else keys.flavor
        self._pong: Pong | None = None
        self._client: InfluxDBClient | None = None
        self._lock = threading.Lock()

    @property
    def client(self) -> InfluxDBClient:
        """The library's client, made when first used.

        Raises:
            ConfigError: the token or password is not where the site file says.
        """
        with self._lock:
            if self._client is None:
                self._client = self._connected()
            return self._client

    def ping(self) -> Pong:
        """Ask who answers.

        Raises:
            StoreUnavailable: nobody, or something that is no InfluxDB.
        """
        response = self.ask("GET", "/ping", {})
        version = str(response.headers.get("X-Influxdb-Version", ""))
        if not version and "html" in str(response.headers.get("Content-Type", "")):
            raise no_influxdb(self.url)
        found = re.match(r"v?(\d+)\.(\d+)", version)
        self._pong = Pong(version or "unnamed", (int(found[1]), int(found[2])) if found else (0, 0))
        return self._pong

    @property
    def pong(self) -> Pong:
        """What `ping` said last; asked once."""
        return self._pong or self.ping()

    @property
    def flavor(self) -> Flavor:
        """How to write: `v1` for servers before 1.8, else `v2`; undecided while nobody answers."""
        if self._flavor is None:
            number = self.pong.number
            self._flavor = "v1" if (0, 0) < number < V2_WRITES_SINCE else "v2"
        return self._flavor

    def write(self, bucket: str, body: bytes) -> None:
        """Post line protocol with second precision; return once the server has it.

        Raises:
            Refused: the server said no; `status` says how.
            StoreUnavailable: no answer: whether the lines were taken is unknown, so send them again.
        """
        self.write_packed(bucket, gzip.compress(body, GZIP_LEVEL, mtime=0))

    def write_packed(self, bucket: str, packed: bytes) -> None:
        """Post line protocol that is gzip already, as `write`."""
        status = self._guarded(lambda: self._posted(bucket, packed))
        if status != TAKEN:  # a web page says 200 to anything
            raise no_influxdb(self.url)

    def ask(self, method: str, path: str, query: Mapping[str, str], *, body: object = None) -> Any:  # noqa: ANN401 - urllib3's
        """Send any other request and return the whole answer (status, headers, data).

        Raises:
            Refused, StoreUnavailable: as `write`.
        """
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        api: Any = self.client.api_client
        response = self._guarded(
            lambda: api.call_api(
                path, method, {}, list(query.items()), headers, body=body, auth_settings=[],
                _return_http_data_only=True, _preload_content=False,
            )
        )  # fmt: skip
        self._guarded(lambda: response.data)
        return response

    def documents(self, query: Mapping[str, str], *, method: str = "GET") -> list[Any]:
        """Ask `/query` and return its JSON documents, one a line of the answer.

        Raises:
            Refused, StoreUnavailable: as `write`, or the answer is no JSON.
        """
        text = self.ask(method, "/query", query).data
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise no_influxdb(self.url) from None

    def close(self) -> None:
        """Close all connections; the next request opens new ones."""
        with self._lock:
            if self._client is not None:
                client: Any = self._client
                client.close()
                self._client = None

    def _connected(self) -> InfluxDBClient:
        from influxdb_client.client.influxdb_client import InfluxDBClient

        keys = self.keys
        login = _login(keys.user, keys.password.resolve() if keys.password else None)
        token = keys.token.in_header() if keys.token else None
        return InfluxDBClient(
            self.url,
            login or token or "",
            org=keys.org,
            auth_basic=login is not None,
            timeout=(int(keys.connect_timeout_s * 1000), int(keys.timeout_s * 1000)),
            ssl_ca_cert=None if self._ca_file is None else str(self._ca_file),
        )

    def _posted(self, bucket: str, packed: bytes) -> int:
        """Post by the library's write service, or below 1.8 by its low level; return the status."""
        from influxdb_client.service.write_service import WriteService

        api: Any = self.client.api_client
        service: Any = WriteService
        if self.flavor == "v2":
            kind = {"content_encoding": "gzip", "content_type": TEXT}
            answer = service(api).post_write_with_http_info(self.keys.org, bucket, packed, precision="s", **kind)
        else:
            headers = {"Content-Encoding": "gzip", "Content-Type": TEXT}
            query = [("db", bucket), ("precision", "s")]
            answer = api.call_api("/write", "POST", {}, query, headers, body=packed, auth_settings=[])
        return int(answer[1])

    def _guarded(self, call: Any) -> Any:  # noqa: ANN401 - whatever the library returns
        """Run one call of the library; its two kinds of error become ours."""
        from influxdb_client.rest import ApiException
        from urllib3.exceptions import HTTPError

        try:
            return call()
        except ApiException as error:
            raise refused(self.url, error) from None
        except (HTTPError, UnicodeDecodeError, OSError) as error:
            raise unanswered(self.url, error) from None


def _login(user: str | None, password: SecretStr | None) -> str | None:
    return f"{user}:{password.get_secret_value()}" if user is not None and password is not None else None
