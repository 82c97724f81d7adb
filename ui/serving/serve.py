"""Serving pages and API: one ASGI application under uvicorn, on loopback unless told otherwise.

Everything comes from this machine: no usage statistics, no fonts from elsewhere, no update checks. Design tokens
become the page theme here, so no configuration file is needed beside the program.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from config.errors import InputError
from ui.tokens import MODES, palette, type_tokens

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.middleware import Middleware
    from starlette.routing import BaseRoute

    from config.sign_in import SignIn

SCRIPT = Path(__file__).parents[1] / "app.py"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - what a user may choose
COOKIE_BYTES = 32
SIGN_IN_VARIABLE = "WATTLAS_SIGN_IN"  # tells the pages that this server was started with [sign_in]
PROXY_VARIABLE = "WATTLAS_BEHIND_PROXY"  # and that a proxy lets people in, of whom we know nothing
CONNECTIONS, KEEP_ALIVE_S = 256, 75  # of the API alone; with pages a proxy limits them
Access = Literal["local", "api", "proxy"]


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


def options(*, host: str, port: int, hosts: Collection[str] = ()) -> dict[str, Any]:
    """All of Streamlit's options that Wattlas sets.

    `allowedHosts` keeps a foreign page from reaching the server under a name of its own.
    """
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.allowedHosts": sorted(names(host) | set(hosts)),
        "server.trustedUserHeaders": {},  # else the environment could let a header say who somebody is
        "server.enableAgentApi": False,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "logger.hideWelcomeMessage": True,
        "runner.postScriptGC": False,  # a whole collection after each refresh of each reader; Python's own goes on
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


def refuse_open(*, host: str, access: Access, signs_in: bool) -> None:
    """Refuse to open to the network what nobody guards: pages without `[sign_in]`, unless a proxy does it.

    Raises:
        InputError: the address is not of this machine alone, and nothing says who may come.
    """
    if host not in LOOPBACK and access == "local" and not signs_in:
        message = (
            f"--host {host} would open pages without sign-in to the network: add [sign_in] to the site file, give "
            "--access api for the API alone, which needs tokens, or --access proxy where a proxy in front signs "
            "people in."
        )
        raise InputError(message)


def signs_in(config: Path | None) -> bool:
    """Say whether a site file lets people sign in.

    Raises:
        ConfigError: the site file cannot be read.
    """
    from config.loading import read_tables, site_file

    return "sign_in" in read_tables(site_file(config))


def names(host: str) -> set[str]:
    """Names and addresses under which a server on `host` is always asked."""
    return LOOPBACK | ({host} - ANYWHERE)


def serve(*, host: str, port: int, access: Access = "local") -> None:
    """Serve until SIGINT or SIGTERM. Site file and data folder stand in the environment (`ui.options`)."""
    from ui.api.app import api, guard, routes
    from ui.serving.kept_service import Kept, place_given

    kept = Kept(*place_given())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)  # uvicorn shuts down first, then hands the signal on
    if access == "api":
        import uvicorn

        uvicorn.run(
            api(kept, names(host)),
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_S,
        )
    else:
        settings = kept.service().settings
        sign_in = None if settings.sign_in is None else sign_in_secrets(settings.sign_in)
        hosts = {*settings.server.hosts, *([settings.sign_in.host] if settings.sign_in else ())}
        if access == "proxy":
            os.environ[PROXY_VARIABLE] = "1"
        _serve_pages(host, port, hosts, routes(kept), guard(kept, names(host)), sign_in)


def sign_in_secrets(sign_in: SignIn) -> dict[str, Any]:
    """What `st.login` needs, kept in memory alone; cookies are signed anew by each process, so a restart signs out.

    Raises:
        ConfigError: the client's secret is nowhere to be found.
    """
    return {
        "auth": {
            "redirect_uri": f"{sign_in.url}/oauth2callback",
            "cookie_secret": secrets.token_urlsafe(COOKIE_BYTES),
            "client_id": sign_in.client_id,
            "client_secret": sign_in.client_secret.resolve().get_secret_value(),
            "server_metadata_url": sign_in.metadata_url,
            "client_kwargs": {"scope": "openid email profile", "prompt": "select_account"},
        }
    }


def _serve_pages(
    host: str,
    port: int,
    hosts: Collection[str],
    routes: list[BaseRoute],
    middleware: list[Middleware],
    sign_in: dict[str, Any] | None,
) -> None:
    import gc

    import streamlit as st
    from starlette.middleware import Middleware

    import ui.service  # noqa: F401 - with all it needs, so that it is frozen below
    from ui.serving import shell
    from ui.serving.eager import Eager
    from ui.serving.no_page import NoSuchPage

    gc.collect()
    gc.freeze()  # a collection need not visit the libraries each time (notes/ui.md section 2)
    if sign_in is not None:
        os.environ[SIGN_IN_VARIABLE] = "1"
    around = [*middleware, Middleware(Eager), Middleware(NoSuchPage)]
    app = st.App(SCRIPT, secrets=sign_in, routes=[*routes, *shell.routes()], middleware=around)
    app.run(config=options(host=host, port=port, hosts=hosts))


def _end(_number: int, _frame: object) -> None:
    """End at once: an interpreter that ends would first wait for every draft that is being made or is due."""
    sys.stdout.flush()
    os._exit(0)


def leave_with_parent() -> None:
    """End this process when its stdin closes: a page never outlives the `wattlas up` that started it."""

    def wait() -> None:
        while os.read(0, 1 << 16):  # not sys.stdin: its lock would be held while the interpreter ends
            pass
        os._exit(0)

    threading.Thread(target=wait, name="parent", daemon=True).start()
