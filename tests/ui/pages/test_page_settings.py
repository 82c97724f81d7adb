"""Settings show what is understood and nothing secret; the glossary has a meaning for every word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.company import HEAD, START, TREE, Company
from tests.ui.pages.pages import cells, draw, words
from tests.ui.pages.test_page_quality import SOURCE
from ui.text import t
from ui.views import menu
from ui.views.glossary import terms

if TYPE_CHECKING:
    from pathlib import Path

CHANNEL = '[alerting]\nchannels = [{ id = "mail", kind = "webhook", address = "https://example.org/hunter2" }]\n'


def test_settings_are_shown_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_UPS", "hunter2")
    service = Company(tmp_path, TREE + SOURCE, HEAD + CHANNEL, now=START + 60.0).service
    app = draw(monkeypatch, service, "settings")
    assert not app.exception
    text = words(app)
    assert "1 sites, 2 points, 1 sources" in text
    shown = [cell for row in cells(app) for cell in row]
    assert "Small site (s)" in shown
    assert "webhook" in shown
    assert "s/utility" in text, "the tree of the site"
    everything = text + str(shown)
    assert "hunter2" not in everything
    assert "example.org" not in everything
    assert "factors are missing" in text


def test_a_bare_site_file_is_told_in_chinese_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, Company(tmp_path, "").service, "settings", lang="zh")
    assert not app.exception
    assert app.header[0].value == t("settings.question", "zh")
    assert t("settings.no_sources", "zh") in words(app)
    shown = {cell for row in cells(app) for cell in row}
    assert "范围三类别 3（输配电损失）" in shown, sorted(shown)  # noqa: RUF001 - Chinese
    assert {"平均、直接", "平均、生命周期"} & shown
    assert not {one for one in shown if one.startswith(("average, ", "location-based"))}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_glossary_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    app = draw(monkeypatch, Company(tmp_path, "").service, "glossary", lang=lang)
    assert not app.exception
    assert len(list(terms(lang))) > 20
    app.text_input(key="glossary_look").set_value("30134-6").run()
    assert t("glossary.terms", lang, n=1) in words(app)
    assert "ERF" in words(app)


def test_every_page_has_a_name_in_the_menu() -> None:
    codes = [code for entries in menu.GROUPS.values() for code, _, _ in entries]
    assert len(codes) == len(set(codes))
    assert all(t(f"nav.{code}", lang) for code in [*codes, *menu.GROUPS] for lang in ("en", "zh"))
