"""The body of a request within its limits: read, and unpacked where it comes as gzip."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from ui.api.answers import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

WITHIN_S = 60.0
GZIP = 31  # zlib's window bits for a gzip frame


async def body_of(request: Request, limit: int) -> bytes:
    """Read and unpack a body of at most `limit` bytes, both ways.

    Raises:
        Refusal: it is larger, too slow, broken, or packed in another way.
    """
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip"}:
        raise Refusal(415, f'Content-Encoding "{coding[:20]}" is not understood: send gzip, or the body as it is.')
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:20]) > limit:
        raise too_large(limit)
    try:
        async with asyncio.timeout(WITHIN_S):
            body = await _read(request, limit)
    except TimeoutError:
        raise Refusal(408, f"The body did not come within {WITHIN_S:.0f} s: send it again.") from None
    except ClientDisconnect:
        raise Refusal(400, "The body broke off: send it again.") from None
    return unpacked(body, limit) if coding == "gzip" else body


def too_large(limit: int) -> Refusal:
    """The refusal of a body over `limit` bytes."""
    return Refusal(413, f"The body is larger than {limit >> 20} MB: send smaller batches.")


async def _read(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise too_large(limit)
    return bytes(body)


def unpacked(body: bytes, limit: int) -> bytes:
    """Unpack one gzip frame to at most `limit` bytes.

    Raises:
        Refusal: it is no gzip, broken off, or unpacks to more.
    """
    reader = zlib.decompressobj(GZIP)
    try:
        content = reader.decompress(body, limit + 1)
    except zlib.error:
        raise Refusal(400, "The body is no gzip although its header says so: correct Content-Encoding.") from None
    if len(content) > limit:
        raise too_large(limit)
    if not reader.eof or reader.unused_data:
        raise Refusal(400, "The gzip body is not one whole frame: send it again.")
    return content
