"""Ships a spool to a central server: in order, at least once, and never twice in its books (design 3).

What the central has is decided by its own number alone: it is asked at the beginning and after every failure, and a
batch says which number it follows, so one that was under way when we asked cannot be taken a second time. The spool
keeps what is not yet there, for as long as the link is away.
"""

from __future__ import annotations

import math
import threading
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import numpy_of
from collectors.events import Event, log_event
from collectors.forward.central import OutOfStep, TooLarge
from collectors.forward.parcel import parcel
from collectors.judge import Judge
from collectors.reading import Quality
from collectors.store.batches import ROW_BITS, empty_readings
from config.errors import StoreCorrupt, WattlasError

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.forward.central import Central
    from collectors.store.spool import Spool
    from config.site import Settings

ROWS = 5_000  # of one request: about a megabyte before it is packed
LEAST_ROWS = 50
STRAYED_MAX = 3
TWINS = (
    "another collector sends under the identity of spool {}: its folder was copied; stop one of the two, and give it a "
    "data folder of its own."
)
LAST_REQUESTS = 20  # before a collector ends
SOON_S, LATEST_S = 5.0, 60.0
TELL_EVERY_S = 3600.0
REFUSED_THERE = "they are in its quarantine with their reasons: compare clock, bounds and sources of both ends"


class Forwarder:
    """Sends what a spool accepts to one central server."""

    def __init__(
        self,
        spool: Spool,
        central: Central,
        settings: Callable[[], Settings],
        now: Callable[[], float],
        record: Callable[[Event], None] = log_event,
    ) -> None:
        """Hold the spool's rows from now on; `settings` and `now` (UTC s) are asked anew each time."""
        self._spool, self._central, self._settings, self._now, self._record = spool, central, settings, now, record
        self._at: tuple[int, int] | None = None  # last sequences: the central's, and read here; None: it must be asked
        self._over, self._one_at_a_time = threading.Event(), threading.Lock()
        self._rows, self._failures = ROWS, 0
        self._sure, self._strayed = False, 0
        self._told: str | None = None
        self._refused_there, self._tell_from = 0, -math.inf
        self._judged: tuple[Settings, Judge] | None = None
        if spool.marks.forwarded() is None:
            spool.marks.note_forwarded(spool.purged(), acknowledged=0)

    def wait_s(self) -> float:
        """Seconds until it is worth trying again."""
        return min(SOON_S * float(1 << min(self._failures, 6)), LATEST_S)

    def stop(self) -> None:
        """Let a run under way end with the request that it is at."""
        self._over.set()

    def finish(self) -> None:
        """Send the last readings after `stop`, but no backlog of days: it waits for the next start."""
        self._over.clear()
        if self._one_at_a_time.acquire(blocking=False):
            self._one_at_a_time.release()
            self.step(at_most=LAST_REQUESTS)

    def step(self, at_most: int | None = None) -> None:
        """Send what waits; what stands in the way is told once, and again when it is something else."""
        try:
            with self._one_at_a_time:
                self.send_all(at_most)
        except WattlasError as error:
            reason = str(error)
        else:
            reason = ""
        if reason != self._told:
            word = "forward failed" if reason else "forward works"
            fields = {"reason": reason} if reason else {"to": self._central.url}
            self._record(Event(word, self._now(), fields, bad=bool(reason)))
        self._told = reason

    def send_all(self, at_most: int | None = None) -> int:
        """Send what waits, or `at_most` so many requests, and return how many readings were handed over.

        Raises:
            CollectError, ConfigError, StoreUnavailable, StoreCorrupt: the rest waits.
        """
        try:
            sent = 0
            for number in count(1):
                rows = self._send_next()
                sent += rows or 0
                if rows is None or number == at_most or self._over.is_set():
                    break
        except WattlasError:
            self._at, self._failures = None, self._failures + 1
            raise
        self._failures = 0
        return sent

    def _send_next(self) -> int | None:
        """Send the next rows and return how many; None where nothing waits."""
        sent, read = self._at = self._at or self._asked()
        rows, whole = self._next_rows(read)
        if not rows.num_rows:
            return None
        upto = int(numpy_of(rows["seq"])[-1])
        settings = self._settings()
        body = parcel(rows, settings, self._judge(settings), now=int(self._now()))
        if body:
            self._spool.marks.note_offered(upto)
            refused = rows["quality"].to_pylist().count(Quality.REJECTED)
            if not self._posted(body, f"spool:{self._spool.uuid}:{sent}-{upto}", refused):
                return 0
        self._at = (upto if body else sent), upto
        self._spool.marks.note_forwarded((upto >> ROW_BITS) - (not whole), acknowledged=self._at[0])
        return rows.num_rows if body else 0

    def _posted(self, body: bytes, key: str, refused: int) -> bool:
        """Hand one batch over, of which `refused` are in quarantine here; False where it has to be cut anew."""
        try:
            again, quarantined = self._central.post(body, key=key)
        except OutOfStep:
            self._at, self._strayed = None, self._strayed + 1
            if self._strayed > STRAYED_MAX:
                raise
            return False
        except TooLarge:
            self._rows //= 2
            if self._rows < LEAST_ROWS:
                self._rows = ROWS  # it takes no size at all now; what it takes later is found anew
                raise
            return False
        if again and self._sure:
            raise StoreCorrupt(TWINS.format(self._spool.path))
        self._sure, self._strayed = True, 0
        self._tell_refused(quarantined - refused)
        return True

    def _tell_refused(self, readings: int) -> None:
        """Say, once an hour at most, that readings which are good here are none in the central's books."""
        self._refused_there += max(readings, 0)
        if self._refused_there and self._now() >= self._tell_from:
            fields: dict[str, str | float] = {"readings": self._refused_there, "reason": REFUSED_THERE}
            self._record(Event("central refuses readings", self._now(), fields, bad=True))
            self._refused_there, self._tell_from = 0, self._now() + TELL_EVERY_S

    def _asked(self) -> tuple[int, int]:
        """What the central has, which is where we read on.

        Raises:
            StoreCorrupt: it has more than this spool ever sent, so what we accept now would pass for a repetition.
        """
        self._sure = False  # what was under way when we ask may still arrive
        upto = self._central.number_of(self._spool.uuid)
        offered = self._spool.marks.offered()  # 0: by a version that did not note it
        if upto >> ROW_BITS > self._spool.highest() or 0 < offered < upto:
            msg = (
                f"{self._central.url} has readings of this spool that the spool does not know: its file was put back "
                "by hand; bring it back by `wattlas restore`, which gives it a new identity."
            )
            raise StoreCorrupt(msg)
        known, purged = self._spool.marks.acknowledged(), self._spool.purged()
        if upto < known and (upto >> ROW_BITS) < purged:
            self._record(Event("central lost readings", self._now(), {"batches_purged_here": purged}, bad=True))
        return upto, upto

    def _next_rows(self, read: int) -> tuple[pa.Table, bool]:
        """Rows behind sequence `read`, at most those of one request; and whether the last batch ends with them."""
        rows = empty_readings()
        for behind in ((read >> ROW_BITS) - 1, read >> ROW_BITS):  # what is left of the last batch, or those after it
            batches = self._spool.batches(max(behind, self._spool.purged()), self._rows)
            whole = [batch.rows for batch in batches]
            rows = pa.concat_tables(whole).unify_dictionaries() if whole else rows
            rows = rows.slice(int(np.searchsorted(numpy_of(rows["seq"]), read, side="right")))
            if rows.num_rows:
                break
        chosen = rows.slice(0, self._rows)
        return chosen, chosen.num_rows == rows.num_rows or _batch_of(rows, chosen.num_rows) != _batch_of(chosen, -1)

    def _judge(self, settings: Settings) -> Judge:
        if self._judged is None or self._judged[0] is not settings:
            self._judged = settings, Judge(settings)
        return self._judged[1]


def _batch_of(rows: pa.Table, at: int) -> int:
    return int(numpy_of(rows["seq"])[at]) >> ROW_BITS
