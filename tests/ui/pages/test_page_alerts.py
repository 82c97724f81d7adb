"""The page of alerts says what the command says, and changes what the command changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit import config

from collectors.store.alerts import AlertEvent
from tests.ui.alerts.alert_site import Site
from tests.ui.company import HEAD, START, Company
from tests.ui.pages.pages import cells, draw, tables, words
from ui.alerts.rows import silenced, standing
from ui.alerts.sight import Watch
from ui.text import t

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A UPS above its limit for two minutes."""
    site = Site(tmp_path)
    for watts in (1000.0, 1600.0, 1600.0):
        site.minute(watts)
    return site


def test_what_fires_is_told_against_its_limit_with_the_latest_message(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = draw(monkeypatch, site.service, "alerts")
    assert not app.exception
    text = words(app)
    assert "1 alert fires (1 critical), 1 without anybody on it" in text
    assert "s/ups is 1.6 kW, above 1.5 kW" in text
    assert "the UPS is rated 2 kW" in text
    assert any("Alert ups-load: s/ups" in row for row in cells(app))
    assert "no channel that they went to" in text


def test_an_alert_is_taken_on_by_name_with_a_comment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, site.service, "alerts")
    app.text_input(key="ack_who").set_value("Ana")
    app.button(key="FormSubmitter:ack-Acknowledge").click().run()
    assert "give a name and a comment" in app.error[0].value
    assert not standing(site.service)[0]["acked_by"]
    app.text_input(key="ack_who").set_value("Ana")
    app.text_input(key="ack_comment").set_value("load moved to B")
    app.button(key="FormSubmitter:ack-Acknowledge").click().run()
    assert not app.exception
    assert standing(site.service)[0]["acked_by"].startswith("Ana (")
    assert "takes care of 1 alerts of ups-load" in app.success[0].value
    assert "0 without anybody on it" in words(app)
    assert site.service.stores.state.audit.entries()[-1].why == "load moved to B"


def test_a_rule_is_silenced_until_an_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, site.service, "alerts")
    app.selectbox(key="silence_rule").set_value("silent")
    assert app.selectbox(key="silence_where").options[:2] == ["everywhere", "s"]
    app.selectbox(key="silence_where").set_value("s/ups")
    app.selectbox(key="silence_hours").set_value(4)
    app.text_input(key="silence_comment").set_value("rewiring")
    app.button(key="FormSubmitter:silence-Silence").click().run()
    assert not app.exception
    (row,) = silenced(site.service)
    assert (row["rule"], row["node"], row["comment"]) == ("silent", "s/ups", "rewiring")
    assert "1 rules are silent" in words(app)


def test_a_page_open_to_the_network_changes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, site.service, "alerts")
    config.set_option("server.allowedHosts", ["localhost", "watt.example.org"])  # a proxy in front
    assert "it changes nothing" in words(app.run())
    config.set_option("server.allowedHosts", [])
    assert "it changes nothing" not in words(app.run())
    config.set_option("server.address", "0.0.0.0")  # noqa: S104 - what is refused
    assert "it changes nothing" in words(app.run())
    assert app.button(key="FormSubmitter:ack-Acknowledge").disabled
    assert app.button(key="FormSubmitter:silence-Silence").disabled


def test_without_rules_and_readings_nothing_is_called_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, Company(tmp_path, head=HEAD).service, "alerts")
    assert not app.exception
    text = words(app)
    assert "No rule watches this company" in text
    assert "No live power was ever read" in text
    assert "Nothing was told yet" in text


def test_old_readings_are_called_old_and_dark_alerts_no_good_news(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    site.at += 7200
    site.monotonic += 7200
    site.watch = Watch()
    site.look()
    app = draw(monkeypatch, site.service, "alerts")
    text = words(app)
    assert "Nothing was read for 2 h" in text
    assert "cannot be judged for want of data" in text


def test_chinese_and_names_that_are_markup(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    event = AlertEvent(
        key="k", at=START, rule="<b>", word="firing", severity="info", title="**x** <i>", body="", subjects=()
    )
    site.service.stores.state.alerts.move({}, [event], {event.key: ("mail",)})
    app = draw(monkeypatch, site.service, "alerts", lang="zh")
    assert not app.exception
    assert app.header[0].value == t("alerts.question", "zh")
    (shown,) = [rows for rows in tables(app) if "消息" in rows[0]]
    messages = [row["消息"] for row in shown]
    assert "**x** <i>" in messages
    assert any(message.startswith("告警 ups-load") for message in messages), "told in English alone"
    assert all("<i>" not in element.body for element in app.html), "names are no markup"
    assert "1 条等待通道接收" in words(app)


def test_a_state_store_that_is_broken_is_a_sentence(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    service = site.service
    service.stores.state.engine.dispose()
    (site.company.folder / "data" / "state.sqlite").write_bytes(b"no database" * 500)
    fresh = site.company.service
    app = draw(monkeypatch, fresh, "alerts")
    assert not app.exception
    assert any("cannot be drawn now" in error.value for error in app.error)
