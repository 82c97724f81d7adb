"""The cards of measures: what they cost and save, how they progress, and what they really saved."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import streamlit as st

from collectors.store.progress import MeasureState
from ui import charts, session
from ui import format as fmt
from ui.phrases import phrase
from ui.plan.curve import note_progress
from ui.text import t
from ui.titles import rows as titles
from ui.views import markup
from ui.views.frame import acting, acts_as
from ui.views.parts import State, card, chart, colours, folded, guarded, heading, plain, states, table
from ui.views.plan_reading import measures, verified

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.store.progress import Step
    from ui.service import Service

Row = dict[str, Any]
EVERY_S: Final = 300
CURVE_PX: Final = 300
WAIT_PX: Final = 200
KG_PER_T: Final = 1000.0
STATES: Final[tuple[MeasureState, ...]] = get_args(MeasureState)
Colour = Literal["blue", "green", "gray", "orange"]
LOOKS: Final[dict[str, Colour]] = {
    "planned": "gray",
    "approved": "blue",
    "started": "orange",
    "done": "green",
    "stopped": "gray",
}


def cards(service: Service, lang: str) -> None:
    """Curve, progress and verified savings; one sentence where the company has no measure."""
    wide, narrow = st.columns([2.15, 1], gap="small")
    with wide:
        with card("curve", lang, height="content"):
            curve(lang)
        with card("verified", lang, height="content"):
            savings(lang)
    with narrow, card("progress", lang, height="content"):
        _progress(service, lang)


@st.fragment(run_every=EVERY_S)
def curve(lang: str) -> None:
    """Measures by the cost of a tonne, with what each saves and how it stands."""
    with guarded(lang):
        service = session.kept().service()
        with st.skeleton(height=WAIT_PX):
            rows = measures(service)
        heading(titles.measures(rows, lang), t("measures.under", lang) if rows else t("measures.none", lang))
        by_site: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_site[row["site"]].append(row)
        for site, of_site in by_site.items():
            _curve(site, of_site, lang)
        if rows:
            table([_cells(row, lang) for row in rows])
            _reasons(rows, lang)


def _curve(site: str, rows: Sequence[Row], lang: str) -> None:
    drawn = [row for row in rows if row.get("rank") and row["cost_per_tco2e"] is not None and row["saves_tco2e"] > 0]
    if not drawn:
        return
    blocks = [
        charts.Block(row["measure"], row["saves_tco2e"], row["cost_per_tco2e"], f"{_tonnes(row)}, {_per_tonne(row)}")
        for row in drawn
    ]
    width, height = t("measures.axis_saves", lang), t("measures.axis_cost", lang, currency=drawn[0]["currency"])
    option = charts.abatement_curve(blocks, width_unit=width, height_unit=height, colours=colours())
    words = "; ".join(f"{block.name}: {block.printed}" for block in blocks)
    chart(option, key=f"chart_curve_{site}", height=CURVE_PX, alt=f"{titles.measures(rows, lang)}. {words}")


def _tonnes(row: Row) -> str:
    value = row.get("saves_tco2e")
    return fmt.emission(None if value is None else value * KG_PER_T)


def _per_tonne(row: Row) -> str:
    value = row.get("cost_per_tco2e")
    return fmt.MISSING if value is None else f"{fmt.number(value)}{fmt.SPACE}{row['currency']}/t"


def _money(value: float | None, row: Row) -> str:
    return fmt.MISSING if value is None else f"{fmt.number(value)}{fmt.SPACE}{row.get('currency', '')}"


def _cells(row: Row, lang: str) -> dict[str, str]:
    low, high = (row.get(f"saves_tco2e_{end}") for end in ("low", "high"))
    span = fmt.bounds(None if low is None else low * KG_PER_T, None if high is None else high * KG_PER_T, "kgCO2e")
    return {
        t("measures.measure", lang): row["title"],
        t("measures.state", lang): t(f"measures.state_{row['state']}", lang),
        t("measures.saves", lang): fmt.energy(row.get("saves_kwh")),
        t("measures.saves_carbon", lang): _tonnes(row),
        t("measures.span", lang): span,
        t("measures.cost", lang): _per_tonne(row),
        t("measures.npv", lang): _money(row.get("npv"), row),
        t("measures.basis", lang): t("measures.market" if row["sub_load"] == "market" else "measures.location", lang),
    }


def _reasons(rows: Sequence[Row], lang: str) -> None:
    reasons = [(row["measure"], [phrase(row["reason"], lang)]) for row in rows if row.get("reason")]
    if reasons:
        folded(t("company.why", lang), markup.entries(reasons))


@st.fragment(run_every=EVERY_S)
def savings(lang: str) -> None:
    """What measures saved against a model of the days before them, beside what was promised."""
    with guarded(lang):
        service = session.kept().service()
        with st.skeleton(height=WAIT_PX):
            rows = verified(service)
        heading(titles.verified(rows, lang), t("measures.verified_under", lang))
        if rows:
            table([_verified(row, lang) for row in rows])


def _verified(row: Row, lang: str) -> dict[str, str]:
    reason = phrase(row["reason"], lang) if row.get("reason") else ""
    told = [text for text in (reason, row.get("non_routine")) if text]
    return {
        t("measures.measure", lang): row["measure"],
        t("measures.saved", lang): fmt.energy(row.get("saved_kwh")),
        t("measures.interval", lang): fmt.bounds(row.get("low_kwh"), row.get("high_kwh"), "kWh"),
        t("measures.promised", lang): fmt.bounds(row.get("promised_low_kwh"), row.get("promised_high_kwh"), "kWh"),
        t("measures.days", lang): fmt.MISSING if row.get("days") is None else str(row["days"]),
        t("measures.why", lang): " · ".join(told) or fmt.MISSING,
    }


def _progress(service: Service, lang: str) -> None:
    newest = service.stores.state.progress.newest()
    names = {one.id: one.title for one in service.settings.measures}
    heading(
        titles.progress({name: newest[name].state for name in names if name in newest}, len(names), lang),
        t("measures.progress_under", lang),
    )
    states(_step(name, title, newest.get(name), lang) for name, title in names.items())
    if not names:
        return
    with st.form("progress", border=False, clear_on_submit=True):
        name = st.selectbox(t("measures.measure", lang), list(names), key="progress_measure")
        words = {code: t(f"measures.state_{code}", lang) for code in STATES}
        state = st.selectbox(t("measures.state", lang), STATES, format_func=words.__getitem__, key="progress_state")
        cost = st.number_input(t("measures.spent", lang), min_value=0.0, value=None, key="progress_cost")
        note = st.text_input(t("measures.note", lang), key="progress_note", max_chars=500)
        pressed = st.form_submit_button(t("measures.note_it", lang), disabled=not session.may_change("progress"))
    if pressed:
        acting(lang, lambda: _noted(service, name, state, cost, note, lang))
    acts_as(lang)


def _step(name: str, title: str, step: Step | None, lang: str) -> State:
    state = step.state if step else "planned"
    words = [name]
    if step is not None:
        words += [step.who] if step.cost is None else [step.who, f"{fmt.number(step.cost)}{fmt.SPACE}{step.currency}"]
        words += [step.note] if step.note else []
    return State(t(f"measures.state_{state}", lang), LOOKS[state], "", title, " · ".join(words))


def _noted(service: Service, name: str, state: MeasureState, cost: float | None, note: str, lang: str) -> str:
    step = note_progress(service, name, state=state, cost=cost, note=note, who=session.actor())
    return t("measures.noted", lang, name=plain(name), state=t(f"measures.state_{step.state}", lang))
