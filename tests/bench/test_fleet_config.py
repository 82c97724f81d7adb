"""A site file of thousands of servers: loading it and planning a change of all, against a tenth of them."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from config.inventory.changes import plan_inventory
from config.loading import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVERS, AT = 3000, 1_780_272_000
NOT_WORSE_THAN_LINEAR = 30  # ten times the servers; a square would be 100
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
"""


def _site(folder: Path, servers: int) -> Path:
    folder.mkdir()
    (folder / "inventory.csv").write_text(_rows(servers, 500), encoding="utf-8")
    (folder / "wattlas.toml").write_text(SITE, encoding="utf-8")
    (folder / "incoming.csv").write_text(_rows(servers, 600), encoding="utf-8")
    return folder / "wattlas.toml"


def _rows(servers: int, max_w: int) -> str:
    rows = (f"s-{number},h1,server,meter,{max_w}\n" for number in range(servers))
    return "id,site,role,parents,max_w\n" + "".join(rows)


def _best_s(work: Callable[[Path], object], path: Path) -> float:
    spent = []
    for _ in range(3):
        began = time.perf_counter()
        work(path)
        spent.append(time.perf_counter() - began)
    return min(spent)


def _change(path: Path) -> None:
    made = plan_inventory(path, path.with_name("incoming.csv"), at=AT)
    assert made.differences


@pytest.mark.bench
def test_ten_times_the_servers_take_ten_times_as_long(tmp_path: Path) -> None:
    few, many = _site(tmp_path / "few", SERVERS // 10), _site(tmp_path / "many", SERVERS)
    doors: dict[str, Callable[[Path], object]] = {"load": load_settings, "plan a change of all": _change}
    for name, work in doors.items():
        took_s, base_s = _best_s(work, many), _best_s(work, few)
        sys.stdout.write(f"\n{name}: {SERVERS} servers {took_s:.2f} s, {took_s / base_s:.1f} times a tenth of them\n")
        assert took_s < NOT_WORSE_THAN_LINEAR * base_s
