"""Titles of the cards beyond the overview: a sentence that the rows themselves say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = dict[str, Any]


def alerts(rows: Sequence[Row], rules: int, lang: str) -> str:
    """How many alerts fire, how many of them are critical and how many nobody has; else what merely waits."""
    firing = [row for row in rows if row["state"] == "firing"]
    dark = sum(row["state"] == "no data" for row in rows)
    if firing:
        critical = sum(row["severity"] == "critical" for row in firing)
        free = sum(not row["acked_by"] for row in firing)
        key = "one" if len(firing) == 1 else "many"
        return t(f"alerts.title_{key}", lang, n=len(firing), critical=critical, free=free)
    if not rules:
        return t("alerts.title_no_rules", lang)
    if dark:
        return t("alerts.title_dark", lang, n=dark)
    return t("alerts.title_pending", lang, n=len(rows)) if rows else t("alerts.title_none", lang, rules=rules)


def told(rows: Sequence[Row], lang: str) -> str:
    """How many messages were told, and how many ways did not take theirs yet."""
    if not rows:
        return t("alerts.told_none", lang)
    messages = len({row["key"] for row in rows})
    if not any(row.get("channel") for row in rows):
        return t("alerts.told_nobody", lang, n=messages)
    waiting = sum(bool(row.get("channel")) and row["delivered_at"] is None for row in rows)
    return t("alerts.told_waiting" if waiting else "alerts.told_all", lang, n=messages, waiting=waiting)
