"""A truth case as its user would enter it: a site file written from the case's meters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ROLES = {"facility": "utility", "it_ups_output": "ups", "it_component": "component"}  # the traces' word -> ours
COPY = "copy"


def site_toml(meters: list[dict[str, Any]], *, time_zone: str = "UTC") -> str:
    """The site file of a case: one site `t`, one point per meter."""
    head = (
        '[company]\nname = "Truth"\ncurrency = "EUR"\n\n'
        '[[sites]]\nid = "t"\nname = "Trace"\nzone = "DE"\npue_category = 1\n'
        f'time_zone = "{time_zone}"\ncurrency = "EUR"\n'
    )
    return head + "".join(_point(meter) for meter in meters)


def _point(meter: dict[str, Any]) -> str:
    lines = [
        "",
        "[[points]]",
        f'id = "{meter["id"]}"',
        'site = "t"',
        f'role = "{ROLES.get(meter["role"], meter["role"])}"',
    ]
    given = [key for key in ("parent", "parents", "feeds", "min_w", "max_w") if key in meter]
    lines += [f"{key} = {json.dumps(meter[key])}" for key in given]
    if "each slice" in meter.get("note", ""):
        lines.append(f'share = "{COPY}"')
    lines.append("interval_s = { " + ", ".join(f"{metric} = {s}" for metric, s in meter["interval_s"].items()) + " }")
    if "counter_max_j" in meter:
        lines += ["[[points.meters]]", 'id = "M-1"', f'register_max = "{meter["counter_max_j"]} J"']
    if "exchanged_at" in meter:
        at = meter["exchanged_at"]
        lines += [
            "[[points.meters]]",
            'id = "M-old"',
            f"to = {at}",
            "[[points.meters]]",
            'id = "M-new"',
            f"from = {at}",
        ]
    return "\n".join(lines) + "\n"


def write_case(folder: Path, meters: list[dict[str, Any]]) -> Path:
    """Write the site file of a case into `folder` and return its path."""
    path = folder / "wattlas.toml"
    path.write_text(site_toml(meters))
    return path
