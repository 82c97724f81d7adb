"""Alerts as rows: what the rules see, and which alerts stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics.alerts import State
from config.wording import remedy
from ui.alert_sight import listening, seen
from ui.format import iso
from ui.rows import finite

if TYPE_CHECKING:
    from ui.service import Service

OF_METRIC = frozenset({"reading", "rate", "silent", "kpi", "burn"})


def rule_mistakes(service: Service) -> list[str]:
    """Return one sentence for each rule that cannot be used, those included that name a figure that there is not."""
    from ui.figures import FIGURES

    file = service.settings.path.name
    return list(service.settings.alert_mistakes) + [
        f'{file} [[alerts]] "{rule.id}": key metric names "{rule.metric}", which is no figure; '
        f"{remedy(rule.metric, FIGURES)}."
        for rule in service.settings.alerts
        if rule.kind in {"kpi", "burn"} and rule.metric not in FIGURES
    ]


def checked(service: Service) -> list[dict[str, Any]]:
    """Return what every rule sees now, without telling anybody: a dry run."""
    rows = []
    for rule, site, values in seen(service, listening(service), monotonic_s=0.0):
        for subject, value in values.items():
            bad = value is not None and rule.bad(value)
            rows.append(
                {
                    "rule": rule.id,
                    "site": site.id,
                    "subject": subject,
                    "metric": rule.metric if rule.kind in OF_METRIC else "",
                    "value": finite(value),
                    "limit": rule.limit,
                    "state": "no data" if value is None else ("passed" if bad else "ok"),
                }
            )
    return rows


def standing(service: Service) -> list[dict[str, Any]]:
    """Return every alert that is not ok, with what it last saw."""
    rows = []
    for key, fields in sorted(service.stores.state.alerts.states().items()):
        state = State(**fields)
        rule, subject = key.split("|", 1)
        if state.phase != "ok" or state.dark:
            rows.append(
                {
                    "rule": rule,
                    "subject": subject,
                    "state": "no data" if state.dark and state.phase == "ok" else state.phase,
                    "since": iso(state.since) if state.since else None,
                    "value": finite(state.value),
                    "dark": state.dark,
                    "acked_by": state.acked_by,
                }
            )
    return rows
