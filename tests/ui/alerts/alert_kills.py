"""A process that evaluates alerts and delivers them, killed again and again; no message is lost or doubled by key."""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from collectors.judge import judge_readings
from collectors.reading import Reading
from tests.program import Program
from tests.ui.company import HEAD
from ui.alerts.evaluate import evaluate
from ui.alerts.notify import deliver
from ui.alerts.sight import Watch
from ui.service import open_service

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service

POINTS = 3
LONGEST_S = 1.0  # that a victim lives on once it works
REFUSED = 0.1  # of the messages, by a receiver that is away for a moment
MORE_THAN_ANY_WAIT_S = 7200
SITE = (
    HEAD
    + '[alerting]\nevery_s = 1\n[[alerting.channels]]\nid = "hook"\nkind = "webhook"\naddress = "{address}"\n'
    + "".join(
        f'[[points]]\nid = "s/ups-{n}"\nrole = "ups"\nmax_w = 5000.0\ninterval_s = {{{{ power = 1 }}}}\n'
        f'[[alerts]]\nid = "load-{n}"\nkind = "reading"\npoints = ["s/ups-{n}"]\nabove = 100.0\nreason = "x"\n'
        for n in range(POINTS)
    )
)


@dataclass
class Receiver:
    """Takes webhooks and counts each key."""

    luck: random.Random
    took: Counter[str] = field(default_factory=Counter)
    order: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False

    def __post_init__(self) -> None:
        """Listen on loopback."""
        receiver, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    refused = receiver.away or receiver.luck.random() < REFUSED
                    if not refused:
                        receiver.order += [] if event["key"] in receiver.took else [event]
                        receiver.took[event["key"]] += 1
                self.send_response(503 if refused else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"


def work(config: Path) -> None:
    """Read, look and send until killed; each point is beyond its limit every other time or so."""
    service, watch, luck = open_service(config, None), Watch(), random.Random()  # noqa: S311 - luck, no secret
    while True:
        when = datetime.fromtimestamp(int(time.time()), UTC)
        found = [Reading(f"s/ups-{n}", "power", when, luck.choice((50.0, 150.0))) for n in range(POINTS)]
        table, _ = judge_readings(found, service.settings, origin="test", now=int(time.time()))
        service.stores.spool.accept(table)
        evaluate(service, watch, monotonic_s=time.monotonic())
        deliver(service)
        sys.stdout.write("works\n")
        sys.stdout.flush()


def survive(folder: Path, *, kills: int, seed: int = 20261127) -> None:
    """Kill so often, then deliver what is left, and check that every change of an alert was told, once by key."""
    luck = random.Random(seed)  # noqa: S311 - luck, no secret
    receiver = Receiver(luck)
    config = folder / "wattlas.toml"
    config.write_text(SITE.format(address=receiver.address))
    program = Program(config)
    code = "import sys; from pathlib import Path; from tests.ui.alerts.alert_kills import work; work(Path(sys.argv[1]))"
    try:
        for number in range(kills):
            command = [sys.executable, "-c", code, str(config)]
            with program.running(command, log=folder / f"{number}.log") as job:
                job.wait_until_said("works\n", within_s=60)
                time.sleep(luck.uniform(0, LONGEST_S))
                assert job.kill() == -9, job.said()
        _settle(open_service(config, None))
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
    _check(open_service(config, None), receiver)


def _settle(service: Service) -> None:
    late = MORE_THAN_ANY_WAIT_S
    while any(one.delivered_at is None for one in service.stores.state.alerts.parcels()):
        deliver(replace(service, now=partial(float, time.time() + late)))
        late += MORE_THAN_ANY_WAIT_S


def _check(service: Service, receiver: Receiver) -> None:
    store = service.stores.state.alerts
    events = store.events()
    sys.stdout.write(
        f"{len(events)} messages, {sum(receiver.took.values()) - len(events)} sent again by the same key\n"
    )
    assert len(events) > POINTS
    assert receiver.took.keys() == {event.key for event in events}
    states = store.states()
    for n in range(POINTS):
        told = [event.word for event in events if event.rule == f"load-{n}"]
        arrived = [event["word"] for event in receiver.order if event["rule"] == f"load-{n}"]
        fires = states.get(f"load-{n}|s/ups-{n}", {}).get("phase") == "firing"
        assert Counter(arrived) == Counter(told)
        assert told.count("firing") - told.count("resolved") == fires, "every change was told"
    begun: set[str] = set()
    for event in receiver.order:
        begun |= {event["incident"]} if event["word"] == "firing" else set()
        assert event["incident"] in begun, "no end before its begin"
