"""What tests ask of the routes that read, and all pages of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.ui.api.asgi import Client

PERIOD = "from=2026-03-14T00:00:00Z&to=2026-03-14T02:00:00Z"
PATHS = {
    "kpis": f"?{PERIOD}",
    "ledger": f"?{PERIOD}",
    "readings": f"?{PERIOD}",
    "alerts": "",
    "records": "",
    "reports": "",
    "plan": "",
}


def items(client: Client, target: str) -> list[dict[str, Any]]:
    """All pages of an address."""
    found: list[dict[str, Any]] = []
    following: str | None = target
    while following:
        answer = client.get(following)
        assert answer.status == 200, answer.body
        found += answer.json["items"]
        following = answer.json["next"]
    return found
