"""500 rules over 2,000 devices: one look beside a bare read, and how long it takes from a breach to its message."""

from __future__ import annotations

import json
import sys
import threading
import time
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collectors.judge import Judge, judge_readings
from collectors.reading import Reading, reading_table
from collectors.steady import Steady
from tests.ui.company import HEAD, START, Company
from ui.alerts.evaluate import evaluate
from ui.alerts.notify import deliver
from ui.alerts.sight import Watch
from ui.service import open_service
from ui.serving.collecting import DELIVER_EVERY_S

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service

pytestmark = pytest.mark.bench
DEVICES, RULES, LOOKS, INTERVAL_S, BREACHES = 2000, 500, 8, 10, 300
CALM_W, BREACH_W = 500.0, 620.0
POINTS = "".join(
    f'[[points]]\nid = "s/r{n // 20}-{n}"\nrole = "server"\nmax_w = 900.0\ninterval_s = {{ power = {INTERVAL_S} }}\n'
    for n in range(DEVICES)
)


def rules(first_w: float, step_w: float) -> str:
    """Five rules a rack, each with a limit of its own."""
    return "".join(
        f'[[alerts]]\nid = "rule-{n}"\nkind = "reading"\npoints = ["s/r{n % 100}-*"]\n'
        f'above = {first_w + step_w * (n // 100)}\nreason = "x"\n'
        for n in range(RULES)
    )


def name(n: int) -> str:
    return f"s/r{n // 20}-{n}"


def test_a_look_of_five_hundred_rules(tmp_path: Path) -> None:
    company = Company(tmp_path, POINTS, HEAD + rules(400.0, 100.0))
    service, watch = company.service, Watch()
    random = np.random.default_rng(1)
    looks, reads = [], []
    for look in range(LOOKS):
        company.now = START + look * 10 + 1.0
        when = datetime.fromtimestamp(START + look * 10, UTC)
        found = [Reading(name(n), "power", when, float(random.uniform(300, 420))) for n in range(DEVICES)]
        table, _ = judge_readings(found, service.settings, origin="bench", now=int(company.now))
        service.stores.spool.accept(table)
        begin = time.thread_time()  # of one core, whatever else the machine does
        service.stores.spool.latest(metrics=["power"]).to_pylist()
        middle = time.thread_time()
        evaluate(service, watch, monotonic_s=look * 10.0)
        reads.append(middle - begin)
        looks.append(time.thread_time() - middle)
    sys.stdout.write(
        f"\n{RULES} rules over {DEVICES} devices: {np.median(looks[1:]):.3f} s of a core a look, first {looks[0]:.2f}; "
        f"{np.median(looks[1:]) / np.median(reads[1:]):.1f} of a bare read of the newest readings\n"
    )
    assert np.median(looks[1:]) <= 1.0


@pytest.mark.peer
def test_from_breach_to_message(tmp_path: Path) -> None:
    arrived: dict[str, float] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for subject in event["subjects"]:
                arrived.setdefault(subject, time.monotonic())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    hook = f'[alerting]\n[[alerting.channels]]\nid = "hook"\nkind = "webhook"\naddress = "{address}"\n'
    (tmp_path / "wattlas.toml").write_text(HEAD + hook + rules(600.0, 50.0) + POINTS)
    service = open_service(tmp_path / "wattlas.toml", tmp_path / "data")
    begun = _run(service, arrived)
    server.shutdown()
    server.server_close()
    assert begun.keys() == arrived.keys(), "each breach is told, and nothing else"
    late = np.array([arrived[one] - at for one, at in begun.items()])
    bar = 2 * INTERVAL_S + 5
    sys.stdout.write(
        f"\nbreach to message, {DEVICES} devices each {INTERVAL_S} s, {RULES} rules, {len(late)} breaches: median "
        f"{np.median(late):.1f} s, p95 {np.quantile(late, 0.95):.1f} s, worst {late.max():.1f} s; bar {bar} s\n"
    )
    assert np.quantile(late, 0.95) <= bar


def _run(service: Service, arrived: dict[str, float]) -> dict[str, float]:
    """Read every device once an interval, a tenth of them each second, and return when each breach truly began."""
    random, watch, steady, judge = np.random.default_rng(2), Watch(apart=True), Steady(), Judge(service.settings)
    steady.every("alerts", lambda: service.settings.alerting.every_s, partial(_look, service, watch))
    steady.every("messages", lambda: DELIVER_EVERY_S, partial(deliver, service))
    begin = time.monotonic()
    broken = random.choice(DEVICES, BREACHES, replace=False)
    at = {name(int(n)): begin + 2 * INTERVAL_S + float(random.uniform(0, 60)) for n in broken}
    second = 0
    while len(arrived) < BREACHES and time.monotonic() < begin + 180:
        now = time.monotonic()
        when = datetime.fromtimestamp(int(time.time()), UTC)
        found = [
            Reading(name(n), "power", when, BREACH_W if now >= at.get(name(n), now + 1) else CALM_W)
            for n in range(second % INTERVAL_S, DEVICES, INTERVAL_S)
        ]
        table, _ = judge.table(reading_table(found, origin="bench"), now=int(time.time()))
        service.stores.spool.accept(table)
        second += 1
        time.sleep(max(0.0, begin + second - time.monotonic()))
    steady.stop()
    return at


def _look(service: Service, watch: Watch) -> None:
    evaluate(service, watch, monotonic_s=time.monotonic())
