"""Where a figure comes from: its formula, factors, points, ledger rows, readings, records; computed when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from config.points import ROLES
from ui import format as fmt
from ui.figures.named import FIGURES
from ui.phrases import phrase
from ui.text import t
from ui.tracing.figure import trace_rows
from ui.views.parts import small, table, unfolding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.kpi import Kpi
    from ui.service import Service


def lineage(service: Service, found: Sequence[Kpi], lang: str, *, key: str) -> None:
    """A fold with a list of the figures; the chosen one is traced below, as `wattlas trace` does it."""
    with unfolding(t("lineage.choose", lang), key=f"fold_lineage_{key}") as opened:
        if opened:
            _chosen(service, {kpi.name: kpi for kpi in found if kpi.name in FIGURES}, lang, key=key)


def _chosen(service: Service, by_name: Mapping[str, Kpi], lang: str, *, key: str) -> None:
    name = st.selectbox(
        t("lineage.choose", lang),
        list(by_name),
        index=None,
        format_func=lambda one: t(f"figures.{one}", lang),
        key=f"lineage_{key}",
        placeholder=t("lineage.choose", lang),
        label_visibility="collapsed",
    )
    if name is None:
        return
    kpi = by_name[name]
    rows = trace_rows(service, service.settings.site(kpi.site), name, kpi.start, kpi.end, category=kpi.category)
    table([_row(row, lang) for row in rows])
    small(t("lineage.command", lang, name=name, site=kpi.site))


def _row(row: Mapping[str, object], lang: str) -> dict[str, str]:
    """One link of the chain in words."""
    value, unit = row.get("value"), str(row.get("unit") or "")
    if value is None:
        value, unit = row.get("energy_kwh"), "kWh"
    name, kind = str(row.get("name", "")), row["kind"]
    return {
        t("lineage.kind", lang): t(f"lineage.kind_{kind}", lang),
        t("lineage.what", lang): t(f"figures.{name}", lang) if kind == "figure" else name,
        t("figures.value", lang): fmt.quantity(float(str(value)), unit) if value is not None else fmt.MISSING,
        t("figures.measured", lang): _share(row.get("measured")),
        t("lineage.readings", lang): f"{row['readings']:,}" if "readings" in row else fmt.MISSING,
        t("lineage.text", lang): _text(row, lang),
    }


def _text(row: Mapping[str, object], lang: str) -> str:
    """The words of a link; sources and what people entered stay as they are."""
    text, role = str(row.get("text") or ""), str(row.get("role") or "")
    if row["kind"] == "factor":
        return f"{row['source']} {phrase(str(row['note']), lang)}".strip()
    if role in ROLES:
        text = text.replace(role, t(f"role.{role}", lang), 1)
    return text if row["kind"] == "formula" else phrase(text, lang)


def _share(value: object) -> str:
    return fmt.percent(float(str(value))) if value is not None else fmt.MISSING
