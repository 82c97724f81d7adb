"""Usage to energy by hand: parts of a line, what is lacking, and the spread over cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.usage import Valued, span, spread, valued
from collectors.bills.line import Line
from config.usage.bought import Usage
from config.usage.tables import Coefficient, Instance, Item, UsageTables

HOUR = 3600


def row(id_: str, kind: str, name: str, low: float | None, high: float, unit: str) -> Coefficient:
    return Coefficient(
        id=id_, provider="", kind=kind, name=name, low=low, high=high, unit=unit, year=2026, basis="b", source="s"
    )


TABLES = UsageTables(
    coefficients=(
        row("a", "cpu", "A", 1.0, 3.0, "W/vCPU"),
        row("b", "cpu", "B", 2.0, 6.0, "W/vCPU"),
        row("g", "gpu", "G", None, 700.0, "W/GPU"),
        row("ssd", "storage", "ssd", 1.2, 1.2, "Wh/TB-h"),
        row("t", "tokens", "model-*", 0.2, 0.6, "Wh/1000 tokens"),
        row("e", "tokens", "exact", 1.0, 1.0, "Wh/1000 tokens"),
    ),
    instances={
        ("p", kind): Instance(provider="p", type=kind, vcpus=4, cpus=cpus, gpu=gpu, gpus=gpus, source="s")
        for kind, cpus, gpu, gpus in (
            ("two", ("A", "B"), "", 0.0),
            ("gpu", ("A",), "G", 2.0),
            ("bare", (), "G", 1.0),
            ("none", (), "", 0.0),
            ("strange", ("Z",), "", 0.0),
        )
    },
    items=(
        Item(provider="p", pattern="*disk", coefficient="ssd", copies=2, source="s"),
        Item(provider="p", pattern="tape", coefficient="tape", copies=1, source="s"),
    ),
)
LINE = Line(
    start=0,
    end=HOUR,
    provider="p",
    account="",
    sub_account="",
    region="r",
    service="",
    item="two",
    kind="instance",
    unit="h",
    tags=(),
    amount=10.0,
)
USAGE = Usage.model_validate(
    {"id": "u", "provider": "p", "cpu_utilisation": 0.5, "utilisation_source": "s", "points": [{"point": "s/x"}]}
)


def kwh(item: str, kind: str, usage: Usage = USAGE) -> tuple[float, float, float]:
    one = valued(replace(LINE, item=item, kind=kind), usage, TABLES)
    assert not one.problem
    return one.kwh, sum(part.low_kwh for part in one.parts), sum(part.high_kwh for part in one.parts)


def test_processors_that_a_type_may_run_on_count_alike() -> None:
    # 10 h of 4 vCPUs, half on A at (1 + 3) / 2 W, half on B at (2 + 6) / 2 W: 40 * 3 W
    assert kwh("two", "instance") == pytest.approx((0.12, 0.06, 0.18))


def test_a_gpu_without_idle_power_counts_at_its_device_power() -> None:
    # 40 vCPU-hours at 2 W and 20 GPU-hours at 700 W
    assert kwh("gpu", "instance") == pytest.approx((14.08, 14.04, 14.12))
    assert kwh("bare", "instance") == pytest.approx((7.0, 7.0, 7.0))


def test_storage_and_tokens() -> None:
    assert kwh("my-disk", "storage") == pytest.approx((10 * 2 * 1.2e-6,) * 3)
    assert kwh("model-1", "tokens") == pytest.approx((4e-6, 2e-6, 6e-6))
    assert kwh("run", "energy") == pytest.approx((10.0, 10.0, 10.0)), "at the word of the tool that exported it"
    assert kwh("exact:output", "tokens") == pytest.approx((1e-5, 1e-5, 1e-5)), "the row of the model, for any direction"


@pytest.mark.parametrize(
    ("item", "kind", "told"),
    [
        ("big", "instance", 'instance type "big" of p is in no table'),
        ("strange", "instance", 'cpu "Z" of strange has no power'),
        ("none", "instance", "neither processor nor GPU"),
        ("shelf", "storage", 'storage "shelf" of p is in no table'),
        ("tape", "storage", 'storage "tape" has no coefficient'),
        ("other", "tokens", 'tokens of "other" (p) have no coefficient'),
        ("other:input", "tokens", 'tokens of "other:input" (p) have no coefficient'),
    ],
)
def test_what_is_lacking_is_a_problem_and_never_a_zero(item: str, kind: str, told: str) -> None:
    one = valued(replace(LINE, item=item, kind=kind), USAGE, TABLES)
    assert told in one.problem
    assert one.parts == ()


def test_a_load_that_nobody_stated_is_asked_for() -> None:
    silent = Usage.model_validate({"id": "u", "provider": "p", "points": [{"point": "s/x"}]})
    assert "two needs cpu_utilisation" in valued(LINE, silent, TABLES).problem


def test_lines_are_spread_evenly_over_cells() -> None:
    known = valued(replace(LINE, start=0, end=4 * HOUR), USAGE, TABLES)
    late = valued(replace(LINE, start=5400, end=9000, amount=1.0), USAGE, TABLES)
    found = spread([known, late], start=0, end=4 * HOUR, length_s=HOUR)
    assert found.kwh == pytest.approx([0.03, 0.036, 0.036, 0.03])
    assert found.ends.tolist() == [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]
    assert not found.unknown.any()
    cut = spread([late], start=5400, end=9000, length_s=HOUR)  # what ran less than an hour at both ends is there
    assert (cut.start, cut.kwh.tolist()) == (HOUR, pytest.approx([late.kwh / 2] * 2))
    problem = Valued(line=replace(LINE, start=HOUR, end=HOUR + 1), kinds=("cpu",), problem="x")
    assert spread([known, problem], start=0, end=3 * HOUR, length_s=HOUR).unknown.tolist() == [False, True, False]
    assert np.isclose(found.kwh.sum(), known.kwh + late.kwh)
    assert span([known.line, late.line]) == (0, 4 * HOUR)


SPANS = st.tuples(st.integers(0, 47), st.integers(1, 48), st.floats(0.0, 1e6), st.booleans())


@given(st.lists(SPANS, min_size=1, max_size=8), st.sampled_from([900, HOUR, 6 * HOUR]))
def test_spreading_keeps_the_energy_and_what_is_unknown_only_takes_time_away(
    charges: list[tuple[int, int, float, bool]], length_s: int
) -> None:
    lines = [
        Valued(
            line=replace(LINE, start=a * 900, end=(a + n) * 900, amount=x), kinds=("cpu",), problem="x" if bad else ""
        )
        for a, n, x, bad in charges
    ]
    known = [valued(one.line, USAGE, TABLES) for one in lines if not one.problem]
    end = 96 * 900
    found = spread([*known, *(one for one in lines if one.problem)], start=0, end=end, length_s=length_s)
    assert found.kwh.sum() == pytest.approx(sum(one.kwh for one in known))
    alone = spread(known, start=0, end=end, length_s=length_s)
    assert not alone.unknown.any()
    assert (found.kwh == alone.kwh).all(), "an unknown line makes no hour smaller, it makes it missing"
    touched = {
        at for one in lines if one.problem for at in range(one.line.start // length_s, -(-one.line.end // length_s))
    }
    assert set(np.flatnonzero(found.unknown).tolist()) == touched
