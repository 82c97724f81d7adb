"""Targets, measures, savings, milestones and incidents of a report as printed tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import format as fmt
from ui.exports.sheet import TO, heads, sheet
from ui.phrases import message_title, phrase
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = dict[str, Any]


def steering_tables(part: Row, lang: str) -> Iterator[Row]:
    """Targets, measures, savings, milestones and incidents; a report that was sealed before it held them has none."""
    yield _targets(part.get("targets", ()), lang)
    yield _measures(part, lang)
    yield _milestones(part.get("milestones", ()), lang)
    yield _incidents(part.get("incidents", ()), lang)


def _targets(targets: Iterable[Row], lang: str) -> Row:
    rows = [
        [
            f"{row['id']}: {_metric(row, lang)}",
            f"{fmt.quantity(row['goal'], row['unit'])} ({row['target_year']})",
            fmt.quantity(row["allowed"], row["unit"]),
            _ending(row),
            _status(row, lang),
            phrase(row["reason"] or "", lang),
        ]
        for row in targets
    ]
    names = heads(lang, "target", "goal", "allowed", "expected", "status", "note")
    return sheet(t("report.targets", lang), names, rows, numbers=(1, 2, 3), widths=(1.7, 1.5, 1.3, 2.3, 1.5, 2))


def _measures(part: Row, lang: str) -> Row:
    savings = {row["measure"]: row for row in part.get("savings", ())}
    rows = [
        [
            row["title"],
            t(f"measures.state_{row['state']}", lang),
            fmt.energy(row["saves_kwh"]),
            _saved(savings.get(row["measure"])),
            _told(row, savings.get(row["measure"]) or {}, lang),
        ]
        for row in part.get("measures", ())
    ]
    names = heads(lang, "measure", "state", "saves", "saved", "note")
    return sheet(t("report.measures", lang), names, rows, numbers=(2, 3), widths=(2.6, 0.9, 1.1, 1.9, 2.6))


def _milestones(milestones: Iterable[Row], lang: str) -> Row:
    rows = [[row["title"], row["due"], row["owner"], _mark(row["standing"], lang), row["note"]] for row in milestones]
    names = heads(lang, "milestone", "due", "owner", "standing", "note")
    return sheet(t("report.milestones", lang), names, rows, numbers=(), widths=(2.6, 1, 1.2, 1, 2.2))


def _incidents(incidents: Iterable[Row], lang: str) -> Row:
    rows = [
        [
            f"{row['at']}{TO}{row['ended'] or ''}",
            t(f"alerts.word_{row['severity']}", lang),
            message_title(row["title"], lang),
        ]
        for row in incidents
    ]
    names = heads(lang, "days", "severity", "name")
    return sheet(t("report.incidents", lang), names, rows, numbers=(), widths=(2.6, 0.9, 3))


def _status(row: Row, lang: str) -> str:
    """The word of a target with how likely it is, of which the word speaks, and with the measures."""
    word = t(f"plan.word_{row['status'].replace(' ', '_')}", lang)
    if row["probability"] is None:
        return word
    found = f"{word}, {fmt.percent(row['probability'])}"
    acting = row["probability_with_measures"]
    return found if acting is None else f"{found}, {t('plan.with_measures', lang, share=fmt.percent(acting))}"


def _mark(standing: str, lang: str) -> str:
    word = standing.replace(" ", "_")
    return t(f"plan.mark_{word}", lang)


def _ending(row: Row) -> str:
    """What the year will be with its band, else what it was so far."""
    if row["expected"] is None:
        return fmt.quantity(row["so_far"], row["unit"])
    band = fmt.bounds(row["low_80"], row["high_80"], row["unit"])
    return f"{fmt.quantity(row['expected'], row['unit'])} ({band})"


def _metric(row: Row, lang: str) -> str:
    return t(f"figures.{row['metric']}", lang)


def _told(row: Row, saving: Row, lang: str) -> str:
    """Why figures are what they are, and the events that a saving was freed of; an older seal has none."""
    events = saving.get("non_routine") or ""
    named = t("report.non_routine", lang, events=events, n=saving.get("days_left_out") or 0) if events else ""
    reasons = [phrase(one["reason"], lang) for one in (row, saving) if one.get("reason")]
    return "; ".join(text for text in (*reasons, named) if text)


def _saved(row: Row | None) -> str:
    if row is None or row["saved_kwh"] is None:
        return ""
    return f"{fmt.energy(row['saved_kwh'])} ({fmt.energy(row['low_kwh'])}{TO}{fmt.energy(row['high_kwh'])})"
