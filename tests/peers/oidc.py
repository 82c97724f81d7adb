"""An OpenID Connect provider on loopback: discovery, keys, the code flow with PKCE, RS256, written after the standard.

Whoever comes is asked nothing and is the person that the test has put there; each way to cheat is a switch.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import BasicAuth, web
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENT, SECRET = "wattlas", "planted-client-secret-7f3a"


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65_537, key_size=2048)


@dataclass
class Provider:
    """Signs in whoever `claims` says; `cheat` is what is wrong with the next token: key, aud, iss, nonce, exp, none."""

    claims: dict[str, Any] = field(default_factory=dict)
    cheat: str = ""
    url: str = ""
    asked: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _own: RSAPrivateKey = field(default_factory=_key)
    _foreign: RSAPrivateKey = field(default_factory=_key)

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/.well-known/openid-configuration", self._discovery),
                web.get("/keys", self._keys),
                web.get("/authorize", self._authorize),
                web.post("/token", self._token),
            ]
        )
        return app

    async def _discovery(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _keys(self, _request: web.Request) -> web.Response:
        public = self._own.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1", "n": _number(public.n), "e": _number(public.e)}
        return web.json_response({"keys": [key]})

    async def _authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        self.asked.append(request.path_qs)
        assert (query["response_type"], query["client_id"], query["code_challenge_method"]) == ("code", CLIENT, "S256")
        code = secrets.token_urlsafe()
        self._codes[code] = query
        back = query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"]})
        raise web.HTTPFound(back)

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        given = request.headers.get("Authorization")
        client = (
            BasicAuth.decode(given) if given else BasicAuth(form.get("client_id", ""), form.get("client_secret", ""))
        )
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or (client.login, client.password) != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_grant"}, status=400)
        proof = _b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if proof != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = self._signed(asked.get("nonce", ""))
        return web.json_response(
            {"access_token": "planted-access-token-91", "token_type": "Bearer", "expires_in": 300, "id_token": token}
        )

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.claims}
        wrong: dict[str, dict[str, Any]] = {
            "aud": {"aud": "other"},
            "iss": {"iss": "https://evil.example"},
            "nonce": {"nonce": "other"},
            "exp": {"iat": now - 9000, "exp": now - 8000},
        }
        claims |= wrong.get(self.cheat, {})
        head = {"alg": "none" if self.cheat == "none" else "RS256", "typ": "JWT", "kid": "k1"}
        text = ".".join(_b64(json.dumps(part).encode()) for part in (head, claims))
        if self.cheat == "none":
            return f"{text}."
        key = self._foreign if self.cheat == "key" else self._own
        return f"{text}.{_b64(key.sign(text.encode(), PKCS1v15(), SHA256()))}"


@contextmanager
def serving_provider() -> Iterator[Provider]:
    """Serve on a thread of its own until the block ends."""
    import asyncio

    provider, ready, done = Provider(), threading.Event(), threading.Event()

    async def serve() -> None:
        runner = web.AppRunner(provider.app())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        while not done.is_set():  # noqa: ASYNC110 - set by another thread
            await asyncio.sleep(0.05)
        await runner.cleanup()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield provider
    finally:
        done.set()
        thread.join(20)
