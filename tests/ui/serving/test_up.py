"""The processes: `up` collects and serves and stops cleanly; `collect` and `ui` share a data folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ui.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
SITE = """
[company]
name = "Test"
currency = "EUR"
[[sites]]
id = "t"
name = "Test site"
zone = "FR"
time_zone = "Europe/Berlin"
currency = "EUR"
[[points]]
id = "grid"
site = "t"
role = "utility"
max_w = 4000
interval_s = { power = 60 }
"""
pytestmark = [pytest.mark.peer, pytest.mark.alone]
STOP_S = 15


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "wattlas.toml"
    path.write_text(SITE)
    return path


@contextmanager
def wattlas(site: Path, *argv: str) -> Iterator[subprocess.Popen[str]]:
    """A command as a process of its own, killed at the end if it still runs."""
    place = {"PYTHONPATH": str(ROOT), "WATTLAS_CONFIG": str(site)}
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **place},
        cwd=site.parent,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def answers(port: int, within_s: float = 40.0) -> bool:
    """Whether the page answers on loopback within the time."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as found:
                return bool(found.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    return False


def refuses(port: int, within_s: float = STOP_S) -> bool:
    """Whether nothing listens any more within the time."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return True
        time.sleep(0.2)
    return False


def children(pid: int) -> list[list[str]]:
    """Command lines of a process's children."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [Path(f"/proc/{child}/cmdline").read_text().rstrip("\0").split("\0") for child in found]


def test_up_serves_and_stops_cleanly(site: Path, port: int) -> None:
    with wattlas(site, "up", "--port", str(port)) as process:
        assert answers(port)
        (page,) = children(process.pid)
        assert str(site) not in page, "the place is handed on by the environment"
        for path, said in (("/readyz", b"ready"), ("/api/v1/openapi.json", b'"openapi"')):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as found:
                assert said in found.read()
                assert found.headers["X-Content-Type-Options"] == "nosniff"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/alerts", timeout=5)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=STOP_S)
    assert process.returncode == 0, out
    assert "Traceback" not in out
    assert f"Serving on http://127.0.0.1:{port}" in out
    assert refuses(port, within_s=1)


def test_up_and_its_page_end_together(site: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTLAS_CONFIG", str(site))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    seen = []

    def stop() -> None:
        seen.append(answers(port))
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=stop)
    thread.start()
    try:
        assert main(["up", "--port", str(port)]) == 0
    finally:
        thread.join()
        for number, former in kept.items():
            signal.signal(number, former)
    assert seen == [True]
    assert refuses(port, within_s=1)


def test_a_killed_up_leaves_no_page_behind(site: Path, port: int) -> None:
    with wattlas(site, "up", "--port", str(port)) as process:
        assert answers(port)
        process.kill()
        assert refuses(port)


def test_the_page_is_served_again_when_it_ends_by_itself(site: Path, port: int) -> None:
    with wattlas(site, "up", "--port", str(port)) as process:
        assert answers(port)
        (page,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(page), signal.SIGKILL)
        assert refuses(port)
        assert answers(port)
        process.terminate()
        out, _ = process.communicate(timeout=STOP_S)
    assert process.returncode == 0, out
    assert "page ended" in out


def test_collect_and_page_share_a_folder_and_a_reload_reaches_the_collector(site: Path, port: int) -> None:
    with wattlas(site, "collect") as collector, wattlas(site, "ui", "--port", str(port)) as page:
        assert answers(port)
        with wattlas(site, "collect") as second:
            refused, _ = second.communicate(timeout=STOP_S)
        assert second.returncode == 2
        assert f"Process {collector.pid} collects into" in refused
        site.write_text(SITE + "max_w = 1\n")
        with wattlas(site, "reload") as bad:
            assert bad.wait(STOP_S) == 2
        site.write_text(SITE.replace("max_w = 4000", "max_w = 5000"))
        with wattlas(site, "reload") as good:
            assert f"collector {collector.pid} takes it now" in good.communicate(timeout=STOP_S)[0]
        time.sleep(2)
        collector.terminate()
        out, _ = collector.communicate(timeout=STOP_S)
        page.terminate()
        page.communicate(timeout=STOP_S)
    assert collector.returncode == 0, out
    assert "reload accepted" in out
    assert page.returncode == 0


def test_a_port_in_use_is_said_in_one_sentence(site: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with wattlas(site, "up", "--port", str(taken.getsockname()[1])) as process:
            out, _ = process.communicate(timeout=STOP_S)
    assert process.returncode == 2
    assert out.startswith("wattlas: Cannot serve on 127.0.0.1:")
    assert out.count("\n") == 1
