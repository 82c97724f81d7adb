"""Slurm: `sacct` is run on this machine, with fixed arguments and in UTC, so that no hour exists twice."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from collectors.jobs.sacct import FIELDS, parse_sacct
from collectors.jobs.sources.source import JobSource
from config.errors import InputError, PayloadUnreadable, SourceRefused, SourceUnreachable
from config.reading.fields import Positive  # noqa: TC001 - pydantic reads the annotation

if TYPE_CHECKING:
    from collectors.jobs.parsed import Parsed
    from config.attribution.clusters import Cluster

HOUR_S = 3600
SAID = 200  # characters of what sacct complains of that a sentence can carry


class Slurm(JobSource):
    """Asks for every job that ran in the last `hours`; `cluster` of several that one slurmdbd knows."""

    kind: Literal["slurm"] = "slurm"
    hours: Positive = 48.0
    program: str = "sacct"
    cluster: Annotated[str | None, Field(pattern=r"^[\w.-]+$")] = None

    def command(self, *, now: int) -> list[str]:
        """Return the arguments: nothing of them comes from a record. Without steps Slurm would know no time of CPUs.

        The sign between cells is another each time: nobody can give a job a name that poses as a line.
        """
        first, last = (_said(time) for time in (now - int(self.hours * HOUR_S), now))
        named = ["--clusters", self.cluster] if self.cluster else []
        span = ["--starttime", first, "--endtime", last]
        sign = f"--delimiter=|{secrets.token_hex(8)}|"
        return ["--allusers", "--duplicates", "--parsable2", sign, *span, *named, f"--format={','.join(FIELDS)}"]

    def fetch(self, *, now: int) -> bytes:
        """Run sacct once."""
        found = shutil.which(self.program)
        if found is None:
            msg = f"{self.program} is not on this machine: run Wattlas where Slurm's commands are, or correct program."
            raise SourceRefused(msg)
        environment = {**os.environ, "TZ": "UTC", "SLURM_TIME_FORMAT": "standard"}
        try:
            done = subprocess.run(
                [found, *self.command(now=now)],
                capture_output=True,
                check=False,
                env=environment,
                timeout=self.deadline_s,
            )
        except subprocess.TimeoutExpired:
            msg = f"{self.program} gave no answer within {self.deadline_s:g} s: is slurmdbd there?"
            raise SourceUnreachable(msg) from None
        except OSError as error:
            msg = f"{self.program} cannot be run ({error.strerror}): check its rights."
            raise SourceRefused(msg) from None
        if done.returncode:
            said = done.stderr.decode("utf-8", errors="replace").strip()[:SAID]
            msg = f"{self.program} ended with {done.returncode}: {said or 'it said nothing'}"
            raise SourceUnreachable(msg)
        return done.stdout

    def parse(self, payload: bytes, cluster: Cluster, *, now: int) -> Parsed:
        """Read what sacct printed."""
        try:
            text = payload.decode("utf-8", errors="replace")
            sign = text.partition("\n")[0].removeprefix(FIELDS[0]).partition(FIELDS[1])[0]
            return parse_sacct(text, cluster, zone=ZoneInfo("UTC"), now=now, sign=sign or "|")
        except InputError as error:
            msg = f"sacct printed no table of jobs: {error}"
            raise PayloadUnreadable(msg) from None


def _said(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S")
