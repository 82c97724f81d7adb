"""Agents that refuse many objects at once, answer with errors alone, or show their rows minutes after they started."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from collectors.plugins.snmp import Snmp, agent, collector
from config.errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

AT = datetime(2026, 3, 1, tzinfo=UTC)
WATTS = "1.3.6.1.4.1.318.1.1.26.4.3.1.5"  # hundredths of kW


@dataclass
class Session:
    """A session of the library with a device of our own: what it holds, and how many objects it takes at once."""

    held: dict[str, int]
    most: int = 100
    asked: list[int] = field(default_factory=list)

    async def refresh(self) -> None:
        """Nothing to be told."""

    async def get_many(self, oids: Sequence[str]) -> dict[str, int]:
        """Give the objects; more than `most` are an error of the PDU, of which the library makes an empty answer."""
        self.asked.append(len(oids))
        return {oid: self.held[oid] for oid in oids if oid in self.held} if len(oids) <= self.most else {}

    async def getnext(self, root: str) -> AsyncIterator[tuple[str, int]]:
        """Walk a column."""
        for oid, value in self.held.items():
            if oid.startswith(f"{root}."):
                yield oid, value


def source(session: Session, monkeypatch: pytest.MonkeyPatch) -> Snmp:
    async def opened(_: agent.Agent) -> Any:  # noqa: ANN401
        return session

    monkeypatch.setattr(agent.Agent, "_open", opened)
    monkeypatch.setenv("COMMUNITY", "public")
    table = {"id": "s", "point": "lab/pdu", "host": "127.0.0.1", "profile": "apc_rpdu2"}
    return Snmp.model_validate({**table, "community": {"env": "COMMUNITY"}})


def polled(one: Snmp) -> dict[str, float]:
    return {reading.metric: reading.value for reading in one.parse(asyncio.run(one.fetch()), AT)}


@pytest.mark.parametrize("most", [1, 2, 100])
def test_objects_that_are_too_many_at_once_are_asked_by_halves(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    held = {agent.UPTIME: 10**8, **{f"{WATTS}.{unit}": 10 for unit in range(1, 5)}}
    session = Session(held, most)
    assert polled(source(session, monkeypatch)) == {"power": 400.0}
    assert session.asked[-1] == min(most, 5), "an agent that takes all is asked once"


def test_an_agent_that_gives_errors_alone_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session({f"{WATTS}.1": 10}, most=0)
    with pytest.raises(SourceUnreachable, match="gives no value of its objects now"):
        polled(source(session, monkeypatch))


def test_units_that_show_up_after_the_start_count_within_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session({agent.UPTIME: 6000, f"{WATTS}.1": 10})
    one = source(session, monkeypatch)
    assert polled(one) == {"power": 100.0}
    session.held[f"{WATTS}.2"] = 20
    assert polled(one) == {"power": 100.0}
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + collector.STARTING_S + 1)
    session.held[agent.UPTIME] += 100 * 900
    assert polled(one) == {"power": 300.0}
    session.held[f"{WATTS}.3"] = 30
    monkeypatch.setattr(time, "monotonic", lambda: now + 3 * collector.STARTING_S)
    assert polled(one) == {"power": 300.0}, "later ones are found once a day"


def test_a_unit_that_is_away_when_rows_are_walked_makes_no_smaller_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session({agent.UPTIME: 10**8, f"{WATTS}.1": 10, f"{WATTS}.2": 20})
    one = source(session, monkeypatch)
    began = time.monotonic()
    assert polled(one) == {"power": 300.0}
    at(monkeypatch, began + collector.WALK_AGAIN_S + 1)
    away = session.held.pop(f"{WATTS}.2")
    assert not polled(one), "who has just been there is missing, not gone"
    session.held[f"{WATTS}.2"] = away
    assert polled(one) == {"power": 300.0}


def test_a_device_that_started_anew_has_no_sum_before_all_its_units(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session({agent.UPTIME: 10**8, f"{WATTS}.1": 10, f"{WATTS}.2": 20})
    one = source(session, monkeypatch)
    assert polled(one) == {"power": 300.0}
    session.held = {agent.UPTIME: 500, f"{WATTS}.1": 10}
    assert not polled(one)
    session.held |= {agent.UPTIME: 300, f"{WATTS}.1": 10}
    assert not polled(one), "not after a second start either"
    session.held[f"{WATTS}.2"] = 20
    assert polled(one) == {"power": 300.0}


def test_a_unit_that_stays_away_is_gone_and_found_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session({agent.UPTIME: 10**8, f"{WATTS}.1": 10, f"{WATTS}.2": 20})
    one = source(session, monkeypatch)
    assert polled(one) == {"power": 300.0}
    now = time.monotonic() + collector.WALK_AGAIN_S + 1
    del session.held[f"{WATTS}.2"]
    for number, expected in enumerate(({}, {"power": 100.0}, {"power": 100.0})):
        at(monkeypatch, now + number * (collector.STARTING_S + 1))
        assert polled(one) == expected
    session.held[f"{WATTS}.2"] = 20
    at(monkeypatch, now + 3 * (collector.STARTING_S + 1))
    assert polled(one) == {"power": 300.0}, "looked for each quarter of an hour"


def at(monkeypatch: pytest.MonkeyPatch, moment: float) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: moment)
