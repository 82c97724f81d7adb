"""Targets, measures, savings, milestones and incidents of a report as printed tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ui import format as fmt
from ui.exports.sheet import TO, sheet
from ui.phrases import phrase
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]


def steering_tables(part: Row, lang: str) -> Iterator[Row]:
    """Targets, measures, savings, milestones and incidents; a report that was sealed before it held them has none."""

    def head(*keys: str) -> list[str]:
        return [t(f"report.{key}", lang) for key in keys]

    def status(row: Row) -> str:
        word = t(f"plan.word_{row['status'].replace(' ', '_')}", lang)
        if row["probability"] is None:
            return word
        found = f"{word}, {fmt.percent(row['probability'])}"  # of which the word speaks
        acting = row["probability_with_measures"]
        return found if acting is None else f"{found}, {t('plan.with_measures', lang, share=fmt.percent(acting))}"

    yield sheet(
        t("report.targets", lang),
        head("target", "goal", "allowed", "expected", "status", "note"),
        [
            [
                f"{row['id']}: {_metric(row, lang)}",
                f"{fmt.quantity(row['goal'], row['unit'])} ({row['target_year']})",
                fmt.quantity(row["allowed"], row["unit"]),
                _ending(row),
                status(row),
                phrase(row["reason"] or "", lang),
            ]
            for row in part.get("targets", ())
        ],
        numbers=(1, 2, 3),
        widths=(1.7, 1.5, 1.3, 2.3, 1.5, 2),
    )
    savings = {row["measure"]: row for row in part.get("savings", ())}
    yield sheet(
        t("report.measures", lang),
        head("measure", "state", "saves", "saved", "note"),
        [
            [
                row["title"],
                t(f"measures.state_{row['state']}", lang),
                fmt.energy(row["saves_kwh"]),
                _saved(savings.get(row["measure"])),
                _told(row, savings.get(row["measure"]) or {}, lang),
            ]
            for row in part.get("measures", ())
        ],
        numbers=(2, 3),
        widths=(2.6, 0.9, 1.1, 1.9, 2.6),
    )
    yield sheet(
        t("report.milestones", lang),
        head("milestone", "due", "owner", "standing", "note"),
        [
            [row["title"], row["due"], row["owner"], _mark(row["standing"], lang), row["note"]]
            for row in part.get("milestones", ())
        ],
        numbers=(),
        widths=(2.6, 1, 1.2, 1, 2.2),
    )
    yield sheet(
        t("report.incidents", lang),
        head("days", "severity", "name"),
        [[f"{row['at']}{TO}{row['ended'] or ''}", row["severity"], row["title"]] for row in part.get("incidents", ())],
        numbers=(),
        widths=(2.6, 0.9, 3),
    )


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
