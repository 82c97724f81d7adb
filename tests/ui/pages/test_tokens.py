"""Tokens: text is readable on its background in both modes."""

from __future__ import annotations

import pytest

from ui.serving.serve import options, theme
from ui.tokens import MODES, palette


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB` (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("token", ["text", "muted", "ok", "warn", "crit", "info"])
def test_words_are_readable(mode: str, token: str) -> None:
    colours = palette(mode)
    assert contrast(getattr(colours, token), colours.bg) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("token", ["it", "cooling", "losses", "other"])
def test_fills_stand_off_their_background(mode: str, token: str) -> None:
    colours = palette(mode)
    assert contrast(colours.use(token), colours.bg) >= 3


def test_a_use_without_a_colour_of_its_own_shares_one() -> None:
    assert palette("dark").use("lighting") == palette("dark").other


def test_an_unknown_mode_is_light() -> None:
    assert palette(None) == palette("light") != palette("dark")


def test_the_theme_is_made_of_tokens_and_every_option_exists() -> None:
    from streamlit import config

    known = set(config.get_config_options())
    wanted = options(host="127.0.0.1", port=8501)
    assert wanted.keys() <= known
    assert theme()["theme.dark.backgroundColor"] == palette("dark").bg


def test_nothing_leaves_the_machine_and_loopback_answers_to_no_foreign_name() -> None:
    wanted = options(host="127.0.0.1", port=8501)
    assert wanted["browser.gatherUsageStats"] is False
    assert wanted["server.address"] == "127.0.0.1"
    assert "127.0.0.1" in wanted["server.allowedHosts"]
    opened = options(host="0.0.0.0", port=80, hosts=["w.example"])  # noqa: S104 - chosen by the user
    assert opened["server.allowedHosts"] == ["127.0.0.1", "::1", "localhost", "w.example"]
