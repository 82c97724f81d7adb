"""The first answer of every source of a site file, all asked at once: a proof for the person who wrote it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING

from config.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.contract import Collector
    from collectors.reading import Reading

PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one source said: its readings, or why there are none."""

    source: str
    readings: tuple[Reading, ...] = ()
    reason: str = ""


def first_answers(collectors: Sequence[Collector], *, at: float, patience_s: float = PATIENCE_S) -> list[Answer]:
    """Ask every source once; readings are stamped `at` [UTC s]."""
    late = f"No answer within {patience_s:g} s: see whether its device hangs."
    answers = {collector.id: Answer(collector.id, reason=late) for collector in collectors}

    def ask(collector: Collector) -> None:
        answers[collector.id] = asyncio.run(_answer(collector, at))

    # daemons: a device that hangs must not keep the program from ending
    threads = [Thread(target=ask, args=(collector,), daemon=True) for collector in collectors]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + patience_s
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [answers[collector.id] for collector in collectors]


async def _answer(collector: Collector, at: float) -> Answer:
    try:
        answer = collector.fetch()
        payload = answer if isinstance(answer, bytes) else await answer
        readings = tuple(collector.parse(payload, datetime.fromtimestamp(at, UTC)))
    except CollectError as error:
        return Answer(collector.id, reason=str(error))
    finally:
        await collector.close()
    return Answer(collector.id, readings, "" if readings else "It answers, but gives no reading.")
