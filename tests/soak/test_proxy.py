"""The shipped nginx.conf in front of the pages: TLS, compression, headers, and signing in through it."""

from __future__ import annotations

import http.client
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.peers.certificate import self_signed
from tests.peers.influx_server import free_port
from tests.peers.oidc import SECRET, serving_provider
from tests.peers.require import require_binary
from tests.program import Program
from tests.ui.access.test_sign_in import ANA, Guest, bare, sign_in
from tests.ui.pages.test_browser import WIDE_PX, _until_it_answers, browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.peers.oidc import Provider

pytestmark = [pytest.mark.soak, pytest.mark.peer]
__all__ = ["browser"]  # a fixture, found by name
CONF = Path(__file__).parents[2] / "config" / "deploy" / "nginx.conf"


def own(folder: Path, port: int, behind: int) -> str:
    """The file as shipped but for ports, names and paths, and without auth_basic, as it says for [sign_in]."""
    text = "".join(
        line for line in CONF.read_text().splitlines(keepends=True) if not line.lstrip().startswith("auth_basic")
    )
    changed = {
        "listen 443 ssl http2": f"listen 127.0.0.1:{port} ssl http2",
        "wattlas.example.com;": "localhost;",
        "/etc/ssl/wattlas.pem": str(folder / "bmc.pem"),
        "/etc/ssl/wattlas.key": str(folder / "bmc.pem"),
        "127.0.0.1:8501": f"127.0.0.1:{behind}",
    }
    for was, becomes in changed.items():
        assert was in text
        text = text.replace(was, becomes)
    temp = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off;\nerror_log {folder}/error.log;\npid {folder}/pid;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temp}{text}}}\n"
    )


@dataclass(frozen=True)
class Proxied:
    """The address through the proxy, and who signs in."""

    port: int
    provider: Provider

    def asked(self, path: str, **headers: str) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask through TLS."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=20, context=trusting)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, [(name.lower(), value) for name, value in answer.getheaders()], body


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    pytest.importorskip("authlib", reason="Authlib is not installed: run `make install`")
    nginx, folder = require_binary("nginx"), tmp_path_factory.mktemp("proxy")
    port, behind = free_port(), free_port()
    self_signed(folder)
    (folder / "nginx.conf").write_text(own(folder, port, behind))
    with serving_provider() as provider:
        provider.claims = dict(ANA)
        (folder / "wattlas.toml").write_text(bare() + sign_in(provider.url, f"https://localhost:{port}"))
        program = Program(folder / "wattlas.toml", {"SECRET_OF_THE_CLIENT": SECRET})
        with (
            program.running(program.command("ui", "--port", str(behind)), log=folder / "ui.log"),
            subprocess.Popen([nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)]) as process,
        ):
            try:
                _until_it_answers(f"http://127.0.0.1:{behind}/_stcore/health")
                _until_listening(port)
                yield Proxied(port, provider)
            finally:
                process.terminate()


def _until_listening(port: int) -> None:
    import socket

    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def test_pages_are_packed_and_carry_every_header_once(proxied: Proxied) -> None:
    status, headers, page = proxied.asked("/")
    assert status == 200
    names = [name for name, _ in headers]
    for name in (
        "strict-transport-security",
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
    ):
        assert names.count(name) == 1, name
    script = page.decode().partition('src="./')[2].partition('"')[0]
    _, plain, whole = proxied.asked(f"/{script}")
    _, packed, smaller = proxied.asked(f"/{script}", Accept_Encoding="gzip")
    assert dict(packed)["content-encoding"] == "gzip"
    assert "content-encoding" not in dict(plain)
    assert len(smaller) < 0.5 * len(whole)
    assert proxied.asked("/api/v1/alerts")[0] == 401
    assert proxied.asked("/healthz")[0] == 200
    assert proxied.asked("/media/x")[0] == 401


def test_one_signs_in_through_it_and_cookies_go_by_tls_alone(browser: Browser, proxied: Proxied) -> None:
    visit = Guest(browser, f"https://localhost:{proxied.port}", mode="light", width=WIDE_PX, bare=False)
    page = visit.sign_in()
    page.get_by_text("Ana Adams (ana@").wait_for()
    cookies = {one["name"]: one for one in visit.context.cookies()}
    assert cookies["_streamlit_user"]["secure"]
    assert cookies["_streamlit_user"]["httpOnly"]
    visit.leave()
