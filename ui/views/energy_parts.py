"""When the energy is drawn: by month or day, use by use with the PUE of each, or by hour of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import streamlit as st

from ui import charts, session
from ui import format as fmt
from ui.figures.by_use import USES
from ui.figures.series import day_marks
from ui.phrases import phrase
from ui.text import t
from ui.titles import courses as findings
from ui.titles.overview import use_name
from ui.views import energy_hours, markup
from ui.views.energy_reading import course as read_course
from ui.views.frame import segments
from ui.views.parts import chart, colours, folded, guarded, heading, small, waiting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from ui.figures.energy_course import By, Part

EVERY_S: Final = 300
BARS_PX: Final = 300
LINE_PX: Final = 130
HOUR: Final = "hour"
VIEWS: Final = ("month", "day", HOUR)
LEAST_SEEN: Final = 0.95  # of a bar's time, as for PUE: below it there is a gap, no bar
LINE_ENDS: Final = 2


@st.fragment(run_every=EVERY_S)
def course(site_id: str, lang: str) -> None:
    """The last months, the last days, or the hours of the last fortnight."""
    with guarded(lang):
        view = session.chosen("by", VIEWS, VIEWS[0])
        if view == HOUR:
            found = energy_hours.found(site_id, lang)
            _head(found.title, found.under, view, lang)
            energy_hours.drawn(found)
            return
        by: By = "day" if view == "day" else "month"
        with waiting(BARS_PX):
            service = session.kept().service()
            parts = read_course(service, site_id, by)
        zone = ZoneInfo(service.settings.site(site_id).time_zone)
        _head(*_title(parts, by, zone, lang), view, lang)
        _drawn(parts, by, zone, lang)
        if parts:
            _table(parts, by, zone, lang)


def _head(title: str, under: str, view: str, lang: str) -> None:
    with st.container(horizontal=True, vertical_alignment="top"):
        with st.container(width="stretch"):
            heading(title, under)
        segments("by", {one: t(f"energy.by_{one}", lang) for one in VIEWS}, view, t("energy.by", lang))


def _drawn(parts: Sequence[Part], by: By, zone: tzinfo, lang: str) -> None:
    """Bars of energy over the line of PUE, of the two what is known."""
    of_energy = t("energy.course_under", lang, unit=_step(parts).unit, n=len(parts), by=t(f"energy.of_{by}", lang))
    bars, line = _bars(parts, by, zone, lang), _ratios(parts, by, zone, lang)
    if line is None:
        if bars is not None:
            chart(bars, key="chart_course", height=BARS_PX, alt=of_energy)
        return
    name = t(f"energy.pue_by_{by}", lang, category=parts[-1].pue.category)
    if bars is None:
        small(name)
        chart(line, key="chart_course", height=LINE_PX, alt=name)
    else:
        both = charts.beneath(bars, line, upper_px=BARS_PX, name=name, colours=colours())
        chart(both, key="chart_course", height=BARS_PX + charts.NAME_PX + LINE_PX, alt=f"{of_energy} {name}")


def _title(parts: Sequence[Part], by: By, zone: tzinfo, lang: str) -> tuple[str, str]:
    if not parts:
        return t("energy.course_neutral", lang), t("uses.empty", lang)
    names = {part.start: _label(part, by, zone, lang) for part in parts}
    under = t("energy.course_under", lang, unit=_step(parts).unit, n=len(parts), by=t(f"energy.of_{by}", lang))
    poor = sum(part.uses.used_share < LEAST_SEEN for part in parts)
    if poor:
        under += t("energy.course_poor", lang, n=poor)
    return findings.course(parts, names, by, lang), under


def _step(parts: Sequence[Part]) -> fmt.Scale:
    return fmt.scale(fmt.ENERGY, max((part.uses.facility for part in parts), default=0.0))


def _label(part: Part, by: By, zone: tzinfo, lang: str) -> str:
    return fmt.month(part.start, zone) if by == "month" else fmt.weekday_day(part.start, zone, lang)


def _marks(parts: Sequence[Part], by: By) -> list[int]:
    return list(range(len(parts))) if by == "month" else day_marks(len(parts), every=5)


def _bars(parts: Sequence[Part], by: By, zone: tzinfo, lang: str) -> charts.Option | None:
    if not any(part.uses.used_share > 0 for part in parts):
        return None
    step = _step(parts)
    shown = [use for use in USES if any(getattr(part.uses, use) > 0 for part in parts)]
    bands = [
        charts.Band(
            use,
            use_name(use, shown, lang),
            "",
            [
                round(getattr(part.uses, use) / step.divisor, 6) if part.uses.used_share >= LEAST_SEEN else None
                for part in parts
            ],
        )
        for use in shown
    ]
    return charts.use_bars(
        [_label(part, by, zone, lang) for part in parts],
        _marks(parts, by),
        bands,
        [part.sure for part in parts],
        unit=step.unit,
        gap_word=t("power.gap", lang),
        colours=colours(),
    )


def _ratios(parts: Sequence[Part], by: By, zone: tzinfo, lang: str) -> charts.Option | None:
    values = [None if part.pue.value is None else round(part.pue.value, 4) for part in parts]
    known = [value for value in values if value is not None]
    if len(known) < LINE_ENDS:
        return None
    return charts.ratio_days(
        [_label(part, by, zone, lang) for part in parts],
        _marks(parts, by),
        values,
        name=t("pue.neutral", lang),
        end=fmt.ratio(known[-1]),
        gap_word=t("power.gap", lang),
        colours=colours(),
        under_bars=True,
    )


def _table(parts: Sequence[Part], by: By, zone: tzinfo, lang: str) -> None:
    newest = [(_label(part, by, zone, lang), part) for part in reversed(parts)]
    rows = markup.table([_row(part, label, by, lang) for label, part in newest])
    folded(
        t("overview.table", lang),
        rows,
        markup.entries((label, why) for label, part in newest if (why := _reasons(part, lang))),
    )


def _reasons(part: Part, lang: str) -> list[str]:
    """Why figures of a part are not given, each reason once."""
    found = dict.fromkeys(kpi.reason for kpi in (part.facility, part.it, part.pue) if kpi.reason)
    return [phrase(reason, lang) for reason in found]


def _row(part: Part, label: str, by: By, lang: str) -> dict[str, str]:
    return {
        t(f"energy.by_{by}", lang): label if part.whole else t("energy.so_far", lang, label=label),
        t("figures.it_energy_kwh", lang): fmt.energy(part.it.value),
        t("figures.cooling_energy_kwh", lang): fmt.energy(part.cooling.value),
        t("figures.losses_energy_kwh", lang): fmt.energy(part.losses.value),
        t("figures.facility_energy_kwh", lang): fmt.energy(part.facility.value),
        t("figures.interval", lang): fmt.bounds(part.facility.low, part.facility.high, "kWh"),
        t("energy.pue_interim", lang): fmt.ratio(part.pue.value),
        t("figures.measured", lang): fmt.percent(part.facility.measured),
        t("figures.estimated", lang): fmt.percent(part.facility.estimated),
        t("figures.missing", lang): fmt.percent(part.facility.missing),
    }
