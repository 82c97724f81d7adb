"""Whom a TLS connection believes, where the system's own authorities do not know who signed a certificate."""

from __future__ import annotations

import ssl
from functools import lru_cache
from typing import TYPE_CHECKING

from config.errors import SourceRefused

if TYPE_CHECKING:
    from pathlib import Path


@lru_cache(maxsize=16)
def trusting(ca_file: Path) -> ssl.SSLContext:
    """Return a context that believes the authorities of a file.

    Raises:
        SourceRefused: the file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:
        msg = f"The certificates of {ca_file} cannot be read: correct ca."
        raise SourceRefused(msg) from error
