"""How tests of roles sign in: a `[sign_in]`, and the claims of who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import session

if TYPE_CHECKING:
    import pytest

    from ui.service import Service

SIGN_IN = """
[sign_in]
issuer = "https://login.example.com/realms/main/"
client_id = "wattlas"
client_secret = { env = "SECRET_OF_THE_CLIENT" }
url = "https://watt.example.com"
[[sign_in.roles]]
role = "viewer"
everyone = true
[[sign_in.roles]]
role = "approver"
emails = ["Ann@Example.com"]
[[sign_in.roles]]
role = "planner"
groups = ["planning"]
"""


def claiming(monkeypatch: pytest.MonkeyPatch, service: Service, **claims: object) -> None:
    made = {"is_logged_in": True, "sub": "u", "iat": service.now(), **claims}
    monkeypatch.setattr(session, "claims", lambda: made)
