"""What one poll records: the values that NVML gave for each GPU, in NVML's units, and why others are absent.

```json
{"driver": "550.54.15", "gpus": {"0": {"name": "NVIDIA H100 80GB HBM3",
  "values": {"energy_mj": 18000000000, "power_instant_mw": 312345, "power_average_mw": 300000, "power_usage_mw": 305000,
             "utilisation_percent": 87, "temperature_degc": 61},
  "absent": {}, "processes": {"count": 2, "memory_mib": 1536.0}}}}
```

Keys of `gpus` are those of the site file: an index, or the UUID of a GPU or of a MIG instance. An instance has the
values of its GPU, and under `mig` what its share is worked out from.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

EIGHTHS = 8  # memory slices of a whole GPU; a GPU that has four counts each as two


class Part(BaseModel):
    """A part of the payload: frozen, without NaN; keys that a later version adds are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Mig(Part):
    """How large a MIG instance is: its memory and its GPU's [MiB]; its compute slices, of those of its GPU instance."""

    memory_mib: float = Field(gt=0)
    gpu_memory_mib: float = Field(gt=0)
    slices: int = Field(ge=1)
    of_slices: int = Field(ge=1)

    @property
    def eighths(self) -> int:
        """Memory slices of its GPU instance. Some memory is kept back by the GPU, so 0.96 of a slice is one."""
        return min(EIGHTHS, max(1, round(EIGHTHS * self.memory_mib / self.gpu_memory_mib)))

    @property
    def share(self) -> float:
        """Share of the GPU, 0 to 1."""
        return self.eighths / EIGHTHS * min(1.0, self.slices / self.of_slices)

    @property
    def reason(self) -> str:
        """Why its readings are estimated."""
        part = f", {self.slices} of whose {self.of_slices} compute slices" if self.slices < self.of_slices else ""
        return f"MIG has no meter: share by {self.eighths} of {EIGHTHS} memory slices{part}"


class Processes(Part):
    """Compute processes on a GPU; memory [MiB] of those that tell it."""

    count: int = Field(ge=0)
    memory_mib: float = Field(ge=0)


class Gpu(Part):
    """What was read of one GPU, or of the GPU of one MIG instance."""

    name: str = ""
    values: dict[str, float] = {}
    absent: dict[str, str] = {}
    processes: Processes | None = None
    mig: Mig | None = None


class Payload(Part):
    """One poll."""

    driver: str = ""
    gpus: dict[str, Gpu]
