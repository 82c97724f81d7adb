"""Numbers of a compare file that nothing can be reckoned with are refused in one sentence, through every door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.compare.options import CLOUD
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

HUGE = f"1{'0' * 400}"


@pytest.mark.parametrize(
    ("former", "now", "about"),
    [
        ("value = [2.0, 2.5, 3.0]", "value = 1e308", 'strategy "cloud"'),
        ("pue = 1.2", "pue = 1e308", 'strategy "cloud"'),
        ("devices = 8\n", f"devices = {HUGE}\n", 'strategy "cloud"'),
        ("lead_time_days = 1.0", "lead_time_days = [1, 1e300, 1e308]", 'strategy "cloud"'),
        ("lead_time_days = 1.0", f"lead_time_days = {HUGE}", "lead_time_days"),
        ("lead_time_days = 1.0", f"lead_time_days = -{HUGE}", "lead_time_days"),
        ("device_hours = 8000.0", "device_hours = 8000.0\ndata_gb = 1e308", "the comparison"),
    ],
)
def test_what_nothing_can_be_reckoned_with_is_refused(
    former: str, now: str, about: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "c.toml"
    assert former in CLOUD
    file.write_text(CLOUD.replace(former, now))
    assert main(["compare", str(file)]) == 2
    said = capsys.readouterr()
    assert about in said.err
    assert not said.out
