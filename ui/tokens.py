"""Design tokens: one table (`tokens.toml`) feeds the page theme and the charts, light and dark."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).with_name("tokens.toml")
MODES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one mode as `#RRGGBB`; a colour means the same thing on every page."""

    bg: str
    surface: str
    text: str
    muted: str
    grid: str
    axis: str
    it: str
    cooling: str
    losses: str
    other: str
    renewable: str
    grid_power: str
    carbon: str
    ok: str
    warn: str
    crit: str
    info: str
    seq_carbon: tuple[str, ...]  # low to high gCO2e/kWh
    seq_cfe: tuple[str, ...]  # low to high share of carbon-free energy
    seq_power: tuple[str, ...]  # low to high power
    temp: tuple[str, ...]  # air at the inlet: below 18, to 22, to 25, to 27, above 27 degC

    def use(self, name: str) -> str:
        """Colour of an energy use; uses without a colour of their own share the one of `other`."""
        return str(getattr(self, name)) if name in {"it", "cooling", "losses"} else self.other

    def flow(self, name: str) -> str:
        """Colour of a source, a use, or the whole of an energy flow."""
        return {"grid": self.grid_power, "pv": self.renewable, "genset": self.carbon}.get(name, self.use(name))


@dataclass(frozen=True, slots=True)
class Type:
    """Fonts and sizes."""

    family: str
    base_px: int
    radius_px: int
    metric_size: str
    metric_weight: int
    heading_sizes: list[str]
    heading_weights: list[int]


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@cache
def palette(mode: str | None) -> Palette:
    """Colours of `mode`; anything but "dark" is light, because a browser may name none."""
    tokens = _table()["dark" if mode == "dark" else "light"]
    fixed: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in tokens.items()}
    return Palette(**fixed)


@cache
def type_tokens() -> Type:
    """Fonts and sizes, the same in both modes."""
    return Type(**_table()["type"])


@cache
def variables() -> str:
    """The colours of both modes as variables of a style sheet: `var(--ok)`."""
    light, dark = palette("light"), palette("dark")
    named = [one.name for one in fields(Palette) if isinstance(getattr(light, one.name), str)]
    pairs = (f"--{name}: light-dark({getattr(light, name)}, {getattr(dark, name)});" for name in named)
    return f":root {{ {' '.join(pairs)} }}"
