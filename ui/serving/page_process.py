"""The page as a child process of `wattlas up`: started, minded, stopped with it."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from ui.serving.serve import Access

log = logging.getLogger(__name__)

_AGAIN_AFTER_S = 5.0
_STOP_WITHIN_S = 5.0


class PageProcess:
    """`wattlas ui` beside the collector. Site file and data folder reach it through the environment, never argv.

    The child reads its stdin, a pipe that nobody writes: when this process ends, however it ends, the child ends too.
    """

    def __init__(self, *, host: str, port: int, access: Access = "local") -> None:
        """Remember where to serve; `with` starts the process."""
        self._arguments = [
            *(sys.executable, "-m", "ui.cli", "ui"),
            *("--host", host, "--port", str(port), "--access", access, "--leave-with-parent"),
        ]
        self._child: subprocess.Popen[bytes] | None = None
        self._start_at = 0.0

    def __enter__(self) -> Self:
        """Start serving."""
        self._child = subprocess.Popen(self._arguments, stdin=subprocess.PIPE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving: politely first."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._close_pipe()

    def mind(self, now: float) -> None:
        """Start the page again, some seconds after it ended by itself; `now` is monotonic time [s]."""
        if self._child is not None and (code := self._child.poll()) is not None:
            log.error("page ended exit_code=%d again_in_s=%g", code, _AGAIN_AFTER_S)
            self._close_pipe()
            self._child, self._start_at = None, now + _AGAIN_AFTER_S
        if self._child is None and now >= self._start_at:
            self.__enter__()

    def _close_pipe(self) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()
