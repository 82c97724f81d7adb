"""One way in for every route: method, token, scope, pace, body, then the work in a thread of its own.

Handlers are plain functions of a `Call`; they may wait for disks and stores. What they raise becomes one sentence.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.routing import Route

from config.errors import InputError, WattlasError
from config.reading.wording import remedy
from ui.access.part import showing
from ui.api.answers import Refusal, failure, tagged
from ui.api.body import body_of
from ui.api.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.datastructures import Headers, QueryParams
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from collectors.store.tokens import Token
    from ui.service import Service
    from ui.serving.kept_service import Kept

READERS, WRITERS = 3, 2  # requests worked on at once: pages come before both, and no reader keeps readings waiting
SLOW: Final = frozenset({"by", "per"})  # parameters of questions that read job records: minutes of a large cluster
STRANGERS_PER_MINUTE, STRANGERS_BURST = 60.0, 20  # requests without a good token, of one address
TOKEN_REMEDY = "send Authorization: Bearer <token>, made by `wattlas token create`"  # noqa: S105 - no secret
REPEATED: Final = frozenset({"point", "metric", "name", "kind", "of"})  # parameters that may stand several times


@dataclass(frozen=True, slots=True)
class Call:
    """One request that may be answered; a reader with a token of one site has a service that knows no other."""

    service: Service
    token: Token
    query: QueryParams
    headers: Headers
    path: str
    body: bytes = b""

    def refuse_others(self, *known: str) -> None:
        """Refuse a query parameter that this route does not know, or that stands twice and is no list.

        Raises:
            InputError: which one.
        """
        names = [name for name, _ in self.query.multi_items()]
        for name in names:
            if name not in known:
                msg = f'parameter "{name[:60]}" is unknown here; {remedy(name[:60], known, otherwise=_none(known))}'
                raise InputError(msg)
            if name not in REPEATED and names.count(name) > 1:
                msg = f'parameter "{name}" stands twice, and one of them would not count: give it once.'
                raise InputError(msg)

    def site(self) -> str | None:
        """The site asked for, by the parameter `site` or because the token is bound to it; None for all.

        Raises:
            Refusal: the token is of another site.
        """
        asked = self.query.get("site")
        if self.token.site is None:
            return asked
        if asked not in {None, self.token.site}:
            raise Refusal(403, f"This token is of site {self.token.site} alone: use a token of that other site.")
        return self.token.site


def _none(known: tuple[str, ...]) -> str:
    return f"use {', '.join(known)}." if known else "leave it out."


@dataclass
class Doors:
    """What all routes of one process share."""

    kept: Kept
    readers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(READERS))
    writers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(WRITERS))
    slow: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))  # keep no other reader waiting
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)  # by route and status
    amounts: Counter[str] = field(default_factory=Counter)  # readings accepted, quarantined
    _strangers: Pace = field(default_factory=lambda: Pace(STRANGERS_PER_MINUTE, STRANGERS_BURST))
    _paces: dict[tuple[float, int], Pace] = field(default_factory=dict)

    def route(self, path: str, *, scope: str, **methods: Callable[[Call], Response]) -> Route:
        """One path with its handlers by method; `get` answers HEAD too, and its answers carry an ETag."""
        return Route(path, Door(self, path, scope, {name.upper(): one for name, one in methods.items()}))

    async def answer(self, request: Request, door: Door) -> Response:
        """Answer a request, whatever it is."""
        try:
            response = await self._answer(request, door)
        except Refusal as refusal:
            response = refusal.answer()
        except WattlasError as error:
            response = failure(error)
        self.answered[door.path, response.status_code] += 1
        return response

    async def _answer(self, request: Request, door: Door) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in door.handlers:
            allowed = [*door.handlers, *(["HEAD"] if "GET" in door.handlers else [])]
            raise Refusal(405, f"{method[:20]} is not answered here.", {"Allow": ", ".join(allowed)})
        threads = self.writers if "POST" in door.handlers else self.readers
        service, token = await _in_thread(threads, self._let_in, request, door.scope)
        body = b""
        if method == "POST":
            body = await body_of(request, service.settings.server.body_mb << 20)
        if method == "GET" and token.site is not None:
            service = showing(service, {token.site})
        if method == "GET" and not SLOW.isdisjoint(request.query_params):
            threads = self.slow
        call = Call(service, token, request.query_params, request.headers, request.url.path, body)
        response: Response = await _in_thread(threads, door.handlers[method], call)
        return tagged(response, request.headers.get("if-none-match")) if method == "GET" else response

    def _let_in(self, request: Request, scope: str) -> tuple[Service, Token]:
        """The service and the caller's token.

        Raises:
            Refusal: the token is missing, wrong, expired, revoked, of another scope, or used too often.
        """
        service = self.kept.service()
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        token = service.stores.state.tokens.find(text.strip()) if scheme.lower() == "bearer" else None
        fault = "no token, or none that is known here" if token is None else token.fault(int(service.now()))
        if token is None or fault is not None:
            _refuse_hasty(self._strangers, request.client.host if request.client else "")
            raise Refusal(401, f"{fault}: {TOKEN_REMEDY}.", {"WWW-Authenticate": "Bearer"})
        _refuse_hasty(self._pace(service), token.id)
        if scope not in token.scopes:
            raise Refusal(403, f"This token does not open {scope}: make one by `wattlas token create --scope {scope}`.")
        if token.site is not None and token.site not in {site.id for site in service.settings.sites}:
            raise Refusal(403, f"The site of this token, {token.site}, is not in the site file any more.")
        return service, token

    def _pace(self, service: Service) -> Pace:
        limits = service.settings.server
        key = limits.requests_per_minute, limits.burst
        if key not in self._paces:
            self._paces[key] = Pace(*key)
        return self._paces[key]


async def _in_thread(threads: CapacityLimiter, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
    return await to_thread.run_sync(function, *arguments, limiter=threads)


def _refuse_hasty(pace: Pace, caller: str) -> None:
    wait_s = pace.wait_s(caller, time.monotonic())
    if wait_s:
        after = str(int(wait_s) + 1)
        raise Refusal(429, f"Too many requests: try again in {after} s.", {"Retry-After": after})


@dataclass(frozen=True, slots=True)
class Door:
    """One path as an ASGI application."""

    doors: Doors
    path: str
    scope: str
    handlers: Mapping[str, Callable[[Call], Response]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self.doors.answer(Request(scope, receive), self)
        await response(scope, receive, send)
