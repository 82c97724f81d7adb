"""Names in scripts without a font: the PDF says which letters are boxes, and which package has them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typst

from ui.exports.glyphs import boxes, named, packages
from ui.exports.layout import layout
from ui.exports.pdf import LATIN, pdf

BUNDLED: dict[str, Any] = {"ignore_system_fonts": True}
AT = datetime(2026, 5, 1, tzinfo=UTC)


def printed(company: str) -> dict[str, Any]:
    """A report of a company without a site."""
    facts = {"demo": False, "company": company, "subject": "company", "label": "2026-04", "config_hash": "a"}
    return layout({**facts, "wattlas": "1", "company_figures": [], "sites": [], "checks": []}, None, "en")


def test_letters_without_a_glyph_are_found_and_named() -> None:
    assert boxes("Zürich Łódź €·₂ Ελλάδα", [LATIN], BUNDLED) == []
    assert boxes("ไทย\U0001f600 ไ", [LATIN], BUNDLED) == ["ไ", "ท", "ย", "\U0001f600"]
    assert named(["ไ"]) == "U+0E44 THAI CHARACTER SARA AI MAIMALAI"
    assert named("ไทยกขค").endswith("…")
    assert packages(["ไ", "\U0001f600", "中"]) == "fonts-noto-cjk, fonts-noto-color-emoji, fonts-noto-core"


@pytest.mark.parametrize(("name", "told"), [("ไทย", "U+0E44 THAI CHARACTER"), ("Zürich", None)])
def test_the_pdf_says_which_letters_are_boxes(name: str, told: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []
    compiled = typst.compile

    def seen(file: str, **options: Any) -> Any:  # noqa: ANN401 - typst's own
        if options["format"] == "pdf":
            given.append(json.loads(Path(file).with_name("data.json").read_text("utf-8")))
        return compiled(file, **options)

    monkeypatch.setattr(typst, "compile", seen)
    monkeypatch.setattr("ui.exports.pdf._machine_fonts", lambda: typst.Fonts(include_system_fonts=False))
    assert pdf(printed(name), at=AT).startswith(b"%PDF")
    rows = given[0]["checks"]["rows"]
    assert [told in row[1] for row in rows] == [True] if told else rows == []
