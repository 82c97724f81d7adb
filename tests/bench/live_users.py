"""Readers of a page without a browser: each holds a websocket as Streamlit's own front end does, and refreshes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

WITHIN_S = 120.0
LARGEST = 200 << 20


@dataclass
class Reader:
    """One session: its live fragments with their interval [s], and how long each refresh took [s]."""

    url: str
    query: str = ""
    fragments: dict[str, float] = field(default_factory=dict)
    took_s: list[float] = field(default_factory=list)
    _page: str = ""

    async def live(self, until: float) -> None:
        """Open the page, then refresh what is live on its own interval until `until` (monotonic)."""
        host = self.url.partition("://")[2]
        origin, spoken = Origin(self.url), [Subprotocol("streamlit")]
        where = f"ws://{host}/_stcore/stream"
        async with connect(where, origin=origin, subprotocols=spoken, max_size=LARGEST) as socket:
            await self._run(socket, "")
            due = {name: time.monotonic() + every for name, every in self.fragments.items()}
            while due and min(due.values()) < until:
                name = min(due, key=lambda one: due[one])
                await asyncio.sleep(max(0.0, due[name] - time.monotonic()))
                began = time.monotonic()
                await self._run(socket, name)
                self.took_s.append(time.monotonic() - began)
                due[name] = began + self.fragments[name]

    async def _run(self, socket: ClientConnection, fragment: str) -> None:
        asked = BackMsg()
        asked.rerun_script.query_string = self.query
        asked.rerun_script.page_script_hash = self._page
        asked.rerun_script.fragment_id = fragment
        asked.rerun_script.is_auto_rerun = bool(fragment)
        await socket.send(asked.SerializeToString())
        async with asyncio.timeout(WITHIN_S):
            while True:
                told = ForwardMsg()
                told.ParseFromString(await socket.recv(decode=False))
                kind = told.WhichOneof("type")
                if kind == "new_session":
                    self._page = told.new_session.page_script_hash
                if kind == "auto_rerun":
                    self.fragments[told.auto_rerun.fragment_id] = told.auto_rerun.interval
                if kind == "script_finished":
                    return


async def together(readers: list[Reader], until: float, *, apart_s: float) -> None:
    """Let readers come one after another and be there at once."""

    async def one(number: int, reader: Reader) -> None:
        await asyncio.sleep(number * apart_s)
        await reader.live(until)

    await asyncio.gather(*(one(number, reader) for number, reader in enumerate(readers)))
