"""The value and the limit of an alert as people read them, each in its unit."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING

from config.catalogue import metrics
from ui import format as fmt
from ui.text import t

if TYPE_CHECKING:
    from config.alerts.rules import Rule

W_PER_KW = 1000
MOST_DIGITS = 9
SHARES = frozenset({"capacity", "coverage", "balance", "target", "invoice", "shortfall"})


def against_limit(rule: Rule, subject: str, value: float, lang: str) -> str:
    """Return what was seen of a subject against the rule's limit: "fra1/ups is 612 kW, above 558 kW"."""
    if rule.kind == "report":
        return t("alert.unsealed", lang, subject=subject)
    if rule.limit is None:
        return t("alert.left", lang, subject=subject, value=f"{value:.0f}")
    key, digits = "alert.above" if rule.above is not None else "alert.below", 0
    seen, limit = (amount(rule, one, lang) for one in (value, rule.limit))
    while seen == limit and value != rule.limit and digits < MOST_DIGITS:  # never "90 %, above 90 %"
        digits += 3
        seen, limit = (amount(rule, one, lang, more=digits) for one in (value, rule.limit))
    return t(key, lang, subject=subject, value=seen, limit=limit)


def amount(rule: Rule, value: float, lang: str, *, more: int = 0) -> str:
    """Return a value of a rule in its unit; figures whose unit only they know as a plain number; `more` digits."""
    if rule.kind in {"reading", "rate"} and rule.metric in metrics():
        unit = metrics()[rule.metric].unit
        value, unit = (value / W_PER_KW, "kW") if unit == "W" else (value, unit)
        return f"{value:.{6 + more}g}{fmt.SPACE}{unit}"  # digits enough to tell a value from its limit
    if rule.kind in SHARES:
        return f"{100 * value:.{3 + more}g}{fmt.SPACE}%"
    if rule.kind == "factor":
        return t("alert.no_factor", lang) if isinf(value) else t("alert.years", lang, n=f"{value:.0f}")
    if rule.kind in {"certificate", "approval", "milestone"}:
        return t("alert.days", lang, n=f"{value:.{1 + more}f}")
    return t("alert.times", lang, n=f"{value:.{2 + more}f}") if rule.kind == "burn" else f"{value:.{6 + more}g}"
