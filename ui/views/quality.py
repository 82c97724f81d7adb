"""Data quality: which readings are missing, refused, estimated or contradict each other?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

import streamlit as st

from ui import charts, session
from ui import format as fmt
from ui.figures.auditing import audit_rows
from ui.figures.data_quality import coverage_rows, quarantine_rows, source_rows
from ui.phrases import phrase
from ui.reports.period import period
from ui.text import t
from ui.titles import rows as titles
from ui.views import estimates, markup
from ui.views.frame import chosen_site, done, foot, head, months, opened, site_choice
from ui.views.parts import State, card, chart, colours, guarded, heading, plain, states, table
from ui.views.reading import closed_end, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.figures.days import Day
    from ui.service import Service

Row = dict[str, Any]
EVERY_S: Final = 60
KEEP_S: Final = 900
WEEKS: Final = 53
CALENDAR_PX: Final = 194
WAIT_PX: Final = 160
SHOWN: Final = 15
HOURS: Final = 24
MUCH: Final = 0.05  # of a day's energy missing: the default limit of a figure
DUST: Final = 1e-9
Colour = Literal["green", "orange", "gray"]
LOOKS: Final[dict[str, tuple[Colour, str]]] = {
    "reporting": ("green", ":material/sensors:"),
    "silent": ("orange", ":material/sensors_off:"),
    "never": ("orange", ":material/sensors_off:"),
    "none": ("gray", ":material/block:"),
}


def page() -> None:
    """Draw the page for the site, month and language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    site = chosen_site(service.settings)
    with head(service.settings, t("data.question", lang), (site.name, site.time_zone), lang):
        site_choice(service.settings, site, lang)
        month = months(service.now(), [site], lang)
    done()
    with card("calendar", lang):
        calendar(site.id, lang)
    wide, narrow = st.columns([1.5, 1], gap="small")
    with wide:
        with card("coverage", lang, height="content"):
            coverage(site.id, month, lang)
        with card("balances", lang, height="content"):
            balances(site.id, month, lang)
        with card("refused", lang, height="content"):
            refused(service, lang)
    with narrow:
        with card("estimates", lang, height="content"):
            estimates.part(service, site, month, lang)
        with card("sources", lang, height="content"):
            sources(lang)
    foot(service.settings, t("data.footer", lang), lang)


@st.fragment(run_every=KEEP_S)
def calendar(site_id: str, lang: str) -> None:
    """A year of days of a site by what was measured."""
    with guarded(lang):
        service = session.kept().service()
        zone = ZoneInfo(service.settings.site(site_id).time_zone)
        with st.skeleton(height=CALENDAR_PX):
            days = _days(service, *place(service), site_id, closed_end(service, site_id))
        title = titles.calendar([_standing(day) for day in days], lang)
        heading(title, t("data.calendar_under", lang))
        if not days:
            st.caption(t("quality.empty", lang))
            return
        _calendar(days, zone, title, lang)


@st.cache_data(ttl=KEEP_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _days(_service: Service, data: str, config: str, site: str, end: int) -> list[Day]:  # noqa: ARG001 - keys of the cache
    return _service.days(site, end=end, count=7 * WEEKS)


def _standing(day: Day) -> charts.Standing:
    if day.metered.missing >= 1 - DUST:
        return "nothing"
    if day.metered.missing > DUST:
        return "much" if day.metered.missing > MUCH else "little"
    return "estimated" if day.metered.estimated > DUST else "measured"


def _calendar(days: Sequence[Day], zone: ZoneInfo, title: str, lang: str) -> None:
    dates = [datetime.fromtimestamp(day.start, zone).date() for day in days]
    first = dates[-1] - timedelta(days=dates[-1].weekday(), weeks=WEEKS - 1)  # a year, however young the books are
    cells = [_cell(day, at, first, zone, lang) for day, at in zip(days, dates, strict=True) if at >= first]
    weeks = [_week(first + timedelta(weeks=number), lang) for number in range(WEEKS)]
    weekdays = [t(f"time.{name}", lang) for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]
    option = charts.coverage_calendar(weeks, weekdays, cells, colours=colours())
    chart(option, key="chart_calendar", height=CALENDAR_PX, alt=title)
    looks = charts.calendar_looks(colours())
    st.html(markup.legend((look, t(f"data.day_{name}", lang)) for name, look in looks.items()))


def _cell(day: Day, at: date, first: date, zone: ZoneInfo, lang: str) -> charts.DayCell:
    shares = t(
        "data.shares",
        lang,
        measured=fmt.percent(day.metered.measured),
        estimated=fmt.percent(day.metered.estimated),
        missing=fmt.percent(day.metered.missing),
    )
    printed = f"{fmt.weekday_day(day.start, zone, lang)}: {shares}"
    return charts.DayCell((at - first).days // 7, at.weekday(), _standing(day), printed)


def _week(monday: date, lang: str) -> str:
    """The month's name above its first week."""
    return t(f"time.month_{monday.month}", lang) if monday.day <= 7 else ""  # noqa: PLR2004 - days of a week


def _span(service: Service, site_id: str, month: str, lang: str) -> tuple[int, int] | None:
    """What is booked of a month [UTC s]; where that is nothing the card says so."""
    start, end = period(month).span(ZoneInfo(service.settings.site(site_id).time_zone))
    until = closed_end(service, site_id)
    if until > start:
        return start, min(end, until)
    heading(t("data.not_begun", lang, month=month), t("power.empty", lang))
    return None


@st.fragment(run_every=KEEP_S)
def coverage(site_id: str, month: str, lang: str) -> None:
    """Which points of a site were seen for less than the whole month."""
    with guarded(lang):
        service = session.kept().service()
        if (span := _span(service, site_id, month, lang)) is None:
            return
        with st.skeleton(height=WAIT_PX):
            rows = _coverage(service, *place(service), site_id, *span)
        heading(titles.coverage(rows, month, lang), t("data.coverage_under", lang))
        lacking = [row for row in rows if row["seen"] < 1 - DUST]
        if lacking:
            table([_seen(row, lang) for row in lacking[:SHOWN]])
        if len(lacking) > SHOWN:
            with st.expander(t("fresh.more", lang, n=len(lacking) - SHOWN)):
                table([_seen(row, lang) for row in lacking[SHOWN:]])


@st.cache_data(ttl=KEEP_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _coverage(_service: Service, data: str, config: str, site: str, start: int, end: int) -> list[Row]:  # noqa: ARG001 - keys of the cache
    return coverage_rows(_service, _service.settings.site(site), start, end)


def _seen(row: Row, lang: str) -> dict[str, str]:
    return {
        t("data.point", lang): f"{row['name']} ({row['point']})",
        t("data.role", lang): t(f"role.{row['role']}", lang),
        t("data.seen", lang): fmt.percent(row["seen"]),
        t("data.lost", lang): f"{fmt.number(row['missing_h'])}{fmt.SPACE}h",
    }


@st.fragment(run_every=KEEP_S)
def balances(site_id: str, month: str, lang: str) -> None:
    """What metered parents took beyond their children, meters that drift, and suspects."""
    with guarded(lang):
        service = session.kept().service()
        if (span := _span(service, site_id, month, lang)) is None:
            return
        with st.skeleton(height=WAIT_PX):
            rows = _balances(service, *place(service), site_id, *span)
        heading(titles.balances(rows, lang), t("data.balance_under", lang))
        residuals = [row for row in rows if row["kind"] == "residual"]
        if residuals:
            table([_residual(row, lang) for row in residuals[:SHOWN]])
        for row in rows:
            if row["kind"] in {"drift", "suspect"}:
                st.markdown(f":material/search: **{plain(row['node'])}** :small[{plain(phrase(row['text'], lang))}]")


@st.cache_data(ttl=KEEP_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _balances(_service: Service, data: str, config: str, site: str, start: int, end: int) -> list[Row]:  # noqa: ARG001 - keys of the cache
    return list(audit_rows(_service, _service.settings.site(site), start, end, by="month"))


def _residual(row: Row, lang: str) -> dict[str, str]:
    return {
        t("data.parents", lang): row["node"],
        t("data.children", lang): row["children"],
        t("data.residual", lang): fmt.energy(round(row["residual_kwh"], 6)),  # less is the dust of floats
        t("data.share", lang): fmt.signed_percent(row["share"]),
        t("data.used", lang): fmt.percent(row["used_share"]),
        t("data.means", lang): phrase(row["text"], lang),
    }


def refused(service: Service, lang: str) -> None:
    """What was refused lately, read when it is asked for; and lines that a server refused."""
    heading(t("data.refused", lang), t("data.refused_under", lang, hours=HOURS))
    if st.button(t("data.read_refused", lang), key="quarantine_go", icon=":material/search:"):
        now = int(service.now())
        with st.spinner(t("reports.working", lang)):
            rows = quarantine_rows(service, now - HOURS * 3600, now)
        st.markdown(f"**{plain(titles.quarantine(rows, lang))}**")
        if rows:
            table([_refused(row, lang) for row in rows])
    if service.stores.influx is not None and service.whole is None:
        letters = service.stores.influx.journal.dead_letters()
        st.caption(t("data.letters", lang, n=len(letters)))


def _refused(row: Row, lang: str) -> dict[str, str]:
    return {
        t("data.point", lang): row["point"],
        t("data.metric", lang): row["metric"],
        t("data.readings", lang): f"{row['readings']:,}",
        t("data.last", lang): _clock(row["last"], lang),
        t("data.reason", lang): phrase(row["reason"], lang),
    }


def _clock(text: str, lang: str) -> str:
    return fmt.day_clock(datetime.fromisoformat(text).timestamp(), UTC, lang)


@st.fragment(run_every=EVERY_S)
def sources(lang: str) -> None:
    """How each source fares, the silent ones first."""
    with guarded(lang):
        rows = source_rows(session.kept().service())
        heading(titles.sources(rows, lang), t("data.sources_under", lang))
        states(_source(row, lang) for row in rows)


def _source(row: Row, lang: str) -> State:
    state = row["state"]
    colour, icon = LOOKS[state]
    words = [row["kind"], t("data.every", lang, length=fmt.duration(row["interval_s"], lang))]
    if row["newest"]:
        words.append(t("fresh.newest", lang, age=fmt.duration(row["age_s"], lang)))
    words.append(t("data.series", lang, n=row["series"]))
    if row["up"] is not None:
        words.append(t("data.up", lang, share=fmt.percent(row["up"])))
    return State(t(f"data.source_{state}", lang), colour, icon, row["source"], " · ".join(words))
