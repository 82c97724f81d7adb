"""Who may do what at the north of three sites, and all that a page shows."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

from tests.ui.access.signing import SIGN_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamlit.testing.v1 import AppTest

    from ui.service import Service

    Act = Callable[[Service, str], Any]

WEST = """
[[sites]]
id = "west"
name = "Westhall"
zone = "US"
time_zone = "Europe/Berlin"
currency = "EUR"
[[points]]
id = "west/utility"
role = "utility"
interval_s = { power = 900 }
"""
AT_NORTH = SIGN_IN + "".join(
    f'[[sign_in.roles]]\nrole = "{role}"\nemails = ["{role}@example.com"]\nsites = ["north"]\n'
    for role in ("viewer", "auditor", "operator")
)
AT_NORTH += '[[sign_in.roles]]\nrole = "viewer"\nemails = ["eve@example.com"]\n'  # of all, and auditor of one
AT_NORTH = AT_NORTH.replace('["auditor@example.com"]', '["auditor@example.com", "eve@example.com"]')
AT_NORTH += '[[sign_in.roles]]\nrole = "viewer"\nemails = ["two@example.com"]\nsites = ["north", "west"]\n' + WEST
AT_NORTH = AT_NORTH.replace('role = "viewer"\neveryone = true', 'role = "auditor"\nemails = ["all@example.com"]')


def everything(app: AppTest) -> str:
    """All that a page sends to a browser."""
    found = (str(getattr(node, "proto", "")) for node in _nodes(app._tree))
    return unescape("\n".join(found).replace("\\'", "'"))


def _nodes(node: Any) -> Iterator[Any]:  # noqa: ANN401 - of Streamlit's own tree
    yield node
    for child in getattr(node, "children", {}).values():
        yield from _nodes(child)
