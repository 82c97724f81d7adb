"""The collector of simulated devices: what the site's instruments show now, faults included."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from collectors.contract import Collector
from collectors.plugins.simulated.company import DEMO_SIMULATION_FILE, DEMO_SITE_FILE, simulated_company
from collectors.plugins.simulated.reads import READS, ReadKind
from collectors.reading import Quality, Reading
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from collectors.plugins.simulated.site import SimulatedSite

    Shown = tuple[str, str, float, str, int]  # point, metric, value, quality, seconds that the device's clock is ahead


class Simulated(Collector):
    """A device of a simulated site; with `points` a gateway that shows several at once.

    `reads` are the kinds of reading asked of each point; a point is asked only for those that it gives. The defaults
    of the two files are the demo company's.
    """

    blocking: ClassVar[bool] = True  # numpy works for milliseconds, after a start of about a second

    kind: Literal["simulated"] = "simulated"
    points: tuple[str, ...] = ()
    reads: tuple[ReadKind, ...] = Field(default=("power",), min_length=1)
    site_file: Path = DEMO_SITE_FILE
    simulation_file: Path = DEMO_SIMULATION_FILE

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        return frozenset(READS[kind].metric for kind in self.reads)

    def fetch(self) -> bytes:
        """Read the instruments at this second.

        Raises:
            SourceUnreachable: a simulated gap silences everything that this source reads.
            SourceRefused: a point is not simulated; only a person can mend that.
        """
        return self.answer(int(time.time()))

    def answer(self, at: int) -> bytes:
        """Return what the instruments show at `at` [UTC s], as JSON."""
        shown = [row for point in self.points or (self.point,) for row in self._shown(point, at)]
        if not shown:
            msg = f"{self.id}: the simulated device does not answer."
            raise SourceUnreachable(msg)
        return json.dumps(shown, separators=(",", ":")).encode()

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """Turn rows of [point, metric, value, quality, seconds ahead] into readings.

        Raises:
            PayloadUnreadable: the bytes are not such rows.
        """
        try:
            rows = [(p, m, float(v), Quality(q), float(s)) for p, m, v, q, s in json.loads(payload)]
        except (ValueError, TypeError) as error:
            msg = f"{self.id}: the answer is no list of simulated readings."
            raise PayloadUnreadable(msg) from error
        for point, metric, value, quality, ahead_s in rows:
            device_time = at + timedelta(seconds=ahead_s) if ahead_s else None
            yield Reading(point, metric, at, value, quality, device_time=device_time)

    def _shown(self, point: str, at: int) -> Iterator[Shown]:
        site = self._site_of(point)
        for kind in self.reads:
            if kind in site.offered(point):
                rows = site.rows(point, kind, np.array([at], dtype=np.int64))
                for value, ahead_s in zip(rows.values, rows.ahead_s, strict=True):
                    yield point, READS[kind].metric, float(value), site.spec.place.reading_quality, int(ahead_s)

    def _site_of(self, point: str) -> SimulatedSite:
        site = simulated_company(self.site_file, self.simulation_file).get(point.partition("/")[0])
        if site is None or point not in site.spec.points:
            msg = f"{self.id}: {point} is no point of {self.simulation_file.name}: correct point or points."
            raise SourceRefused(msg)
        return site
