"""`wattlas compare`: ways to get compute by time, cost, energy, carbon and water, with what is not known drawn."""
# ruff: noqa: TC001, TC003 - typer reads the annotations when it runs

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from ui.options import ConfigOption, CsvOption, DataOption, JsonOption

app = typer.Typer(add_completion=False)
COLUMNS = (
    "id",
    "kind",
    "ruled_out",
    "time_days",
    "cost",
    "cost_range",
    "energy_mwh",
    "location_t",
    "market_t",
    "embodied_t",
    "water_m3",
)


@app.command()
def compare(
    file: Annotated[Path | None, typer.Argument(help="A compare file (TOML).", show_default=False)] = None,
    *,
    template: Annotated[str | None, typer.Option("--template", help="Print a file to start from, by its name.")] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Compare the strategies of a file; a template is a file to start from."""
    from config.compare_file import load_comparison, template_names, template_path
    from config.errors import InputError
    from ui.compare import compared
    from ui.service import open_service
    from ui.tables import print_json, show

    if template is not None:
        sys.stdout.write(template_path(template).read_text(encoding="utf-8"))
        return
    if file is None:
        message = f"name a compare file, or take one with --template: {', '.join(template_names())}."
        raise InputError(message)
    comparison = load_comparison(file)
    needs_books = any(one.site for one in comparison.strategies)
    found = compared(comparison, service=open_service(config, data) if needs_books else None, now=time.time())
    if as_json:
        print_json([found])
        return
    show(map(_shown, found["strategies"]), as_json=False, as_csv=as_csv, columns=COLUMNS, empty="")
    if not as_csv:
        notes = [f"{row['id']}: {text}" for row in found["strategies"] for text in row["told"]]
        sys.stdout.write("\n" + "\n".join(found["advice"]) + "\n\n" + "\n".join(notes) + "\n")


def _shown(row: dict[str, object]) -> dict[str, object]:
    def mid(key: str, divisor: float) -> float | None:
        spread = row[key]
        return spread["p50"] / divisor if isinstance(spread, dict) else None

    cost = row["cost"]
    low_high = f"{cost['p10']:,.0f} to {cost['p90']:,.0f}" if isinstance(cost, dict) else ""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "ruled_out": "; ".join(row["ruled_out"]) if isinstance(row["ruled_out"], list) else "",
        "time_days": mid("time_h", 24),
        "cost": mid("cost", 1),
        "cost_range": low_high,
        "energy_mwh": mid("facility_energy_kwh", 1000),
        "location_t": mid("location_kgco2e", 1000),
        "market_t": mid("market_kgco2e", 1000),
        "embodied_t": mid("embodied_kgco2e", 1000),
        "water_m3": mid("water_l", 1000),
    }
