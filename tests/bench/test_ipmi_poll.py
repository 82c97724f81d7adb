"""CPU of an IPMI poll (two signed and encrypted requests) beside two bare UDP exchanges with the same BMCs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
import uvloop

from tests.collectors.ipmi.bmc import AT, close, source
from tests.peers.ipmi_sim import ASK_AUTHENTICATION, running_bmcs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from collectors.plugins.ipmi import Ipmi
    from tests.peers.ipmi_sim import Bmc

pytestmark = [pytest.mark.bench, pytest.mark.peer]

BMCS, ROUNDS = 120, 10
MOST = 10.0  # four HMACs, four AES passes, three deadlines and JSON beside two bare round trips


class Bare(asyncio.DatagramProtocol):
    """One question, one answer, nothing checked."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport
        self.answer: asyncio.Future[bytes] | None = None

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        if self.answer and not self.answer.done():
            self.answer.set_result(data)

    async def ask_twice(self) -> None:
        for _ in range(2):
            self.answer = asyncio.get_running_loop().create_future()
            self.transport.sendto(ASK_AUTHENTICATION)
            await self.answer


async def cpu_ms(calls: Sequence[Callable[[], Awaitable[object]]]) -> float:
    """CPU of this process per call [ms], best of a few rounds with all calls at once."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        await asyncio.gather(*(call() for call in calls))
        best = min(best, time.process_time() - began)
    return best / len(calls) * 1000


async def compare(bmcs: Sequence[Bmc]) -> tuple[float, float]:
    loop = asyncio.get_running_loop()
    bare = [(await loop.create_datagram_endpoint(Bare, remote_addr=("127.0.0.1", bmc.port)))[1] for bmc in bmcs]
    bare_ms = await cpu_ms([each.ask_twice for each in bare])
    collectors = [source(bmc.port) for bmc in bmcs]

    def one(collector: Ipmi) -> Callable[[], Awaitable[object]]:
        async def poll() -> None:
            assert len(list(collector.parse(await collector.fetch(), AT))) == 1

        return poll

    poll_ms = await cpu_ms([one(collector) for collector in collectors])
    await close(collectors)
    for each in bare:
        each.transport.close()
    return bare_ms, poll_ms


def test_a_poll_costs_little_more_than_its_datagrams(tmp_path: Path) -> None:
    with running_bmcs(tmp_path, BMCS) as bmcs:
        bare_ms, poll_ms = uvloop.run(compare(bmcs))
    ratio = poll_ms / bare_ms
    print(f"\nipmi: {poll_ms:.3f} ms CPU a poll, bare datagrams {bare_ms:.3f} ms: ratio {ratio:.1f}")
    assert ratio <= MOST
