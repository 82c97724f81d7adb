"""Two sites whose books are kept, an alert at each, and who may read all of it; an edge and its central."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.ui.api.edge import Pair, paired
from tests.ui.api.halls import Halls, halls
from tests.ui.company import START
from ui.api.scopes import READ

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.api.asgi import Client

MORE = """
[[targets]]
id = "less"
site = "s"
metric = "facility_energy_kwh"
baseline_year = 2024
baseline_value = 1000.0
target_year = 2030
target_value = 500.0
source = "board"
[[alerts]]
id = "high"
kind = "reading"
site = "b"
above = 10.0
reason = "test"
"""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Halls:
    found = halls(tmp_path_factory.mktemp("reads"), MORE)
    for site, watts in (("s", 1000.0), ("b", 250.0)):
        found.company.steady(f"{site}/utility", watts * 1.3, end=7200)
        found.company.steady(f"{site}/ups", watts, end=7200)
    found.company.read("s/ups", [(7260, 99_999.0)])
    found.company.keep()
    store = found.kept.service().stores.state.alerts
    with store._engine.begin() as connection:
        from collectors.store.alert_tables import ALERT_STATES

        for key in ("high|b/ups", "other|s/ups"):
            fields = {"phase": "firing", "since": START, "value": 400.0}
            connection.execute(ALERT_STATES.insert().values(key=key, json=json.dumps(fields)))
    return found


@pytest.fixture(scope="module")
def reader(hall: Halls) -> Client:
    """May read all sites."""
    return hall.client(*READ, "metrics", site=None)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """An edge and its central."""
    return paired(tmp_path)
