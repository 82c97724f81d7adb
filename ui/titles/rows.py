"""Titles of the cards beyond the overview: a sentence that the rows themselves say."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from config.plan.targets import AMOUNTS, HIGHER_IS_BETTER
from ui import format as fmt
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.site import Settings

Row = dict[str, Any]
DUST = 1e-9  # of floats, which is neither a share nor a balance
GOOD = frozenset({"on track", "on pace"})


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
    ways = Counter(row["way"] for row in rows)
    key = "given_up" if ways["given up"] else ("waiting" if ways["waiting"] else "all")
    return t(f"alerts.told_{key}", lang, n=messages, waiting=ways["waiting"], lost=ways["given up"])


def plan(rows: Sequence[Row], lang: str) -> str:
    """How many targets are on track, and how many are not."""
    if not rows:
        return t("plan.title_none", lang)
    words = Counter(row["status"] for row in rows)
    good = sum(words[word] for word in GOOD)
    if good == len(rows):
        return t("plan.title_all", lang, n=good)
    bad, unknown = words["off track"] + words["behind"], words["no data"]
    return t("plan.title", lang, good=good, n=len(rows), risk=words["at risk"], off=bad, unknown=unknown)


def target(row: Row, lang: str) -> str:
    """One target: what its year will be against what it may be."""
    name = t(f"figures.{row['metric']}", lang)
    least = row["metric"] in HIGHER_IS_BETTER
    allowed = fmt.quantity(row["allowed"], row["unit"])
    if row.get("expected") is not None:
        expected = fmt.quantity(row["expected"], row["unit"])
        key = "plan.expects_least" if least else "plan.expects"
        return t(key, lang, name=name, year=row["years"], expected=expected, allowed=allowed)
    return t("plan.may_be_least" if least else "plan.may_be", lang, name=name, year=row["years"], allowed=allowed)


def course(row: Row, lang: str) -> str:
    """When a year's amount is used up, or how likely its limit is kept."""
    name = t(f"figures.{row['metric']}", lang)
    share = fmt.percent(row.get("probability"))
    if row.get("probability") is None:
        return t("plan.course_open", lang, name=name, year=row["years"])
    if row["unit"] in AMOUNTS and row.get("runs_out"):
        day = _day(row["runs_out"], lang)
        return t("plan.course_out", lang, name=name, year=row["years"], day=day, share=share)
    return t("plan.course_kept", lang, name=name, year=row["years"], share=share)


def gap(rows: Sequence[Row], lang: str) -> str:
    """Whether the measures reach a target's goal, or what is left to find."""
    if not rows or rows[-1].get("met") is None:
        return t("plan.gap_unknown", lang)
    last = rows[-1]
    if last["met"]:
        return t("plan.gap_met", lang, year=last["target_year"])
    left = fmt.quantity(abs(last["adds"]), last["unit"])
    return t("plan.gap_left", lang, left=left, year=last["target_year"])


def _day(text: str, lang: str) -> str:
    day = date.fromisoformat(text)
    return fmt.day(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp(), UTC, lang)


def measures(rows: Sequence[Row], lang: str) -> str:
    """How many measures pay for themselves, and what those save together a year."""
    if not rows:
        return t("measures.title_none", lang)
    ranked = [row for row in rows if row.get("rank")]
    paying = [row for row in ranked if row["npv"] is not None and row["npv"] > 0]
    if not paying or any(row["saves_tco2e"] is None for row in paying):
        return t("measures.title_neutral", lang, n=len(rows))
    saved = fmt.emission(1000 * sum(row["saves_tco2e"] for row in paying))
    return t("measures.title", lang, n=len(paying), all=len(ranked), saved=saved)


def verified(rows: Sequence[Row], lang: str) -> str:
    """Of how many measures a saving is shown."""
    shown = [row for row in rows if row.get("low_kwh") is not None and row["low_kwh"] > 0]
    if not shown:
        return t("measures.verified_none", lang)
    return t("measures.verified_some", lang, n=len(shown), all=len(rows))


def progress(states: Mapping[str, str], measures_: int, lang: str) -> str:
    """How many measures are done and at work."""
    if not measures_:
        return t("measures.title_none", lang)
    words = Counter(states.values())
    return t("measures.progress", lang, done=words["done"], started=words["started"], n=measures_)


def todo(rows: Sequence[Row], month: str, lang: str) -> str:
    """How much a month still lacks, by what is to be done."""
    if not rows:
        return t("records.title_done", lang, month=month)
    words = Counter(row["do"] for row in rows)
    counts = {name: words[name] for name in ("enter", "approve", "explain")}
    return t("records.title_todo", lang, month=month, n=len(rows), **counts)


def records(rows: Sequence[Row], waiting: int, lang: str) -> str:
    """How many records stand, and how many of them nobody has approved."""
    withdrawn = sum(row["withdrawn"] for row in rows)
    return t("records.title", lang, n=len(rows) - withdrawn, waiting=waiting) if rows else t("records.title_none", lang)


def checks(rows: Sequence[Row], lang: str) -> str:
    """Whether anything blocks a report, and how much is to note."""
    words = Counter(row["level"] for row in rows)
    key = "reports.title_blocked" if words["blocks"] else "reports.title_free"
    return t(key, lang, n=words["blocks"], notes=words["note"])


def life(state: str, month: str, lang: str) -> str:
    """How far the report of a month has come."""
    if not state:
        return t("reports.life_none", lang, month=month)
    return t("reports.life", lang, month=month, state=t(f"report.{state}", lang).lower())


def reports(rows: Sequence[Row], lang: str) -> str:
    """How many reports there are, and how many of them are sealed."""
    sealed = sum(row["state"] == "sealed" for row in rows)
    return t("reports.title", lang, n=len(rows), sealed=sealed) if rows else t("reports.title_none", lang)


def compare(found: Row, lang: str) -> str:
    """Which strategy comes first, or that the first are too close to call."""
    names = {row["id"]: row["name"] for row in found["strategies"]}
    if not found["ranking"]:
        return t("compare.title_none", lang)
    first = [names[id_] for id_ in found["ranking"][0]]
    return t("compare.title_tie" if len(first) > 1 else "compare.title_first", lang, names=" = ".join(first))


def pareto(found: Row, lang: str) -> str:
    """How many strategies no other one beats in everything."""
    left = sum(not row["ruled_out"] for row in found["strategies"])
    return t("compare.pareto", lang, n=len(found["pareto"]), all=left)


def sensitivity(found: Row, lang: str) -> str:
    """What most costs hang on."""
    words = Counter(row["follows"][0]["input"] for row in found["strategies"] if row["follows"])
    if not words:
        return t("compare.hangs_none", lang)
    name, count = words.most_common(1)[0]
    return t("compare.hangs", lang, name=name, n=count, all=len(found["strategies"]))


def calendar(standings: Sequence[str], lang: str) -> str:
    """How many days were measured throughout, and how many have gaps."""
    if not standings:
        return t("quality.none", lang)
    words = Counter(standings)
    gaps = words["little"] + words["much"] + words["nothing"]
    return t("data.calendar", lang, n=words["measured"], all=len(standings), estimated=words["estimated"], gaps=gaps)


def coverage(rows: Sequence[Row], month: str, lang: str) -> str:
    """How many points were not seen throughout a month, and which least."""
    if not rows:
        return t("data.coverage_none", lang)
    lacking = [row for row in rows if row["seen"] < 1 - DUST]
    if not lacking:
        return t("data.coverage_all", lang, n=len(rows), month=month)
    share = fmt.percent(lacking[0]["seen"])
    return t("data.coverage", lang, n=len(lacking), all=len(rows), name=lacking[0]["name"], share=share, month=month)


def balances(rows: Sequence[Row], lang: str) -> str:
    """How many balances contradict themselves, and which meters drift or are suspect."""
    words = Counter(row["kind"] for row in rows)
    if not words["residual"]:
        return t("data.balance_none", lang)
    wrong = sum(row["kind"] == "residual" and (row["share"] or 0) < -DUST for row in rows)
    return t("data.balance", lang, n=words["residual"], wrong=wrong, drifting=words["drift"], suspects=words["suspect"])


def quarantine(rows: Sequence[Row], lang: str) -> str:
    """How many readings were refused, of how many points."""
    if not rows:
        return t("data.refused_none", lang)
    points = len({row["point"] for row in rows})
    return t("data.refused_some", lang, n=f"{sum(row['readings'] for row in rows):,}", points=points)


def sources(rows: Sequence[Row], lang: str) -> str:
    """How many sources are silent."""
    due = [row for row in rows if row["state"] != "none"]
    if not due:
        return t("data.sources_none", lang)
    silent = sum(row["state"] != "reporting" for row in due)
    return t("data.sources_silent" if silent else "data.sources_all", lang, n=len(due), silent=silent)


def estimates(waiting: int, standing: int, lang: str) -> str:
    """How many estimates wait, and how many stand."""
    key = "estimates.title_waiting" if waiting else "estimates.title"
    return t(key, lang, waiting=waiting, standing=standing)


def sites(settings: Settings, lang: str) -> str:
    """How much the site file names."""
    counts = {"sites": len(settings.sites), "points": f"{len(settings.points):,}", "sources": len(settings.sources)}
    return t("settings.title", lang, **counts)


def factors(lacking: Sequence[Row], lang: str) -> str:
    """How many factors are missing."""
    return t("settings.factors_missing" if lacking else "settings.factors_all", lang, n=len(lacking))
