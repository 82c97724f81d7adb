"""What NVML says of one GPU: every value is asked by itself, so that one which a card lacks costs no other.

`nvidia-ml-py` raises two families of errors: `NVMLError` for what the driver answers, and, where the driver is older
than the binding, `NVMLLibraryMismatchError`, which is no subclass of it. Both are `NVML_ERRORS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pynvml

if TYPE_CHECKING:
    from collections.abc import Callable

NVML_ERRORS: tuple[type[Exception], ...] = (pynvml.NVMLError, pynvml.NVMLLibraryMismatchError)
MIB = 1 << 20
POWER_AVERAGE, POWER_INSTANT = pynvml.NVML_FI_DEV_POWER_AVERAGE, pynvml.NVML_FI_DEV_POWER_INSTANT  # 185, 186
MEMBERS = {
    pynvml.NVML_VALUE_TYPE_DOUBLE: "dVal",
    pynvml.NVML_VALUE_TYPE_UNSIGNED_INT: "uiVal",
    pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG: "ulVal",
    pynvml.NVML_VALUE_TYPE_UNSIGNED_LONG_LONG: "ullVal",
    pynvml.NVML_VALUE_TYPE_SIGNED_LONG_LONG: "sllVal",
    pynvml.NVML_VALUE_TYPE_SIGNED_INT: "siVal",
    pynvml.NVML_VALUE_TYPE_UNSIGNED_SHORT: "usVal",
}
Handle = Any  # an opaque pointer of the binding, which has no types


def field(handle: Handle, number: int) -> float:
    """Return one field value, whatever number type the driver chose for it."""
    (value,) = pynvml.nvmlDeviceGetFieldValues(handle, [number])
    if value.nvmlReturn != pynvml.NVML_SUCCESS:
        raise pynvml.NVMLError(value.nvmlReturn)
    member = MEMBERS.get(value.valueType)
    if member is None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_UNKNOWN)
    return float(getattr(value.value, member))


VALUES: dict[str, Callable[[Handle], float]] = {
    "energy_mj": pynvml.nvmlDeviceGetTotalEnergyConsumption,
    "power_instant_mw": lambda handle: field(handle, POWER_INSTANT),
    "power_average_mw": lambda handle: field(handle, POWER_AVERAGE),
    "power_usage_mw": pynvml.nvmlDeviceGetPowerUsage,
    "utilisation_percent": lambda handle: pynvml.nvmlDeviceGetUtilizationRates(handle).gpu,
    "temperature_degc": lambda handle: pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU),
}


def why(error: Exception) -> str:
    """Say in NVML's words why a value is absent."""
    return "not in this driver" if isinstance(error, pynvml.NVMLLibraryMismatchError) else str(error)


def gpu_of(handle: Handle) -> dict[str, Any]:
    """Ask everything of one GPU, as `payload.Gpu` has it."""
    values: dict[str, float] = {}
    absent: dict[str, str] = {}
    for name, ask in VALUES.items():
        try:
            values[name] = ask(handle)
        except NVML_ERRORS as error:
            absent[name] = why(error)
    found: dict[str, Any] = {"values": values, "absent": absent}
    for name, describe in {"name": pynvml.nvmlDeviceGetName, "processes": processes_of}.items():
        try:
            found[name] = describe(handle)
        except NVML_ERRORS as error:
            absent[name] = why(error)
    return found


def processes_of(handle: Handle) -> dict[str, float]:
    """Count the compute processes of a GPU and add up their memory [MiB]."""
    running = pynvml.nvmlDeviceGetComputeRunningProcesses(handle)
    return {"count": len(running), "memory_mib": sum(each.usedGpuMemory or 0 for each in running) / MIB}


def mig_of(instance: Handle, gpu: Handle) -> dict[str, float]:
    """Ask how large a MIG instance is, as `payload.Mig` has it."""
    size = pynvml.nvmlDeviceGetAttributes(instance)
    return {
        "memory_mib": size.memorySizeMB,
        "gpu_memory_mib": pynvml.nvmlDeviceGetMemoryInfo(gpu).total / MIB,
        "slices": size.computeInstanceSliceCount,
        "of_slices": size.gpuInstanceSliceCount,
    }
