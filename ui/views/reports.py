"""Reports: is the month complete and signed off?"""

from __future__ import annotations

from concurrent.futures import wait
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from analytics.consolidation import COMPANY
from collectors.store.reports import STEPS
from ui import format as fmt
from ui import session
from ui.access.part import shows
from ui.demo.mark import is_demo
from ui.exports.files import file_stem, files
from ui.exports.look import look_of
from ui.reports.content import report_content
from ui.reports.period import period
from ui.reports.sealing import prepare, report_row, seal, sealed_files, sign, verify
from ui.text import LANGUAGES, t
from ui.titles import rows as titles
from ui.views import report_preview, report_tasks
from ui.views.drafts import about_of, drafts
from ui.views.frame import acting, acts_as, anew, choice, done, foot, head, months, opened
from ui.views.parts import card, guarded, heading, plain, table, unfolding
from ui.views.reading import place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collectors.store.reports import Report
    from ui.access.roles import Action
    from ui.service import Service
    from ui.views.drafts import Draft

Row = dict[str, Any]
PATIENCE_S = 0.3  # a page waits for a draft; then it shows how far that is
LOOK_S: Final = 1
WAITED: Final = "draft_waited"  # what this session waited for, until the run that draws it
WAIT_PX: Final = 180
ACTS: Final[dict[str, Action]] = {"reviewed": "review", "approved": "sign", "sealed": "seal"}
MIMES: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "json": "application/json",
}


def page() -> None:
    """Draw the page in the language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    subjects = {site.id: site.name for site in service.settings.sites}
    if service.whole is None:
        subjects = {COMPANY: t("report.company", lang)} | subjects
    with head(service.settings, t("reports.question", lang), (), lang):
        subject = session.chosen("subject", list(subjects), next(iter(subjects)))
        choice("subject", subjects, subject, t("reports.subject", lang))
        month = months(service.now(), [one for one in service.settings.sites if subject in {one.id, COMPANY}], lang)
    done()
    of_run = cache(partial(draft, service, subject, month))  # once a run: its cards speak of the same
    wide, narrow = st.columns([2.15, 1], gap="small")
    with narrow:
        with card("life", lang, height="content"):
            life(service, subject, month, lang)
        with card("downloads", lang, height="content"):
            downloads(subject, month, lang)
        with card("checks", lang, height="content"):
            checks(service, of_run, lang)
    with wide, card("preview", lang, height="content"):
        preview(of_run, lang)
    with card("all_reports", lang):
        everything(service, lang)
    foot(service.settings, t("report.unsubmitted", lang), lang)


def draft(service: Service, subject: str, month: str) -> Draft:
    """What the report says, by the books as they stand; made aside and kept for all sessions.

    Who waited for one gets it, even though the books went on meanwhile: else nobody would ever see a long one.
    """
    waited: Draft | None = st.session_state.pop(WAITED, None)
    if waited is not None and waited.about == about_of(service, subject, month) and not waited.found.cancelled():
        return waited
    return drafts().of((*place(service), subject, month), service, subject, month)


def _of(service: Service, subject: str, month: str) -> list[Report]:
    return [one for one in service.stores.state.reports.all() if (one.subject, one.label) == (subject, month)]


def preview(of_run: Callable[[], Draft], lang: str) -> None:
    """The report as it would be printed now, or how far its making is."""
    with guarded(lang):
        one = of_run()
        if _there(one, PATIENCE_S):
            report_preview.draw(one.found.result(), lang)
        else:
            _on_its_way(one, lang)


def checks(service: Service, of_run: Callable[[], Draft], lang: str) -> None:
    """What was looked at before the report may be signed."""
    with guarded(lang):
        one = of_run()
        if _there(one, PATIENCE_S):
            found = one.found.result()
            heading(titles.checks(found["checks"], lang), t("reports.checks_under", lang))
            report_tasks.draw(service, found, lang)
        else:
            heading(t("reports.checks_later", lang), t("reports.checks_under", lang))


def _there(one: Draft, patience_s: float) -> bool:
    return one.found in wait([one.found], patience_s).done and not one.found.cancelled()


@st.fragment(run_every=LOOK_S)
def _on_its_way(one: Draft, lang: str) -> None:
    """How many sites are done; the page is drawn anew when all are, and can be used meanwhile."""
    if one.found.done():
        st.session_state[WAITED] = one
        anew()
    with st.container(key="draft_made"):
        heading(t("reports.made", lang), t("reports.made_under", lang, done=one.done, n=max(one.sites, 1)))
        st.skeleton(height=3 * WAIT_PX)


def life(service: Service, subject: str, month: str, lang: str) -> None:
    """Who took which step, and the step that is due."""
    found = _of(service, subject, month)
    newest = found[-1] if found else None
    heading(titles.life(newest.state if newest else "", month, lang), t(_rule(service), lang))
    if newest is not None:
        _signed(newest, lang)
    if newest is None or newest.sealed:
        _prepare(service, subject, month, lang, again=newest is not None)
    else:
        _next(service, newest, lang)
        with unfolding(t("reports.anew", lang), key="fold_anew") as opened_:
            if opened_:
                _prepare(service, subject, month, lang, again=any(one.sealed for one in found))
    acts_as(lang)


def _rule(service: Service) -> str:
    return "reports.solo" if service.settings.company.solo else "reports.three"


def _signed(report: Report, lang: str) -> None:
    steps = {step.name: step for step in report.steps}
    lines = []
    for name in STEPS:
        step = steps.get(name)
        sign_ = ":green[:material/check_circle:]" if step else ":gray[:material/radio_button_unchecked:]"
        who = f"{step.who}, {fmt.day_clock(step.at, UTC, lang)}" if step else fmt.MISSING
        lines.append(f"{sign_} {t(f'report.{name}', lang)} :small[:gray[{plain(who)}]]")
    st.markdown("  \n".join(lines))
    if report.restates:
        st.caption(plain(t("report.restates", lang, id=report.restates, why=report.steps[0].why)))


def _prepare(service: Service, subject: str, month: str, lang: str, *, again: bool) -> None:
    with st.form("prepare_report", border=False):
        why = st.text_input(t("reports.why", lang), key="prepare_why", max_chars=500) if again else ""
        pressed = st.form_submit_button(
            t("reports.prepare", lang), type="primary", disabled=not session.may_change("prepare"), key="prepare_go"
        )
    if pressed:
        with st.spinner(t("reports.working", lang)):
            acting(lang, lambda: _prepared(service, subject, month, why, lang))


def _prepared(service: Service, subject: str, month: str, why: str, lang: str) -> str:
    found = prepare(service, subject, period(month), who=session.actor(), why=why)
    return t("reports.same" if found.sealed else "reports.prepared_now", lang, id=found.id)


def _next(service: Service, report: Report, lang: str) -> None:
    """The step after the last one that was taken."""
    render = partial(files, look=look_of(service.settings))
    acts: dict[str, Callable[[], Report]] = {
        "reviewed": partial(sign, service, report.id, "reviewed", who=session.actor()),
        "approved": partial(sign, service, report.id, "approved", who=session.actor()),
        "sealed": partial(seal, service, report.id, who=session.actor(), render=render),
    }
    due = STEPS[STEPS.index(report.state) + 1]
    may = session.may_change(ACTS[due])
    label = t(f"reports.do_{due}", lang)
    if st.button(label, type="primary", disabled=not may, key="step_go"):
        with st.spinner(t("reports.working", lang)):
            acting(lang, lambda: t("reports.step_taken", lang, id=acts[due]().id, step=t(f"report.{due}", lang)))


@st.fragment
def downloads(subject: str, month: str, lang: str) -> None:
    """The files: as sealed where the period is, else a draft of now, made when it is asked for."""
    with guarded(lang):
        service, later = session.kept().service(), session.service_later()
        sealed = sealed_files(service, subject, period(month))
        heading(t("reports.files_sealed" if sealed else "reports.files_draft", lang), t("reports.files_under", lang))
        with st.container(horizontal=True, gap="small"):
            if sealed:
                for name, raw in sealed.items():
                    _button(name, name.rsplit(".", 1)[-1], raw)
                return
            stem = file_stem(subject, month, demo=is_demo(service.settings))
            for ending, of in _kinds():
                name = f"{stem}-{of}.{ending}" if of else f"{stem}.{ending}"
                _button(name, ending, partial(_file, later, subject, month, ending, of or lang))


def _kinds() -> list[tuple[str, str]]:
    of_language = [(ending, of) for ending in ("pdf", "xlsx") for of in LANGUAGES]
    return [*of_language, ("csv", ""), ("json", "")]


def _file(later: Callable[[], Service], subject: str, month: str, ending: str, lang: str) -> bytes:
    """One file of a draft, from the books as they are now: what is kept for the preview may be older.

    Raises:
        NotAllowed: who opened the page may not see it any more.
    """
    service = later()
    found = report_content(service, subject, period(month))
    (raw,) = files(found, None, formats=[ending], langs=[lang], look=look_of(service.settings)).values()
    return raw


def _button(name: str, ending: str, data: bytes | Callable[[], bytes]) -> None:
    of = next((words for code, words in LANGUAGES.items() if name.endswith(f"-{code}.{ending}")), "")
    st.download_button(
        f"{ending.upper()} {of}".strip(),
        data=data,
        file_name=name,
        mime=MIMES[ending],
        key=f"file_{name}",
        on_click="ignore",
        icon=":material/download:",
    )


def everything(service: Service, lang: str) -> None:
    """All reports, the newest on top."""
    found = [one for one in service.stores.state.reports.all() if shows(service, one.subject)]
    rows = [report_row(one) for one in reversed(found)]
    heading(titles.reports(rows, lang), t("reports.all_under", lang))
    if rows:
        table([_cells(row, lang) for row in rows])
    _verify(service, [row for row in rows if row["state"] == STEPS[-1]], lang)


def _cells(row: Row, lang: str) -> dict[str, str]:
    state = row["state"]
    return {
        t("reports.id", lang): row["id"],
        t("reports.subject", lang): row["subject"],
        t("report.period", lang): row["label"],
        t("reports.state", lang): t(f"report.{state}", lang),
        **{t(f"report.{step}", lang): _who(row, step, lang) for step in STEPS},
        t("reports.restated", lang): row["restates"] or fmt.MISSING,
    }


def _who(row: Row, step: str, lang: str) -> str:
    if not row.get(f"{step}_by"):
        return fmt.MISSING
    at = datetime.fromisoformat(row[f"{step}_at"]).timestamp()
    return f"{row[f'{step}_by']}, {fmt.day(at, UTC, lang)}"


def _verify(service: Service, sealed: Sequence[Row], lang: str) -> None:
    """Check the seals on demand: every file against its SHA-256, and the audit log."""
    if not sealed or not st.button(t("reports.verify", lang), key="verify_go", icon=":material/verified:"):
        return
    for row in sealed:
        bad = [one for one in verify(service, service.stores.state.reports.get(row["id"])) if not one["ok"]]
        if bad:
            st.error(plain("; ".join(f"{one['file']}: {one['text']}" for one in bad)), icon=":material/error:")
        else:
            st.success(t("reports.whole", lang, id=row["id"]), icon=":material/verified:")
