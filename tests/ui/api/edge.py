"""An edge collector and a central in one process, and a wire between them that fails as a test says."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from collectors.forward.central import Central, told_beside
from collectors.forward.forwarder import Forwarder
from collectors.judge import judge_readings
from collectors.reading import Reading
from config.errors import SourceUnreachable
from config.secrets import Secret
from tests.ui.api.halls import Halls, halls
from tests.ui.company import HEAD, START, Company

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collectors.events import Event
    from collectors.store.spool import Spool
    from tests.ui.api.asgi import Client

NEW = """
[[points]]
id = "b/new"
role = "other"
max_w = 900.0
interval_s = { power = 60 }
"""
EDGE = """
[[points]]
id = "b/utility"
role = "utility"
max_w = 5000.0
ct_ratio = 4.0
interval_s = { power = 60 }
[[points]]
id = "b/ups"
role = "ups"
parent = "utility"
max_w = 5000.0
ct_ratio = 4.0
interval_s = { power = 60 }
"""


@dataclass(frozen=True)
class Wire(Central):
    """The way to a central in this process; `faults` are taken from its end, one a request."""

    client: Client | None = None
    faults: list[str] = field(default_factory=list)
    late: list[Callable[[], object]] = field(default_factory=list)
    limit_rows: list[int] = field(default_factory=list)
    out_of_step: list[bool] = field(default_factory=list)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
        fault = self.faults.pop() if self.faults else ""
        if fault == "late":  # it is under way, and its sender gave it up
            self.late.append(lambda: self._deliver(method, path, body, headers))
        if fault in {"away", "late"}:
            raise SourceUnreachable(fault)
        if self.limit_rows and body and len(json.loads(gzip.decompress(body))["readings"]) > self.limit_rows[0]:
            return 413, {"error": "too large"}
        if self.out_of_step and body:
            return 409, {"error": "ask"}
        found = self._deliver(method, path, body, headers)
        if fault == "lost":
            raise SourceUnreachable(fault)
        return found

    def _deliver(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
        assert self.client
        answer = self.client.ask(method, path, body, headers=headers)
        return answer.status, (answer.json if answer.body else {}) | told_beside(answer.headers)


@dataclass
class Pair:
    """An edge with the site b, and a central with the sites s and b."""

    edge: Company
    central: Halls
    wire: Wire
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the edge."""
        self.service = self.edge.service

    @property
    def spool(self) -> Spool:
        """Of the edge."""
        return self.service.stores.spool

    @property
    def central_spool(self) -> Spool:
        """Of the central."""
        return self.central.kept.service().stores.spool

    def set_number(self, number: int) -> None:
        """Let the central have another number of the edge's spool, as one that was put back has."""
        with self.central_spool._connections.transaction(write=True) as connection:
            sender = f"forward:b:{self.spool.uuid}"
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (sender, str(number)))

    def forwarder(self) -> Forwarder:
        """The forwarder of a fresh process."""
        return Forwarder(
            self.spool, self.wire, lambda: self.service.settings, lambda: self.edge.now, self.events.append
        )

    def read(self, *readings: Reading) -> None:
        """Judge and accept at the edge."""
        table, _ = judge_readings(readings, self.service.settings, origin="bmc", now=int(self.edge.now))
        self.spool.accept(table)

    def same(self) -> bool:
        """Whether the central has exactly what the edge has."""
        found = []
        for spool in (self.spool, self.central_spool):
            columns = ("point", "metric", "time", "value", "quality", "reason", "device_time")
            found.append(spool.after(0).select(columns).to_pylist())
        return bool(found[0] == found[1])


def paired(tmp_path: Path) -> Pair:
    """An edge and its central, each in a folder of its own."""
    for name in ("edge", "central"):
        (tmp_path / name).mkdir()
    central = halls(tmp_path / "central")
    edge = Company(tmp_path / "edge", points=EDGE, head=HEAD.replace('"s"', '"b"'))
    client = central.client("ingest", site="b")
    return Pair(edge, central, Wire("https://central", Secret(env="NONE"), client=client))


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(START + at, UTC)


def power(at: int, watts: float, point: str = "b/ups", **keys: Any) -> Reading:  # noqa: ANN401 - of `Reading`
    return Reading(point, "power", moment(at), watts, **keys)
