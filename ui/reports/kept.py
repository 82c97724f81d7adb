"""What reports keep as evidence, under the SHA-256 of its bytes: content, manifests, files."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from analytics.consolidation import COMPANY
from collectors.store.evidence import FOLDER
from config.errors import InputError

if TYPE_CHECKING:
    from collectors.store.reports import Report
    from ui.service import Service

Row = dict[str, Any]
LEDGER_FILE: Final = "ledger-{site}.parquet"


def site_of(subject: str) -> str | None:
    """Return the site that a report is of; None for that of the company."""
    return None if subject == COMPANY else subject


def as_bytes(content: Row) -> bytes:
    """Return content as the JSON that is hashed and kept."""
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def content_of(service: Service, report: Report) -> Row:
    """Return the content that was prepared.

    Raises:
        InputError: the file is gone or was changed.
    """
    raw = evidence(service, report.content)
    found: Row = json.loads(raw)
    return found


def evidence(service: Service, digest: str) -> bytes:
    """Return a kept file by its SHA-256.

    Raises:
        InputError: it is gone, or not what it was.
    """
    path = service.stores.data / FOLDER / digest
    try:
        raw = path.read_bytes()
    except OSError as error:
        msg = f"{path}: evidence cannot be read ({error.strerror}); restore a backup"
        raise InputError(msg) from None
    if sha256(raw).hexdigest() != digest:
        msg = f"{path}: evidence was changed after it was kept; restore a backup"
        raise InputError(msg)
    return raw


def manifest_of(service: Service, report: Report) -> dict[str, str]:
    """Return names and SHA-256 of a sealed report's files.

    Raises:
        InputError: it is not sealed, or the manifest is gone or changed.
    """
    if not report.sealed:
        msg = f"report {report.id} is {report.state}: seal it first"
        raise InputError(msg)
    found: dict[str, str] = json.loads(evidence(service, report.steps[-1].manifest))["files"]
    return found


def seconds(text: str) -> int:
    """Return UTC seconds of an ISO instant of a report."""
    return int(datetime.fromisoformat(text).timestamp())
