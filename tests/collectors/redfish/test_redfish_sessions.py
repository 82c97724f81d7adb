"""How the Redfish source logs in, whom it believes, and what it says of trouble."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from config.errors import CollectError, SourceRefused, SourceUnreachable
from tests.collectors.redfish.played import ENVIRONMENT, ONE, chassis, play, polled, source, values
from tests.peers.certificate import self_signed
from tests.peers.redfish_stub import PASSWORD, ROOT, Stub

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.plugins.redfish import Redfish


pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUB_PASSWORD", PASSWORD)
    monkeypatch.setenv("WRONG_PASSWORD", "letmein")


def test_a_session_that_the_device_ended_is_renewed_within_the_poll() -> None:
    stub = Stub(ENVIRONMENT)

    async def script(one: Redfish) -> None:
        await polled(one)
        stub.tokens.clear()
        assert values(await polled(one))["power"] == 374.2

    play(stub, script)
    assert stub.opened == 2


def test_basic_authentication_opens_no_session() -> None:
    stub = Stub(ENVIRONMENT, basic=True)
    assert values(play(stub, polled, auth="basic"))["power"] == 374.2
    assert stub.opened == 0


@pytest.mark.parametrize(
    ("login", "keys", "error", "text"),
    [
        (201, {"password": {"env": "WRONG_PASSWORD"}}, SourceRefused, "refused the login: check user and password."),
        (404, {}, SourceRefused, 'has no sessions: write auth = "basic".'),
        (503, {}, SourceUnreachable, "opens no session now (HTTP 503): too many may be open."),
        (201, {"password": {"env": "NO_SUCH"}}, SourceRefused, "environment variable NO_SUCH is not set"),
        (201, {"resource": f"{ROOT}/Chassis/9"}, SourceRefused, f"has no resource {ROOT}/Chassis/9"),
        (201, {"auth": "basic"}, SourceRefused, "check user and password, and that the user may read it."),
    ],
)
def test_trouble_is_one_sentence_without_the_password(
    login: int, keys: dict[str, Any], error: type[CollectError], text: str
) -> None:
    with pytest.raises(error) as caught:
        play(Stub(ENVIRONMENT, login=login), polled, **keys)
    assert text in str(caught.value)
    assert str(caught.value).count(".\n") == 0
    assert PASSWORD not in str(caught.value)
    assert "letmein" not in str(caught.value)


def test_silence_ends_with_the_deadline_and_a_closed_port_at_once() -> None:
    with pytest.raises(SourceUnreachable, match=r"gave no answer within 0.3 s: check its power"):
        play(Stub(ENVIRONMENT, hangs=True), polled, deadline_s=0.3)

    async def nobody() -> None:
        one = source(Stub({}, url="http://127.0.0.1:9"))
        try:
            await one.fetch()
        finally:
            await one.close()

    with pytest.raises(SourceUnreachable, match=r"does not answer \(Connection refused\)"):
        asyncio.run(nobody())


def test_a_link_never_leads_to_another_host() -> None:
    resources: dict[str, object] = {ONE: chassis(Power={"@odata.id": "http://127.0.0.2:1/redfish/v1/Power"})}
    resources |= {f"{ROOT}/Power": {"PowerControl": [{"PowerConsumedWatts": 12}]}}
    assert values(play(Stub(resources), polled, resource=ONE)) == {"power": 12}, "its path on the same host"
    with pytest.raises(SourceRefused, match="gives no power"):
        play(Stub({ONE: chassis(Power={"@odata.id": "//127.0.0.2/x"})}), polled, resource=ONE)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    return self_signed(tmp_path_factory.mktemp("tls"))


def test_only_the_pinned_certificate_is_believed(certificate: tuple[Path, str]) -> None:
    path, digest = certificate
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path)
    assert values(play(Stub(ENVIRONMENT), polled, tls, fingerprint=f"sha256:{digest}"))["power"] == 374.2
    with pytest.raises(SourceRefused, match=f"fingerprint sha256:{digest}, not the pinned one"):
        play(Stub(ENVIRONMENT), polled, tls, fingerprint="sha256:" + "0" * 64)
    with pytest.raises(SourceRefused, match=r"not trusted \(self-signed certificate\): pin it by fingerprint"):
        play(Stub(ENVIRONMENT), polled, tls)


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"url": "10.1.1.1"}, "must be the address of the device without a path"),
        ({"url": "https://admin:secret@10.1.1.1"}, "must not hold user or password"),
        ({"url": "https://10.1.1.1:99999"}, "must be the address of the device without a path"),
        ({"url": "https://10.1.1.1:x"}, "must be the address of the device without a path"),
        ({"url": "https://10.1.1.1?x=1"}, "must be the address of the device without a path"),
        ({"url": "https://10.1.1.1 "}, "must be the address of the device without a path"),
        ({"url": "http://10.1.1.1", "fingerprint": "sha256:" + "a" * 64}, "are of https"),
        ({"resource": "/redfish/v1/x\r\nA: b"}, "must be a path of the service"),
        ({"fingerprint": "5f"}, "64 hex digits"),
        ({"resource": "/Chassis/1"}, "must be a path of the service"),
        ({"resource": ONE, "points": {"lab/a": ONE}}, "say the same: keep one"),
        ({"points": {"a": ONE}}, "write the full id, site/a"),
        ({"password": None}, "go together"),
    ],
)
def test_mistakes_in_the_table_are_told(keys: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        source(Stub({}, url="https://10.1.1.1"), **keys)
