"""NVML over a stub of the driver: each value by itself, shares of MIG instances, one sentence where nothing answers."""

from __future__ import annotations

import asyncio
import ctypes
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pynvml
import pytest

from collectors.plugins.nvml import Nvml
from collectors.reading import Quality, Reading
from config.errors import SourceRefused, SourceUnreachable
from tests.peers.nvml import GPUS, MIGS, build_stub, run_beside

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FULL, SMALL, MIG, GONE = range(4)
POINTS: dict[str, int | str] = {
    "full": FULL,
    "small": GPUS[SMALL],
    "mig": MIG,
    "mig-0": MIGS[0],
    "mig-1": MIGS[1],
    "gone": GPUS[GONE],
}
ASK = """
import json, sys
from datetime import UTC, datetime
from collectors.plugins.nvml import Nvml
source = Nvml.model_validate(json.loads(sys.argv[1]))
payload = source.fetch()
at = datetime(2026, 3, 1, 12, tzinfo=UTC)
print(json.dumps([json.loads(payload), [[r.point, r.metric, r.value] for r in source.parse(payload, at)]]))
"""


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("nvml")
    return {"new": build_stub(folder / "new"), "old": build_stub(folder / "old", old_driver=True)}


@pytest.fixture
def driver(stubs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The stub as the driver of this process; `setenv("NVML_STUB", ...)` on what is returned makes it fail."""
    monkeypatch.setattr(pynvml, "nvmlLib", ctypes.CDLL(str(stubs["new"] / "libnvidia-ml.so.1")))
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    monkeypatch.setenv("NVML_STUB", "")
    return monkeypatch


def source(**gpus: int | str) -> Nvml:
    return Nvml.model_validate({"id": "gpus-1", "point": "fra1/srv-1", "gpus": gpus or POINTS})


def shown(readings: list[Reading]) -> dict[tuple[str, str], Reading]:
    return {(reading.point.removeprefix("fra1/"), reading.metric): reading for reading in readings}


def asked(library: Path) -> tuple[dict[str, Any], dict[tuple[str, str], float]]:
    table = {"id": "gpus-1", "point": "fra1/srv-1", "gpus": POINTS}
    payload, rows = json.loads(run_beside(library, "-c", ASK, json.dumps(table)))
    return payload, {(row[0].removeprefix("fra1/"), row[1]): row[2] for row in rows}


def test_the_driver_is_found_as_the_real_one_would_be(stubs: dict[str, Path]) -> None:
    payload, values = asked(stubs["new"])
    assert payload["driver"] == "550.54.15"
    assert values["full", "power"] == 312.345
    assert values["full", "power_average"] == 300.0
    assert values["full", "energy_counter"] > 5.0
    assert values["full", "utilisation"] == 0.87
    assert values["full", "temperature"] == 61
    assert payload["gpus"]["0"]["processes"] == {"count": 2, "memory_mib": 1024.0}


def test_a_driver_without_the_newer_calls_gives_what_it_has(stubs: dict[str, Path]) -> None:
    payload, values = asked(stubs["old"])
    absent = payload["gpus"]["0"]["absent"]
    assert absent == {
        "power_instant_mw": "Function Not Found",
        "power_average_mw": "Function Not Found",
        "processes": "not in this driver",  # NVMLLibraryMismatchError is no NVMLError
    }
    assert values["full", "power"] == 305.0  # of power usage: the mean of a second
    assert ("full", "power_average") not in values
    assert payload["gpus"][MIGS[0]] == {"values": {}, "absent": {"handle": "Function Not Found"}}


def test_what_a_card_does_not_support_is_no_reading(driver: pytest.MonkeyPatch) -> None:
    one = source()
    found = shown(list(one.parse(one.fetch(), AT)))
    assert {metric for point, metric in found if point == "small"} == {"power", "utilisation", "temperature"}
    assert found["small", "power"].value == 25.5
    assert ("mig", "utilisation") not in found
    assert not [metric for point, metric in found if point == "gone"]
    assert {reading.quality for (point, _), reading in found.items() if not point.startswith("mig-")} == {
        Quality.MEASURED
    }


def test_a_mig_instance_has_its_share_of_the_same_moment_and_says_so(driver: pytest.MonkeyPatch) -> None:
    one = source()
    found = shown(list(one.parse(one.fetch(), AT)))
    gpu = found["mig", "energy_counter"]
    half, eighth = found["mig-0", "energy_counter"], found["mig-1", "energy_counter"]
    assert half.value == pytest.approx(gpu.value / 2, rel=1e-12)
    assert eighth.value == pytest.approx(gpu.value / 8, rel=1e-12)
    assert half.quality is Quality.ESTIMATED
    assert half.reason == "MIG has no meter: share by 4 of 8 memory slices"
    assert eighth.reason == "MIG has no meter: share by 2 of 8 memory slices, 1 of whose 2 compute slices"
    assert found["mig-0", "power"].value == 120.0
    assert {metric for point, metric in found if point == "mig-0"} == {"energy_counter", "power", "power_average"}


def test_the_register_advances_by_the_power(driver: pytest.MonkeyPatch) -> None:
    one = source(full=FULL)
    begun = time.monotonic()
    first = shown(list(one.parse(one.fetch(), AT)))["full", "energy_counter"].value
    time.sleep(0.3)
    advance_kwh = shown(list(one.parse(one.fetch(), AT)))["full", "energy_counter"].value - first
    assert advance_kwh == pytest.approx(312.345 * (time.monotonic() - begun) / 3.6e6, rel=0.05)


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (
            "no-driver",
            SourceUnreachable,
            "The NVIDIA driver of this machine does not answer (Driver Not Loaded): install or load it.",
        ),
        (
            "denied",
            SourceRefused,
            "The NVIDIA driver refuses this user: give it access to /dev/nvidiactl and /dev/nvidia*.",
        ),
        (
            "all-lost",
            SourceUnreachable,
            "No GPU of source gpus-1 gives any value (GPU is lost): see what `nvidia-smi` says.",
        ),
    ],
)
def test_where_nothing_answers_one_sentence_says_why(
    words: str, error: type[Exception], says: str, driver: pytest.MonkeyPatch
) -> None:
    driver.setenv("NVML_STUB", words)
    with pytest.raises(error) as caught:
        source(full=FULL, gone=GONE).fetch()
    assert str(caught.value) == says


def test_a_machine_without_the_library_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pynvml, "nvmlLib", None)
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    monkeypatch.setattr(pynvml, "CDLL", lambda _name: (_ for _ in ()).throw(OSError))
    with pytest.raises(
        SourceUnreachable, match=r"does not answer \(NVML Shared Library Not Found\): install or load it"
    ):
        source().fetch()


def test_gpus_that_do_not_exist_are_the_site_files_mistake(driver: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        SourceRefused, match=r"This machine has no GPU GPU-none, 9: write under gpus what `nvidia-smi -L`"
    ):
        source(a="GPU-none", b=9).fetch()


def test_after_the_driver_was_away_it_is_opened_anew(driver: pytest.MonkeyPatch) -> None:
    one = source(full=FULL)
    before = shown(list(one.parse(one.fetch(), AT)))["full", "energy_counter"].value
    driver.setenv("NVML_STUB", "all-lost")
    with pytest.raises(SourceUnreachable):
        one.fetch()
    assert not one._open
    driver.setenv("NVML_STUB", "reloaded")
    after = shown(list(one.parse(one.fetch(), AT)))["full", "energy_counter"].value
    assert before - after == pytest.approx(5.0, abs=0.001)  # a register that falls: a new segment, for the books to see
    asyncio.run(one.close())
    assert not one._open


@pytest.mark.parametrize("gpu", [-1, True, 1.5, "0", "GPU 0"])
def test_a_gpu_is_named_by_index_or_uuid(gpu: object) -> None:
    with pytest.raises(
        ValueError, match=r"must be the index of a GPU, such as 0, or a UUID as `nvidia-smi -L` prints it"
    ):
        Nvml.model_validate({"id": "g", "point": "s/x", "gpus": {"a": gpu}})


def test_a_gpu_has_one_point() -> None:
    with pytest.raises(ValueError, match="has 0 at several points: give each GPU one point"):
        source(a=0, b=0)
