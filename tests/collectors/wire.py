"""A simulated site on the wire: its file, its servers, and a runner whose hours pass in seconds."""

from __future__ import annotations

import asyncio
import json
import selectors
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.intake import Intake
from collectors.judge import Judge
from collectors.plugins.modbus.maps import register_map
from collectors.registry import build
from collectors.run import Runner
from collectors.store.open import open_stores
from config.loading import load_settings
from tests.collectors.simulated import plan
from tests.peers.simulated_modbus import meter, serving_modbus
from tests.peers.simulated_redfish import USER, RedfishSite, resource_of, serving_redfish
from ui.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa
    from pymodbus.simulator import SimDevice

    from collectors.events import Event
    from collectors.plugins.simulated.site import SimulatedSite

START = plan.EPOCH + 20 * plan.DAY
POLL_S = 60
PASSWORD_VARIABLE = "WIRE_PASSWORD"
MAX_W = 400e3

CHASSIS = ("srv", "two", "one")
POWER_ONLY = "two"  # its site file takes power alone into the books
OUTLETS = {"pdu-a": ("pdu-a", "srv-a"), "pdu-b": ("pdu-b", "srv-b")}  # source: its points
METERS = {
    "grid": "schneider_iem3000",
    "cooling": "eastron_sdm630",
    "lighting": "abb_b2x",
    "in-a": "sunspec",
    "in-b": "siemens_pac2200",
    "ups-a": "janitza_umg",
    "ups-b": "schneider_iem3000",
}
READ = (*CHASSIS, *(point for points in OUTLETS.values() for point in points), *METERS)

HEAD = """
[company]
name = "Wire"
currency = "EUR"
[[sites]]
id = "t"
name = "Wire"
zone = "DE"
time_zone = "Europe/Berlin"
currency = "EUR"
factor_year = "latest_published"
"""


class PatientLoop(asyncio.SelectorEventLoop):
    """Time stands still while anything is on the wire, and jumps to the next timer when nothing is."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def stand_still_while(self, busy: Callable[[], bool]) -> None:
        self._jumping.busy = busy


class _Jumping(selectors.SelectSelector):
    now = 0.0
    grace_s = 0.5  # for what is on the wire; loopback delivers within microseconds

    def __init__(self) -> None:
        super().__init__()
        self.busy: Callable[[], bool] = lambda: False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(self.grace_s if self.busy() else 0)
        if not ready:
            self.now += timeout
        return ready


class WireClock:
    """The clock of runner, servers and stores: simulated seconds since `START`."""

    def __init__(self, loop: PatientLoop) -> None:
        self._loop = loop

    def monotonic(self) -> float:
        return self._loop.time()

    def utc(self) -> float:
        return START + self._loop.time()


@dataclass
class Wire:
    """A site behind its servers, polled into stores in a folder."""

    folder: Path
    site: SimulatedSite
    loop: PatientLoop = field(default_factory=PatientLoop)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = WireClock(self.loop)
        self.redfish = RedfishSite(self.site, self.clock.utc)

    def collect(self, hours: float) -> Service:
        """Poll for some simulated hours, ship, keep the books, and return the service over them."""
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            service = runner.run(self._collect(hours * 3600.0))
        service.ship()
        service.keep_books()
        return service

    async def _collect(self, seconds: float) -> Service:
        async with AsyncExitStack() as servers:
            url = await servers.enter_async_context(serving_redfish(self.redfish))
            port = await servers.enter_async_context(serving_modbus(self._devices()))
            now = START + seconds + 2 * POLL_S
            path = self.folder / "wattlas.toml"
            path.write_text(self._site_file(url, port))
            settings = load_settings(path)
            service = Service(settings, open_stores(settings), lambda: now)
            intake = Intake(Judge(settings), service.stores.spool.accept, self.clock)
            runner = Runner(build(settings), intake.accept, self.clock, flush=intake.flush, record=self.events.append)
            self.loop.stand_still_while(lambda: any(source.polling for source in runner._sources.values()))
            run = asyncio.ensure_future(runner.run())
            await asyncio.sleep(seconds + 2 * POLL_S)
            runner.stop()
            await run
        return service

    def _devices(self) -> list[SimDevice]:
        maps = {point: None if name == "sunspec" else register_map(name) for point, name in METERS.items()}
        return [
            meter(self.site, self.clock.utc, f"t/{point}", unit, found)
            for unit, (point, found) in enumerate(maps.items(), start=1)
        ]

    def _site_file(self, url: str, port: int) -> str:
        points = "".join(_point(self.site, point) for point in self.site.spec.points)
        bmcs = "".join(_redfish(name, url, f'resource = "{self._resource(name)}"') for name in CHASSIS)
        pdus = "".join(_redfish(name, url, self._table(points)) for name, points in OUTLETS.items())
        meters = "".join(_modbus(name, port, unit, map_) for unit, (name, map_) in enumerate(METERS.items(), start=1))
        return HEAD + points + bmcs + pdus + meters

    def _table(self, names: tuple[str, ...]) -> str:
        rows = ", ".join(f'"t/{name}" = "{self._resource(name)}"' for name in names)
        return f"points = {{ {rows} }}"

    def _resource(self, name: str) -> str:
        return resource_of(self.site, f"t/{name}")

    def booked(self, service: Service, name: str, start_h: float, end_h: float) -> list[dict[str, object]]:
        """Ledger rows of a point from hour to hour."""
        start, end = (int(START + hours * 3600) for hours in (start_h, end_h))
        table = service.ledger(start=start, end=end, points=[f"t/{name}"], metrics=["energy"])
        rows: list[dict[str, object]] = table.to_pylist()
        return rows

    def truth_kwh(self, name: str, start_h: float, end_h: float) -> float:
        """What really happened."""
        return self.site.truth_kwh(f"t/{name}", *(int(START + hours * 3600) for hours in (start_h, end_h)))

    def refused(self, service: Service) -> dict[str, set[tuple[str, str]]]:
        """Metric and reason of what stands in quarantine, by name of the point."""
        held: pa.Table = service.stores.archive.read(rejected=True)
        found: dict[str, set[tuple[str, str]]] = {}
        for row in held.to_pylist():
            if row["quality"] == "rejected":
                found.setdefault(row["point"].removeprefix("t/"), set()).add((row["metric"], row["reason"]))
        return found


def _point(site: SimulatedSite, point: str) -> str:
    state = site.spec.points[point]
    listed = {key: json.dumps(list(getattr(state, key))) for key in ("parents", "feeds") if getattr(state, key)}
    rows = "".join(f"{key} = {value}\n" for key, value in listed.items())
    register = "" if point == f"t/{POWER_ONLY}" else f", energy_counter = {POLL_S}"
    intervals = f"interval_s = {{ power = {POLL_S}{register} }}\n"
    return f'[[points]]\nid = "{point}"\nrole = "{state.role}"\nmin_w = 50\nmax_w = {MAX_W}\n{rows}{intervals}'


def _source(name: str, kind: str) -> str:
    return f'[[sources]]\nid = "{kind}-{name}"\nkind = "{kind}"\npoint = "t/{name}"\ninterval_s = {POLL_S}\n'


def _redfish(name: str, url: str, more: str) -> str:
    account = f'user = "{USER}"\npassword = {{ env = "{PASSWORD_VARIABLE}" }}\n'
    return f'{_source(name, "redfish")}url = "{url}"\n{account}{more}\n'


def _modbus(name: str, port: int, unit: int, map_: str) -> str:
    return f'{_source(name, "modbus")}host = "127.0.0.1"\nport = {port}\nunit = {unit}\nmap = "{map_}"\n'
