"""Collecting under supervision: signals are heard at once, a reload swaps or keeps, one collector a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from config.errors import ConfigError, InputError
from ui.serving.post import claim, holder
from ui.serving.supervise import Orders, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from queue import SimpleQueue

    from ui.service import Service

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[3]


class Collector:
    """A body of collecting that only waits: what is supervised here is not what it does."""

    def __init__(self, name: str, *, fails: bool = False) -> None:
        self.name, self.fails, self.running = name, fails, threading.Event()
        self.settings: Any = type("Settings", (), {"path": name})

    def collect(self, stop: threading.Event, following: SimpleQueue[Any], central: object) -> None:
        assert central is None, "nothing is forwarded here"
        self.running.set()
        if self.fails:
            message = "the store is full: make room."
            raise InputError(message)
        while not stop.wait(0.02):
            if not following.empty():
                following.get().running.set()
        self.running.clear()


def openings(*found: Collector | Exception) -> Callable[[], Service]:
    """What opening the service gives, time after time."""
    left = list(found)

    def open_service() -> Service:
        one = left.pop(0)
        if isinstance(one, Exception):
            raise one
        return cast("Service", one)

    return open_service


@pytest.fixture
def orders() -> Iterator[Orders]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield Orders()
    for number, former in kept.items():
        signal.signal(number, former)


def after(first: Collector, act: Callable[[], None]) -> threading.Thread:
    """Do something once a collector runs."""

    def wait() -> None:
        assert first.running.wait(5)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_collecting_at_once(orders: Orders, number: signal.Signals) -> None:
    orders.listen()
    collector = Collector("one")
    thread = after(collector, lambda: os.kill(os.getpid(), number))
    begun = time.monotonic()
    run(openings(collector), orders)
    assert time.monotonic() - begun < 10
    assert not collector.running.is_set()
    assert signal.getsignal(number) is signal.SIG_DFL, "a second signal ends the process at once"
    thread.join()


def test_a_good_reload_swaps(orders: Orders) -> None:
    orders.listen()
    former, newer = Collector("former"), Collector("newer")
    threads = [after(former, lambda: os.kill(os.getpid(), signal.SIGHUP)), after(newer, orders.stop.set)]
    run(openings(former, newer), orders)
    assert newer.running.is_set(), "the one that runs was handed the newer service"
    for thread in threads:
        thread.join()


def test_a_bad_reload_keeps_what_runs_and_says_so(orders: Orders, caplog: pytest.LogCaptureFixture) -> None:
    collector = Collector("former")

    def ask() -> None:
        orders.reload.set()
        while orders.reload.is_set():
            time.sleep(0.01)
        assert collector.running.is_set()
        orders.stop.set()

    thread = after(collector, ask)
    run(openings(collector, ConfigError("site.toml: one.\nsite.toml: two.")), orders)
    thread.join()
    assert "reload refused, the former site file stays: site.toml: one.; site.toml: two." in caplog.text


def test_what_collecting_cannot_go_on_with_is_raised(orders: Orders) -> None:
    with pytest.raises(InputError, match="make room"):
        run(openings(Collector("one", fails=True)), orders)


def test_one_collector_a_folder(tmp_path: Path) -> None:
    assert holder(tmp_path / "data") is None
    with claim(tmp_path / "data"):
        assert holder(tmp_path / "data") == os.getpid()
        with (
            pytest.raises(InputError, match=f"Process {os.getpid()} collects into .* already"),
            claim(tmp_path / "data"),
        ):
            pass
    assert holder(tmp_path / "data") is None


def test_a_killed_collector_leaves_no_claim(tmp_path: Path) -> None:
    code = "import sys, time, pathlib; from ui.serving.post import claim\nwith claim(pathlib.Path(sys.argv[1])):\n"
    code += "    print(1, flush=True); time.sleep(60)"
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}
    )
    assert other.stdout is not None
    other.stdout.readline()
    assert holder(tmp_path) == other.pid
    other.kill()
    other.wait()
    other.stdout.close()
    assert holder(tmp_path) is None
    with claim(tmp_path):
        assert holder(tmp_path) == os.getpid()
