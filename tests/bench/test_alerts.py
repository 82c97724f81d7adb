"""500 rules over 2,000 devices: one look, beside a bare read of the newest readings."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collectors.judge import judge_readings
from collectors.reading import Reading
from tests.ui.company import HEAD, START, Company
from ui.alert_sight import Watch
from ui.alerting import evaluate

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.bench
DEVICES, RULES, LOOKS = 2000, 500, 8


def test_a_look_of_five_hundred_rules(tmp_path: Path) -> None:
    points = "".join(
        f'[[points]]\nid = "s/r{n // 20}-{n}"\nrole = "server"\nmax_w = 900.0\ninterval_s = {{ power = 10 }}\n'
        for n in range(DEVICES)
    )
    rules = "".join(
        f'[[alerts]]\nid = "rule-{n}"\nkind = "reading"\npoints = ["s/r{n % 100}-*"]\n'
        f'above = {400 + n}.0\nreason = "x"\n'
        for n in range(RULES)
    )
    company = Company(tmp_path, points, HEAD + rules)
    service, watch = company.service, Watch()
    random = np.random.default_rng(1)
    looks, reads = [], []
    for look in range(LOOKS):
        company.now = START + look * 10 + 1.0
        when = datetime.fromtimestamp(START + look * 10, UTC)
        found = [Reading(f"s/r{n // 20}-{n}", "power", when, float(random.uniform(300, 420))) for n in range(DEVICES)]
        table, _ = judge_readings(found, service.settings, origin="bench", now=int(company.now))
        service.stores.spool.accept(table)
        begin = time.perf_counter()
        service.stores.spool.latest(metrics=["power"]).to_pylist()
        middle = time.perf_counter()
        evaluate(service, watch, monotonic_s=look * 10.0)
        reads.append(middle - begin)
        looks.append(time.perf_counter() - middle)
    sys.stdout.write(
        f"\n{RULES} rules over {DEVICES} devices: {np.median(looks[1:]):.3f} s a look, first {looks[0]:.2f} s; "
        f"{np.median(looks[1:]) / np.median(reads[1:]):.1f} of a bare read of the newest readings\n"
    )
    assert np.median(looks[1:]) <= 1.0
