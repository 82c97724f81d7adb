"""The workbook as LibreOffice opens it: no repair, and every figure as the JSON has it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.ui.company import START, Company
from tests.ui.reports.office import POINTS
from ui.exports.files import files
from ui.reports.content import report_content
from ui.reports.period import period
from ui.text import t

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"  # every sheet, cells as they are


@pytest.mark.soak
@pytest.mark.peer
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_calc_opens_the_workbook_and_reads_the_same_figures(tmp_path: Path, lang: str) -> None:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed: apt-get install --no-install-recommends libreoffice-calc-nogui")
    company = Company(tmp_path, POINTS, now=START + 60.0 * DAY)
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0)):
        company.read(point, [(at, watts) for at in range(0, 55 * DAY, 3600)])
    company.keep()
    content = report_content(company.service, "s", period("2026-04"))
    made = files(content, None, formats=["xlsx", "json"], langs=[lang])
    book = tmp_path / f"s-2026-04-{lang}.xlsx"
    book.write_bytes(made[book.name])
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    command = [program, home, "--headless", "--convert-to", CSV, "--outdir", str(tmp_path / "csv"), str(book)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    assert "repair" not in (done.stdout + done.stderr).lower()
    sheets = {path.stem.split(f"-{lang}-", 1)[1]: path for path in (tmp_path / "csv").iterdir()}
    assert len(sheets) >= 12, "one file a sheet"
    rows = list(csv.DictReader(io.StringIO(sheets[t("report.figures", lang)].read_text("utf-8"))))
    figures = json.loads(made["s-2026-04.json"])["sites"][0]["figures"]
    assert len(rows) == len(figures)
    for row, figure in zip(rows, figures, strict=True):
        for key in ("value", "low", "high", "measured", "missing", "year_before"):
            read = float(row[key]) if row[key] else None
            same = read is figure[key] or read == pytest.approx(figure[key] or 0.0, rel=1e-12)
            assert same, f"{figure['name']} {key}: {read}, {figure[key]}"
        assert row["unit"] == figure["unit"]
