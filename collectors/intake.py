"""Between runner and spool: gathers what polls bring, and once a second judges and stores it as one table."""

from __future__ import annotations

from collections import deque
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.judge import off_flags
from collectors.reading import READING_SCHEMA, TEXT, reading_table
from config.errors import InputError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.clock import Clock
    from collectors.judge import Judge
    from collectors.overlaps import Overlaps
    from collectors.reading import Reading

AT_ONCE = 10_000  # readings of one batch (design section 3)
AT_MOST = 200_000  # polls kept in memory while the spool refuses: minutes of the largest site, some 200 MB


class Intake:
    """`accept` for the runner's loop, `flush` for its thread; what `store` refuses is kept and offered again."""

    def __init__(
        self, judge: Judge, store: Callable[[pa.Table], object], clock: Clock, overlaps: Overlaps | None = None
    ) -> None:
        """Store judged tables by `store` (the spool's `accept`); a reload may set another `judge` and `overlaps`.

        Only what no source of the site file claims is looked at by `overlaps`.
        """
        self.judge = judge
        self.overlaps = overlaps
        self._store = store
        self._clock = clock
        self._waiting: deque[tuple[list[Reading], str]] = deque()  # both its ends are safe across threads

    def accept(self, readings: list[Reading], origin: str) -> None:
        """Take the list of one poll as it is.

        Raises:
            StoreUnavailable: the store has refused for so long that memory is full; these readings are lost.
        """
        if len(self._waiting) >= AT_MOST:
            msg = f"{AT_MOST} polls wait for a store that refuses them: mend it, readings are being lost."
            raise StoreUnavailable(msg)
        self._waiting.append((readings, origin))

    def flush(self) -> None:
        """Judge and store all that waits, in batches of about 10,000 readings and in order of arrival.

        Raises:
            StoreUnavailable, StoreCorrupt: what is not stored waits for the next flush.
            InputError: no store ever takes what one poll brought: it is lost, all others are stored.
        """
        at_once, unfit = AT_ONCE, ""
        while self._waiting:
            polls = self._taken(at_once)
            done = False
            try:
                self._store(self._judged(polls))
                done = True
            except InputError as error:
                done, at_once = len(polls) == 1, 1  # the guilty one is found by itself
                unfit = f"source {polls[0][1]}: {error}" if done else unfit
            finally:
                if not done:
                    self._waiting.extendleft(reversed(polls))
        if unfit:
            raise InputError(unfit)

    def _taken(self, at_once: int) -> list[tuple[list[Reading], str]]:
        polls: list[tuple[list[Reading], str]] = []
        count = 0
        while self._waiting and count < at_once:
            polls.append(self._waiting.popleft())
            count += len(polls[-1][0])
        return polls

    def _judged(self, polls: list[tuple[list[Reading], str]]) -> pa.Table:
        readings = list(chain.from_iterable(readings for readings, _ in polls))
        origins = list(chain.from_iterable([origin] * len(readings) for readings, origin in polls))
        table = reading_table(readings, origin="")
        place = READING_SCHEMA.get_field_index("origin")
        table = table.set_column(place, READING_SCHEMA.field(place), pa.array(origins, TEXT))
        judged, _ = self.judge.table(table, now=int(self._clock.utc()), off=off_flags(readings))
        if self.overlaps is None:
            return judged
        unclaimed = {
            series for series in {(one.point, one.metric) for one in readings} if not self.judge.claimed(*series)
        }
        return self.overlaps.table(judged, only=unclaimed)[0] if unclaimed else judged
