"""The whole program as its users run it: `wattlas` commands as processes of their own on one site file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
DRIVER = """
import sys, time
from pathlib import Path
from ui.service import open_service
config, at = Path(sys.argv[1]), float(sys.argv[2])
service = open_service(config, None, (lambda: at) if at else time.time)
"""


@dataclass(frozen=True)
class Program:
    """Commands on one site file; `environment` is added to this process's own."""

    config: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, whatever its exit code."""
        return subprocess.run(
            self.command(*argv), capture_output=True, text=True, check=False, env=self.place(), timeout=300
        )

    def said(self, *argv: str) -> str:
        """What one command printed; it must succeed."""
        done = self.run(*argv)
        assert done.returncode == 0, f"{argv} ended with {done.returncode}: {done.stderr}"
        return done.stdout

    def rows(self, *argv: str) -> list[dict[str, Any]]:
        """What one command printed as JSON."""
        found: list[dict[str, Any]] = json.loads(self.said(*argv, "--json"))
        return found

    def command(self, *argv: str) -> list[str]:
        """The argument list of a command."""
        return [sys.executable, "-m", "ui.cli", "--config", str(self.config), *argv]

    def driver(self, call: str, *, at: int = 0) -> list[str]:
        """The argument list of a process that runs `call` on `service`, whose clock stands still at `at` unless 0."""
        return [sys.executable, "-c", f"{DRIVER}\n{call}", str(self.config), str(at)]

    def place(self) -> dict[str, str]:
        """The environment of the processes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WATTLAS_")}
        return {**kept, "PYTHONPATH": str(ROOT), **self.environment}

    @contextmanager
    def running(self, command: list[str], *, log: Path) -> Iterator[Job]:
        """A process that runs meanwhile and writes to `log`; killed at the end if it still runs."""
        with log.open("ab") as file:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=self.place(), cwd=self.config.parent
            )
        job = Job(process, log)
        try:
            yield job
        finally:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Job:
    """A process under way and what it has said so far."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """Its output up to now."""
        return self.log.read_text(encoding="utf-8")

    def wait_until_said(self, pattern: str, *, times: int = 1, within_s: float = 30.0) -> None:
        """Return once `pattern` was found so often in the output; fail with the output if it is not in time."""
        deadline = time.monotonic() + within_s
        while len(re.findall(pattern, self.said())) < times:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.said()}"
            assert time.monotonic() < deadline, f"not {times} x {pattern!r} within {within_s} s: {self.said()}"
            time.sleep(0.05)

    def terminated(self, *, within_s: float) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.terminate()
        return self.process.wait(within_s)
