"""RAPL: only zones that add up, each once; what may not be read is said."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from collectors.exposition import samples
from collectors.plugins.rapl import Rapl
from collectors.plugins.rapl.zones import zones_of
from config.errors import SourceRefused, SourceUnreachable
from tests.peers.node_exporter import running_node_exporter
from tests.peers.powercap import DRAM_UJ, PACKAGE_UJ, powercap_tree, set_register

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
JOULES_PER_KWH = 3.6e6
NAMES = ("node_rapl_package_joules_total", "node_rapl_dram_joules_total")
MAPPED = {"cpu-0": "package-0", "cpu-1": "package-1", "mem-0": "package-0/dram"}


def source(root: Path, zones: dict[str, str] | None = None) -> Rapl:
    table = {"id": "cpus-1", "point": "lab/srv-1", "zones": zones or MAPPED, "folder": str(root)}
    return Rapl.model_validate(table)


def test_cores_and_twins_are_no_zones_of_ours(tmp_path: Path) -> None:
    root = powercap_tree(tmp_path)
    found = zones_of(root)
    assert {name: zone.folder.name for name, zone in found.items()} == {
        "package-0": "intel-rapl:0",
        "package-0/dram": "intel-rapl:0:1",
        "package-1": "intel-rapl:1",
        "package-1/dram": "intel-rapl:1:0",
        "psys": "intel-rapl:2",
    }
    assert found["package-0"].limit_w == 420
    assert found["psys"].limit_w is None


def test_where_only_the_twin_exists_it_is_read(tmp_path: Path) -> None:
    root = powercap_tree(tmp_path, {"intel-rapl-mmio:0": "package-0"})
    assert [zone.folder.name for zone in zones_of(root).values()] == ["intel-rapl-mmio:0"]


def test_the_register_and_its_end_are_recorded(tmp_path: Path) -> None:
    one = source(powercap_tree(tmp_path))
    set_register(tmp_path, "intel-rapl:0", 3_600_000_000)
    payload = one.fetch()
    assert json.loads(payload)["zones"] == {
        "package-0": {"energy_uj": 3_600_000_000, "max_energy_range_uj": PACKAGE_UJ},
        "package-1": {"energy_uj": 5_000_000, "max_energy_range_uj": PACKAGE_UJ},
        "package-0/dram": {"energy_uj": 5_000_000, "max_energy_range_uj": DRAM_UJ},
    }
    first = next(one.parse(payload, AT))
    assert (first.point, first.metric, first.value) == ("lab/cpu-0", "energy_counter", 0.001)


@pytest.mark.parametrize(
    ("zones", "says"),
    [
        ({"a": "psys", "b": "package-0"}, "names psys beside what it contains: name either psys alone or packages"),
        (
            {"a": "package-0/core"},
            'cannot count "package-0/core": name package-0, package-0/dram or psys; the others',
        ),
        ({"a": "package-0", "b": "package-0"}, 'has "package-0" at several points: give each zone one point'),
    ],
)
def test_zones_that_do_not_add_up_are_refused(zones: dict[str, str], says: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=says):
        source(tmp_path, zones)


def test_psys_alone_is_read(tmp_path: Path) -> None:
    one = source(powercap_tree(tmp_path), {"board": "psys"})
    assert [reading.point for reading in one.parse(one.fetch(), AT)] == ["lab/board"]


def test_a_poll_may_not_be_so_rare_that_a_register_wraps_unseen(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="less than or equal to 60"):
        Rapl.model_validate({"id": "c", "point": "l/s", "zones": MAPPED, "folder": tmp_path, "interval_s": 61})


def test_a_machine_without_rapl_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match="has no RAPL zones: this is a virtual machine, or the kernel lacks"):
        source(tmp_path / "none").fetch()


def test_a_zone_that_does_not_exist_is_the_site_files_mistake(tmp_path: Path) -> None:
    with pytest.raises(
        SourceRefused, match="has no zone package-7: its zones are package-0, package-0/dram, package-1"
    ):
        source(powercap_tree(tmp_path), {"cpu-7": "package-7"}).fetch()


def test_a_register_that_gives_nothing_is_unreachable(tmp_path: Path) -> None:
    root = powercap_tree(tmp_path)
    (root / "intel-rapl:0" / "energy_uj").write_text("")
    with pytest.raises(SourceUnreachable, match="gives no energy"):
        source(root).fetch()


def test_a_register_of_root_alone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = powercap_tree(tmp_path)
    plain = type(root).read_text

    def denied(file: Path, *args: str, **kwargs: str) -> str:
        if file.name == "energy_uj":
            raise PermissionError(13, "Permission denied", str(file))
        return plain(file, *args, **kwargs)

    monkeypatch.setattr(type(root), "read_text", denied)  # root, who runs tests in a container, may read anything
    with pytest.raises(SourceRefused, match=r"energy_uj is not readable for this user: give its group the right"):
        source(root).fetch()


def test_a_zone_without_a_name_is_left_out(tmp_path: Path) -> None:
    root = powercap_tree(tmp_path)
    shutil.rmtree(root / "intel-rapl:1")
    assert [name for name in zones_of(root) if name.startswith("package-1")] == []


@pytest.mark.peer
def test_node_exporter_reads_the_same_registers(tmp_path: Path) -> None:
    root = powercap_tree(tmp_path / "class" / "powercap")
    set_register(root, "intel-rapl:0", PACKAGE_UJ)
    one = source(root, {"cpu-0": "package-0", "mem-0": "package-0/dram"})
    ours = {each.point: each.value * JOULES_PER_KWH for each in one.parse(one.fetch(), AT)}
    with running_node_exporter(tmp_path) as url:
        page = _patiently(url)
    theirs = {each.name: each.value for each in samples(page, NAMES) if each.labels["index"] == "0"}
    assert ours == {"lab/cpu-0": pytest.approx(theirs[NAMES[0]]), "lab/mem-0": pytest.approx(theirs[NAMES[1]])}


def _patiently(url: str) -> bytes:
    for _ in range(100):
        with suppress(OSError), urlopen(url, timeout=5) as answer:  # noqa: S310 - on loopback
            page: bytes = answer.read()
            return page
        time.sleep(0.05)
    pytest.fail("node_exporter did not answer")
