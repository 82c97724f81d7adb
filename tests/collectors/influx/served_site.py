"""A small site whose archive is the tried server, with what a test asks of both."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tests.collectors.store.tables import readings
from ui.cli import main
from ui.service import Service, open_service

if TYPE_CHECKING:
    from pathlib import Path

    from tests.peers.influx_server import Peer

NOW = int(time.time())
START = NOW // 3600 * 3600 - 6 * 3600
SITE = """
[company]
name = "A"
currency = "EUR"
[store]
data = "data"
kind = "{kind}"
{more}
[[sites]]
id = "t"
name = "T"
zone = "DE"
time_zone = "UTC"
[[points]]
id = "srv-1"
site = "t"
role = "server"
interval_s = {{ power = 60 }}
"""


class Site:
    """One site file and its data folder, on a lake or on a server."""

    def __init__(self, folder: Path, peer: Peer) -> None:
        self.folder, self.peer, self.path = folder, peer, folder / "wattlas.toml"

    def is_on(self, kind: str) -> None:
        more = f'url = "{self.peer.url}"\nbucket_raw = "raw"\nbucket_hourly = "hourly"' if kind == "influxdb" else ""
        self.path.write_text(SITE.format(kind=kind, more=more))
        assert kind == "lake" or self.run("store", "init") == 0

    def run(self, *argv: str) -> int:
        return main(["--config", str(self.path), *argv])

    def service(self) -> Service:
        return open_service(self.path, None)

    def take(self, minutes: range, watts: float) -> None:
        rows = [("t/srv-1", "power", START + 60 * minute, watts) for minute in minutes]
        self.service().stores.spool.accept(readings(rows))

    def booked(self) -> float:
        rows = self.service().stores.books.rows(["t/srv-1"], ["energy"])
        return float(sum(kwh or 0.0 for kwh in rows["energy_kwh"].to_pylist()))

    def keep(self) -> None:
        service = self.service()
        service.ship()
        service.keep_books()
        service.ship()

    def stored(self, text: str, db: str = "raw") -> list[list[Any]]:
        answer = json.loads(self.peer.ask("/query", db=db, q=text, epoch="s"))
        return [row for one in answer["results"][0].get("series", []) for row in one["values"]]
