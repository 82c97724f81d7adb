"""A month's report of 1,000 devices in all formats and languages; its PDF beside bare typst on the same document."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import typst

from collectors.store.open import Stores
from config.loading import load_settings
from tests.bench.thousand_meters import month_of_rows, site_file
from ui.books.keeping import SEQUENCE_MARK, TIME_MARK
from ui.exports.layout import layout
from ui.exports.pdf import pdf

if TYPE_CHECKING:
    from pathlib import Path

EDGES = [int(datetime(2025 + m // 12, m % 12 + 1, 1, tzinfo=UTC).timestamp()) for m in range(13)]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ROUNDS = 5
COMMAND = """
import sys
from pathlib import Path
from ui.cli import main

code = main(sys.argv[1:])
print(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
sys.exit(code)
"""  # its own most memory: what getrusage tells of children is inherited from the parent that forked them


@pytest.mark.bench
def test_report_of_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = site_file(tmp_path)
    stores = Stores(load_settings(config).store.data)
    for start, end in pairwise(EDGES):
        mark = {SEQUENCE_MARK: 1, TIME_MARK: end + 86_400}
        stores.books.write(month_of_rows(start, end), watermark=mark, cause="bench", now=end)
    stores.books.compact(EDGES[-1] + 40 * 86_400)
    words = ["--config", str(config), "report", "2025-12", "--site", "b", "--out", str(tmp_path / "out")]
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", COMMAND, *words], check=True, capture_output=True, text=True)
    all_s = time.perf_counter() - began
    most_mb = int(done.stdout.splitlines()[-1].split()[1]) / 1024
    content = json.loads((tmp_path / "out" / "b-2025-12.json").read_text())
    assert len(list((tmp_path / "out").iterdir())) == 6
    ours_s, bare_s = pdf_seconds(layout(content, None, "en"), monkeypatch)
    sys.stdout.write(
        f"\nall formats {all_s:.1f} s (<= 30), {most_mb:.0f} MB (<= 600); "
        f"PDF {ours_s:.3f} s, bare typst {bare_s:.3f} s: {ours_s / bare_s:.2f} (<= 2)\n"
    )
    assert all_s <= 30
    assert most_mb <= 600
    assert ours_s <= 2 * bare_s


def pdf_seconds(printed: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    """Best time of our step, and of bare typst on the very files that it compiled."""
    pdf(printed, at=AT)  # letters and fonts are looked at once a process
    compiled, ours, bare = typst.compile, [], []

    def beside(*given: Any, **options: Any) -> Any:  # noqa: ANN401 - typst's own
        began = time.perf_counter()
        found = compiled(*given, **options)
        bare.append(time.perf_counter() - began)
        return found

    monkeypatch.setattr(typst, "compile", beside)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        pdf(printed, at=AT)
        ours.append(time.perf_counter() - began)
    return min(ours), min(bare)
