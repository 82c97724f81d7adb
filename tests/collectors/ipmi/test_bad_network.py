"""ipmi_sim behind a relay that loses, repeats and delays datagrams: every reading is right, or there is none."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.ipmi import link, messages, rmcp
from tests.collectors.ipmi.bmc import poll, source
from tests.peers.ipmi_sim import running_bmcs
from tests.peers.relay import relay

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.peers.ipmi_sim import Bmc

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def bmc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bmc]:
    with running_bmcs(tmp_path_factory.mktemp("bmc"), 1) as [running]:
        yield running


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat soon, so that the test need not wait."""
    monkeypatch.setattr(link, "RETRANSMIT_S", 0.05)
    monkeypatch.setattr(rmcp, "PROOF_PATIENCE_S", 0.1)


def twice(_: int, datagram: bytes) -> Sequence[float]:
    """Except a login's messages: ipmi_sim takes a repeated RAKP 1 for a wish to start over with less privilege."""
    return (0.0, 0.01) if datagram[5] & 0x40 else (0.0,)


@pytest.mark.parametrize("seed", range(3))
def test_a_fifth_of_all_datagrams_lost(bmc: Bmc, quick: None, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same losses at each run

    def lossy(_: int, datagram: bytes) -> Sequence[float]:
        return () if chance.random() < 0.2 else (0.0,)

    async def scenario() -> None:
        async with relay(bmc.port, requests=lossy, replies=lossy) as port:
            collector = source(port, deadline_s=8)
            for watts in range(100, 120):
                bmc.set_watts(watts)
                assert [reading.value for reading in await poll(collector)] == [watts]
            await collector.close()

    asyncio.run(scenario())


def test_every_datagram_twice(bmc: Bmc) -> None:
    async def scenario() -> None:
        async with relay(bmc.port, requests=twice, replies=twice) as port:
            collector = source(port)
            for watts in range(100, 120):
                bmc.set_watts(watts)
                assert [reading.value for reading in await poll(collector)] == [watts]
            await collector.close()

    asyncio.run(scenario())


def test_a_late_reply_is_not_taken_for_the_next(bmc: Bmc) -> None:
    late = False

    def delays(_: int, datagram: bytes) -> Sequence[float]:
        return (0.3,) if late else (0.0,)

    async def scenario() -> None:
        nonlocal late
        async with relay(bmc.port, replies=delays) as port:
            collector = source(port)
            bmc.set_watts(111)
            await poll(collector)
            session = collector._session
            assert session
            late = True
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await session.request(messages.DCMI_POWER, messages.ASK_POWER)
            bmc.set_watts(222)
            reply = await session.request(messages.DCMI_POWER, messages.ASK_POWER)
            assert messages.power_reading(reply).current_w == 222
            late = False
            await collector.close()

    asyncio.run(scenario())


def test_forged_and_foreign_datagrams_are_ignored(bmc: Bmc) -> None:
    async def scenario() -> None:
        async with relay(bmc.port) as port:
            collector = source(port)
            await poll(collector)
            held = collector._link
            assert held
            for junk in (b"", b"\x06\0\xff\x07\x06", bytes(40), b"\x06\0\xff\x07\x06\xc0" + bytes(60)):
                held.datagram_received(junk, ("127.0.0.1", port))
            assert held.strange == 4
            assert len(await poll(collector)) == 1
            await collector.close()

    asyncio.run(scenario())
