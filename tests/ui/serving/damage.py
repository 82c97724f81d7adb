"""A data folder whose last commits lose their end, as after a power cut, and what `wattlas doctor` makes of it."""

from __future__ import annotations

import json
import random
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from collectors.store.log_check import commit_path, versions
from collectors.store.open import Stores
from tests.ui.plant import LIVE, write_readings, write_site
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TABLES = {"readings": "lake/readings", "ledger": "books/ledger", "history": "books/ledger_history"}


def build(folder: Path) -> Path:
    """A data folder of two files of which the second corrects much of the first; return the site file."""
    folder.mkdir(exist_ok=True)
    site = write_site(folder / "wattlas.toml")
    midnight = int(time.time()) // 86_400 * 86_400
    for number in range(2):
        file = write_readings(
            folder / f"{number}.csv", start=midnight - 9 * 86_400 + number * 21_600, hours=12, seed=number
        )
        assert main(["--config", str(site), "import", str(file)]) == 0
    return site


@dataclass(frozen=True)
class Damage:
    """Bytes lost at the end of a file."""

    file: Path
    size: int
    left: int

    def __str__(self) -> str:
        """For the message of a failed test."""
        return f"{self.file} cut to {self.left} of {self.size} bytes"


def cut_last_commit(data: Path, table: str, luck: random.Random) -> Damage:
    """Cut the last commit of a table at a random byte: its log file, or a data file that it added."""
    root = data / TABLES[table]
    log = commit_path(root, versions(root)[-1])
    actions = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    file = luck.choice([log, *(root / action["add"]["path"] for action in actions if "add" in action)])
    size = file.stat().st_size
    damage = Damage(file, size, luck.randrange(size - 1))  # the last byte of a log is only the end of its line
    with file.open("r+b") as opened:
        opened.truncate(damage.left)
    return damage


def copy_of(site: Path, folder: Path) -> Path:
    """The same company in another folder; return its site file."""
    shutil.copytree(site.parent, folder)
    return folder / site.name


def contents(data: Path) -> dict[str, pa.Table]:
    """Everything that readers see in the stores, texts as plain strings.

    Without the points that a source polls: nothing polls here, so each quarter hour of the clock adds a missing one.
    """
    stores = Stores(data)
    found = {
        "readings": stores.archive.read(rejected=True).sort_by("seq"),
        "ledger": stores.books.rows().filter(~pc.field("point").isin(LIVE)),
        "history": stores.books.history().drop_columns(["replaced_at", "cause"]),
    }
    stores.spool.close()
    return {name: plain(table) for name, table in found.items()}


def plain(table: pa.Table) -> pa.Table:
    """The same rows in one chunk, so that equal content is equal."""
    kinds = {field.name: field.type for field in table.schema}
    texts = {name: kind.value_type for name, kind in kinds.items() if pa.types.is_dictionary(kind)}
    return table.cast(pa.schema([(name, texts.get(name, kind)) for name, kind in kinds.items()])).combine_chunks()


def check_repair(
    site: Path, folder: Path, tables: tuple[str, ...], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Copy the company, cut last commits, and repair: no reader sees a difference to before."""
    sound = contents(site.parent / "data")
    own = copy_of(site, folder)
    luck = random.Random(seed)  # noqa: S311 - luck, no secret
    damages = " and ".join(str(cut_last_commit(folder / "data", table, luck)) for table in tables)
    capsys.readouterr()
    assert main(["--config", str(own), "doctor", "--json"]) == 1, damages
    found = json.loads(capsys.readouterr().out)
    assert {finding["then"] for finding in found} == {"repair"}, damages
    if tables != ("history",):
        what = "readings" if "readings" in tables else "ledger"
        assert main(["--config", str(own), "export", what, "--from", "-20d"]) == 2, damages
        said = capsys.readouterr().err
        assert said.startswith("wattlas: "), damages
        assert said.endswith("run `wattlas doctor --repair`.\n"), f"{damages}: {said}"
        assert said.count("\n") == 1, f"{damages}: {said}"
    assert main(["--config", str(own), "doctor", "--repair"]) == 0, f"{damages}: {capsys.readouterr()}"
    assert main(["--config", str(own), "doctor"]) == 0, damages
    mended = contents(folder / "data")
    for name, rows in sound.items():
        assert rows.num_rows > 0
        assert mended[name].equals(rows), f"{name}: {damages}"
