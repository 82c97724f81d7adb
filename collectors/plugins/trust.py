"""Whom a TLS connection believes, where the system's own authorities do not know who signed a certificate."""

from __future__ import annotations

import ssl
from functools import lru_cache
from typing import TYPE_CHECKING

from config.errors import SourceRefused

if TYPE_CHECKING:
    from pathlib import Path

IN_CA = "name its authority in ca"


def distrusted(label: str, why: str, *, unknown: str = IN_CA) -> SourceRefused:
    """Return the error for a certificate that is not believed.

    Args:
        label: who shows it; begins the sentence.
        why: the words of OpenSSL, such as "certificate has expired".
        unknown: what to do where nobody known has signed it.
    """
    why = why.rstrip(".")
    return SourceRefused(f"{label} shows a certificate that is not trusted ({why}): {remedy(why, unknown=unknown)}.")


def remedy(why: str, *, unknown: str) -> str:
    """Return what to do about a certificate; arguments as of `distrusted`.

    >>> remedy("certificate has expired", unknown="name its authority")
    'let it be renewed, and look whether the clock here is right'
    """
    if "has expired" in why or "not yet valid" in why:
        return "let it be renewed, and look whether the clock here is right"
    return "use the name that it was made for" if "mismatch" in why else unknown


def trusting(ca_file: Path) -> ssl.SSLContext:
    """Return a context that believes the authorities of a file, read anew where the file was changed.

    Raises:
        SourceRefused: the file cannot be read.
    """
    try:
        return _trusting(ca_file, ca_file.stat().st_mtime_ns)
    except OSError as error:
        msg = f"The certificates of {ca_file} cannot be read: correct ca."
        raise SourceRefused(msg) from error


@lru_cache(maxsize=16)
def _trusting(ca_file: Path, changed_ns: int) -> ssl.SSLContext:
    del changed_ns  # the cache's key alone
    return ssl.create_default_context(cafile=str(ca_file))
