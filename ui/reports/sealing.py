"""The life of a report: prepared, reviewed, approved, sealed with its evidence, verified and packed.

What a preparer saw is kept as evidence; signing is about those bytes. A seal adds ledger rows, estimates, records and
the files that prove them, configuration and the rendered files, and a manifest with the SHA-256 of each (design 4.9).
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from collectors.store.evidence import keep
from collectors.store.reports import ID_DIGITS, Report, Step
from config.errors import InputError, StoreCorrupt
from config.fingerprint import snapshot
from ui.access.part import refuse_part
from ui.format import iso
from ui.reports.content import report_content
from ui.reports.kept import LEDGER_FILE, as_bytes, content_of, evidence, manifest_of, seconds, site_of
from ui.reports.readings import readings_proof
from ui.reports.restating import refuse_changed, restated
from ui.reports.tracing import TRACES, traces
from ui.usage.lines import bills_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ui.reports.period import Period
    from ui.service import Service

Row = dict[str, Any]
CONTENT: Final = "report.json"
BILLS: Final = "bills.json"
OWN: Final = frozenset({CONTENT, BILLS, TRACES, "configuration.json"})
RECORD_FILE: Final = "records/{id}-v{version}-{name}"
READINGS_FILE: Final = "readings-{site}.json"


def prepare(service: Service, subject: str, period: Period, *, who: str, why: str = "") -> Report:
    """Keep what the report says now as prepared.

    Raises:
        InputError: a check blocks it, or the period is sealed and no reason is given.
    """
    service.allow("prepare", who, sites=[site_of(subject)])
    service.note_configuration()
    content = report_content(service, subject, period)
    refuse_blocked(content)
    former = restated(service, content, period.label)
    raw = as_bytes(content if former is None else {**content, "restated": former})
    digest = keep(service.stores.data, raw)
    spans = [(seconds(part["start"]), seconds(part["end"])) for part in content["sites"]]
    at = int(service.now())
    report = Report(
        id=sha256(f"{digest}{why}".encode()).hexdigest()[:ID_DIGITS],
        subject=subject,
        label=period.label,
        start=min(start for start, _ in spans),
        end=max(end for _, end in spans),
        content=digest,
        restates="",
        steps=(Step(name="prepared", who=who, at=at, solo=False, why=why, manifest=""),),
    )
    return service.stores.state.reports.prepare(report, why=why)


def refuse_blocked(content: Row) -> None:
    """Refuse content of which a check says that it cannot be signed.

    Raises:
        InputError: which checks, and what to do.
    """
    blocking = [one for one in content["checks"] if one["level"] == "blocks"]
    if blocking:
        raise InputError("\n".join(f"{one['text']}: {one['remedy']}" for one in blocking))


def refuse_unproved(service: Service) -> None:
    """Refuse a step while rows stand in the state store that the audit log does not tell of.

    Raises:
        StoreCorrupt: which.
    """
    service.note_configuration()
    fault = service.stores.state.log_fault()
    if fault is not None:
        raise StoreCorrupt(fault)


def sign(service: Service, report_id: str, step: str, *, who: str) -> Report:
    """Review or approve a report, if the books still say what it says.

    Raises:
        InputError: the figures changed since, another step is due, or the person took one already.
        StoreCorrupt: the audit log does not prove what the state store holds.
    """
    service.allow("review" if step == "reviewed" else "sign", who, sites=_sites_of(service, report_id))
    refuse_unproved(service)
    refuse_changed(service, service.stores.state.reports.get(report_id))
    solo = service.settings.company.solo
    return service.stores.state.reports.take(report_id, step, who=who, at=int(service.now()), solo=solo)


def seal(service: Service, report_id: str, *, who: str, render: Callable[[Row, Report], Mapping[str, bytes]]) -> Report:
    """Seal an approved report: keep its evidence and its files, and their manifest.

    Raises:
        InputError: it is not approved, the figures changed since, or a file that proves a record is gone or changed.
        StoreCorrupt: the audit log does not prove what the state store holds.
    """
    service.allow("seal", who, sites=_sites_of(service, report_id))
    refuse_unproved(service)
    report = service.stores.state.reports.get(report_id)
    if report.state != "approved":
        msg = f"report {report_id} is {report.state}: only an approved one can be sealed"
        raise InputError(msg)
    refuse_changed(service, report)
    content = content_of(service, report)
    files = {CONTENT: as_bytes(content), **_evidence(service, content), **render(content, report)}
    manifest = {name: keep(service.stores.data, raw) for name, raw in sorted(files.items())}
    kept = keep(service.stores.data, as_bytes({"report": report_id, "files": manifest}))
    return service.stores.state.reports.take(
        report_id, "sealed", who=who, at=int(service.now()), solo=False, manifest=kept
    )


def _sites_of(service: Service, report_id: str) -> list[str | None]:
    return [site_of(one.subject) for one in service.stores.state.reports.all() if one.id == report_id]


def _evidence(service: Service, content: Row) -> dict[str, bytes]:
    """Ledger rows of each site's period as they stand, what judged them, and the bills and files that prove them."""
    found: dict[str, bytes] = {
        "configuration.json": snapshot(service.configuration).encode(),
        TRACES: traces(service, content),
    }
    bills: list[Row] = []
    for part in content["sites"]:
        points = [point.id for point in service.settings.points if point.site == part["id"]]
        rows = service.ledger(start=seconds(part["start"]), end=seconds(part["end"]), points=points)
        found[LEDGER_FILE.format(site=part["id"])] = _parquet(rows)
        span = seconds(part["start"]), seconds(part["end"])
        proof = readings_proof(service, service.settings.site(part["id"]), points, *span)
        found[READINGS_FILE.format(site=part["id"])] = as_bytes(proof)
        found |= {_record_file(row): evidence(service, row["sha256"]) for row in part["records"] if row["sha256"]}
        bills += bills_of(service, points, seconds(part["start"]), seconds(part["end"]))
    return found | ({BILLS: as_bytes({"bills": bills})} if bills else {})


def _record_file(row: Row) -> str:
    """The name of a record's evidence in the pack: whatever folder its author named, it lies in one of ours."""
    name = row["evidence"].replace("\\", "/").rpartition("/")[2]
    return RECORD_FILE.format(id=row["id"], version=row["version"], name=name)


def _parquet(rows: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(rows.replace_schema_metadata(None), sink, compression="zstd")
    return sink.getvalue()


def verify(service: Service, report: Report) -> list[Row]:
    """Check every file of a sealed report, and the log that says who sealed it; each a row with `ok`."""
    rows: list[Row] = []
    for name, digest in manifest_of(service, report).items():
        fault = None
        try:
            evidence(service, digest)
        except InputError as error:
            fault = str(error)
        rows.append({"file": name, "sha256": digest, "ok": fault is None, "text": fault or "as it was sealed"})
    fault = service.stores.state.log_fault()
    rows.append(
        {"file": "audit log", "sha256": "", "ok": fault is None, "text": fault or "it is whole and tells of all"}
    )
    return rows


def sealed_files(service: Service, subject: str, period: Period) -> dict[str, bytes] | None:
    """Return the rendered files of the newest sealed report of a period; None where none is sealed.

    Raises:
        InputError: one of them is gone or was changed.
    """
    found = [one for one in service.stores.state.reports.all() if one.sealed and one.subject == subject]
    of_period = [one for one in found if one.label == period.label]
    if not of_period:
        return None
    names = manifest_of(service, of_period[-1])
    return {
        name: evidence(service, digest)
        for name, digest in names.items()
        if name not in OWN and not name.startswith(("ledger-", "readings-", "records/"))
    }


def packed(service: Service, report: Report) -> bytes:
    """Return a zip of a sealed report: its files, the manifest and the audit log, the same bytes each time.

    Raises:
        InputError: it is not sealed, or evidence is gone or was changed.
        NotAllowed: who asks sees some sites alone.
    """
    refuse_part(service, "a pack, which holds the audit log,")
    manifest = evidence(service, report.steps[-1].manifest) if report.sealed else b""
    named = {name: evidence(service, digest) for name, digest in manifest_of(service, report).items()}
    log = "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in service.stores.state.audit.entries())
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in {**named, "manifest.json": manifest, "audit-log.jsonl": log.encode()}.items():
            archive.writestr(zipfile.ZipInfo(name), raw, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def report_row(report: Report) -> Row:
    """One report as a plain row."""
    by = {
        f"{step.name}_{key}": value for step in report.steps for key, value in (("by", step.who), ("at", iso(step.at)))
    }
    return {
        "id": report.id,
        "subject": report.subject,
        "label": report.label,
        "state": report.state,
        "start": iso(report.start),
        "end": iso(report.end),
        "solo": report.solo,
        "restates": report.restates,
        "why": report.steps[0].why,
        "content": report.content,
        **by,
    }
