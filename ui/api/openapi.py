"""`/api/v1/openapi.json`: what the HTTP doors take and give, for people and programs (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any, Final

from collectors.ingest.json_body import PostedReading
from ui.api.door import REPEATED

Object = dict[str, Any]
PERIOD: Final = {
    "from": "Start: ISO 8601 date or instant, month (2026-03), now, today or -2h; without a zone it is site-local.",
    "to": "End, no longer part of the period; left out: the end of the month or day that from names, at most now.",
}
SITE: Final = {"site": "Only this site; a token that is bound to a site sees no other."}
POINT: Final = {
    "point": "Only this point, as site/name; may be repeated.",
    "metric": "Only this metric; may be repeated.",
}
PAGE: Final = {"limit": "Rows of a page, 1 to 10,000.", "cursor": "Where the page begins: from next of the one before."}
READS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "kpis": (
        "Figures of a period with shares, interval, method, reason and factors, as `wattlas kpi --json`.",
        {
            **PERIOD,
            **SITE,
            "name": "Only this figure; may be repeated.",
            "category": "PUE category 1, 2 or 3, instead of the site's own.",
            "fleet": "true: add the figures of all these sites together; not with a token of one site.",
            "by": "Shared out by tenant, team, user, model, job, name, kind or cluster; category does not go with it.",
            "of": "With by: only this one; may be repeated.",
            "idle": "With by: idle power by reservation, use or equal; left out: as the cluster says.",
            "every": "With by: tell jobs apart by so short cells of raw readings, such as 60s, not by quarter hours.",
            "per": "Wall to token: per token, request, step, gpu-hour or job of each by (model where left out).",
        },
    ),
    "ledger": ("Ledger rows of a period, day by day, as `wattlas ledger show --json`.", {**PERIOD, **SITE, **POINT}),
    "readings": (
        "Readings of a period, day by day, as `wattlas export readings`.",
        {**PERIOD, **SITE, **POINT, "rejected": "true: those in quarantine too, with their reason."},
    ),
    "alerts": ("Alerts that stand, as `wattlas alerts list --json`.", SITE),
    "records": (
        "The newest version of each record, as `wattlas records list --json`.",
        {**SITE, "kind": "Only this kind; may be repeated.", "waiting": "true: only those that nobody approved."},
    ),
    "reports": (
        "All reports, as `wattlas report list --json`; with id the content that was prepared.",
        {**SITE, "id": "Content of this report."},
    ),
    "plan": (
        "Targets and milestones, as `wattlas plan status --json`, and the steps, as `wattlas plan steps --json`.",
        {**SITE, "kind": "target, milestone or step alone; may be repeated."},
    ),
}
REQUIRED: Final = frozenset({"from", "spool"})
PAGE_SCHEMA: Final = {"$ref": "#/components/schemas/Page"}
ERRORS: Final = {
    "400": "A mistake of the caller, in one sentence.",
    "401": "The token is missing, unknown, expired or revoked.",
    "403": "The token does not open this, or not for this site.",
    "429": "Too many requests: see Retry-After.",
    "503": "The server cannot use its stores now: see Retry-After.",
}


def document(version: str) -> Object:
    """The whole document."""
    paths: Object = {f"/api/v1/{name}": {"get": _read(name, *about)} for name, about in READS.items()}
    paths["/api/v1/ingest"] = {"post": _ingest(), "get": _number()}
    paths["/metrics"] = {"get": _operation("metrics", "Live values for Prometheus.", {}, {"text/plain": {}})}
    for path, text in {"/healthz": "This process answers.", "/readyz": "It can read its site file and stores."}.items():
        answers = {"200": {"description": text}, "503": {"description": "It cannot."}}
        paths[path] = {"get": {"summary": text, "security": [], "responses": answers}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Wattlas", "version": version},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Page": {
                    "type": "object",
                    "required": ["items", "next"],
                    "properties": {
                        "items": {"type": "array", "items": {"type": "object"}},
                        "next": {"type": ["string", "null"]},
                    },
                },
                "Content": {"type": "object", "description": "What a report says: `wattlas report schema`."},
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {
                        "error": {"type": "string"},
                        "line": {"type": "integer"},
                        "key": {"type": "string"},
                    },
                },
                "Reading": PostedReading.model_json_schema(),
            },
        },
    }


def _read(name: str, text: str, parameters: dict[str, str]) -> Object:
    page: Object = {"application/json": {"schema": PAGE_SCHEMA}}
    found = _operation(name, text, {**parameters, **PAGE}, page)
    if name == "reports":
        page["application/json"]["schema"] = {"anyOf": [PAGE_SCHEMA, {"$ref": "#/components/schemas/Content"}]}
    found["responses"]["304"] = {"description": "The answer with the ETag of If-None-Match stands."}
    return found


def _operation(scope: str, text: str, parameters: dict[str, str], content: Object) -> Object:
    return {
        "summary": text,
        "description": f"Needs a token of scope {scope}.",
        "parameters": [_parameter(name, about) for name, about in parameters.items()],
        "responses": {"200": {"description": "OK", "content": content}, **_errors()},
    }


def _parameter(name: str, text: str) -> Object:
    word: Object = {"type": "integer", "minimum": 1, "maximum": 10_000} if name == "limit" else {"type": "string"}
    schema = {"type": "array", "items": word} if name in REPEATED else word
    return {"name": name, "in": "query", "required": name in REQUIRED, "description": text, "schema": schema}


def _errors() -> Object:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {status: {"description": text, "content": content} for status, text in ERRORS.items()}


def _ingest() -> Object:
    reading = {"$ref": "#/components/schemas/Reading"}
    readings = {"type": "array", "items": reading}
    held = {"type": "object", "required": ["readings"], "properties": {"readings": readings}}
    return {
        "summary": "Post readings: accepted as a whole, on disk before the answer, or refused as a whole.",
        "description": "Needs a token of scope ingest that is bound to a site. Content-Encoding may be gzip.",
        "parameters": [
            _parameter("precision", "Of times in line protocol: s, ms, us or ns (default)."),
            _parameter("mapping", "Name of a saved mapping by which line protocol is understood."),
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Makes a repeated request a no-op; a key of its own for each batch.",
                "schema": {"type": "string", "maxLength": 255},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"oneOf": [readings, held]}},
                "text/plain": {"schema": {"type": "string"}},
            },
        },
        "responses": {
            "204": {"description": "Accepted; Wattlas-Readings and Wattlas-Quarantined count."},
            **_errors(),
            "409": {"description": "The key came before with another body, or a numbered batch does not follow."},
            "413": {"description": "The body is too large."},
            "415": {"description": "Content-Type or Content-Encoding is not understood."},
        },
    }


def _number() -> Object:
    one = {"type": "object", "properties": {"upto": {"type": "integer"}}}
    return _operation(
        "ingest",
        "The last sequence of an edge collector's spool that is here.",
        {"spool": "Its uuid."},
        {"application/json": {"schema": one}},
    )
