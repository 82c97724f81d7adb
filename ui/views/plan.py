"""Plan vs targets: will we meet the year, and what closes the gap?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from config.plan.targets import AMOUNTS
from ui import charts, session
from ui import format as fmt
from ui.phrases import phrase
from ui.plan.gap import LAST
from ui.text import t
from ui.titles import rows as titles
from ui.views import measures, plan_reading, plan_steps
from ui.views.frame import choice, done, foot, head, opened
from ui.views.parts import State, card, chart, colours, guarded, heading, plain, states, table
from ui.views.plan_reading import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]
EVERY_S: Final = 300
BRIEF_EVERY_S: Final = 3600  # on the overview, whose live tiles wait while a forecast is made
COURSE_PX: Final = 330
WAIT_PX: Final = 260
Colour = Literal["red", "orange", "green", "gray"]
LOOKS: Final[dict[str, tuple[Colour, str]]] = {
    "on track": ("green", ":material/check_circle:"),
    "on pace": ("green", ":material/check_circle:"),
    "at risk": ("orange", ":material/warning:"),
    "behind": ("orange", ":material/warning:"),
    "off track": ("red", ":material/error:"),
    "no data": ("gray", ":material/help:"),
}


def page() -> None:
    """Draw the page in the language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    ids = {one.id: one.id for one in service.settings.targets if one.holds(int(service.now()))}
    with head(service.settings, t("plan.question", lang), (), lang):
        if ids:
            now = session.chosen("target", list(ids), next(iter(ids)))
            choice("target", ids, now, t("plan.target", lang))
    done()
    with card("targets", lang):
        targets(lang)
    if ids:
        with card("course", lang):
            course(now, lang)
        with card("gap", lang):
            gap(now, lang)
    plan_steps.cards(lang)
    measures.cards(service, lang)
    foot(service.settings, t("plan.footer", lang), lang)


@st.fragment(run_every=EVERY_S)
def targets(lang: str) -> None:
    """Each target with its status by probability."""
    with guarded(lang):
        with st.skeleton(height=WAIT_PX):
            rows = plan(session.kept().service()).rows
        heading(titles.plan(rows, lang), t("plan.under", lang) if rows else t("plan.none", lang))
        states(_target(row, _under(row, lang), lang) for row in rows)


@st.fragment(run_every=BRIEF_EVERY_S)
def brief(site: str, lang: str) -> None:
    """The targets of one site; the page of the plan says what each status rests on."""
    with guarded(lang):
        with st.skeleton(height=WAIT_PX):
            rows = [row for row in plan(session.kept().service()).rows if row["site"] == site]
        heading(titles.plan(rows, lang), t("plan.under", lang))
        states(_target(row, _outlook(row, lang), lang) for row in rows)


def _target(row: Row, under: list[str], lang: str) -> State:
    colour, icon = LOOKS[row["status"]]
    word = row["status"].replace(" ", "_")
    return State(t(f"plan.word_{word}", lang), colour, icon, titles.target(row, lang), " · ".join(under))


def _outlook(row: Row, lang: str) -> list[str]:
    """Where a target's year stands and how likely it is kept."""
    until = datetime.fromisoformat(row["so_far_until"]).timestamp()
    words = []
    if row["so_far"] is not None:
        value = fmt.quantity(row["so_far"], row["unit"])
        words.append(t("plan.so_far", lang, value=value, until=fmt.day(until, UTC, lang)))
    if row.get("probability") is not None and row.get("low_80") is not None:  # what is used up has no band
        band = fmt.bounds(row["low_80"], row["high_80"], row["unit"])
        words.append(t("plan.probability", lang, share=fmt.percent(row["probability"]), band=band))
    if row.get("probability_with_measures") is not None:
        words.append(t("plan.with_measures", lang, share=fmt.percent(row["probability_with_measures"])))
    if row["reason"]:
        words.append(phrase(row["reason"], lang))
    return words


def _under(row: Row, lang: str) -> list[str]:
    """What a target's status rests on."""
    model = [t("plan.model", lang, model=phrase(row["model"], lang))] if row.get("model") else []
    return [f"{row['id']}, {row['site']}", *_outlook(row, lang), *_needed(row, lang), *model, *_goal(row, lang)]


def _goal(row: Row, lang: str) -> list[str]:
    """The goal, and how likely it is reached where its year is still to come."""
    if row["goal"] is None:
        return []
    goal = fmt.quantity(row["goal"], row["unit"])
    source = t("plan.source", lang, source=row["source"]) if row["source"] else ""
    if row["baseline_year"] is None:
        return [t("plan.goal_budget", lang, value=goal, years=row["years"]) + source]
    words = [t("plan.goal", lang, value=goal, year=row["target_year"]) + source]
    if row["target_year"] <= row["year"]:
        return words
    if row["target_year_probability"] is None:
        why = phrase(row["target_year_reason"] or "", lang)
        return [*words, t("plan.target_year_unknown", lang, year=row["target_year"], reason=why)]
    band = fmt.bounds(row["target_year_low_80"], row["target_year_high_80"], row["unit"])
    share = fmt.percent(row["target_year_probability"])
    words.append(t("plan.target_year_kept", lang, year=row["target_year"], share=share, band=band))
    if row["target_year_probability_with_measures"] is not None:
        words.append(t("plan.with_measures", lang, share=fmt.percent(row["target_year_probability_with_measures"])))
    return words


def _needed(row: Row, lang: str) -> list[str]:
    """What the days left may be, and when the budget ends."""
    words = []
    if row.get("expected_by_drivers") is not None:
        words.append(t("plan.by_drivers", lang, value=fmt.quantity(row["expected_by_drivers"], row["unit"])))
    if row.get("left") is not None and row.get("expected_per_day") is None:
        words.append(t("plan.left_whole", lang, value=fmt.quantity(row["left"], row["unit"])))
    if row.get("expected_per_day") is not None:
        allowed, expected = (fmt.quantity(row[name], row["unit"]) for name in ("left_per_day", "expected_per_day"))
        words.append(t("plan.left_per_day", lang, value=allowed, expected=expected))
    if row.get("required_mean") is not None:
        words.append(t("plan.required_mean", lang, value=fmt.quantity(row["required_mean"], row["unit"])))
    if row.get("runs_out") and row.get("runs_out_earliest"):
        day, early = (_day(row[name], lang) for name in ("runs_out", "runs_out_earliest"))
        words.append(t("plan.runs_out_between", lang, day=day, early=early))
    return words


def _day(text: str, lang: str) -> str:
    return fmt.day(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp(), UTC, lang)


@st.fragment(run_every=EVERY_S)
def course(target: str, lang: str) -> None:
    """The course of one target's year."""
    with guarded(lang):
        with st.skeleton(height=COURSE_PX):
            found = plan(session.kept().service())
        row = next((one for one in found.rows if one["id"] == target), None)
        rows = found.courses.get(target, [])
        if row is None or not rows:
            heading(t("plan.course", lang), t("plan.no_course", lang, target=target))
            return
        _course(row, rows, lang)


def _course(row: Row, rows: Sequence[Row], lang: str) -> None:
    amount = row["unit"] in AMOUNTS
    step = _scale(row, rows)
    title = titles.course(row, lang)
    under = t("plan.course_amount" if amount else "plan.course_ratio", lang, unit=step.unit, year=row["year"])
    heading(title, under)
    names = ("even", "booked", "expected", "low_80", "high_80")
    columns = {
        name: [None if (v := one[name]) is None else round(v / step.divisor, 6) for one in rows] for name in names
    }
    words = charts.CourseWords(
        even=t("plan.line_even" if amount else "plan.line_limit", lang),
        booked=t("plan.line_booked", lang),
        expected=t("plan.line_expected", lang),
        band=t("plan.line_band", lang),
    )
    days = [date.fromisoformat(one["at"]) for one in rows]
    stamps = [datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() for day in days]
    option = charts.course(
        [fmt.day(stamp, UTC, lang) for stamp in stamps],
        [at for at, day in enumerate(days) if day.day == 1],
        columns,
        words=words,
        unit=step.unit,
        colours=colours(),
        from_zero=amount,
    )
    chart(option, key="chart_course", height=COURSE_PX, alt=f"{title}. {under}")


def _scaled(value: float | None, step: fmt.Scale) -> float | None:
    return None if value is None else round(value / step.divisor, 6)


def _scale(row: Row, rows: Sequence[Row]) -> fmt.Scale:
    known = [abs(value) for one in rows for value in (one["even"], one["booked"]) if value is not None]
    steps = {"kWh": fmt.ENERGY, "kgCO2e": fmt.EMISSION}.get(row["unit"])
    return fmt.scale(steps, max(known, default=0.0)) if steps else fmt.Scale(1.0, "")


@st.fragment(run_every=EVERY_S)
def gap(target: str, lang: str) -> None:
    """What each measure adds to one target by its year, and what is left to find."""
    with guarded(lang):
        with st.skeleton(height=120):
            rows = [row for row in plan_reading.gap(session.kept().service()) if row["id"] == target]
        heading(titles.gap(rows, lang), t("plan.gap_under", lang))
        if rows:
            table([_step(row, lang) for row in rows])
        for row in rows:
            if row["reason"]:
                of = "" if row["measure"] == LAST else f"{row['measure']}: "
                st.caption(plain(f"{of}{phrase(row['reason'], lang)}"))


def _step(row: Row, lang: str) -> dict[str, str]:
    return {
        t("measures.measure", lang): t("plan.left", lang) if row["measure"] == LAST else row["measure"],
        t("plan.adds", lang): fmt.change(row.get("adds"), row["unit"]),
        t("plan.then", lang): fmt.quantity(row.get("value"), row["unit"]),
        t("measures.span", lang): fmt.bounds(row.get("low"), row.get("high"), row["unit"]),
    }
