"""First answers: every source at once, and none can hold up the others."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, ClassVar

from collectors.contract import Collector
from collectors.finding.first import first_answers
from collectors.reading import Reading
from config.errors import SourceRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

AT = 1_772_366_400
NEVER = threading.Event()


class Asked(Collector):
    """A source that answers, or refuses, without blocking."""

    refuses: bool = False
    empty: bool = False
    closed: ClassVar[list[str]] = []

    async def fetch(self) -> bytes:
        if self.refuses:
            msg = "Wrong password."
            raise SourceRefused(msg)
        return b"7"

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        if not self.empty:
            yield Reading(self.point, "power", at, float(payload))

    async def close(self) -> None:
        self.closed.append(self.id)


class Hanging(Asked):
    """A source that never comes back."""

    blocking: ClassVar[bool] = True

    def fetch(self) -> bytes:  # type: ignore[override]
        NEVER.wait()
        return b"7"


def test_each_says_its_readings_or_why_there_are_none() -> None:
    tables = {"good": {}, "shut": {"refuses": True}, "mute": {"empty": True}}
    sources = [Asked.model_validate({"id": id_, "kind": "x", "point": "a/b", **more}) for id_, more in tables.items()]
    good, shut, mute = first_answers(sources, at=AT)
    assert [(reading.value, reading.time.timestamp()) for reading in good.readings] == [(7.0, AT)]
    assert (shut.source, shut.readings, shut.reason) == ("shut", (), "Wrong password.")
    assert mute.reason == "It answers, but gives no reading."
    assert sorted(Asked.closed) == ["good", "mute", "shut"]


def test_one_that_hangs_holds_up_nobody() -> None:
    begun = time.monotonic()
    sources = [cls.model_validate({"id": cls.__name__, "kind": "x", "point": "a/b"}) for cls in (Hanging, Asked)]
    hanging, asked = first_answers(sources, at=AT, patience_s=0.5)
    assert time.monotonic() - begun < 2
    assert hanging.reason == "No answer within 0.5 s: see whether its device hangs."
    assert len(asked.readings) == 1
    NEVER.set()
