"""An edge collector and its central, killed again and again; afterwards the central has exactly what the edge accepted.

While the central is dead the link is away. The edge polls simulated devices and gets meters' readings meanwhile: there
is always something on its way. Its requests are small, so that a kill falls between two of them or into one.
"""

from __future__ import annotations

import random
import signal
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from collectors.judge import judge_readings
from collectors.reading import Reading
from collectors.store.open import Stores
from collectors.store.state import State
from config.loading import load_settings
from tests.program import Job, Program
from tests.ui.plant import HEAD, LIVE, METERS, write_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = ("point", "metric", "time", "value", "quality", "reason")
LIVES_S = (0.0, 1.2)  # of a victim, once it works
ROWS, READINGS = 40, 150
EDGE = """
import collectors.forward.central, collectors.forward.forwarder as forwarder, ui.serving.forwarding
forwarder.SOON_S, forwarder.LATEST_S, forwarder.ROWS = 0.05, 0.2, {rows}
sys.exit(wattlas("collect", "--forward", "http://127.0.0.1:{port}"))
"""
CENTRAL = """
import streamlit, ui.api.app, uvicorn
sys.exit(wattlas("ui", "--access", "api", "--port", "{port}"))
"""


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Link:
    """Both ends in one folder."""

    folder: Path
    luck: random.Random
    readings: int = READINGS  # of each meter in each round
    per_request: int = ROWS
    away: int = 0  # rounds until the central is there for the first time
    port: int = field(default_factory=free_port)
    starts: Iterator[int] = field(default_factory=count)
    jobs: dict[str, Job] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write both site files: the central knows the same points, how often they are read, and no source."""
        for end in ("edge", "central"):
            (self.folder / end).mkdir()
        edge = write_site(self.folder / "edge" / "wattlas.toml", poll_s=1)
        text = edge.read_text()
        head = HEAD[: HEAD.index("[[sources]]")]
        for point in LIVE:
            head = head.replace(f'id = "{point}"\n', f'id = "{point}"\ninterval_s = {{ power = 1 }}\n')
        meters = text[text.index('[[points]]\nid = "fra1/m-0"') :]
        (self.folder / "central" / "wattlas.toml").write_text(f"{head}{meters}\n[server]\nrequests_per_minute = 1e6\n")
        self.central = Program(self.folder / "central" / "wattlas.toml")
        _, token = State(self.folder / "central" / "data" / "state.sqlite").tokens.create(
            name="e", scopes=["ingest"], site="fra1", expires_at=None, who="test", at=0
        )
        self.settings = load_settings(edge)
        self.edge = Program(edge, {"WATTLAS_FORWARD_TOKEN": token})

    def suffer(self, rounds: int) -> int:
        """Let both work, kill one of them in each round, then let the rest arrive; return the kills."""
        kills = 0
        with ExitStack() as stack:
            self._start("edge", stack)
            for number in range(rounds):
                self._more(number)
                if number == self.away:
                    self._start("central", stack)
                for end in self.luck.sample(sorted(self.jobs), min(1 + (number % 2), len(self.jobs))):
                    self.jobs[end].wait_until_said("ready\n", within_s=60)
                    time.sleep(self.luck.uniform(*LIVES_S))
                    kills += self.jobs[end].kill() == -signal.SIGKILL
                    self._start(end, stack)
            self._arrived()
            self._at_work()
            for end in ("edge", "central"):
                assert self.jobs[end].terminated(within_s=60) == 0, self.jobs[end].said()
        secret = self.edge.environment["WATTLAS_FORWARD_TOKEN"].rpartition("_")[2]
        assert all(secret not in log.read_text() for log in self.folder.glob("*.log"))
        return kills

    def _at_work(self, within_s: float = 60.0) -> None:
        """Wait until both heed a SIGTERM, which would just end them before."""
        self.jobs["edge"].wait_until_said("collect answers", within_s=within_s)
        deadline = time.monotonic() + within_s
        while not self._listens():
            assert time.monotonic() < deadline, self.jobs["central"].said()
            time.sleep(0.05)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _more(self, number: int) -> None:
        """Some readings of meters, into the spool of the edge: a day before those of the round before."""
        start = int(time.time()) // 86_400 * 86_400 - 86_400 * (9 + number)
        times = [datetime.fromtimestamp(start + 10 * at, UTC) for at in range(self.readings)]
        readings = [Reading(f"fra1/{name}", "power", at, self.luck.uniform(0, 61e3)) for at in times for name in METERS]
        table, _ = judge_readings(readings, self.settings, origin="meters", now=int(time.time()))
        Stores(self.folder / "edge" / "data").spool.accept(table)

    def _start(self, end: str, stack: ExitStack) -> None:
        program, code = (self.edge, EDGE) if end == "edge" else (self.central, CENTRAL)
        log = self.folder / f"{end}-{next(self.starts)}.log"
        command = program.driver(code.format(port=self.port, rows=self.per_request))
        self.jobs[end] = stack.enter_context(program.running(command, log=log))
        self.jobs[end].go()

    def _arrived(self, within_s: float = 300.0) -> None:
        """Wait until the edge has heard that all it held a moment ago is at the central."""
        spool = Stores(self.folder / "edge" / "data").spool
        wanted, deadline = spool.highest(), time.monotonic() + within_s
        while (spool.marks.forwarded() or 0) < wanted:
            assert time.monotonic() < deadline, self.jobs["edge"].said()[-3000:]
            time.sleep(0.1)

    def rows(self, end: str) -> list[dict[str, Any]]:
        """All that a spool accepted, in order."""
        found: list[dict[str, Any]] = Stores(self.folder / end / "data").spool.after(0).select(COLUMNS).to_pylist()
        return found


def survive(
    folder: Path, *, rounds: int, readings: int = READINGS, per_request: int = ROWS, away: int = 0, seed: int = 20261129
) -> tuple[int, int]:
    """Kill in so many rounds, the central being there after `away` of them; return kills and readings."""
    link = Link(folder, random.Random(seed), readings, per_request, away)  # noqa: S311 - luck, no secret
    kills = link.suffer(rounds)
    sent, arrived = link.rows("edge"), link.rows("central")
    assert len(sent) > rounds * link.readings * len(METERS)
    assert arrived == sent[: len(arrived)], "something is missing, doubled, or in another order"
    assert len(sent) == len(arrived), "the last readings were sent before the edge ended"
    return kills, len(sent)
