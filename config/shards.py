"""Which part of the sources a collecting process polls: `shard = "2/4"` is the second of four.

[collecting]
shard = "2/4"                     # or { env = "WATTLAS_SHARD" }, where all processes share one site file
"""

from __future__ import annotations

import os
import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator

from config.reading.fields import Table

if TYPE_CHECKING:
    from config.source_table import SourceTable

FORM = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")


def _shard(written: object) -> object:
    text = os.environ.get(str(written["env"])) if isinstance(written, dict) and set(written) == {"env"} else written
    if text is None and isinstance(written, dict):
        msg = f"environment variable {written['env']} is not set: set it to a part such as 1/4"
        raise ValueError(msg)
    found = FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None or int(found[1]) > int(found[2]):
        msg = 'must be a part such as "1/4", the first of four, or { env = "NAME" }'
        raise ValueError(msg)
    return text


class Collecting(Table):
    """What this process collects of the site file; without `shard` all of it."""

    shard: Annotated[str | None, BeforeValidator(_shard)] = None

    def polls(self, source: SourceTable) -> bool:
        """Say whether this process polls a source.

        Sources of one host stay together, for a gateway takes one question at a time. Each host goes to the part that
        draws highest for it: with one part more, every n-th host moves to that part, and no other moves.
        """
        if self.shard is None:
            return True
        part, parts = map(int, self.shard.split("/"))
        host = source.options.get("host") or urlsplit(str(source.options.get("url", ""))).hostname
        drawn_by = str(host).lower() if host else source.id  # "GW-1" is the host of https://gw-1
        return max(range(1, parts + 1), key=lambda one: _drawn(f"{one} {drawn_by}")) == part


def _drawn(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8).digest()
