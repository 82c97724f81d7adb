"""The live collector: what the site's instruments show now, as bytes and back."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pytest

from collectors.plugins.simulated import Simulated, simulated_company
from collectors.reading import Quality
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable

AT = datetime(2026, 11, 20, 12, 0, 7, tzinfo=UTC)
NOW = int(AT.timestamp())


def source(point: str = "fra1/nvl-1", **rest: object) -> Simulated:
    return Simulated.model_validate({"id": "s", "kind": "simulated", "point": point, **rest})


def test_a_poll_gives_what_the_site_draws_at_that_second() -> None:
    (reading,) = source().parse(source().answer(NOW), AT)
    truth = simulated_company()["fra1"].power_w("fra1/nvl-1", np.array([NOW]))[0]
    assert (reading.point, reading.metric, reading.time) == ("fra1/nvl-1", "power", AT)
    assert reading.value == pytest.approx(truth, abs=0.06)
    assert reading.quality is Quality.MEASURED


def test_a_gateway_shows_many_points_each_by_the_kinds_it_gives() -> None:
    gateway = source(points=["fra1/grid", "fra1/water", "sin1/weather"], reads=["register", "water", "temperature"])
    shown = {(each.point, each.metric) for each in gateway.parse(gateway.answer(NOW), AT)}
    assert shown == {
        ("fra1/grid", "energy_counter"),
        ("fra1/water", "water_counter"),
        ("sin1/weather", "temperature"),
    }


def test_a_cloud_account_gives_estimates() -> None:
    (reading,) = source("aws-use1/gpu").parse(source("aws-use1/gpu").answer(NOW), AT)
    assert reading.quality is Quality.ESTIMATED


def test_a_wrong_device_clock_is_kept_beside_the_collectors_own() -> None:
    (reading,) = source("fra1/network").parse(source("fra1/network").answer(NOW), AT)
    assert reading.time == AT
    assert reading.device_time is not None
    assert (reading.device_time - AT).total_seconds() == 420


def test_a_silent_device_does_not_answer() -> None:
    in_gap = int(datetime(2025, 1, 5, 9, tzinfo=UTC).timestamp())
    with pytest.raises(SourceUnreachable, match="s: the simulated device does not answer"):
        source("edge-us/store-2").answer(in_gap)


@pytest.mark.parametrize("point", ["fra1/nvl-9", "moon/srv"])
def test_a_point_that_is_not_simulated_needs_a_person(point: str) -> None:
    with pytest.raises(SourceRefused, match=f"{point} is no point of demo_simulation.toml"):
        source(point).answer(NOW)


@pytest.mark.parametrize("payload", [b"", b"{}x", b"[[1]]", b"7", b'[["p","power","x","measured",0]]', b"\xff"])
def test_bytes_that_are_no_readings_are_kept_aside(payload: bytes) -> None:
    with pytest.raises(PayloadUnreadable):
        list(source().parse(payload, AT))


def test_fetch_reads_the_clock() -> None:
    before = int(time.time())
    assert list(source().parse(source().fetch(), AT)) in [
        list(source().parse(source().answer(at), AT)) for at in range(before, int(time.time()) + 1)
    ]
