"""`/healthz`: this process answers. `/readyz`: it can read its site file and its stores. Open to all, in two words.

What is wrong is said to the log alone. Readiness is looked at once in a while, however often it is asked for.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from config.errors import WattlasError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ui.serving.kept_service import Kept

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
HEADERS = {"Cache-Control": "no-store"}


class Health:
    """The state of one process."""

    def __init__(self, kept: Kept) -> None:
        """Look at nothing yet."""
        self._kept = kept
        self._lock = threading.Lock()
        self._looked_at, self._fault = float("-inf"), ""

    def routes(self) -> list[Route]:
        """Both routes."""
        return [Route("/healthz", self._healthy), Route("/readyz", self._ready)]

    async def _healthy(self, _request: Request) -> Response:
        return PlainTextResponse("ok\n", headers=HEADERS)

    async def _ready(self, _request: Request) -> Response:
        fault = await to_thread.run_sync(self._fault_now)
        return PlainTextResponse("not ready\n" if fault else "ready\n", 503 if fault else 200, headers=HEADERS)

    def _fault_now(self) -> str:
        with self._lock:
            if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
                former, self._fault = self._fault, self._look()
                self._looked_at = time.monotonic()
                if self._fault and self._fault != former:
                    log.warning("not ready reason=%s", " ".join(self._fault.split()))
            return self._fault

    def _look(self) -> str:
        try:
            service = self._kept.service()
            service.stores.spool.backlog()
            service.stores.state.audit.head()
        except WattlasError as error:
            return str(error)
        return self._kept.mistake or ""
