"""Answers of the HTTP doors: JSON with one sentence where something is wrong, and which status an error means."""

from __future__ import annotations

import json
import logging
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from collectors.ingest.posted import Foreign, Refused
from config.errors import FactorMissing, InputError, NotAllowed, WattlasError

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

JSON = "application/json"
LATER_S = 5
OPTION = re.compile(r"(?<![\w-])--(?=[a-z])")  # of the command line, whose parameters have the same names here
LATER = "The server cannot use its stores or its site file now: try again later; its log says why."


class Refusal(Exception):
    """An answer that ends a request: status, sentence, and headers."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        """Hold what the caller is told."""
        super().__init__(sentence)
        self.status, self.headers = status, dict(headers or {})

    def answer(self) -> Response:
        """The answer itself."""
        return as_json({"error": str(self)}, status=self.status, headers=self.headers)


def as_json(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:  # noqa: ANN401
    """Content as JSON."""
    body = json.dumps(content, ensure_ascii=False, allow_nan=False).encode(errors="replace")
    return Response(body, status, headers=dict(headers or {}), media_type=JSON)


def failure(error: WattlasError) -> Response:
    """Return what a caller is told of an error: its own mistakes in full, ours not at all."""
    if isinstance(error, Refused):
        told: dict[str, object] = {"error": str(error)}
        told |= {"line": error.line} if error.line else {}
        told |= {"key": error.key} if error.key else {}
        return as_json(told, status=403 if isinstance(error, Foreign) else 400)
    if isinstance(error, (InputError, FactorMissing)):
        status = 403 if isinstance(error, NotAllowed) else 400
        return as_json({"error": OPTION.sub("", " ".join(str(error).splitlines()))}, status=status)
    log.warning("request failed reason=%s", json.dumps(str(error), ensure_ascii=False))
    return as_json({"error": LATER}, status=503, headers={"Retry-After": str(LATER_S)})


def tagged(answer: Response, wanted: str | None) -> Response:
    """Return an answer with its ETag; nothing but 304 where the caller has it already."""
    tag = f'"{sha256(bytes(answer.body)).hexdigest()[:32]}"'
    kept = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {one.strip().removeprefix("W/") for one in (wanted or "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=kept)
    answer.headers.update(kept)
    return answer
