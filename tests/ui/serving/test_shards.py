"""A part of the sources as its user sees it."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING

from tests.ui.company import HEAD, Company
from ui.cli import main
from ui.serving.collecting import Collecting

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TREE = "".join(
    f"""
[[points]]
id = "s/srv-{number}"
role = "server"
[[sources]]
id = "bmc-{number}"
kind = "ipmi"
point = "s/srv-{number}"
host = "10.0.0.{number}"
user = "u"
password = {{ env = "KEY" }}
"""
    for number in range(1, 9)
)
PART = """
[collecting]
shard = "{part}/2"
"""


def test_two_parts_poll_all_sources_and_keep_no_books(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    polled: list[str] = []
    asked: list[object] = []
    monkeypatch.setattr("ui.serving.collecting.fetch_all", asked.append)
    for part in (1, 2):
        folder = tmp_path / str(part)
        folder.mkdir()
        company = Company(folder, points=TREE + PART.format(part=part), head=HEAD)
        collecting = Collecting(company.service, SimpleQueue())
        own = [collector.id for collector in collecting._collectors()]
        polled += own
        collecting._settle()
        collecting._fetch_jobs()
        assert main(["--config", str(folder / "wattlas.toml"), "check"]) == 0
        words = f"Collects part {part}/2: {len(own)} of these sources, without books and alerts"
        assert words in capsys.readouterr().out
    assert not asked, "four parts would ask a cluster four times, for nobody's books"
    assert sorted(polled) == [f"bmc-{number}" for number in range(1, 9)]
    assert main(["--config", str(tmp_path / "1" / "wattlas.toml"), "up"]) == 2
    assert "shard is for `wattlas collect`" in capsys.readouterr().err
