"""Backup and restore: everything together, made while work goes on; the restored spool is another one."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from collectors.store.backup import MANIFEST, backup, restore
from collectors.store.books import SEQUENCE_MARK
from collectors.store.doctor import examine
from collectors.store.open import RESTORING, Stores, open_stores
from collectors.store.parquet import Where
from collectors.store.shipper import ship
from config.errors import InputError, SchemaTooNew, StoreCorrupt
from config.site import StoreSettings
from tests.collectors.store.tables import DAY, ledger, plain, tick

if TYPE_CHECKING:
    from pathlib import Path


def filled(data: Path) -> Stores:
    stores = Stores(data)
    for second in range(3):
        stores.spool.accept(tick(DAY + second))
        ship(stores.spool, stores.lake)
    stores.spool.accept(tick(DAY + 3), key="import:ff:0")
    for number in range(2):
        stores.books.write(ledger(2, 4, seed=number), watermark={SEQUENCE_MARK: number}, cause="late", now=DAY)
    stores.state.audit.append("ana", "x", 1, 2, "why", at=DAY)
    return stores


def test_everything_comes_back(tmp_path: Path) -> None:
    before = filled(tmp_path / "data")
    told: list[tuple[int, int]] = []
    size = backup(
        tmp_path / "data", tmp_path / "b.tar", now=DAY, progress=lambda done, total: told.append((done, total))
    )
    assert size == (tmp_path / "b.tar").stat().st_size
    assert told[-1][0] <= told[-1][1]
    restore(tmp_path / "b.tar", tmp_path / "new", progress=lambda done, total: told.append((done, total)))
    after = Stores(tmp_path / "new")
    assert plain(after.archive.read()) == plain(before.archive.read())
    assert plain(after.books.rows()) == plain(before.books.rows())
    assert plain(after.books.history()) == plain(before.books.history())
    assert after.state.audit.entries() == before.state.audit.entries()
    assert plain(after.spool.latest()) == plain(before.spool.latest())
    assert examine(tmp_path / "new") == []


def test_the_restored_spool_has_a_new_identity_and_higher_numbers(tmp_path: Path) -> None:
    before = filled(tmp_path / "data")
    before.books.write(ledger(1, 1, start=DAY), watermark={SEQUENCE_MARK: 900 << 20}, cause="late", now=DAY)
    backup(tmp_path / "data", tmp_path / "b.tar", now=DAY)
    restore(tmp_path / "b.tar", tmp_path / "new")
    after = Stores(tmp_path / "new")
    assert after.spool.uuid != before.spool.uuid
    assert after.spool.backlog(0).rows == 20, "only what was not shipped"
    assert after.spool.accept(tick(DAY + 3, value=7.0)) > 900
    assert after.spool.accept(tick(DAY + 3), key="import:ff:0") == 0
    assert ship(after.spool, after.lake) == 40
    rows = [table.num_rows for table in after.lake.table.snapshot().read(Where())]
    assert sum(rows) == 100
    assert {row["value"] for row in plain(after.lake.read(start=DAY + 3))} == {7.0}


def test_a_backup_made_while_work_goes_on_is_whole(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    code = (
        "import sys, time; from pathlib import Path; from collectors.store.open import Stores;"
        "from collectors.store.shipper import ship; from tests.collectors.store.tables import DAY, tick\n"
        "stores, n, end = Stores(Path(sys.argv[1])), 0, time.time() + 4\n"
        "while time.time() < end:\n"
        "    n += 1; stores.spool.accept(tick(DAY + 100 + n)); ship(stores.spool, stores.lake, grace_s=0)\n"
        "    if n % 10 == 0: stores.lake.compact(DAY + 99999999)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, str(data)])
    time.sleep(1.5)
    for number in range(3):
        known = plain(Stores(data).archive.read(columns=["point", "time", "value"]))
        backup(data, tmp_path / f"{number}.tar", now=DAY)
        restore(tmp_path / f"{number}.tar", tmp_path / f"new{number}")
        after = Stores(tmp_path / f"new{number}")
        ship(after.spool, after.lake)
        rows = plain(after.lake.read(columns=["point", "time", "value"]))
        assert {repr(row) for row in known} <= {repr(row) for row in rows}
        assert sum(table.num_rows for table in after.lake.table.snapshot().read(Where())) == len(rows)
        assert examine(tmp_path / f"new{number}") == []
    assert worker.wait(60) == 0


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    filled(tmp_path / "data")
    backup(tmp_path / "data", tmp_path / "b.tar", now=DAY)
    with pytest.raises(InputError, match="exists: give another name"):
        backup(tmp_path / "data", tmp_path / "b.tar", now=DAY)
    with pytest.raises(InputError, match="is not empty: restore into a new folder"):
        restore(tmp_path / "b.tar", tmp_path / "data")
    (tmp_path / "empty").mkdir()
    restore(tmp_path / "b.tar", tmp_path / "empty")


def test_a_folder_that_cannot_be_replaced_takes_a_restore(tmp_path: Path) -> None:
    """A volume of a container, or the one folder that a service may write."""
    filled(tmp_path / "data")
    backup(tmp_path / "data", tmp_path / "b.tar", now=DAY)
    volume = tmp_path / "volume"
    (volume / "lost+found").mkdir(parents=True)
    (volume / RESTORING / "lake").mkdir(parents=True)  # of one that was broken off
    kept = volume.stat().st_ino
    (tmp_path / "text").write_text("hello")
    with pytest.raises(InputError, match="is no complete backup"):
        restore(tmp_path / "text", volume)
    assert {file.name for file in volume.iterdir()} == {"lost+found"}
    restore(tmp_path / "b.tar", volume)
    assert volume.stat().st_ino == kept, "a mounted folder cannot be replaced"
    assert not (volume / RESTORING).exists()
    assert examine(volume) == []


def test_a_restore_that_was_broken_off_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "data" / RESTORING).mkdir(parents=True)
    settings = SimpleNamespace(store=StoreSettings(data=tmp_path / "data"))
    with pytest.raises(StoreCorrupt, match="was broken off: empty the folder and restore again"):
        open_stores(settings)  # type: ignore[arg-type]  # as far as it is asked


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no stores"):
        backup(tmp_path / "none", tmp_path / "b.tar", now=DAY)
    (tmp_path / "text").write_text("hello")
    with pytest.raises(InputError, match="is no complete backup of Wattlas"):
        restore(tmp_path / "text", tmp_path / "new")
    filled(tmp_path / "data")
    backup(tmp_path / "data", tmp_path / "b.tar", now=DAY)
    content = (tmp_path / "b.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="is no complete backup of Wattlas"):
        restore(tmp_path / "cut.tar", tmp_path / "new")
    spoilt = bytearray(content)
    place = content.index(b"PAR1") + 20
    spoilt[place] ^= 1
    (tmp_path / "spoilt.tar").write_bytes(spoilt)
    with pytest.raises(StoreCorrupt, match="is not what was backed up"):
        restore(tmp_path / "spoilt.tar", tmp_path / "new")
    assert not list(tmp_path.glob("*.restoring"))
    assert not (tmp_path / "new").exists()


def test_a_path_outside_and_a_newer_format_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        tar.add(tmp_path / "x", "../../evil")
    with pytest.raises(InputError, match="lies outside"):
        restore(tmp_path / "evil.tar", tmp_path / "new")
    (tmp_path / MANIFEST).write_text(json.dumps({"format": 2, "made_at": 0, "files": {}}))
    with tarfile.open(tmp_path / "newer.tar", "w") as tar:
        tar.add(tmp_path / MANIFEST, MANIFEST)
    with pytest.raises(SchemaTooNew, match="install the newer version"):
        restore(tmp_path / "newer.tar", tmp_path / "new")


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "manifest",
    [b"[]", b"3", b"{}", b'{"format": 1}', b'{"files": {}}', b'{"format": "1", "files": {}}', DEEP,
     b'{"format": 1, "files": []}', b'{"format": 1, "files": {"a": 3}}'],
)  # fmt: skip
def test_a_manifest_that_says_nothing_is_one_sentence(manifest: bytes, tmp_path: Path) -> None:
    packed(tmp_path / "b.tar", {MANIFEST: manifest})
    with pytest.raises(
        InputError, match=r"is no complete backup of Wattlas \(its wattlas-backup\.json does not say format"
    ):
        restore(tmp_path / "b.tar", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_link_and_a_file_that_nobody_named_are_refused(tmp_path: Path) -> None:
    packed(tmp_path / "b.tar", {"books/more": b"x", MANIFEST: b'{"format": 1, "files": {}}'})
    with pytest.raises(InputError, match=r"holds books/more, which its wattlas-backup\.json does not name"):
        restore(tmp_path / "b.tar", tmp_path / "new")
    with tarfile.open(tmp_path / "b.tar", "a") as tar:
        link = tarfile.TarInfo("books/ledger")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
    with pytest.raises(InputError, match="it holds books/ledger, which is no plain file"):
        restore(tmp_path / "b.tar", tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar"]


def packed(archive: Path, contents: dict[str, bytes]) -> None:
    with tarfile.open(archive, "w") as tar:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
