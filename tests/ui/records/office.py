"""An office that enters the records of a month."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from tests.ui.company import Company
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

DIESEL = "eu-mrr-per-litre:diesel:CO2"

HEAD = ["kind", "site", "subject", "from", "to", "value", "unit", "text", "evidence", "sha256", "comment"]

MONTH = ["--from", "2026-03-01", "--to", "2026-04-01"]


class Office:
    """One folder in which people fill in tables; `run` is a command of theirs."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self.capsys, self.patch = folder, capsys, patch
        self.company = Company(folder)
        self.person("ana")
        _ = self.company.service

    def person(self, name: str) -> None:
        self.patch.setattr("ui.commands.records.caller", lambda: name)

    def run(self, *argv: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON, or what was said
        self.capsys.readouterr()
        path = str(self.folder / "wattlas.toml")
        assert main([*argv, "--config", path, "--data", str(self.folder / "data")]) == code
        out, err = self.capsys.readouterr()
        return json.loads(out) if "--json" in argv else out + err

    def run_plain(self, *argv: str) -> Any:  # noqa: ANN401 - JSON
        """A command that needs no site file."""
        self.capsys.readouterr()
        assert main(list(argv)) == 0
        return json.loads(self.capsys.readouterr().out)

    def table(self, name: str, *rows: list[str]) -> str:
        path = self.folder / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([HEAD, *rows])
        return str(path)

    def scope_1(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.run("kpi", *MONTH, "--name", "emissions_scope_1_kgco2e", "--json")
        return found[0]


def fuel(value: str, **more: str) -> list[str]:
    row = {"kind": "fuel", "site": "s", "subject": DIESEL, "from": "2026-03-01", "to": "2026-03-31", "unit": "L"}
    return [(row | {"value": value} | more).get(name, "") for name in HEAD]
