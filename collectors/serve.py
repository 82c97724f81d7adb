"""The runner as a process of its own: uvloop, and the signals that end or reload it."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import uvloop

from config.errors import WattlasError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collectors.contract import Collector
    from collectors.run import Runner


def serve(runner: Runner, *, load: Callable[[], Sequence[Collector]] | None = None) -> None:
    """Run on uvloop until SIGINT or SIGTERM; SIGHUP swaps in what `load` returns. Main thread only.

    `load` reads and checks the site file, in a thread. Where it raises, the runner keeps what it has and says so.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(_until_signalled(runner, load))


async def _until_signalled(runner: Runner, load: Callable[[], Sequence[Collector]] | None) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, runner.stop)
    hung_up = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    reloading = loop.create_task(_reload_at(hung_up, runner, load)) if load else None
    await runner.run()
    if reloading:
        reloading.cancel()


async def _reload_at(hung_up: asyncio.Event, runner: Runner, load: Callable[[], Sequence[Collector]]) -> None:
    while await hung_up.wait():
        hung_up.clear()
        try:
            collectors = await asyncio.to_thread(load)
        except WattlasError as error:
            runner.tell("reload refused", bad=True, reason=str(error))
        else:
            await runner.reload(collectors)
