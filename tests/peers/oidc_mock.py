"""`oidc-provider-mock`, an OpenID Connect provider by others, in a process of its own: its import warns of Authlib."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from tests.peers.influx_server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class MockProvider:
    """Where it answers; whoever comes says who they are, and has the claims that the test gave them."""

    url: str

    def knows(self, sub: str, **claims: object) -> None:
        """Give somebody these claims, from the next sign-in on."""
        body = json.dumps(claims).encode()
        asked = Request(  # noqa: S310 - our own peer
            f"{self.url}/users/{quote(sub)}", body, {"Content-Type": "application/json"}, method="PUT"
        )
        with urlopen(asked, timeout=20):  # noqa: S310 - our own peer
            pass


@contextmanager
def serving_mock(log: Path) -> Iterator[MockProvider]:
    """Serve until the block ends."""
    port = free_port()
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "oidc_provider_mock",
                "--port",
                str(port),
                "--require-nonce",
                "true",
            ],
            stdout=file,
            stderr=file,
        )
    provider = MockProvider(f"http://127.0.0.1:{port}")
    try:
        _until_it_answers(provider.url, process, log)
        yield provider
    finally:
        process.kill()
        process.wait()


def _until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urlopen(f"{url}/.well-known/openid-configuration", timeout=5):  # noqa: S310 - our own peer
                return
        except (URLError, OSError):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.1)
