"""The tiles: power this minute, and the period's headline figures beside those of the period before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import streamlit as st

from analytics.boundary import Tree
from analytics.change import relative_change
from ui import format as fmt
from ui import session
from ui.figures.by_use import EQUIPMENT_CATEGORY
from ui.figures.series import newest_run
from ui.phrases import phrase
from ui.text import t
from ui.views import markup
from ui.views.parts import colours, guarded
from ui.views.reading import Booked, Seen, booked, days, live, seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.site import Site
    from ui.figures.live import Freshness, LivePoint
    from ui.service import Service

EVERY_S = 10
YEAR_S = 365 * 86400
SPARKS = 96  # newest cells behind a tile
Mood = Literal["orange", "green", "gray"]
Arrow = Literal["up", "down", "off"]
ARROWS: Final[dict[Arrow, str]] = {"up": "\u2191\u00a0", "down": "\u2193\u00a0", "off": ""}
OFF: Final = "orange"
GOOD: Final = "green"
NEUTRAL: Final = "gray"
LINES: Final[dict[Mood, str]] = {OFF: "warn", GOOD: "ok", NEUTRAL: "muted"}  # tokens of the lines in tiles


@st.fragment(run_every=EVERY_S)
def part(site_id: str, range_code: str, lang: str, mode: str | None) -> None:
    """Tiles of one site; where the reader has changed from `mode`, all charts take the new colours."""
    if st.context.theme.type != mode:
        st.rerun()
    with guarded(lang):
        service = session.kept().service()
        site = service.settings.site(site_id)
        (points, fresh), found = live(service, site_id), booked(service, site_id, range_code)
        last = _reporting_tile(fresh, lang) if found.intensity is None else _intensity_tile(found, lang)
        st.html(age(fresh, service, site, lang))
        with st.container(key="tiles"):  # apart: what is booked stands still, and so does a reader's place in it
            st.html(markup.tiles(_power_tiles(service, site, points, fresh, found, lang)))
            st.html(markup.tiles([*_figure_tiles(service, site_id, found, lang), last]))


def age(fresh: Freshness, service: Service, site: Site, lang: str) -> str:
    """How old the newest value is, and the site's clock."""
    age_s = fresh.newest_age_s
    if age_s is None:
        sign = markup.badge(t("overview.no_live", lang), "sensors_off", NEUTRAL)
    elif len(fresh.silent) == fresh.points:
        sign = markup.badge(t("overview.stale", lang, age=fmt.duration(age_s, lang)), "sensors_off", OFF)
    else:
        sign = markup.badge(t("overview.live", lang, age=fmt.duration(age_s, lang)), "sensors", GOOD)
    return markup.age(sign, markup.small(fmt.moment(service.now(), session.zone(site), lang)))


def _power_tiles(
    service: Service, site: Site, points: Sequence[LivePoint], fresh: Freshness, found: Booked, lang: str
) -> Iterator[str]:
    tree = Tree(service.settings.points_at(site.id, int(service.now())))
    facility = seen(points, tree.units(tree.facility))
    words = _seen_words(facility, "overview.no_feed", lang)
    label, tip = t("overview.facility_power", lang), t("overview.help_facility_power", lang)
    yield tile(label, fmt.power(facility.watts), words, _mood(facility), found.series.facility, tip=tip)
    it = _it(points, tree, site.pue_category)
    words, under = _it_words(it, fresh, site, lang)
    label, mood = t("overview.it_power", lang), _mood(it) if not _partly(fresh) else OFF
    sparks, tip = found.series.uses.get("it", []), t("overview.help_it_power", lang)
    yield tile(label, fmt.power(it.watts), words, mood, sparks, under=under, tip=tip)


def _it_words(it: Seen, fresh: Freshness, site: Site, lang: str) -> tuple[str, str]:
    """What part of IT is seen where a meter is silent; else how much of what is installed draws."""
    if _partly(fresh) and it.points:
        return t("overview.it_seen", lang, share=fmt.percent(fresh.it_power_seen_share)), ""
    if site.installed_it_kw and it.watts is not None and it.fresh == it.points:
        installed = site.installed_it_kw * 1000
        return fmt.percent(it.watts / installed), t("overview.of_installed", lang, power=fmt.power(installed))
    return _seen_words(it, "overview.no_it", lang), ""


def _partly(fresh: Freshness) -> bool:
    return fresh.it_power_seen_share is not None and fresh.it_power_seen_share < 1


def _seen_words(total: Seen, none: str, lang: str) -> str:
    if not total.points:
        return t(none, lang)
    return t(
        "overview.all_seen" if total.fresh == total.points else "overview.some_seen",
        lang,
        seen=total.fresh,
        all=total.points,
    )


def _it(points: Sequence[LivePoint], tree: Tree, category: int) -> Seen:
    """IT power where the site measures its PUE, or at the equipment where no meter there is live."""
    for one in (category, EQUIPMENT_CATEGORY):
        units = tree.units(tree.it(one)) + tree.units(tree.within_it(one), sign=-1)
        found = seen(points, units)
        if found.points:
            return found
    return found


def _mood(total: Seen) -> Mood:
    return NEUTRAL if total.fresh == total.points else OFF


def _figure_tiles(service: Service, site_id: str, found: Booked, lang: str) -> Iterator[str]:
    period = fmt.duration(found.end - found.start, lang)
    whole = [day for day in days(service, site_id) if day.whole] if found.figures else []
    interim = found.end - found.start < YEAR_S
    label = t("overview.pue_interim" if interim else "overview.pue", lang, period=period)
    yield _figure_tile(label, "pue", found, [day.pue.value for day in whole], lang)
    energy = found.figure("facility_energy_kwh")
    if energy is not None and energy.value is not None:
        label, course = t("overview.energy", lang, period=period), [day.facility.value for day in whole]
        yield _figure_tile(label, "facility_energy_kwh", found, course, lang)
    else:
        label, course = t("overview.it_energy", lang, period=period), [day.it.value for day in whole]
        yield _figure_tile(label, "it_energy_kwh", found, course, lang)
    label = t("overview.emissions", lang, period=period)
    yield _figure_tile(label, "emissions_location_kgco2e", found, [day.emissions.value for day in whole], lang)


def _figure_tile(label: str, name: str, found: Booked, course: Sequence[float | None], lang: str) -> str:
    """A figure with its signed change since the period before, or with why there is none."""
    kpi, tip = found.figure(name), t(f"overview.help_{name}", lang)
    if kpi is None or kpi.value is None:
        lost = kpi is not None and 0 < kpi.coverage < 1  # not for want of a meter, but of its readings
        words, why = t("overview.not_given", lang), phrase(kpi.reason, lang) if kpi and kpi.reason else ""
        return tile(label, fmt.MISSING, words, OFF if lost else NEUTRAL, course, tip=f"{tip} {why}".strip())
    printed = fmt.quantity(kpi.value, kpi.unit)
    changed = found.change(name)
    if changed is None:
        words = t("overview.measured_share", lang, share=fmt.percent(kpi.measured))
        return tile(label, printed, words, NEUTRAL, course, tip=f"{tip} {t('overview.no_former', lang)}")
    amount = changed.absolute if name == "pue" else changed.relative
    words = fmt.signed(amount) if name == "pue" else fmt.signed_percent(amount)
    return _changed_tile(label, printed, words, course, found, lang, judged=not name.endswith("energy_kwh"), tip=tip)


def _intensity_tile(found: Booked, lang: str) -> str:
    value = f"{fmt.number(found.intensity)}{fmt.SPACE}g/kWh"
    changed = relative_change(found.intensity, found.intensity_before)
    label = t("overview.intensity", lang, period=fmt.duration(found.end - found.start, lang))
    course, tip = found.intensity_course, t("green.help_intensity", lang)
    if changed is None:
        return tile(label, value, t("overview.location_based", lang), NEUTRAL, course, tip=tip)
    return _changed_tile(label, value, fmt.signed_percent(changed), course, found, lang, judged=True, tip=tip)


def _changed_tile(
    label: str,
    value: str,
    words: str,
    course: Sequence[float | None],
    found: Booked,
    lang: str,
    *,
    judged: bool,
    tip: str,
) -> str:
    """A tile with its change: less is good where it is `judged`, and no change is grey."""
    arrow: Arrow = "off" if words[0] not in "+-" else "up" if words[0] == "+" else "down"
    mood: Mood = NEUTRAL if not judged or arrow == "off" else OFF if arrow == "up" else GOOD
    under = t("overview.before", lang, period=fmt.duration(found.end - found.start, lang))
    return tile(label, value, words, mood, course, under=under, arrow=arrow, tip=tip)


def _reporting_tile(fresh: Freshness, lang: str) -> str:
    silent = len(fresh.silent)
    value = t("overview.of_total", lang, seen=fresh.points - silent, all=fresh.points) if fresh.points else fmt.MISSING
    key = ("none_silent", "one_silent")[silent] if silent < 2 else "many_silent"  # noqa: PLR2004 - grammar
    mood: Mood = OFF if silent else GOOD
    words, tip = t(f"overview.{key}", lang, n=silent) if fresh.points else "", t("overview.help_reporting", lang)
    return tile(t("overview.reporting", lang), value, words, mood, [], tip=tip)


def tile(
    label: str,
    value: str,
    words: str,
    mood: Mood,
    course: Sequence[float | None],
    *,
    under: str = "",
    arrow: Arrow = "off",
    tip: str | None = None,
) -> str:
    """One tile; the line in it is the newest stretch without a gap, for nothing is drawn across one."""
    run = newest_run(course[-SPARKS:])
    line = markup.sparkline(run, getattr(colours(), LINES[mood])) if run else ""
    return markup.tile(label, value, f"{ARROWS[arrow]}{words}", mood, under=under, tip=tip or "", line=line)
