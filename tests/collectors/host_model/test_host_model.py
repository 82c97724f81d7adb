"""The host model: two counts of the kernel to watts between idle and full, always estimated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.host_model import HostModel
from config.errors import PayloadUnreadable, SourceUnreachable

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 3, 1, tzinfo=UTC)


def source(stat: Path, **more: object) -> HostModel:
    table = {"id": "m", "point": "lab/edge", "idle_w": 40.0, "max_w": 140.0, "model_source": "plug meter"}
    return HostModel.model_validate({**table, "stat_file": stat, **more})


def line(user: int, idle: int, iowait: int = 0) -> str:
    return f"cpu  {user} 0 0 {idle} {iowait} 0 0 0 99 0\ncpu0 1 1 1 1\n"


def test_watts_follow_the_busy_share_since_the_poll_before(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    one = source(stat)
    stat.write_text(line(1000, 9000))
    assert list(one.parse(one.fetch(), AT)) == [], "nothing to compare with"
    stat.write_text(line(1025, 9050, 25))  # 25 busy of 100; waiting for disks is idle
    (reading,) = one.parse(one.fetch(), AT)
    assert (reading.value, str(reading.quality), reading.metric) == (65.0, "estimated", "power")
    stat.write_text(line(5, 5))
    assert list(one.parse(one.fetch(), AT)) == [], "the machine started anew"


def test_this_machine_tells_its_load(tmp_path: Path) -> None:
    from pathlib import Path as AnyPath

    if not AnyPath("/proc/stat").exists():
        pytest.skip("no /proc/stat: a host model needs Linux")
    one = source(AnyPath("/proc/stat"))
    assert one.fetch().startswith(b'{"former": null')


def test_slips(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match="gives no counts of processors"):
        source(tmp_path / "none").fetch()
    with pytest.raises(ValueError, match="exchange the two"):
        source(tmp_path / "none", idle_w=200.0)
    with pytest.raises(PayloadUnreadable, match="A payload of a host model cannot be read"):
        list(source(tmp_path / "none").parse(b"{}", AT))
