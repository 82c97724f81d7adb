"""What a strategy of a compare file must say, and must not: each slip is one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.compare.strategies import Strategy

SHARES: Final = ("used_share", "lost_share", "utilisation", "residual_share", "network_share", "maintenance_share")
ABOVE_0: Final = ("used_share", "utilisation", "tokens_per_second")
GREEN: Final = "green.premium_per_kwh"
_OWNED: Final = (
    "capex_per_device",
    "residual_share",
    "life_years",
    "maintenance_share",
    "utilisation",
    "tariff_per_kwh",
)
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "cloud_on_demand": ("price_per_device_hour",),
    "cloud_reserved": ("price_per_device_hour", "term_hours"),
    "cloud_spot": ("price_per_device_hour", "interruptions_per_hour", "checkpoint_h", "restart_h"),
    "colocation": (*_OWNED, "place_per_kw_month"),
    "own_datacenter": (*_OWNED, "building_per_kw", "building_life_years", "people_per_device_year"),
    "edge": (*_OWNED, "link_per_device_year"),
    "tokens": ("price_per_million_tokens", "kwh_per_million_tokens", "tokens_per_second"),
}
PRICES_OWNED: Final = (
    "capex_per_device",
    "tariff_per_kwh",
    "place_per_kw_month",
    "building_per_kw",
    "people_per_device_year",
    "link_per_device_year",
)
COUNTS: Final[dict[str, tuple[str, ...]]] = {  # prices that a kind counts; those of owned devices where it is not here
    "cloud_on_demand": ("price_per_device_hour",),
    "cloud_reserved": ("price_per_device_hour",),
    "cloud_spot": ("price_per_device_hour",),
    "tokens": ("price_per_million_tokens",),
}


def slips(one: Strategy) -> Iterator[str]:
    """Yield what is wrong with a strategy."""
    absent = [key for key in NEEDS[one.kind] if getattr(one, key) is None]
    if absent:
        yield f"is of kind {one.kind} and lacks {', '.join(absent)}: give each, with its date and source if a price"
    yield from _of_no_use(one)
    yield from _out_of_bounds(one)
    for key in one.independent:
        if key not in {*type(one).model_fields, GREEN}:
            yield f'key independent names "{key}", which is no input of a strategy: name keys such as pue'
    if (one.building_per_kw is None) != (one.building_life_years is None):
        yield "must say both building_per_kw and building_life_years, the years over which it is spread"
    if bool(one.measured_points) != (one.measured_devices is not None):
        yield "must say both: measured_points, whose power was read, and measured_devices, how many are behind them"


def _of_no_use(one: Strategy) -> Iterator[str]:
    """What its kind does not count would be cited, or believed, and change nothing."""
    unused = [key for key in one.prices() if key not in {GREEN, *COUNTS.get(one.kind, PRICES_OWNED)}]
    lives = ("embodied_life_years",) if one.kind not in COUNTS else ("life_years",)  # of what is owned, of what is not
    unused += [key for key in lives if getattr(one, key) is not None]
    if unused:
        yield f"is of kind {one.kind}, which does not count {', '.join(unused)}: leave it out, or choose another kind"


def _out_of_bounds(one: Strategy) -> Iterator[str]:
    for key in SHARES:
        value = getattr(one, key)
        if value is not None and value[-1] > 1:
            yield f"key {key} is a share: it must not be above 1"
    for key in ABOVE_0:
        value = getattr(one, key)
        if value is not None and value[0] <= 0:
            yield f"key {key} must be above 0"
    if one.lost_share[-1] >= 1:
        yield "key lost_share must be below 1: where everything is lost the work never ends"
    if one.pue is not None and one.pue[0] < 1:
        yield "key pue must be 1 or more"
    if one.idle_kw and one.busy_kw and any(idle > busy for idle, busy in zip(one.idle_kw, one.busy_kw, strict=True)):
        yield "key idle_kw is above busy_kw: a device draws more when it works"
