"""Serving the pages: one ASGI application under uvicorn, on loopback unless told otherwise.

Everything comes from this machine: no usage statistics, no fonts from elsewhere, no update checks. Design tokens
become the page theme here, so no configuration file is needed beside the program.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from config.errors import InputError
from ui.tokens import MODES, palette, type_tokens

SCRIPT = Path(__file__).with_name("app.py")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def theme() -> dict[str, Any]:
    """Streamlit's theme options from the design tokens, light and dark."""
    kind = type_tokens()
    options: dict[str, Any] = {
        "theme.font": kind.family,
        "theme.baseFontSize": kind.base_px,
        "theme.paddingTop": "3rem",
        "theme.baseRadius": f"{kind.radius_px}px",
        "theme.metricValueFontSize": kind.metric_size,
        "theme.metricValueFontWeight": kind.metric_weight,
        "theme.headingFontSizes": kind.heading_sizes,
        "theme.headingFontWeights": kind.heading_weights,
    }
    for mode in MODES:
        options |= {f"theme.{mode}.{name}": colour for name, colour in _colours(mode).items()}
        options[f"theme.{mode}.sidebar.backgroundColor"] = palette(mode).surface
    return options


def _colours(mode: str) -> dict[str, str]:
    named = asdict(palette(mode))
    meaning = {
        "primaryColor": "info",
        "backgroundColor": "bg",
        "secondaryBackgroundColor": "surface",
        "textColor": "text",
        "borderColor": "grid",
        "redColor": "crit",
        "orangeColor": "warn",
        "greenColor": "ok",
        "blueColor": "info",
        "violetColor": "carbon",
        "grayColor": "muted",
    }
    return {option: named[token] for option, token in meaning.items()}


def options(*, host: str, port: int) -> dict[str, Any]:
    """All of Streamlit's options that Wattlas sets.

    `allowedHosts` on loopback keeps a foreign page from reaching the server under a name of its own.
    """
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.allowedHosts": sorted(LOOPBACK) if host in LOOPBACK else [],
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "logger.hideWelcomeMessage": True,
        **theme(),
    }


def require_free(*, host: str, port: int) -> None:
    """Refuse a port that something else listens on, before anything starts.

    Raises:
        InputError: the address cannot be bound.
    """
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"Cannot serve on {host}:{port} ({error.strerror}): choose another with --host and --port."
            raise InputError(message) from error


def serve(*, host: str, port: int) -> None:
    """Serve the pages until SIGINT or SIGTERM. Site file and data folder stand in the environment (`ui.options`)."""
    import gc

    import streamlit as st

    import ui.service  # noqa: F401 - with all it needs, so that it is frozen below

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)  # uvicorn shuts down first, then hands the signal on
    gc.collect()
    gc.freeze()  # Streamlit collects after each run: it need not visit the libraries each time (notes/ui.md section 2)
    st.App(SCRIPT).run(config=options(host=host, port=port))


def _end(_number: int, _frame: object) -> None:
    sys.exit(0)


def leave_with_parent() -> None:
    """End this process when its stdin closes: a page never outlives the `wattlas up` that started it."""

    def wait() -> None:
        while os.read(0, 1 << 16):  # not sys.stdin: its lock would be held while the interpreter ends
            pass
        os._exit(0)

    threading.Thread(target=wait, name="parent", daemon=True).start()
