"""Two sites behind the HTTP doors, with a token for whatever a test wants to do."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.ui.api.asgi import Client
from tests.ui.company import HEAD, START, Company
from ui.api.app import api
from ui.serving.kept_service import Kept

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.applications import Starlette

    from ui.service import Service

SITES = HEAD + HEAD[HEAD.index("[[sites]]") :].replace('"s"', '"b"')
POINTS = "".join(
    f"""
[[points]]
id = "{site}/{name}"
role = "{role}"
{feed}
max_w = 5000.0
ct_ratio = {ratio}
interval_s = {{ power = 60, energy_counter = 60 }}
"""
    for site, ratio in (("s", 1.0), ("b", 4.0))
    for name, role, feed in (("utility", "utility", ""), ("ups", "ups", 'parent = "utility"'))
)
_names = itertools.count()


class StillKept(Kept):
    """Keeps a service whose clock stands where the company's does."""

    def __init__(self, company: Company) -> None:
        """Open it once."""
        super().__init__(None, None)
        self.opened = company.service

    def service(self) -> Service:
        """The same service each time."""
        return self.opened


@dataclass
class Halls:
    """One data folder and its API."""

    company: Company
    kept: StillKept
    app: Starlette

    def token(self, *scopes: str, site: str | None = "s", days: int = 1, at: float | None = None) -> str:
        """The text of a new token."""
        made = int(self.company.now if at is None else at)
        _, text = self.kept.service().stores.state.tokens.create(
            name=f"t{next(_names)}", scopes=scopes, site=site, expires_at=made + days * 86_400, who="ann", at=made
        )
        return text

    def client(self, *scopes: str, site: str | None = "s") -> Client:
        """A client with a token of its own."""
        return Client(self.app, self.token(*scopes, site=site))

    def accepted(self) -> list[tuple[str, str, int, float, str]]:
        """Point, metric, seconds after START, value and quality of all readings of the spool, in order."""
        rows = self.kept.service().stores.spool.after(0).to_pylist()
        return [(row["point"], row["metric"], row["time"] - START, row["value"], row["quality"]) for row in rows]


def halls(folder: Path, more: str = "") -> Halls:
    """Two sites, s and b, in a folder."""
    company = Company(folder, points=POINTS + more, head=SITES)
    kept = StillKept(company)
    return Halls(company, kept, api(kept, ["127.0.0.1"]))
