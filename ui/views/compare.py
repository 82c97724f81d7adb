"""Compare options: cloud, bought, own datacenter, edge or tokens - by time, cost, energy, carbon and water."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from config.compare.file import comparison_of, template_names, template_path
from config.errors import InputError, WattlasError
from ui import charts, session
from ui import format as fmt
from ui.access.part import shows
from ui.compare.ranking import compared
from ui.phrases import phrase
from ui.text import t
from ui.titles import rows as titles
from ui.views import markup
from ui.views.frame import choice, foot, head, opened
from ui.views.parts import (
    State,
    card,
    chart,
    colours,
    folded,
    guarded,
    heading,
    plain,
    small,
    states,
    table,
    unfolding,
)
from ui.views.reading import place
from ui.views.supply import own_files, supply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ui.service import Service

Row = dict[str, Any]
KEEP_S: Final = 300
SCATTER_PX: Final = 360
BAR_PX: Final = 34
TEXT_PX: Final = 460
FOLDER: Final = "compare"  # beside the site file: compare files of the company's own
H_PER_DAY: Final = 24.0


def page() -> None:
    """Draw the page in the language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    files = scenarios(service)
    with head(service.settings, t("compare.question", lang), (), lang):
        code = session.chosen("scenario", list(files), next(iter(files)))
        choice("scenario", {name: name for name in files}, code, t("compare.scenario", lang), width=260)
    with guarded(lang):
        kept = _text(files[code])
        text = _edited(code, kept, lang)
        own = code.endswith(".toml") and text == kept
        found = _compared(service, *place(service), code, text, own=own)
        _cards(found, lang)
    supply(service, lang)
    foot(service.settings, t("compare.footer", lang), lang)


def scenarios(service: Service) -> dict[str, Path]:
    """Compare files by name: the company's own in the folder `compare` beside its site file, then the templates."""
    own = {name: path for name, path in own_files(service, FOLDER).items() if _shown(service, path)}
    return own | {name: template_path(name) for name in template_names()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        msg = f"{path.name} cannot be read ({error.strerror}): check its rights"
        raise InputError(msg) from None


def _shown(service: Service, path: Path) -> bool:
    """Whether who is there may see a file: it speaks of no site that they do not see, as far as it can be read."""
    if service.whole is None:
        return True
    try:
        strategies = comparison_of(_text(path), file=path.name, folder=None).strategies
    except WattlasError:
        return False
    return all(not one.site or shows(service, one.site) for one in strategies)


@st.cache_data(ttl=KEEP_S, max_entries=32, show_spinner=False)
def _compared(_service: Service, data: str, config: str, name: str, text: str, *, own: bool) -> Row:  # noqa: ARG001 - keys of the cache
    """Compare a text; only a file as it stands may name its quotes, a text from the page reads no file."""
    folder = _service.settings.path.parent / FOLDER if own else None
    comparison = comparison_of(text, file=name, folder=folder)
    return compared(comparison, service=_service, now=_service.now())


def _edited(code: str, text: str, lang: str) -> str:
    """The text of the scenario, as it is or as the reader changed it, for as long as the session lasts."""
    held = f"edited_{code}"
    words: str = st.session_state.get(held, text)
    with unfolding(t("compare.edit", lang), key=f"fold_text_{code}", icon=":material/edit:") as opened_:
        if opened_:
            with st.form(f"text_{code}", border=False):
                words = st.text_area(t("compare.text", lang), words, height=TEXT_PX, key=f"area_{code}")
                st.form_submit_button(t("compare.go", lang), key=f"go_{code}")
            st.session_state[held] = words
    return words


def _cards(found: Row, lang: str) -> None:
    with card("ranking", lang):
        _ranking(found, lang)
    wide, narrow = st.columns([1.3, 1], gap="small")
    with wide, card("scatter", lang):
        _scatter(found, lang)
    with narrow, card("sensitivity", lang):
        _sensitivity(found, lang)
    with card("options", lang):
        _options(found, lang)


def _ranking(found: Row, lang: str) -> None:
    """Places, ties as ties, what is ruled out with why, and the sentences that follow."""
    names = {row["id"]: row["name"] for row in found["strategies"]}
    heading(titles.compare(found, lang), found["title"])
    states([*_places(found, names, lang), *_out(found, lang)])
    advice = markup.entries([("", [phrase(sentence, lang)]) for sentence in found["advice"]])
    duels = markup.table([_duel(one, names, lang) for one in found["duels"]]) if found["duels"] else ""
    folded(t("compare.sentences", lang), advice, duels)


def _places(found: Row, names: Mapping[str, str], lang: str) -> Iterator[State]:
    for number, ids in enumerate(found["ranking"], start=1):
        words, tie = " = ".join(names[id_] for id_ in ids), t("compare.tie", lang) if len(ids) > 1 else ""
        yield State(t("compare.place", lang, n=number), "blue" if number == 1 else "gray", "", words, tie)


def _out(found: Row, lang: str) -> Iterator[State]:
    for row in (one for one in found["strategies"] if one["ruled_out"]):
        why = "; ".join(phrase(reason, lang) for reason in row["ruled_out"])
        yield State(t("compare.out", lang), "orange", ":material/block:", row["name"], why)


def _duel(one: Row, names: Mapping[str, str], lang: str) -> dict[str, str]:
    verdict = t("compare.tie", lang) if one["tie"] else names[one["first" if one["probability"] > 0.5 else "second"]]  # noqa: PLR2004 - even
    return {
        t("compare.first", lang): names[one["first"]],
        t("compare.second", lang): names[one["second"]],
        t("compare.better", lang): fmt.percent(one["probability"]),
        t("compare.verdict", lang): verdict,
    }


def _scatter(found: Row, lang: str) -> None:
    """Median cost and carbon between their 10th and 90th percentiles."""
    key = found["carbon"]
    rows = [row for row in found["strategies"] if row["cost"] and row[key]]
    under = t("compare.scatter_whole" if key == "carbon_kgco2e" else "compare.scatter_use", lang)
    title = titles.pareto(found, lang)
    heading(title, under)
    if not rows:
        return
    money, carbon = (max(row[name]["p90"] for row in rows) for name in ("cost", key))
    thousands = _thousands(money)
    step = fmt.scale(fmt.EMISSION, carbon)
    choices = [
        charts.Choice(
            row["name"],
            _range(row["cost"], thousands),
            _range(row[key], step.divisor),
            best=row["id"] in found["pareto"],
            ruled_out=bool(row["ruled_out"]),
            printed=f"{_money(row['cost'], found)}, {_spread(row[key], 'kgCO2e')}",
        )
        for row in rows
    ]
    unit = f"{found['currency']}{_ABOVE[thousands]}"
    option = charts.pareto_scatter(choices, cost_unit=unit, carbon_unit=step.unit, colours=colours())
    words = "; ".join(f"{one.name}: {one.printed}" for one in choices)
    chart(option, key="chart_pareto", height=SCATTER_PX, alt=f"{title}. {words}")
    small(t("compare.legend", lang))


_ABOVE: Final = {1.0: "", 1e3: " 10³", 1e6: " 10⁶"}


def _thousands(largest: float) -> float:
    return max((step for step in _ABOVE if largest >= step), default=1.0)


def _range(spread: Mapping[str, float], divisor: float) -> tuple[float, float, float]:
    low, middle, high = (round(spread[name] / divisor, 6) for name in ("p10", "p50", "p90"))
    return low, middle, high


def _sensitivity(found: Row, lang: str) -> None:
    """What each cost hangs on."""
    rows = [row for row in found["strategies"] if row["follows"] and row["kind"] != "mixture"]
    title = titles.sensitivity(found, lang)
    heading(title, t("compare.sensitivity_under", lang))
    bars = [(f"{row['name']}\n{one['input']}", one["correlation"]) for row in rows for one in row["follows"]]
    if bars:
        option = charts.correlation_bars(bars, colours=colours())
        chart(option, key="chart_sensitivity", height=40 + BAR_PX * len(bars), alt=title)


def _options(found: Row, lang: str) -> None:
    rows = found["strategies"]
    heading(t("compare.table", lang, n=len(rows)), t("compare.table_under", lang, draws=f"{found['draws']:,}"))
    table([_cells(row, found, lang) for row in rows])
    table([_hours(row, found, lang) for row in rows])
    st.caption(plain(t("compare.hours_under", lang)))
    folded(t("compare.assumed", lang), markup.entries((row["name"], list(_told(row, lang))) for row in rows))


def _told(row: Row, lang: str) -> Iterator[str]:
    """What was assumed or measured to fill a strategy, and where its prices are from."""
    yield from (phrase(text, lang) for text in row["told"])
    yield from (f"{key}: {source}" for key, source in row["sources"].items())


def _cells(row: Row, found: Row, lang: str) -> dict[str, str]:
    return {
        t("compare.option", lang): row["name"],
        t("compare.stands", lang): _stands(row["id"], found, lang),
        t("compare.cost", lang): _money(row["cost"], found),
        t("compare.energy", lang): _spread(row["facility_energy_kwh"], "kWh"),
        t("compare.location", lang): _spread(row["location_kgco2e"], "kgCO2e"),
        t("compare.market", lang): _spread(row["market_kgco2e"], "kgCO2e"),
        t("compare.embodied", lang): _spread(row["embodied_kgco2e"], "kgCO2e"),
        t("compare.water", lang): _spread(row["water_l"], "L"),
    }


def _hours(row: Row, found: Row, lang: str) -> dict[str, str]:
    """What an hour of work costs and takes, and how much use owning needs."""
    names = {one["id"]: one["name"] for one in found["strategies"]}
    uses = [
        f"{names[one['rented']]}: {_use(one['utilisation'], lang)}"
        for one in found["break_even"]
        if one["owned"] == row["id"]
    ]
    days = {name: value / H_PER_DAY for name, value in row["time_h"].items()} if row["time_h"] else None
    return {
        t("compare.option", lang): row["name"],
        t("compare.to_result", lang): fmt.MISSING
        if days is None
        else f"{fmt.number(days['p50'])} ({fmt.number(days['p10'])} - {fmt.number(days['p90'])})",
        t("compare.per_hour", lang): _money(row["cost_per_useful_hour"], found),
        t("compare.e0", lang): _spread(row["e0_kwh"], "kWh"),
        t("compare.alpha", lang): _spread(row["alpha_kw"], "kW"),
        t("compare.break_even", lang): "; ".join(uses) or fmt.MISSING,
    }


def _use(share: float | None, lang: str) -> str:
    return t("compare.never", lang) if share is None or share > 1 else fmt.percent(share)


def _stands(id_: str, found: Row, lang: str) -> str:
    place_ = next((number for number, ids in enumerate(found["ranking"], start=1) if id_ in ids), None)
    if place_ is None:
        return t("compare.out", lang)
    tie = len(found["ranking"][place_ - 1]) > 1
    return t("compare.place_tie" if tie else "compare.place", lang, n=place_)


def _spread(spread: Mapping[str, float] | None, unit: str) -> str:
    """Median, then 10th to 90th percentile."""
    if spread is None:
        return fmt.MISSING
    return f"{fmt.quantity(spread['p50'], unit)} ({fmt.bounds(spread['p10'], spread['p90'], unit)})"


def _money(spread: Mapping[str, float] | None, found: Row) -> str:
    return _spread(spread, found["currency"])
