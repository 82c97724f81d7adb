"""NVIDIA GPUs of this machine, with the instances that they are cut into."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from collectors.finding.found import Found, FoundPoint, FoundSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.finding.found import Machine

INTERVAL_S = 10
OF_GPU = ("energy_counter", "power", "power_average", "utilisation", "temperature")
OF_INSTANCE = ("energy_counter", "power", "power_average")
HEADROOM = 1.5  # what a GPU draws for a moment may exceed its power limit


def find(machine: Machine) -> Found | None:
    """Ask the NVIDIA driver which GPUs there are; None where there is neither driver nor device."""
    try:
        import pynvml
    except ImportError:
        return _without_library(machine)
    from collectors.plugins.nvml.device import NVML_ERRORS, why

    try:
        pynvml.nvmlInit()
    except NVML_ERRORS as error:
        return _without_driver(machine, why(error))
    try:
        return _survey(machine, pynvml)
    except NVML_ERRORS as error:
        return Found("NVIDIA GPUs", advice=(f"The driver does not say which there are ({why(error)}).",))
    finally:
        pynvml.nvmlShutdown()


def _survey(machine: Machine, nvml: Any) -> Found | None:  # noqa: ANN401 - the binding has no types
    points: list[FoundPoint] = []
    gpus: dict[str, str] = {}
    count = nvml.nvmlDeviceGetCount()
    for index in range(count):
        for uuid, point in _points(machine, nvml, index):
            gpus[point.id] = uuid
            points.append(point)
    if not points:
        return None
    source = FoundSource(f"{machine.server}-gpus", "nvml", INTERVAL_S, {"gpus": gpus})
    return Found(f"{count} NVIDIA GPU{'s' if count > 1 else ''}", tuple(points), source)


def _points(machine: Machine, nvml: Any, index: int) -> Iterator[tuple[str, FoundPoint]]:  # noqa: ANN401
    """The GPU and its instances, by UUID; nothing of a GPU that does not answer."""
    from collectors.plugins.nvml.device import NVML_ERRORS

    try:
        gpu = nvml.nvmlDeviceGetHandleByIndex(index)
        uuid, name = nvml.nvmlDeviceGetUUID(gpu), nvml.nvmlDeviceGetName(gpu)
    except NVML_ERRORS:
        return
    id_ = f"{machine.server}-gpu-{index}"
    limit_w = _limit_w(nvml, gpu)
    yield uuid, _point(id_, name, machine.server, OF_GPU, limit_w)
    for number, (instance, label, share) in enumerate(_instances(nvml, gpu)):
        part_w = None if limit_w is None else limit_w * share
        yield instance, _point(f"{id_}-mig-{number}", label, id_, OF_INSTANCE, part_w)


def _point(id_: str, name: str, parent: str, metrics: tuple[str, ...], limit_w: float | None) -> FoundPoint:
    max_w = None if limit_w is None else math.ceil(limit_w * HEADROOM / 10) * 10
    return FoundPoint(id_, name, parent, dict.fromkeys(metrics, INTERVAL_S), max_w)


def _limit_w(nvml: Any, gpu: Any) -> float | None:  # noqa: ANN401
    from collectors.plugins.nvml.device import NVML_ERRORS

    try:
        return float(nvml.nvmlDeviceGetPowerManagementLimitConstraints(gpu)[1]) / 1e3
    except NVML_ERRORS:
        return None


def _instances(nvml: Any, gpu: Any) -> Iterator[tuple[str, str, float]]:  # noqa: ANN401
    """UUID, name and share of each MIG instance of a GPU."""
    from collectors.plugins.nvml.device import NVML_ERRORS, mig_of
    from collectors.plugins.nvml.payload import Mig

    try:
        places = nvml.nvmlDeviceGetMaxMigDeviceCount(gpu) if nvml.nvmlDeviceGetMigMode(gpu)[0] else 0
    except NVML_ERRORS:
        return
    for place in range(places):
        try:
            instance = nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, place)
            share = Mig.model_validate(mig_of(instance, gpu)).share
            yield nvml.nvmlDeviceGetUUID(instance), nvml.nvmlDeviceGetName(instance), share
        except NVML_ERRORS:
            continue  # an empty place


def _has_device(machine: Machine) -> bool:
    return (machine.devices / "nvidiactl").exists()


def _without_library(machine: Machine) -> Found | None:
    advice = ("They are read through nvidia-ml-py: pip install 'wattlas[nvml]', then run init again.",)
    return Found("NVIDIA GPUs", advice=advice) if _has_device(machine) else None


def _without_driver(machine: Machine, reason: str) -> Found | None:
    advice = (f"Their driver does not answer ({reason}): load it, then run init again.",)
    return Found("NVIDIA GPUs", advice=advice) if _has_device(machine) else None
