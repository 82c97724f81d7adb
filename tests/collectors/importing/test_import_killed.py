"""An import that was killed goes on where it was, and can be undone and repeated."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from collectors.importing.import_file import import_file
from collectors.importing.mapping import Mapping
from collectors.importing.undo import undo_import
from collectors.store.open import open_stores
from collectors.store.shipper import ship
from tests.collectors.importing.site import site_settings
from tests.collectors.importing.written import HEAD, NOW, STAMP, standing

ROOT = Path(__file__).parents[3]
KILLED = """
import os, signal, sys
from pathlib import Path
from collectors.importing.import_file import import_file
from collectors.importing.mapping import Mapping
from collectors.store.open import open_stores
from config.loading import load_settings
path, at = Path(sys.argv[1]), float(sys.argv[2])
settings = load_settings(path.parent / "wattlas.toml")
def progress(done, whole):
    if done >= at * whole:
        os.kill(os.getpid(), signal.SIGKILL)
import_file(path, Mapping(time_format="epoch_s"), settings, open_stores(settings), now=1_800_000_000, progress=progress)
"""


def test_a_killed_import_goes_on_where_it_was_and_can_be_undone(tmp_path: Path) -> None:
    settings = site_settings(tmp_path)
    path = tmp_path / "large.csv"
    rows = [f"{STAMP + row},srv-{row % 2 + 1},power,{100 + row % 900},W\n" for row in range(450_000)]
    path.write_text(HEAD + "".join(rows))
    for share in (0.6, 0.8):  # after the first chunk, after the second
        done = subprocess.run([sys.executable, "-c", KILLED, str(path), str(share)], cwd=ROOT, check=False)
        assert done.returncode == -signal.SIGKILL
    stores = open_stores(settings)
    (note,) = stores.state.imports()
    assert note.rows == 0, "an import that did not end has no rows noted"
    assert 0 < stores.archive.read().num_rows < 450_000
    mapping = Mapping(time_format="epoch_s")
    result = import_file(path, mapping, settings, stores, now=NOW)
    assert (result.rows, result.chunks, result.already) == (450_000, 3, False)
    assert len(list(stores.spool.batches(0))) == 3, "each chunk was accepted once"
    ship(stores.spool, stores.lake, now=NOW)
    found = stores.archive.read(columns=["point", "time", "value"])
    assert found.num_rows == 450_000
    assert sum(found["value"].to_pylist()) == sum(100 + row % 900 for row in range(450_000))


def test_an_import_killed_and_undone_can_be_repeated(tmp_path: Path) -> None:
    settings = site_settings(tmp_path)
    path = tmp_path / "small.csv"
    path.write_text(HEAD + f"{STAMP},srv-1,power,100,W\n")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), "1.0"], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    stores = open_stores(settings)
    undo_import(stores.state.imports()[0].origin, stores, now=NOW)
    assert standing(stores) == []
    result = import_file(path, Mapping(time_format="epoch_s"), settings, stores, now=NOW)
    assert not result.already
    assert len(standing(stores)) == 1
