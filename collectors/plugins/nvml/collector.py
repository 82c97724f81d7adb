"""The `nvml` source: the GPUs of this machine, each on a point of its own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import pynvml
from pydantic import BeforeValidator, Field, PrivateAttr, field_validator

from collectors.contract import Collector
from collectors.plugins.local import decoded, full_id, repeated
from collectors.plugins.nvml.device import NVML_ERRORS, Handle, gpu_of, mig_of, why
from collectors.plugins.nvml.payload import Payload
from collectors.reading import Quality, Reading
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from collectors.plugins.nvml.payload import Gpu

UUID = re.compile(r"(GPU|MIG)-\S+")
MJ_PER_KWH = 3.6e9
# metric, the values that give it (the first that is there), how many of NVML's units make one of ours
METRICS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("energy_counter", ("energy_mj",), MJ_PER_KWH),
    ("power", ("power_instant_mw", "power_usage_mw"), 1e3),
    ("power_average", ("power_average_mw",), 1e3),
    ("utilisation", ("utilisation_percent",), 100.0),
    ("temperature", ("temperature_degc",), 1.0),
)
SHARED = frozenset({"energy_counter", "power", "power_average"})  # of a GPU's metrics, those that its parts add up to


def _index_or_uuid(written: object) -> object:
    is_index = isinstance(written, int) and not isinstance(written, bool) and written >= 0
    if is_index or (isinstance(written, str) and UUID.fullmatch(written)):
        return written
    msg = 'must be the index of a GPU, such as 0, or a UUID as `nvidia-smi -L` prints it: "GPU-..." or "MIG-..."'
    raise ValueError(msg)


def metrics_of(values: Collection[str], *, instance: bool) -> tuple[str, ...]:
    """Return the metrics that a GPU with these values gives, or an instance of it."""
    given = [metric for metric, names, _ in METRICS if any(name in values for name in names)]
    return tuple(metric for metric in given if not instance or metric in SHARED)


class Nvml(Collector):
    """The GPUs of this machine that have a point; see the package's manual."""

    blocking: ClassVar[bool] = True

    kind: Literal["nvml"] = "nvml"
    gpus: dict[str, Annotated[int | str, BeforeValidator(_index_or_uuid)]] = Field(min_length=1)

    _open: bool = PrivateAttr(default=False)

    @field_validator("gpus")
    @classmethod
    def _one_point_each(cls, gpus: dict[str, int | str]) -> dict[str, int | str]:
        twice = repeated(gpus.values())
        if twice is not None:
            msg = f"has {twice} at several points: give each GPU one point"
            raise ValueError(msg)
        return gpus

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """What its points have; see the contract."""
        return frozenset((full_id(point, beside=self.point), "power") for point in self.gpus)

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        return frozenset(metric for metric, _, _ in METRICS)

    def fetch(self) -> bytes:
        """Ask every GPU that has a point; one that does not answer costs no other.

        Raises:
            SourceUnreachable: there is no driver, or no GPU gives any value.
            SourceRefused: none of the GPUs exists, or NVML refuses this user.
        """
        self._start()
        asked: dict[bytes, dict[str, Any]] = {}
        gpus = {str(key): self._ask(key, asked) for key in self.gpus.values()}
        if not any(gpu["values"] for gpu in gpus.values()):
            self._stop()  # a driver that was reloaded answers only to those who start anew
            raise self._silence(gpus)
        return json.dumps({"driver": _driver(), "gpus": gpus}).encode()

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One reading for each metric that each GPU gives; those of MIG instances are shares, and estimated.

        Raises:
            PayloadUnreadable: the payload makes no sense, or a GPU that has a point is not in it.
        """
        gpus = decoded(Payload, payload, what="An NVML payload").gpus
        for point, key in self.gpus.items():
            if str(key) not in gpus:
                msg = f"An NVML payload says nothing of {key}."
                raise PayloadUnreadable(msg)
            yield from _readings(full_id(point, beside=self.point), gpus[str(key)], at)

    async def close(self) -> None:
        """Let NVML go."""
        self._stop()

    def _start(self) -> None:
        if self._open:
            return
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError_NoPermission as error:
            msg = "The NVIDIA driver refuses this user: give it access to /dev/nvidiactl and /dev/nvidia*."
            raise SourceRefused(msg) from error
        except NVML_ERRORS as error:
            msg = f"The NVIDIA driver of this machine does not answer ({why(error)}): install or load it."
            raise SourceUnreachable(msg) from error
        self._open = True

    def _stop(self) -> None:
        if self._open:
            self._open = False
            try:
                pynvml.nvmlShutdown()
            except NVML_ERRORS:
                return  # gone already, with its driver

    def _ask(self, key: int | str, asked: dict[bytes, dict[str, Any]]) -> dict[str, Any]:
        """Ask one GPU or instance; `asked` keeps the answers of GPUs, so that instances share out the same moment."""
        try:
            handle = _handle(key)
            if not str(key).startswith("MIG-"):
                return _once(handle, asked)
            gpu = pynvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(handle)
            return {**_once(gpu, asked), "mig": mig_of(handle, gpu)}
        except NVML_ERRORS as error:
            return {"values": {}, "absent": {"handle": why(error)}}

    def _silence(self, gpus: dict[str, dict[str, Any]]) -> SourceRefused | SourceUnreachable:
        reasons = {reason for gpu in gpus.values() for reason in gpu["absent"].values()}
        if all("handle" in gpu["absent"] for gpu in gpus.values()) and reasons <= {"Not Found", "Invalid Argument"}:
            return SourceRefused(
                f"This machine has no GPU {', '.join(gpus)}: write under gpus what `nvidia-smi -L` prints."
            )
        return SourceUnreachable(
            f"No GPU of source {self.id} gives any value ({', '.join(sorted(reasons))}): see what `nvidia-smi` says."
        )


def _readings(point: str, gpu: Gpu, at: datetime) -> Iterator[Reading]:
    share = 1.0 if gpu.mig is None else gpu.mig.share
    quality, reason = (Quality.MEASURED, None) if gpu.mig is None else (Quality.ESTIMATED, gpu.mig.reason)
    given = metrics_of(gpu.values, instance=gpu.mig is not None)
    for metric, names, divisor in METRICS:
        if metric in given:
            value = next(gpu.values[name] for name in names if name in gpu.values)
            yield Reading(point, metric, at, value / divisor * share, quality, reason=reason)


def _handle(key: int | str) -> Handle:
    if isinstance(key, int):
        return pynvml.nvmlDeviceGetHandleByIndex(key)
    return pynvml.nvmlDeviceGetHandleByUUID(key)


def _once(gpu: Handle, asked: dict[bytes, dict[str, Any]]) -> dict[str, Any]:
    address = bytes(gpu)  # the pointer itself names a GPU
    if address not in asked:
        asked[address] = gpu_of(gpu)
    return asked[address]


def _driver() -> str:
    try:
        return str(pynvml.nvmlSystemGetDriverVersion())
    except NVML_ERRORS:
        return ""
