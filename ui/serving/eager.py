"""The charts' script as a browser gets it: theirs, with a word that asks to compile all of it while it loads.

A browser compiles a function when it is first called, in the thread that draws the page. The first chart of a new tab
calls thousands of ECharts' functions; asked for all of them before (`allFunctionsCalledOnLoad`, explicit compile hints,
Chromium 136 on; others read a comment), it compiles them beside.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER: Final = Path(streamlit.__file__).parent / "static"
CHARTS: Final = "static/js/EChartsChart.*.js"
HINT: Final = b"//# allFunctionsCalledOnLoad\n"
FOR_GOOD: Final = "public, immutable, max-age=31536000"  # as Streamlit has it: the name changes with what is in it


class Eager:
    """Middleware before Streamlit's own files, whose addresses take no routes."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the charts' script, and pass on everything else."""
        script = hinted().get(scope.get("path", "")) if scope["type"] == "http" else None
        if script is None:
            await self._app(scope, receive, send)
        else:
            answer = Response(script, media_type="text/javascript", headers={"Cache-Control": FOR_GOOD})
            await answer(scope, receive, send)


@cache
def hinted() -> dict[str, bytes]:
    """Return the scripts by their paths."""
    return {f"/{file.relative_to(FOLDER).as_posix()}": HINT + file.read_bytes() for file in FOLDER.glob(CHARTS)}
