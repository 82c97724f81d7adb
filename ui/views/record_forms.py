"""Forms that take records in: one, or a table of many, with the files that prove them."""

from __future__ import annotations

import csv
from functools import partial
from io import StringIO
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import streamlit as st

from config.errors import InputError
from config.records.kinds import kinds, subjects_of
from ui import session
from ui.phrases import phrase
from ui.records.entering import add_record, import_records, template_rows
from ui.records.sheets import write_workbook
from ui.records.todo import days_of
from ui.text import t
from ui.views.frame import acting
from ui.views.parts import heading, plain, unfolding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from config.records.kinds import Kind
    from ui.service import Service

LARGEST_MB: Final = 200
LONGEST_NAME: Final = 200  # bytes; disks take 255
TABLES: Final = ("csv", "xlsx")


def one(service: Service, month: str, lang: str) -> None:
    """One record, with its evidence."""
    heading(t("records.add_title", lang), t("records.add_under", lang))
    names = {name: phrase(of.title, lang) for name, of in kinds().items()}
    sites = {site.id: site.name for site in service.settings.sites}
    kind = st.selectbox(t("records.kind", lang), list(names), format_func=names.__getitem__, key="add_kind")
    site = st.selectbox(t("overview.site", lang), list(sites), format_func=sites.__getitem__, key="add_site")
    of = kinds()[kind]
    with st.form("add_record", border=False):
        row = {"kind": kind, "site": site, "subject": _subject(service, of, site, lang)}
        row |= _period(of, month, lang) | _amount(of, lang)
        file = st.file_uploader(t("records.evidence", lang), key="add_evidence", max_upload_size=LARGEST_MB)
        row["comment"] = st.text_input(t("records.comment", lang), key="add_comment", max_chars=500)
        reason = st.text_input(t("records.reason", lang), key="add_reason", max_chars=500)
        restate = st.text_input(t("records.restate", lang), key="add_restate")
        pressed = st.form_submit_button(t("records.add", lang), disabled=not session.may_change("record"), key="add_go")
    if pressed:
        acting(lang, lambda: _added(service, row, file, reason, lang, restate=restate))


def _subject(service: Service, of: Kind, site: str, lang: str) -> str:
    known = subjects_of(of, settings=service.settings, site=site)
    if known is None:
        return st.text_input(
            t("records.subject", lang), key="add_subject", help=phrase(of.subject, lang), max_chars=200
        )
    return st.selectbox(t("records.subject", lang), ["", *known], key="add_subject", help=phrase(of.subject, lang))


def _period(of: Kind, month: str, lang: str) -> dict[str, str]:
    """First and last day as ISO dates: Streamlit's own picker speaks English alone."""
    first, end = days_of(month)
    start = st.text_input(t("records.first_day", lang), str(first), key="add_from", max_chars=10)
    if of.span != "period":
        return {"from": start}
    last = end.fromordinal(end.toordinal() - 1)
    return {"from": start, "to": st.text_input(t("records.last_day", lang), str(last), key="add_to", max_chars=10)}


def _amount(of: Kind, lang: str) -> dict[str, str]:
    if of.unit is None:
        return {"text": st.text_input(t("records.text", lang), key="add_text", max_chars=2000)}
    value = st.text_input(t("records.value", lang), key="add_value", max_chars=40)
    return {"value": value, "unit": st.text_input(t("records.unit", lang), of.unit, key="add_unit", max_chars=20)}


def _added(
    service: Service, row: dict[str, str], file: UploadedFile | None, reason: str, lang: str, *, restate: str
) -> str:
    with TemporaryDirectory() as folder:
        named = row | {"evidence": _laid(Path(folder), [file])[0] if file else ""}
        found = add_record(service, named, Path(folder), who=session.actor(), reason=reason, restate=restate)
    return t("records.added", lang, id=plain(found[0].id)) if found else t("records.stands", lang)


def many(service: Service, month: str, lang: str) -> None:
    """A table of records: the template to fill in, and the way back."""
    heading(t("records.import_title", lang), t("records.import_under", lang))
    with st.container(horizontal=True, gap="small"):
        for ending in TABLES:
            st.download_button(
                t("records.template", lang, ending=ending.upper()),
                data=partial(_template, service, month, ending),
                file_name=f"records-{month}.{ending}",
                key=f"template_{ending}",
                on_click="ignore",
                icon=":material/download:",
            )
    with unfolding(t("records.import_filled", lang), key="fold_import", icon=":material/upload:") as opened:
        if opened:
            _table(service, lang)


def _table(service: Service, lang: str) -> None:
    with st.form("import_records", border=False):
        file = st.file_uploader(
            t("records.table", lang), type=list(TABLES), key="import_table", max_upload_size=LARGEST_MB
        )
        proofs = st.file_uploader(
            t("records.proofs", lang), accept_multiple_files=True, key="import_proofs", max_upload_size=LARGEST_MB
        )
        reason = st.text_input(t("records.reason", lang), key="import_reason", max_chars=500)
        restate = st.text_input(t("records.restate", lang), key="import_restate")
        pressed = st.form_submit_button(
            t("records.import", lang), disabled=not session.may_change("record"), key="import_go"
        )
    if pressed and file is None:
        st.error(t("records.no_table", lang), icon=":material/error:")
    elif pressed and file is not None:
        acting(lang, lambda: _imported(service, file, proofs, reason, lang, restate=restate))


def _imported(
    service: Service, file: UploadedFile, proofs: Sequence[UploadedFile], reason: str, lang: str, *, restate: str
) -> str:
    with TemporaryDirectory() as folder:
        name, *_ = _laid(Path(folder), [file, *proofs])
        path = Path(folder) / name
        found = import_records(service, path, who=session.actor(), reason=reason, restate=restate)
    return t("records.imported", lang, n=len(found))


def _laid(folder: Path, files: Sequence[UploadedFile]) -> list[str]:
    """Lay uploaded files into a folder under their bare names, whatever path a browser gave.

    Raises:
        InputError: two have one name, so that one would take the other's place, or one cannot be a name.
    """
    names: list[str] = []
    for file in files:
        name = PurePath(file.name.replace("\\", "/")).name
        if name in {"", "..", *names} or "\0" in name or len(name.encode(errors="replace")) > LONGEST_NAME:
            what = "comes twice" if name in names else "is no name of a file"
            msg = f'"{name[:60]}" {what}: call that file otherwise and send all of them again'
            raise InputError(msg)
        (folder / name).write_bytes(file.getvalue())
        names.append(name)
    return names


def _template(service: Service, month: str, ending: str) -> bytes:
    rows = template_rows((site.id for site in service.settings.sites), kinds(), month=days_of(month)[0])
    if ending == "csv":
        sink = StringIO()
        csv.writer(sink).writerows(rows)
        return sink.getvalue().encode("utf-8-sig")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_workbook(path, rows)
        return path.read_bytes()
