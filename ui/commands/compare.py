"""`wattlas compare`: ways to get compute by time, cost, energy, carbon and water, with what is not known drawn."""
# ruff: noqa: TC001, TC003 - typer reads the annotations when it runs

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.options import ConfigOption, CsvOption, DataOption, JsonOption

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(add_completion=False)
COLUMNS = (
    "id",
    "kind",
    "ruled_out",
    "time_days",
    "cost",
    "cost_range",
    "per_useful_h",
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
    from config.compare.file import load_comparison, template_names, template_path
    from config.errors import InputError
    from ui.compare.ranking import compared
    from ui.service import open_service
    from ui.tables import print_json, show

    if template is not None:
        sys.stdout.write(template_path(template).read_text(encoding="utf-8"))
        return
    if file is None:
        message = f"name a compare file, or take one with --template: {', '.join(template_names())}."
        raise InputError(message)
    comparison = load_comparison(file)
    needs_books = any(one.site or one.measured_points for one in comparison.strategies)
    found = compared(comparison, service=open_service(config, data) if needs_books else None, now=time.time())
    if as_json:
        print_json([found])
        return
    show(map(_shown, found["strategies"]), as_json=False, as_csv=as_csv, columns=COLUMNS, empty="")
    if not as_csv:
        sys.stdout.write("\n" + "\n".join(found["advice"]) + "\n\n" + "\n".join(_notes(found["strategies"])) + "\n")


def _notes(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What was assumed, measured or quoted, once for all strategies of which it is said."""
    said: dict[str, list[str]] = {}
    for row in rows:
        for text in (*row["told"], *(f"{key}: {source}" for key, source in row["sources"].items())):
            said.setdefault(text, []).append(row["id"])
    for text, ids in said.items():
        yield f"{', '.join(ids)}: {text}"


def _shown(row: dict[str, object]) -> dict[str, object]:
    from ui.compare.words import amount

    def mid(key: str, divisor: float) -> float | None:
        spread = row[key]
        return spread["p50"] / divisor if isinstance(spread, dict) else None

    cost = row["cost"]
    low_high = f"{amount(cost['p10'])} to {amount(cost['p90'])}" if isinstance(cost, dict) else ""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "ruled_out": "; ".join(row["ruled_out"]) if isinstance(row["ruled_out"], list) else "",
        "time_days": mid("time_h", 24),
        "cost": mid("cost", 1),
        "cost_range": low_high,
        "per_useful_h": mid("cost_per_useful_hour", 1),
        "energy_mwh": mid("facility_energy_kwh", 1000),
        "location_t": mid("location_kgco2e", 1000),
        "market_t": mid("market_kgco2e", 1000),
        "embodied_t": mid("embodied_kgco2e", 1000),
        "water_m3": mid("water_l", 1000),
    }
