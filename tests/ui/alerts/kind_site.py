"""A company for one rule at a time, and what it sees there."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from collectors.store.reports import Step
from config.records.rows import Entry
from tests.ui.company import HEAD, START, TREE, Company
from ui.alerts.rows import checked

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 86_400

POINTS = (
    TREE.replace("max_w = 3000.0", "max_w = 2000.0")
    + """
[[points]]
id = "s/srv-1"
role = "server"
parent = "ups"
max_w = 1500.0
tenant = "ml"
interval_s = { power = 60 }
[[points]]
id = "s/srv-2"
role = "server"
parent = "ups"
max_w = 1500.0
interval_s = { power = 60 }
"""
)

LOT = """
[[contracts]]
id = "go"
kind = "certificates"
sites = { s = 1.0 }
zones = ["US"]
technology = "wind_onshore"
factor_gco2e_per_kwh = 0.0
renewable = true
carbon_free = true
[[contracts.certificates]]
id = "GO-1"
mwh = 1.0
from = "2025-01-01T00:00:00Z"
to = "2026-04-13T00:00:00Z"
"""

GOALS = {"easy": 1.55, "hard": 1.0}

STEP = Step(name="prepared", who="ana", at=START, solo=False, why="", manifest="")


def rule(kind: str, **keys: Any) -> str:  # noqa: ANN401 - keys of a rule
    lines = [f"{key} = {json.dumps(value)}" for key, value in {"id": kind, "kind": kind, "reason": "x", **keys}.items()]
    return "\n[[alerts]]\n" + "\n".join(lines) + "\n"


def company(folder: Path, rules: str, *, hours: int = 2) -> Company:
    """Two hours in which the facility takes 1500 W, the UPS 1000 W, the servers 600 W and 300 W; the books are kept."""
    made = Company(folder, POINTS + LOT, HEAD + rules)
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0), ("s/srv-1", 600.0), ("s/srv-2", 300.0)):
        made.steady(point, watts, end=hours * 3600)
    made.now = START + hours * 3600 + 600.0
    made.keep()
    made.now = START + hours * 3600 + 30.0
    return made


def values(made: Company) -> dict[str, Any]:
    return {row["subject"]: (row["value"], row["state"]) for row in checked(made.service)}


def bill(month: int) -> Entry:
    rows: dict[str, Any] = dict.fromkeys(Entry.__slots__, "")
    rows |= {"kind": "invoice_electricity", "site": "s", "subject": "s/utility", "unit": "kWh", "comment": "paid"}
    days = {"start": date(2026, month, 1), "end": date(2026, month + 1, 1)}
    return Entry(**rows | days | {"value": 1.0, "amount": 1.0})
