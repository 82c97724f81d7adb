"""Traces with known energy, made here: the same kinds and the same files as the shared ones, so that a clone proves it.

A smooth power is integrated on a grid of one second (the truth) and read through a faulty instrument (the readings).
No code of the product is used. `trace(kind, seed=...)` makes one, `write_trace` writes `readings.csv` and `truth.json`.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Signal = np.ndarray[Any, np.dtype[np.float64]]
    Seconds = np.ndarray[Any, np.dtype[np.int64]]
    Row = tuple[int, str, str, float | str, str]

DAY_S = 86_400
MIDNIGHT = 1_773_446_400  # 2026-03-14T00:00:00Z
DST_MIDNIGHT = 1_774_738_800  # 2026-03-28T23:00:00Z: midnight in Berlin; the local day of 2026-03-29 has 23 hours
SERVER = {"id": "srv-1", "role": "it", "min_w": 50, "max_w": 2000}


@dataclass(slots=True)
class Trace:
    """One case. Rows of `readings` are (UTC second, meter, metric, value, unit); an empty value is a string."""

    kind: str
    says: str
    meters: list[dict[str, Any]]
    readings: list[Row]
    expect: list[dict[str, Any]] = field(default_factory=list)


def trace(kind: str, *, seed: int = 0) -> Trace:
    """Make the case of one kind; the same seed gives the same case."""
    noise = np.random.default_rng([seed, list(_MAKERS).index(kind)])
    return _MAKERS[kind](noise)


def write_trace(case: Trace, folder: Path) -> None:
    """Write a case as the shared ones are written."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "readings.csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["time", "meter", "metric", "value", "unit"])
        table.writerows([stamp(time), *rest] for time, *rest in case.readings)
    spec = {"case": case.kind, "says": case.says, "meters": case.meters, "expect": case.expect}
    (folder / "truth.json").write_text(json.dumps(spec, indent=1) + "\n")


def stamp(time: int) -> str:
    """Return UTC seconds as ISO text."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ---------------------------------------------------------------------------------------------------- signal


def signal(noise: np.random.Generator) -> Signal:
    """Return a smooth power in W for every second of a day and the one after it: a day's curve and slow waves."""
    seconds = np.arange(DAY_S + 1)
    watts = 420 - 160 * np.cos(2 * np.pi * (seconds / DAY_S - 0.1))
    for _ in range(6):
        period, phase = noise.uniform(2400, 14_400), noise.uniform(0, 2 * np.pi)
        watts = watts + noise.uniform(5, 30) * np.sin(2 * np.pi * seconds / period + phase)
    return np.asarray(watts, dtype=np.float64)


def kwh(watts: Signal) -> Signal:
    """Return the energy drawn since the beginning, for every second."""
    steps = (watts[1:] + watts[:-1]) / 2 / 3.6e6
    return np.concatenate([[0.0], np.cumsum(steps)])


def expected(watts: Signal, *, hourly: float, daily: float | None, meter: str = "srv-1") -> list[dict[str, Any]]:
    """Return what the hours, and the day if it is judged, must give."""
    spans = [(hour * 3600, hour * 3600 + 3600, hourly) for hour in range(24)]
    spans += [] if daily is None else [(0, DAY_S, daily)]
    return [_wanted(watts, first, last, tolerance, meter) for first, last, tolerance in spans]


def _wanted(watts: Signal, first: int, last: int, rel_tol: float, meter: str = "srv-1") -> dict[str, Any]:
    energy = kwh(watts)
    return {
        "meter": meter,
        "metric": "energy",
        "start": stamp(MIDNIGHT + first),
        "end": stamp(MIDNIGHT + last),
        "energy_kwh": round(float(energy[last] - energy[first]), 6),
        "rel_tol": rel_tol,
    }


def _hour(case: Trace, hour: int) -> dict[str, Any]:
    return next(one for one in case.expect if one["start"] == stamp(MIDNIGHT + hour * 3600))


# ---------------------------------------------------------------------------------------------------- power


def _powered(kind: str, says: str, watts: Signal, at: Seconds, interval_s: float = 10) -> Trace:
    rows: list[Row] = [(MIDNIGHT + int(t), "srv-1", "power", round(float(watts[int(t)]), 2), "W") for t in at]
    meters = [{**SERVER, "interval_s": {"power": interval_s}}]
    return Trace(kind, says, meters, rows, expected(watts, hourly=0.005, daily=0.005))


def _tens() -> Seconds:
    return np.arange(0, DAY_S + 1, 10, dtype=np.int64)


def _power_clean(noise: np.random.Generator) -> Trace:
    return _powered("power_clean", "10 s power samples", signal(noise), _tens())


def _power_gap(noise: np.random.Generator) -> Trace:
    first = int(noise.integers(7 * 360, 10 * 360)) * 10 + 10
    last = first + 3 * 3600
    at = _tens()
    case = _powered("power_gap", "three hours without any sample", signal(noise), at[(at <= first) | (at >= last)])
    case.expect.pop()
    for hour, wanted in enumerate(case.expect):
        lost = max(0, min(last, hour * 3600 + 3600) - max(first, hour * 3600))
        wanted.update({"rel_tol": 1.0, "coverage_max": 1.0005 - lost / 3600} if lost else {"coverage_min": 0.99})
    return case


def _power_zeros(noise: np.random.Generator) -> Trace:
    case = _powered("power_zeros", "20 minutes of 0 W from a host that runs: a gap, not zero", signal(noise), _tens())
    begin = MIDNIGHT + 10 * 3600 + int(noise.integers(60, 200)) * 10
    case.readings = [(*row[:3], 0.0 if begin <= row[0] < begin + 1200 else row[3], "W") for row in case.readings]
    case.expect.pop()
    for wanted in case.expect:
        wanted["coverage_min"] = 0.99
    broken = _hour(case, 10)
    del broken["coverage_min"]
    broken |= {"rel_tol": 1.0, "coverage_max": 0.7}
    return case


def _power_sentinels(noise: np.random.Generator) -> Trace:
    case = _powered("power_sentinels", "0.5 % sentinels: all to quarantine", signal(noise), _tens())
    for at in noise.choice(len(case.readings), 43, replace=False).tolist():
        wrong = ["65535", "4294967295", "-1", "nan", ""][int(noise.integers(5))]
        case.readings[at] = (*case.readings[at][:3], wrong, "W")
    return case


def _power_jitter(noise: np.random.Generator) -> Trace:
    at = np.concatenate([[0], np.cumsum(noise.integers(4, 17, DAY_S // 4))])
    return _powered("power_jitter", "sampled at irregular 4-16 s", signal(noise), at[at <= DAY_S])


def _power_drops(noise: np.random.Generator) -> Trace:
    at = _tens()
    kept = (noise.random(at.size) > 0.01) | (at % DAY_S == 0)
    kept[2:] |= ~kept[1:-1] & ~kept[:-2]  # three in a row would be a gap
    return _powered("power_drops", "1 % of the samples missing at random", signal(noise), at[kept])


def _power_disorder(noise: np.random.Generator) -> Trace:
    case = _powered("power_disorder", "arrives up to 10 minutes out of order", signal(noise), _tens())
    arrival = np.argsort(np.array([row[0] for row in case.readings]) + noise.integers(0, 600, len(case.readings)))
    case.readings = [case.readings[at] for at in arrival.tolist()]
    return case


def _power_duplicates(noise: np.random.Generator) -> Trace:
    says = "5 % sent twice; 1 % sent wrong first and corrected later in the file (last one stands)"
    case = _powered("power_duplicates", says, signal(noise), _tens())
    again: list[Row] = []
    for at in noise.choice(len(case.readings), 518, replace=False).tolist():
        row = case.readings[at]
        again.append(row)
        if len(again) <= 86:
            case.readings[at] = (*row[:3], round(float(row[3]) * 1.7, 2), "W")
    case.readings += again
    return case


def _power_seven_minutes(noise: np.random.Generator) -> Trace:
    at = np.arange(0, DAY_S + 1, 420, dtype=np.int64)
    case = _powered("power_seven_minutes", "one sample every 7 minutes", signal(noise), at, 420)
    for wanted in case.expect:
        wanted["rel_tol"] = 0.12
    case.expect[-1]["rel_tol"] = 0.02
    return case


def _clock_skew(noise: np.random.Generator) -> Trace:
    """Sample to a clock that is 45 s ahead from 06:00 to 18:00: a hole in the morning, seconds told twice at night."""
    case = _powered("clock_skew", "the collecting clock is 45 s ahead from 06:00 to 18:00", signal(noise), _tens())
    ahead = range(MIDNIGHT + 6 * 3600, MIDNIGHT + 18 * 3600)
    case.readings = [(row[0] + 45 * (row[0] in ahead), *row[1:]) for row in case.readings]
    for wanted in case.expect:
        wanted["coverage_min"] = 0.98
    for hour in range(6, 19):
        _hour(case, hour)["rel_tol"] = 0.03
    return case


def _dst_day(noise: np.random.Generator) -> Trace:
    """Let a local day of 23 hours pass: nothing may depend on local time."""
    case = _powered("dst_day", "the day on which Europe's clocks go forward", signal(noise), _tens())
    shift = DST_MIDNIGHT - MIDNIGHT
    case.readings = [(row[0] + shift, *row[1:]) for row in case.readings]
    for wanted in case.expect:
        for key in ("start", "end"):
            wanted[key] = stamp(int(datetime.fromisoformat(wanted[key]).timestamp()) + shift)
    return case


# ---------------------------------------------------------------------------------------------------- registers


def _counted(kind: str, says: str, watts: Signal, **more: Any) -> Trace:  # noqa: ANN401 - keys of the case file
    """Read a register of three decimals every 60 s."""
    energy = kwh(watts)
    times = range(0, DAY_S + 1, 60)
    rows: list[Row] = [(MIDNIGHT + t, "srv-1", "energy_counter", _told(1234.567 + energy[t]), "kWh") for t in times]
    meters = [{**SERVER, "interval_s": {"energy_counter": 60}, **more}]
    return Trace(kind, says, meters, rows, expected(watts, hourly=0.012, daily=0.004))


def _told(register: float, decimals: int = 3) -> float:
    """Return what a register shows: it counts full steps."""
    return float(np.floor(register * 10**decimals + 1e-9) / 10**decimals)


def _replace(case: Trace, value: Callable[[int, float], float | None]) -> Trace:
    """Give each register reading a new value by its second of the day and its old value; None drops it."""
    told = [(row, value(row[0] - MIDNIGHT, float(row[3]))) for row in case.readings]
    case.readings = [(*row[:3], new, row[4]) for row, new in told if new is not None]
    return case


def _counter_clean(noise: np.random.Generator) -> Trace:
    return _counted("counter_clean", "kWh register every 60 s, three decimals", signal(noise))


def _counter_coarse(noise: np.random.Generator) -> Trace:
    case = _counted("counter_coarse", "register with 0.1 kWh steps every 60 s", signal(noise))
    case.expect = case.expect[-1:]
    case.expect[0]["rel_tol"] = 0.02
    return _replace(case, lambda _, register: _told(register, 1))


def _counter_gap(noise: np.random.Generator) -> Trace:
    case = _counted("counter_gap", "register silent for three hours: the total is known", signal(noise))
    case.expect = [case.expect[-1] | {"rel_tol": 0.005}, _hour(case, 9) | {"rel_tol": 1.0, "measured_share_max": 0.05}]
    return _replace(case, lambda t, register: None if 30_000 < t < 40_800 else register)


def _counter_reset(noise: np.random.Generator) -> Trace:
    watts = signal(noise)
    case = _counted("counter_reset", "register falls back to 0 at a reboot at 13:07:30", watts)
    lost = 1234.567 + kwh(watts)[13 * 3600 + 450]
    _hour(case, 13)["rel_tol"] = 0.03
    return _replace(case, lambda t, register: _told(register - lost) if t > 13 * 3600 + 450 else register)


def _counter_wrap(noise: np.random.Generator) -> Trace:
    watts, span = signal(noise), 262143.328
    case = _counted("counter_wrap", "joules that wrap at 262143.328 J, every 60 s", watts, counter_max_j=span)
    joules = kwh(watts) * 3.6e6
    case.readings = [
        (*row[:3], round(float((200_000 + joules[row[0] - MIDNIGHT]) % span), 3), "J") for row in case.readings
    ]
    for wanted in case.expect:
        wanted["rel_tol"] = 0.002
    return case


def _counter_exchange(noise: np.random.Generator) -> Trace:
    watts = signal(noise)
    at = 9 * 3600
    case = _counted("counter_exchange", "meter exchanged at 09:00", watts, exchanged_at=stamp(MIDNIGHT + at))
    _hour(case, 8)["rel_tol"] = _hour(case, 9)["rel_tol"] = 0.03
    shift = 52341.7 - 1234.567 - kwh(watts)[at]
    return _replace(case, lambda t, register: round(register + shift, 3) if t >= at else register)


def _counter_spikes(noise: np.random.Generator) -> Trace:
    case = _counted("counter_spikes", "readings of 0 and 65535 between good ones", signal(noise))
    wrong = {20_040: 0.0, 45_000: 0.0, 45_060: 0.0, 70_020: 65_535.0}
    return _replace(case, wrong.get)


def _counter_ticks_back(noise: np.random.Generator) -> Trace:
    case = _counted(
        "counter_ticks_back", "two decimals, of which 40 readings fall behind the one before", signal(noise)
    )
    case.expect = case.expect[-1:]
    back = {60 * int(at) for at in noise.choice(np.arange(1, 1440), 40, replace=False)}
    return _replace(case, lambda t, register: round(_told(register, 2) - 0.02 * (t in back), 2))


def _counter_and_power(noise: np.random.Generator) -> Trace:
    watts = signal(noise)
    case = _counted("counter_and_power", "register every 15 min, power 8 % high: the register is the truth", watts)
    powers = _powered("", "", watts * 1.08, _tens()).readings
    case.readings = sorted([row for row in case.readings if row[0] % 900 == 0] + powers)
    case.meters[0]["interval_s"] = {"energy_counter": 900, "power": 10}
    return case


def _energy_delta(noise: np.random.Generator) -> Trace:
    watts = signal(noise)
    energy = kwh(watts)
    rows: list[Row] = [
        (MIDNIGHT + t, "srv-1", "energy", round(float(energy[t] - energy[t - 900]), 4), "kWh")
        for t in range(900, DAY_S + 1, 900)
    ]
    meters = [{**SERVER, "interval_s": {"energy": 900}}]
    return Trace("energy_delta", "kWh per quarter of an hour", meters, rows, expected(watts, hourly=0.002, daily=0.001))


# ---------------------------------------------------------------------------------------------------- tree


def _tree_hall(noise: np.random.Generator) -> Trace:
    """Meter six servers with two feeds each, a GPU inside one of them, and seven MIG slices that repeat the GPU."""
    servers = [signal(noise) * noise.uniform(0.6, 1.4) for _ in range(6)]
    feeds: dict[str, Signal] = {}
    for number, watts in enumerate(servers):
        share = 0.5 + 0.1 * np.sin(2 * np.pi * np.arange(watts.size) / noise.uniform(5000, 9000))
        feeds |= {f"srv-{number}-a": watts * share, f"srv-{number}-b": watts * (1 - share)}
    pdus: dict[str, Signal] = {
        f"pdu-{side}": 1.01 * np.sum([w for name, w in feeds.items() if name[-1] == side], axis=0) for side in "ab"
    }
    ups = 1.005 * (pdus["pdu-a"] + pdus["pdu-b"])
    cooling, lighting, gpu = 0.3 * ups + 60, np.full(ups.size, 80.0), servers[0] * 0.55
    utility = ups / 0.95 + cooling + lighting
    told: dict[str, Signal] = {
        "utility": utility,
        "ups-out": ups,
        **pdus,
        "cooling": cooling,
        "lighting": lighting,
        "gpu-0": gpu,
        **feeds,
    }
    told |= {f"gpu-0-mig-{number}": gpu for number in range(7)}
    rows: list[Row] = [
        (MIDNIGHT + t, name, "power", round(float(watts[t]), 2), "W")
        for t in range(0, DAY_S + 1, 30)
        for name, watts in told.items()
    ]
    it = np.sum(servers, axis=0)
    day = {"start": stamp(MIDNIGHT), "end": stamp(MIDNIGHT + DAY_S)}
    total = {name: float(kwh(watts)[-1]) for name, watts in (("utility", utility), ("it", it), ("ups", ups))}
    total["pdu"] = total["ups"] / 1.005
    by_category = {1: "ups", 2: "pdu", 3: "it"}
    expect = [_wanted(told[name], 0, DAY_S, 0.005, name) for name in ("utility", "ups-out", "cooling")]
    expect += [
        {"kpi": "pue", "category": category, **day, "value": round(total["utility"] / total[what], 4), "rel_tol": 0.002}
        for category, what in by_category.items()
    ]
    expect.append({"kpi": "it_energy_kwh", "category": 3, **day, "value": round(total["it"], 4), "rel_tol": 0.005})
    return Trace("tree_hall", "dual feeds, a GPU inside a server, MIG slices: nothing twice", _hall(), rows, expect)


def _hall() -> list[dict[str, Any]]:
    meters: list[dict[str, Any]] = [
        {"id": "utility", "role": "facility"},
        {"id": "ups-out", "parent": "utility", "role": "it_ups_output"},
        {"id": "pdu-a", "parent": "ups-out", "role": "pdu"},
        {"id": "pdu-b", "parent": "ups-out", "role": "pdu"},
        {"id": "cooling", "parent": "utility", "role": "cooling"},
        {"id": "lighting", "parent": "utility", "role": "lighting"},
    ]
    for number in range(6):
        name = f"srv-{number}"
        feeds = [f"{name}-a", f"{name}-b"]
        meters.append({**SERVER, "id": name, "parents": ["pdu-a", "pdu-b"], "feeds": feeds})
        meters += [{"id": feed, "parent": f"pdu-{feed[-1]}", "role": "feed"} for feed in feeds]
    meters.append({"id": "gpu-0", "parent": "srv-0", "role": "it_component"})
    note = "each slice reports the whole GPU's watts"
    slices = [f"gpu-0-mig-{number}" for number in range(7)]
    meters += [{"id": name, "parent": "gpu-0", "role": "it_component", "note": note} for name in slices]
    return [{**meter, "interval_s": {"power": 30}} for meter in meters]


_MAKERS: dict[str, Callable[[np.random.Generator], Trace]] = {
    "power_clean": _power_clean,
    "power_gap": _power_gap,
    "power_zeros": _power_zeros,
    "power_sentinels": _power_sentinels,
    "power_jitter": _power_jitter,
    "power_drops": _power_drops,
    "power_disorder": _power_disorder,
    "power_duplicates": _power_duplicates,
    "power_seven_minutes": _power_seven_minutes,
    "clock_skew": _clock_skew,
    "dst_day": _dst_day,
    "counter_clean": _counter_clean,
    "counter_coarse": _counter_coarse,
    "counter_gap": _counter_gap,
    "counter_reset": _counter_reset,
    "counter_wrap": _counter_wrap,
    "counter_exchange": _counter_exchange,
    "counter_spikes": _counter_spikes,
    "counter_and_power": _counter_and_power,
    "energy_delta": _energy_delta,
    "tree_hall": _tree_hall,
    "counter_ticks_back": _counter_ticks_back,
}
KINDS = tuple(_MAKERS)
