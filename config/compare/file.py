"""Reading a compare file with its table of quotes, and the product's table of devices; every slip is one sentence."""

from __future__ import annotations

import csv
import tomllib
from datetime import date
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from config.compare.checks import GREEN
from config.compare.strategies import Comparison, Device, Price, Strategy
from config.errors import ConfigError
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE: Final = Path(__file__).parent
TEMPLATES: Final = HERE / "templates"
DENSEST: Final = 2.6  # dense 16-bit TFLOP/s a watt: what is above it is a sparse headline
DENSE_UNSAID: Final = 1.05  # no device before Ada and Hopper has as much, so a sparse headline of those is above it
QUOTE_COLUMNS: Final = (  # beside them may stand valid_to, term_hours, lead_time_days, included and note
    "strategy",
    "key",
    "supplier",
    "low",
    "mid",
    "high",
    "currency",
    "date",
)


@cache
def known_devices() -> dict[str, Device]:
    """Return the product's table of devices by id."""
    tables = tomllib.loads((HERE / "devices.toml").read_text(encoding="utf-8"))
    return {id_: Device.model_validate({"id": id_, **table}) for id_, table in tables.items()}


def template_names() -> list[str]:
    """Return the names of the compare files that the product brings."""
    return sorted(path.stem for path in TEMPLATES.glob("*.toml"))


def template_path(name: str) -> Path:
    """Return a compare file that the product brings.

    Raises:
        ConfigError: there is none of that name.
    """
    if name not in template_names():
        msg = f'"{name}" is no template of a comparison; {remedy(name, template_names())}'
        raise ConfigError(msg)
    return TEMPLATES / f"{name}.toml"


def load_comparison(path: Path) -> Comparison:
    """Read a compare file, with its quotes in place of the prices that they speak of.

    Raises:
        ConfigError: the file or its quotes cannot be read or have mistakes; one sentence a line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"{path}: the file cannot be read ({error.strerror}): check its path and rights"
        raise ConfigError(msg) from None
    except UnicodeDecodeError as error:
        msg = f"{path.name}: no TOML in UTF-8 ({error}): correct it there"
        raise ConfigError(msg) from None
    return comparison_of(text, file=path.name, folder=path.parent)


def comparison_of(text: str, *, file: str, folder: Path | None) -> Comparison:
    """Read the text of a compare file; where `folder` is None its quotes, which stand in a file beside it, are refused.

    Raises:
        ConfigError: the text or its quotes have mistakes; one sentence a line.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{file}: no TOML in UTF-8 ({error}): correct it there"
        raise ConfigError(msg) from None
    mistakes = Mistakes()
    if isinstance(tables.get("quotes"), str):
        if folder is None:
            mistakes.add(file, "quotes stand in a file beside a compare file: write the prices into this text")
        else:
            _quoted(tables, folder / tables["quotes"], mistakes)
    found = build(Comparison, tables, place=file, mistakes=mistakes)
    if found is not None:
        for sentence in _mistakes(found):
            mistakes.add(file, sentence)
    mistakes.stop()
    assert found is not None  # noqa: S101 - mistakes would have stopped
    return found


def device_of(comparison: Comparison, name: str) -> Device | None:
    """Return a device of the file, else of the product's table, None where neither has it."""
    own = next((one for one in comparison.devices if one.id == name), None)
    return own or known_devices().get(name)


def _mistakes(found: Comparison) -> Sequence[str]:
    words = [] if found.strategies else ["names no strategy: add [[strategies]]"]
    ids = [one.id for one in found.strategies]
    words += [f'strategy "{one}" stands twice: rename one' for one in dict.fromkeys(ids) if ids.count(one) > 1]
    words += [told for one in found.devices if (told := _sparse(one))]
    for strategy in found.strategies:
        words += _strategy_mistakes(found, strategy)
    mixed = [id_ for one in found.mixtures for id_ in one.shares]
    mixed += found.mixing.between if found.mixing else ()
    words += [f'a mixture names "{one}": {remedy(one, ids)}' for one in dict.fromkeys(mixed) if one not in ids]
    names = [*ids, *(one.id for one in found.mixtures)]
    words += [f'mixture "{one.id}" stands twice: rename one' for one in found.mixtures if names.count(one.id) > 1]
    return words


def _sparse(one: Device) -> str | None:
    """Say that a device's peak is one with sparsity, or may be: older devices' sparse peak is newer ones' dense one."""
    peak, density = f'device "{one.id}": {one.peak_tflops:g} TFLOP/s at {one.tdp_w:g} W', one.peak_tflops / one.tdp_w
    if one.sparse or density > DENSEST:
        return f"{peak} is a peak with sparsity: give the dense 16-bit one, half of it"
    if density > DENSE_UNSAID and "sparse" not in one.model_fields_set:
        return f"{peak} may be a peak with sparsity: give the dense 16-bit one, and sparse = false to say that it is"
    return None


def _strategy_mistakes(found: Comparison, one: Strategy) -> list[str]:
    if one.kind == "tokens":
        if found.workload.tokens is None:
            return [f'strategy "{one.id}" sells tokens and the workload names none: give its tokens']
        return []
    words = []
    known = {device.id for device in found.devices} | set(known_devices())
    if one.device not in known:
        words.append(f'strategy "{one.id}" names device "{one.device}": {remedy(one.device, known)}')
    device = device_of(found, one.device)
    prior = device is not None and device.used_share is not None and found.workload.kind == "training"
    if found.workload.device_hours is None and one.used_share is None and not prior:
        words.append(f'strategy "{one.id}" lacks used_share: which share of the dense peak the work gets, e.g. 0.4')
    return words


def _quoted(tables: dict[str, Any], path: Path, mistakes: Mistakes) -> None:
    """Put quotes in place of prices: `key` of a strategy, as a table of value, date and source."""
    rows = _quote_rows(path, mistakes)
    by_id = {table.get("id"): table for table in tables.get("strategies", []) if isinstance(table, dict)}
    times: dict[object, dict[str, float]] = {}
    lines: dict[tuple[object, object], int] = {}
    for number, row in enumerate(rows, start=2):
        place = f"{path.name} line {number}"
        strategy = by_id.get(row.get("strategy"))
        if strategy is None:
            hint = remedy(str(row.get("strategy")), [str(id_) for id_ in by_id])
            mistakes.add(place, f'"{row.get("strategy")}" is no strategy; {hint}')
            continue
        first = lines.setdefault((row["strategy"], row["key"]), number)
        if first != number:
            told = (
                f'"{row.get("key")}" of "{row["strategy"]}" stands in line {first} already: keep the quote that holds'
            )
            mistakes.add(place, told)
            continue
        held = times.setdefault(row["strategy"], {})
        _enter_quote(strategy, row, place, strategy.get("currency") or tables.get("currency"), held, mistakes)


def _enter_quote(
    strategy: dict[str, Any],
    row: Mapping[str, str],
    place: str,
    currency: object,
    held: dict[str, float],
    mistakes: Mistakes,
) -> None:
    key = row.get("key", "")
    prices = [name for name, info in Strategy.model_fields.items() if info.annotation == (Price | None)]
    prices += [GREEN] if isinstance(strategy.get("green"), dict) else []
    if key not in prices:
        mistakes.add(place, f'"{key}" is no price of a strategy; {remedy(key, prices)}')
        return
    if not row.get("supplier"):
        mistakes.add(place, "names no supplier: write who made the offer")
        return
    try:
        numbers = [_number(row[name]) for name in ("low", "mid", "high") if row.get(name)]
        days = {name: date.fromisoformat(row[name]) for name in ("date", "valid_to") if row.get(name)}
        times = {name: _number(row[name]) for name in ("term_hours", "lead_time_days") if row.get(name)}
    except ValueError:
        mistakes.add(place, "numbers must be finite and written with a point, and date a day such as 2026-10-01")
        return
    if held.get("term_hours", times.get("term_hours")) != times.get("term_hours", held.get("term_hours")):
        mistakes.add(place, f"has another term_hours than {held['term_hours']:g} of a row above: one strategy has one")
        return
    if "lead_time_days" in held and "lead_time_days" in times:  # nothing runs before all of it is there
        times["lead_time_days"] = max(held["lead_time_days"], times["lead_time_days"])
    held |= times
    strategy |= times
    of: dict[str, Any] = strategy["green"] if key == GREEN else strategy
    of[key.rpartition(".")[2]] = {
        "value": numbers if len(numbers) > 1 else next(iter(numbers), None),
        "source": f"quote of {row.get('supplier', '')}{_terms(row)}",
        "currency": row.get("currency") or currency,
        "included": row.get("included") or "",
        **days,
    }


def _number(text: str) -> float:
    """Return a finite number.

    Raises:
        ValueError: it is none.
    """
    value = float(text)
    if not isfinite(value):
        raise ValueError(text)
    return value


def _terms(row: Mapping[str, str]) -> str:
    """What a quote holds to: its term, its lead time and what is in it, in words."""
    named = (("term_hours", "h of term"), ("lead_time_days", "days until it runs"))
    words = [f"{row[name]} {unit}" for name, unit in named if row.get(name)]
    words += [f"includes {row['included']}"] if row.get("included") else []
    words += [f"valid to {row['valid_to']}"] if row.get("valid_to") else []
    return f" ({', '.join(words)})" if words else ""


def _quote_rows(path: Path, mistakes: Mistakes) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            absent = [name for name in QUOTE_COLUMNS if name not in (reader.fieldnames or [])]
            if absent:
                mistakes.add(path.name, f"has no column {', '.join(absent)}: name the columns in its first line")
                return []
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        mistakes.add(path.name, f"the quotes cannot be read ({error}): save them as a UTF-8 CSV beside the file")
        return []
