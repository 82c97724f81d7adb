"""Energy, carbon and water of a strategy: idle and busy power made facility energy, with PUE applied once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

G_PER_KG: Final = 1000
HOURS_PER_YEAR: Final = 8760.0


def it_energy_kwh(*, devices: int, idle_kw: Floats, busy_kw: Floats, reserved_h: Floats, run_h: Floats) -> Floats:
    """Return the energy of devices that idle while they are reserved and are busy while they run.

    E = n x (idle x reserved + (busy - idle) x run): the founder's E0 + alpha x T with E0 = n x idle x reserved.

    >>> import numpy as np
    >>> one = lambda value: np.array([value])
    >>> it_energy_kwh(devices=8, idle_kw=one(0.2), busy_kw=one(1.0), reserved_h=one(100.0), run_h=one(60.0))
    array([544.])
    """
    return devices * (idle_kw * reserved_h + (busy_kw - idle_kw) * run_h)


def operational_kgco2e(*, facility_energy_kwh: Floats, gco2e_per_kwh: Floats) -> Floats:
    """Return emissions of bought electricity by one basis.

    >>> import numpy as np
    >>> operational_kgco2e(facility_energy_kwh=np.array([1000.0]), gco2e_per_kwh=np.array([363.0]))
    array([363.])
    """
    return facility_energy_kwh * gco2e_per_kwh / G_PER_KG


def market_gco2e_per_kwh(*, residual: Floats, matched_share: float, contracted: float) -> Floats:
    """Return the market-based intensity under a green overlay: the matched share at the contract's rate.

    >>> import numpy as np
    >>> market_gco2e_per_kwh(residual=np.array([500.0]), matched_share=0.8, contracted=0.0)
    array([100.])
    """
    return residual * (1 - matched_share) + contracted * matched_share


def embodied_kgco2e(*, devices: int, kg_per_device: Floats, reserved_h: Floats, life_years: float) -> Floats:
    """Return the share of making the devices that falls upon the hours in which they are reserved.

    >>> import numpy as np
    >>> embodied_kgco2e(devices=1, kg_per_device=np.array([876.0]), reserved_h=np.array([100.0]), life_years=1.0)
    array([10.])
    """
    return devices * kg_per_device * reserved_h / (life_years * HOURS_PER_YEAR)


def water_l(*, it_energy_kwh: Floats, pue: Floats, wue: Floats, grid_l_per_kwh: Floats) -> Floats:
    """Return water on site and at the power plants: E_IT x (WUE + PUE x water of the grid); PUE enters once.

    >>> import numpy as np
    >>> one = lambda value: np.array([value])
    >>> water_l(it_energy_kwh=one(100.0), pue=one(1.2), wue=one(0.5), grid_l_per_kwh=one(2.0))
    array([290.])
    """
    return it_energy_kwh * (wue + pue * grid_l_per_kwh)
