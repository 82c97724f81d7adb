"""The whole program as its users run it: `wattlas` commands as processes of their own on one site file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
DRIVER = """
import sys, time
from pathlib import Path
import deltalake, pyarrow.parquet, uvloop
import collectors.plugins.simulated, collectors.run, collectors.schedule, collectors.store.shipper
import ui.serving.collecting, ui.commands.collect, ui.commands.importing, ui.commands.ledger, ui.figures.site
from ui.cli import main
from ui.service import open_service

def wattlas(*argv):
    return main(["--config", sys.argv[1], *argv])

def service(at=None):
    return open_service(Path(sys.argv[1]), None, time.time if at is None else lambda: at)

print("ready", flush=True)
sys.stdin.readline()
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

    def driver(self, code: str) -> list[str]:
        """The argument list of a process that loads the program, says `ready`, waits for a line and runs `code`.

        `code` may call `wattlas(*argv)`, the command, and `service()`, whose clock `service(at)` stops at an instant.
        """
        return [sys.executable, "-c", f"{DRIVER}\n{code}", str(self.config)]

    def place(self) -> dict[str, str]:
        """The environment of the processes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WATTLAS_")}
        return {**kept, "PYTHONPATH": str(ROOT), **self.environment}

    @contextmanager
    def running(self, command: list[str], *, log: Path) -> Iterator[Job]:
        """A process that runs meanwhile and writes to `log`; killed at the end if it still runs."""
        with log.open("ab") as file:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=file, stderr=file, env=self.place(), cwd=self.config.parent
            )
        job = Job(process, log)
        try:
            yield job
        finally:
            job.kill()


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

    def go(self) -> None:
        """Let a driver begin."""
        assert self.process.stdin
        with suppress(BrokenPipeError):
            self.process.stdin.write(b"\n")
            self.process.stdin.flush()

    def kill(self) -> int:
        """End it at once, wherever it is, unless it has ended; return its exit code."""
        self.process.kill()
        if self.process.stdin:
            self.process.stdin.close()
        return self.process.wait()

    def terminated(self, *, within_s: float) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.terminate()
        return self.process.wait(within_s)
