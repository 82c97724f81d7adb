"""The work to be done: floating-point operations, tokens, or device-hours, and how long so many devices take for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TRAINING_FLOP_PER_TOKEN: Final = 6  # forward and backward, per active parameter (Kaplan et al. 2020, section 2.1)
INFERENCE_FLOP_PER_TOKEN: Final = 2  # forward alone
SECONDS_PER_HOUR: Final = 3600
BITS_PER_BYTE: Final = 8


def training_flop(*, active_parameters: float, tokens: float) -> float:
    """Return the work of a training run: 6 x active parameters x tokens.

    >>> training_flop(active_parameters=1e9, tokens=2e10)
    1.2e+20
    """
    return TRAINING_FLOP_PER_TOKEN * active_parameters * tokens


def inference_flop(*, active_parameters: float, tokens: float) -> float:
    """Return the work of reading or writing tokens: 2 x active parameters x tokens.

    >>> inference_flop(active_parameters=1e9, tokens=1e6)
    2000000000000000.0
    """
    return INFERENCE_FLOP_PER_TOKEN * active_parameters * tokens


def run_hours(*, flop: float, devices: int, peak_flop_per_s: float, used_share: Floats) -> Floats:
    """Return how long the work takes: flop / (devices x dense peak x share of it that is used).

    >>> import numpy as np
    >>> run_hours(flop=3.6e21, devices=1, peak_flop_per_s=1e18, used_share=np.array([1.0]))
    array([1.])
    """
    return flop / (devices * peak_flop_per_s * used_share) / SECONDS_PER_HOUR


def transfer_hours(*, data_gb: float, gbit_per_s: float) -> float:
    """Return how long the data takes to arrive.

    >>> transfer_hours(data_gb=450.0, gbit_per_s=1.0)
    1.0
    """
    return data_gb * BITS_PER_BYTE / gbit_per_s / SECONDS_PER_HOUR


def spot_hours(*, run: Floats, interruptions_per_hour: Floats, checkpoint_h: float, restart_h: float) -> Floats:
    """Return the expected hours of a run that is interrupted: each time half a checkpoint and a restart are lost.

    E[T] = T x (1 + rate x (checkpoint / 2 + restart)).

    >>> import numpy as np
    >>> spot_hours(run=np.array([100.0]), interruptions_per_hour=np.array([0.05]), checkpoint_h=1.0, restart_h=0.5)
    array([105.])
    """
    return run * (1 + interruptions_per_hour * (checkpoint_h / 2 + restart_h))
