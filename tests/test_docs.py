"""The manuals are true: every command is named in one, what they name exists, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import typer

from ui.cli import COMMANDS, app
from ui.commands.report import FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
ANALYTICS = ROOT / "analytics"
MANUALS = sorted(
    [
        ROOT / "README.md",
        ROOT / "LIMITS.md",
        ANALYTICS / "README.md",
        *(ROOT / "ui").rglob("README.md"),
        *(ROOT / "config").rglob("README.md"),
    ]
)
CALL = re.compile(r"(?:^|[`| ])wattlas ([a-z][^`#|\n]*)", re.MULTILINE)


def calls() -> Iterator[tuple[str, list[str]]]:
    """Each call of `wattlas` in a manual, with where it stands."""
    for manual in MANUALS:
        for found in CALL.finditer(manual.read_text(encoding="utf-8")):
            yield str(manual.relative_to(ROOT)), re.sub(r"[][]", " ", found[1]).split()


def options(words: list[str]) -> set[str]:
    """All options of a command and of those above it; `report PERIOD` is `report files PERIOD`."""
    root = command = typer.main.get_command(app)
    found = set[str]()
    for word in [*words, ""]:
        found |= {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        below: dict[str, Any] = getattr(command, "commands", {})
        if command is root:
            below = {word: cast("Any", command).get_command(None, word)}
        if not below:
            break
        command = below.get(word) or below.get(FILES) or command
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_a_manual_names_each_command(command: str) -> None:
    assert any(words[0] == command for _, words in calls())


def test_what_a_manual_calls_is_there() -> None:
    for place, words in calls():
        assert words[0] in COMMANDS, f"{place}: wattlas {words[0]}"
        unknown = {word.split("=")[0] for word in words if word.startswith("--")} - options(words)
        assert not unknown, f"{place}: wattlas {' '.join(words)}"


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(manual: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", manual.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (manual.parent / target).exists()]


def test_each_formula_has_its_place_on_the_map() -> None:
    named = set(re.findall(r"`([a-z_0-9]+)`", (ANALYTICS / "README.md").read_text(encoding="utf-8")))
    assert {path.stem for path in ANALYTICS.glob("*.py")} - {"__init__"} == named
