"""What a server with sign-in adds around everything: files for those alone who are signed in, cookies by TLS alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import cookie_parser

from config.errors import WattlasError
from ui.access.ended import has_ended
from ui.access.person import person_of

if TYPE_CHECKING:
    from starlette.datastructures import MutableHeaders
    from starlette.types import Scope

    from config.sign_in import SignIn
    from ui.serving.kept_service import Kept

YEAR_S: Final = 31_536_000
SECURE: Final = "; Secure"


class SignInDoor:
    """Judges the cookie that `st.login` left, by the same claims and roles as the pages do."""

    def __init__(self, kept: Kept) -> None:
        """Ask the site file as it is at every request."""
        self._kept = kept

    def lets_in(self, scope: Scope) -> bool:
        """Say whether the request comes from somebody who may read; a site file that is gone lets nobody in."""
        try:
            service = self._kept.service()
        except WattlasError:
            return False
        sign_in = service.settings.sign_in
        if sign_in is None:
            return False
        claims = _claims(scope, sign_in)
        who = None if has_ended(claims) else person_of(claims, sign_in, now=service.now())
        return who is not None and who.may("read")

    def seal(self, headers: MutableHeaders) -> None:
        """Let browsers send cookies by TLS alone, where the pages are reached by it."""
        try:
            sign_in = self._kept.service().settings.sign_in
        except WattlasError:
            return
        if sign_in is None or not sign_in.encrypted:
            return
        headers["Strict-Transport-Security"] = f"max-age={YEAR_S}"
        cookies = headers.getlist("set-cookie")
        if cookies:
            del headers["set-cookie"]
            for one in cookies:
                headers.append("set-cookie", one if SECURE.lower() in one.lower() else one + SECURE)


def _claims(scope: Scope, sign_in: SignIn) -> dict[str, Any]:
    """The claims in the signed cookie; none where it is absent, forged, or of another address."""
    from streamlit.auth_util import get_cookie_with_chunks
    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
    from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

    sent = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    cookies = cookie_parser(sent.decode("latin-1"))

    def one(name: str) -> bytes | None:
        return (
            decode_signed_value(get_cookie_secret(), name, cookies[name].encode("latin-1")) if name in cookies else None
        )

    raw = get_cookie_with_chunks(one, USER_COOKIE_NAME)
    found = json.loads(raw) if raw else {}
    return found if isinstance(found, dict) and found.get("origin") == sign_in.url else {}
