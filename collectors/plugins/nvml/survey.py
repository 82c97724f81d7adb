"""Which GPUs this machine has, and the instances that they are cut into: asked once, by `wattlas init`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pynvml

from collectors.plugins.nvml.device import NVML_ERRORS, Handle, gpu_of, mig_of, why
from collectors.plugins.nvml.payload import Mig
from config.errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Instance:
    """A MIG instance and its share of the GPU, 0 to 1."""

    uuid: str
    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Card:
    """A GPU; `limit_w` is the highest power limit that it can be given [W], None where it does not say.

    `values` names what it gives (`device.VALUES`).
    """

    index: int
    uuid: str
    name: str
    limit_w: float | None
    values: tuple[str, ...]
    instances: tuple[Instance, ...]


def survey() -> tuple[list[Card], int]:
    """Return the GPUs that answer, and how many do not.

    Raises:
        SourceUnreachable: the driver does not answer.
    """
    try:
        pynvml.nvmlInit()
    except NVML_ERRORS as error:
        msg = f"The NVIDIA driver of this machine does not answer ({why(error)}): install or load it."
        raise SourceUnreachable(msg) from error
    try:
        cards = list(_cards())
        return cards, pynvml.nvmlDeviceGetCount() - len(cards)
    finally:
        pynvml.nvmlShutdown()


def _cards() -> Iterator[Card]:
    for index in range(pynvml.nvmlDeviceGetCount()):
        try:
            gpu = pynvml.nvmlDeviceGetHandleByIndex(index)
            uuid, name = pynvml.nvmlDeviceGetUUID(gpu), pynvml.nvmlDeviceGetName(gpu)
        except NVML_ERRORS:
            continue  # a card that is lost
        yield Card(index, uuid, name, _limit_w(gpu), tuple(gpu_of(gpu)["values"]), tuple(_instances(gpu)))


def _limit_w(gpu: Handle) -> float | None:
    try:
        return float(pynvml.nvmlDeviceGetPowerManagementLimitConstraints(gpu)[1]) / 1e3
    except NVML_ERRORS:
        return None


def _instances(gpu: Handle) -> Iterator[Instance]:
    try:
        places = pynvml.nvmlDeviceGetMaxMigDeviceCount(gpu) if pynvml.nvmlDeviceGetMigMode(gpu)[0] else 0
    except NVML_ERRORS:
        return  # a card, or a driver, without MIG
    for place in range(places):
        try:
            instance = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, place)
            share = Mig.model_validate(mig_of(instance, gpu)).share
            yield Instance(pynvml.nvmlDeviceGetUUID(instance), pynvml.nvmlDeviceGetName(instance), share)
        except NVML_ERRORS:
            continue  # an empty place
