"""`/api/v1/ingest`: readings that others post, in line protocol or JSON, durable before they are thanked for.

A request is accepted as a whole (204) or refused as a whole with one sentence. `Idempotency-Key` makes a repeated
request a no-op. Keys of edge collectors are numbered (`spool:<uuid>:<after>-<upto>`): one number is remembered of each,
and a batch that does not follow it is refused (409), so that none is taken twice whatever was under way.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from starlette.responses import Response

from collectors.importing.mapping import Mapping, load_mapping
from collectors.ingest.accept import accept
from collectors.ingest.json_body import json_body
from collectors.ingest.line_body import line_body
from collectors.judge import Judge
from collectors.overlaps import overlaps_of
from collectors.readers import POSTED
from collectors.store.spool_marks import Numbered, OutOfStep
from config.errors import InputError
from ui.api.answers import JSON, Refusal, as_json

if TYPE_CHECKING:
    from collections import Counter

    from collectors.ingest.accept import Accepted
    from collectors.ingest.posted import Posted
    from collectors.overlaps import Overlaps
    from ui.api.door import Call

LINES = frozenset({"", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded"})
KEY = re.compile(r"[\x21-\x7e]{1,255}")
UUID = re.compile(r"[0-9a-f-]{36}")
NUMBERED = re.compile(rf"spool:({UUID.pattern}):(\d{{1,18}})-(\d{{1,18}})", re.ASCII)
COLLECTOR_SIGNS = 8  # of a spool's uuid


class Ingest:
    """The handlers; `amounts` counts readings accepted and quarantined."""

    def __init__(self, amounts: Counter[str]) -> None:
        """Know no configuration yet."""
        self._amounts = amounts
        self._judged: tuple[Judge, Overlaps] | None = None
        self._keyed = Lock()

    def post(self, call: Call) -> Response:
        """Accept the readings of a request."""
        call.refuse_others("precision", "mapping")
        site = call.token.site
        if site is None:
            raise Refusal(403, "This token is bound to no site, so it writes to none: make one with --site.")
        posted = _understood(call, site)
        with self._keyed if "idempotency-key" in call.headers else nullcontext():  # looked up and taken as one
            done = self._accepted(posted, call, site)
        headers = {"Wattlas-Readings": str(done.readings), "Wattlas-Quarantined": str(done.quarantined)}
        if done.again:
            headers["Idempotency-Replayed"] = "true"
        else:
            self._amounts["readings"] += done.readings
            self._amounts["quarantined"] += done.quarantined
        return Response(status_code=204, headers=headers)

    def _accepted(self, posted: Posted, call: Call, site: str) -> Accepted:
        key, numbered = _key(call, site)
        service = call.service
        judge, overlaps = self._judge(call)
        try:
            return accept(
                posted,
                site=site,
                judge=judge,
                overlaps=overlaps,
                spool=service.stores.spool,
                now=int(service.now()),
                key=key,
                numbered=numbered,
            )
        except OutOfStep as error:
            raise Refusal(409, str(error)) from None

    def _judge(self, call: Call) -> tuple[Judge, Overlaps]:
        """Who judges by the settings that hold now, whose hash can be opened by an auditor."""
        settings = call.service.settings
        if self._judged is None or self._judged[0].settings is not settings:
            call.service.note_configuration()
            self._judged = Judge(settings), overlaps_of(settings, call.service.stores)
        return self._judged


def number_of(call: Call) -> Response:
    """Tell an edge collector the number of its last batch that is here, by which alone it decides what to send."""
    call.refuse_others("spool")
    spool = call.query.get("spool", "")
    if call.token.site is None or UUID.fullmatch(spool) is None:
        raise Refusal(400, "Name your spool's uuid by ?spool=, with a token that is bound to its site.")
    return as_json({"upto": call.service.stores.spool.marks.number_of(_sender(call.token.site, spool))})


def _sender(site: str, spool: str) -> str:
    return f"forward:{site}:{spool}"


def _understood(call: Call, site: str) -> Posted:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    numbered = NUMBERED.fullmatch(call.headers.get("idempotency-key", ""))
    collector = f"@{numbered[1][:COLLECTOR_SIGNS]}" if numbered else ""  # several may share one token
    origin = f"{POSTED}{call.token.name}{collector}"
    if not call.body.strip():
        msg = "The request is empty: send line protocol, or JSON with Content-Type: application/json."
        raise InputError(msg)
    if kind == JSON:
        call.refuse_others()
        return json_body(call.body, site=site, origin=origin)
    if kind not in LINES:
        raise Refusal(415, f'Content-Type "{kind[:60]}" is not understood: send text/plain (line protocol) or {JSON}.')
    return line_body(
        call.body,
        site=site,
        settings=call.service.settings,
        origin=origin,
        mapping=_mapping(call),
        precision=call.query.get("precision"),
    )


def _mapping(call: Call) -> Mapping | None:
    name = call.query.get("mapping")
    if name is None:
        return None
    found = load_mapping(name, call.service.stores.state)
    if found.format != "lines":
        msg = f'mapping "{name}" is of {found.format}, not of lines: save one with format = "lines".'
        raise InputError(msg)
    return found


def _key(call: Call, site: str) -> tuple[str | None, Numbered | None]:
    """The key that makes this request a no-op when it is repeated, or which batch of an edge collector it is.

    Raises:
        Refusal: the key cannot be one, or came before with another body.
    """
    text = call.headers.get("idempotency-key")
    if text is None:
        return None, None
    if KEY.fullmatch(text) is None:
        raise Refusal(400, "Idempotency-Key must be 1 to 255 printable ASCII characters without spaces: a UUID is one.")
    numbered = NUMBERED.fullmatch(text)
    if numbered is not None:
        return None, Numbered(_sender(site, numbered[1]), after=int(numbered[2]), upto=int(numbered[3]))
    beginning = f"{POSTED}{site}:{sha256(text.encode()).hexdigest()[:32]}:"
    key = beginning + sha256(call.body).hexdigest()[:16]
    if any(one != key for one in call.service.stores.spool.marks.keys_under(beginning)):
        raise Refusal(409, "This Idempotency-Key came before with another body: give each batch a key of its own.")
    return key, None
