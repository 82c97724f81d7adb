"""A site's own renewables and battery, below the options: which sizes nothing else beats, from a supply file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from config.compare.supply import TEMPLATE, load_supply
from config.errors import WattlasError
from ui import charts, session
from ui import format as fmt
from ui.access.part import shows
from ui.advice.supply import supplied
from ui.phrases import phrase
from ui.text import t
from ui.views import markup
from ui.views.frame import choice
from ui.views.parts import card, chart, colours, entries, folded, guarded, heading, plain, table
from ui.views.reading import place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ui.service import Service

Row = dict[str, Any]
FOLDER: Final = "supply"  # beside the site file: supply files of the company's own
NONE: Final = "-"
KEEP_S: Final = 900
CHART_PX: Final = 340


def supply(service: Service, lang: str) -> None:
    """Draw the card; nothing where there is no file for a site of the company. A look is taken when one is chosen."""
    files = _files(service)
    if not files:
        return
    code = session.chosen("supply", [NONE, *files], NONE)
    with card("supply", lang):
        pick = t("supply.pick", lang)
        choice("supply", {NONE: pick, **{name: name for name in files}}, code, pick, width=330)
        if code == NONE:
            return
        with guarded(lang):
            _found(_supplied(service, *place(service), str(files[code])), lang)


def _files(service: Service) -> dict[str, Path]:
    """Supply files by name: the company's own, and the product's example where its site is one of the company's."""
    own = own_files(service, FOLDER)
    found = {name: path for name, path in own.items() if service.whole is None or _is_of(path, service)}
    sites = {site.id for site in service.settings.sites}
    return found if load_supply(TEMPLATE).site not in sites else {**found, "EXAMPLE": TEMPLATE}


def own_files(service: Service, folder: str) -> dict[str, Path]:
    """TOML files by name in a folder beside the site file; hidden ones, such as an editor's lock, are none."""
    found = sorted((service.settings.path.parent / folder).glob("*.toml"))
    return {path.name: path for path in found if path.is_file() and not path.name.startswith(".")}


def _is_of(path: Path, service: Service) -> bool:
    """Whether a file is of a site that who is there sees."""
    try:
        return shows(service, load_supply(path).site)
    except WattlasError:
        return False


@st.cache_data(ttl=KEEP_S, max_entries=8, show_spinner=True)
def _supplied(_service: Service, data: str, config: str, file: str) -> Row:  # noqa: ARG001 - keys of the cache
    from pathlib import Path

    path = Path(file)
    return supplied(load_supply(path), folder=path.parent, service=_service, start=None, end=None)


def _found(found: Row, lang: str) -> None:
    heading(found["title"], t("supply.under", lang, site=found["site"]))
    entries([("", [phrase(sentence, lang)]) for sentence in found["advice"]])
    _chart(found, lang)
    table([_cells(row, found, lang) for row in found["front"]])
    told = [("", [phrase(text, lang) for text in found["told"]])]
    folded(
        t("compare.assumed", lang), markup.entries([*told, *((key, [text]) for key, text in found["sources"].items())])
    )


def _chart(found: Row, lang: str) -> None:
    """Median cost and carbon a year of each size; four are named."""
    rows = found["front"]
    names = _named(rows, lang)
    step = fmt.scale(fmt.EMISSION, max(row["carbon_kgco2e_per_year"]["p50"] for row in rows))
    sizes = [
        charts.Size(
            cost=row["cost_per_year"]["p50"],
            carbon=row["carbon_kgco2e_per_year"]["p50"] / step.divisor,
            share=row["hourly_share"],
            printed=_printed(row, found, lang),
            name=names.get(at, ""),
        )
        for at, row in enumerate(rows)
    ]
    option = charts.supply_front(
        sizes,
        cost_unit=t("supply.unit_cost", lang, currency=found["currency"]),
        carbon_unit=t("supply.unit_carbon", lang, unit=step.unit),
        colours=colours(),
    )
    title = t("supply.chart", lang)
    st.caption(plain(title))
    told = "; ".join(f"{names[at]}: {sizes[at].printed}" for at in names)
    chart(option, key="chart_supply", height=CHART_PX, alt=f"{title}. {told}")


def _named(rows: Sequence[Row], lang: str) -> dict[int, str]:
    """The places in the front that have a name: nothing built, and the ends of it."""
    ends: dict[int, list[str]] = {}
    for word, of in (("cheapest", "cost_per_year"), ("cleanest", "carbon_kgco2e_per_year")):
        values = [row[of]["p50"] for row in rows]
        at = values.index(min(values))
        ends.setdefault(at, []).append(t(f"supply.{word}", lang))
    shares = [row["hourly_share"] for row in rows]
    ends.setdefault(shares.index(max(shares)), []).append(t("supply.most", lang))
    ends.setdefault(0, []).insert(0, t("supply.none", lang))
    return {at: ", ".join(words) for at, words in ends.items()}


def _printed(row: Row, found: Row, lang: str) -> str:
    return t(
        "supply.point",
        lang,
        pv=fmt.quantity(row["pv_kw"], "kW"),
        wind=fmt.quantity(row["wind_kw"], "kW"),
        battery=fmt.quantity(row["battery_kwh"], "kWh"),
        share=fmt.percent(row["hourly_share"]),
        cost=_spread(row["cost_per_year"], found["currency"]),
        carbon=_spread(row["carbon_kgco2e_per_year"], "kgCO2e"),
    )


def _cells(row: Row, found: Row, lang: str) -> dict[str, str]:
    return {
        t("supply.pv", lang): fmt.quantity(row["pv_kw"], "kW"),
        t("supply.wind", lang): fmt.quantity(row["wind_kw"], "kW"),
        t("supply.battery", lang): fmt.quantity(row["battery_kwh"], "kWh"),
        t("supply.hourly", lang): fmt.percent(row["hourly_share"]),
        t("supply.annual", lang): fmt.percent(row["annual_share"]),
        t("supply.cost", lang): _spread(row["cost_per_year"], found["currency"]),
        t("supply.carbon", lang): _spread(row["carbon_kgco2e_per_year"], "kgCO2e"),
        t("supply.making", lang): _spread(row["embodied_kgco2e_per_year"], "kgCO2e"),
    }


def _spread(spread: Mapping[str, float], unit: str) -> str:
    middle = fmt.quantity(spread["p50"], unit)
    return middle if spread["p10"] == spread["p90"] else f"{middle} ({fmt.bounds(spread['p10'], spread['p90'], unit)})"
