"""A site file with a template, rows of an inventory, and the plan that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.inventory.changes import plan_inventory
from config.loading import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from config.inventory.changes import InventoryPlan

AT = 1_780_272_000  # 2026-06-01T00:00:00Z
BEFORE = AT - 1
SITE = """[company]
name = "Example AI"
currency = "EUR"
[[sites]]
id = "h1"
name = "Hall 1"
zone = "CN-GD"
time_zone = "Asia/Shanghai"
[inventory]
file = "inventory.csv"
[[points]]
id = "meter"
site = "h1"
role = "utility"
[[templates]]
name = "node"
pattern = "n[1-3]"
site = "h1"
role = "server"
parent = "pdu-a"
source = { kind = "ipmi", host = "10.0.0.{1}", password = { env = "BMC" } }
"""
ROWS = """id,site,role,parents,max_w,tenant
pdu-a,h1,pdu,meter,,
pdu-b,h1,pdu,meter,,
srv-1,h1,server,pdu-a,500,red
srv-2,h1,server,pdu-a,500,
"""


def plan(site_file: Path, rows: str, *, at: int | None = None, close_absent: bool = False) -> InventoryPlan:
    incoming = site_file.with_name("incoming.csv")
    incoming.write_text(rows, encoding="utf-8")
    return plan_inventory(site_file, incoming, at=at, close_absent=close_absent)


def parents_of(site_file: Path, point: str, time: int) -> tuple[str, ...] | None:
    state = load_settings(site_file).state(point, time)
    return None if state is None else state.parents
