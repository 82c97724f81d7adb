"""How messages are posted: led nowhere else, and within a time that counts as a whole, however a server drips."""

from __future__ import annotations

import http.client
import socket
import threading
import urllib.request
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.client import HTTPResponse


class Unled(urllib.request.HTTPRedirectHandler):
    """Follows nowhere: a message would become a GET without it, and its signature would go to a stranger."""

    def redirect_request(self, *_: object) -> None:
        """Take a redirect for what it is: nobody took the message."""


class _Cut(http.client.HTTPConnection):
    """Ends the wait for an answer that is not whole after the connection's timeout: a socket's own counts each read."""

    def getresponse(self) -> HTTPResponse:
        """Return the answer.

        Raises:
            TimeoutError: it did not come in time.
        """
        late = threading.Event()
        timer = threading.Timer(self.timeout or 0.0, self._cut, (late,))
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse()
        except (OSError, ValueError, http.client.HTTPException) as error:
            if late.is_set():
                msg = "timed out"
                raise TimeoutError(msg) from error
            raise
        finally:
            timer.cancel()

    def _cut(self, late: threading.Event) -> None:
        late.set()
        with suppress(OSError, AttributeError):  # it may be closed by now
            self.sock.shutdown(socket.SHUT_RDWR)


class _CutTls(_Cut, http.client.HTTPSConnection):
    pass


class InTime(urllib.request.HTTPHandler):
    """Opens http within the time."""

    def http_open(self, req: urllib.request.Request) -> Any:  # noqa: ANN401 - as urllib has it
        """Open it."""
        return self.do_open(_Cut, req)


class InTimeTls(urllib.request.HTTPSHandler):
    """Opens https within the time."""

    def https_open(self, req: urllib.request.Request) -> Any:  # noqa: ANN401 - as urllib has it
        """Open it."""
        return self.do_open(_CutTls, req)
