"""People at one folder who prepare, review, approve and seal the report of April."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tests.ui.company import START, Company
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

DAY = 86_400
POINTS = """
[[points]]
id = "s/utility"
name = "=HYPERLINK(1)"
role = "utility"
max_w = 5000.0
accuracy_pct = 1.0
interval_s = { power = 3600 }
[[points]]
id = "s/ups"
role = "ups"
parent = "utility"
max_w = 3000.0
interval_s = { power = 3600 }
"""
LATE = range(40 * DAY, 40 * DAY + 6 * 3600)  # six hours of the UPS that come in when April is signed


class Office:
    """People at one folder; `run` is a command of the person who sits there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self.capsys, self.patch = folder, capsys, patch
        self.company = Company(folder, POINTS, now=START + 60.0 * DAY)
        times = range(0, 55 * DAY, 3600)
        self.company.read("s/utility", [(at, 1500.0) for at in times])
        self.company.read("s/ups", [(at, 1000.0) for at in times if at not in LATE])
        self.company.keep()
        patch.setenv("WATTLAS_CONFIG", str(folder / "wattlas.toml"))
        self.person("ada")

    def person(self, name: str) -> None:
        for module in ("report", "records", "estimates"):
            self.patch.setattr(f"ui.commands.{module}.caller", lambda: name)

    def run(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON, or what was said
        self.capsys.readouterr()
        found = main(list(words))
        out, err = self.capsys.readouterr()
        assert found == code, out + err
        return json.loads(out) if "--json" in words else out + err

    def late_readings(self) -> None:
        self.company.now = time.time()  # as the commands see it
        self.company.read("s/ups", [(at, 1000.0) for at in LATE if at % 3600 == 0])
        self.company.keep()

    def sealed(self) -> str:
        """A sealed report of April, by three people; its id."""
        (one,) = self.run("report", "prepare", "2026-04", "--site", "s", "--json")
        for name, step in (("bob", "review"), ("cyd", "approve"), ("cyd", "seal")):
            self.person(name)
            self.run("report", step, one["id"])
        id_: str = one["id"]
        return id_
