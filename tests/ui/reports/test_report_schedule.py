"""Reports that make themselves: on their day in site time, once, whatever dies in between; and how they look."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from config.errors import ConfigError, InputError
from config.loading import load_settings
from tests.ui.company import HEAD, START, Company, instant
from tests.ui.reports.office import POINTS
from ui.alerts.notify import deliver
from ui.exports.files import files
from ui.exports.look import look_of
from ui.reports import schedule
from ui.reports.content import report_content
from ui.reports.period import period
from ui.reports.schedule import due, make_due

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service

DAY = 86_400
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10"/></svg>'
CHANNEL = '[[alerting.channels]]\nid = "hook"\nkind = "webhook"\naddress = "http://127.0.0.1:9/hook"\n'
REPORTS = '[reports]\nday = 3\nhour = 6\nformats = ["pdf", "json"]\nlanguages = ["en"]\n'
DUE = instant("2026-05-03T06:00:00+02:00")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Company:
    folder = tmp_path_factory.mktemp("schedule")
    (folder / "logo.svg").write_bytes(PICTURE)
    company = Company(folder, POINTS, head=HEAD + CHANNEL + REPORTS, now=DUE - 60.0)
    times = range(0, 55 * DAY, 3600)
    company.read("s/utility", [(at, 1500.0) for at in times])
    company.read("s/ups", [(at, 1000.0) for at in times])
    company.keep()
    return company


def at(company: Company, time: float, *, booked: bool = True) -> Service:
    company.now = time
    if booked:
        company.keep()
    return company.service


def test_a_report_is_written_and_told_once_on_its_day_in_site_time(
    made: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [one.period.label for one in due(at(made, DUE - 60.0))] == ["2026-03"], "its own day is not there yet"
    assert list(due(at(made, DUE + 60.0, booked=False))) == [], "the day is there, and its books are not"
    late = at(made, DUE + 1.5 * DAY)  # a day was slept through

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(schedule, "_message", killed)
        with pytest.raises(KeyboardInterrupt):
            make_due(late)
    (event,) = make_due(late)
    assert make_due(late) == [], "once"
    assert make_due(at(made, DUE + 5 * DAY)) == []
    folder = made.folder / "data" / "reports" / "2026-04" / "company"
    assert sorted(file.name for file in folder.iterdir()) == ["company-2026-04-en.pdf", "company-2026-04.json"]
    assert (event.rule, event.word, event.subjects) == ("report 2026-04", "report", ("company",))
    assert "The facility took 1.08\N{NO-BREAK SPACE}MWh" in event.body
    assert "Checks: 0 block signing" in event.body
    assert "wattlas report prepare 2026-04 --site company" in event.body
    assert str(folder) in event.body
    (parcel,) = late.stores.state.alerts.parcels()
    assert (parcel.channel, parcel.event.key) == ("hook", event.key)


def test_what_is_told_takes_the_printed_report_along(made: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    service = at(made, DUE + 2 * DAY)
    make_due(service)
    sent: list[list[str]] = []
    monkeypatch.setattr("ui.alerts.notify.send", lambda _channel, _event, found: sent.append([f.name for f in found]))
    assert deliver(service) == 1
    assert sent == [["company-2026-04-en.pdf"]]


@pytest.mark.parametrize(
    ("zones", "now", "label", "began"),
    [
        (["Europe/Berlin"], "2026-05-03T03:59:59Z", "2026-03", "2026-04-03T04:00:00Z"),
        (["Europe/Berlin"], "2026-05-03T04:00:00Z", "2026-04", "2026-05-03T04:00:00Z"),
        (["Asia/Shanghai", "America/New_York"], "2026-05-03T04:00:00Z", "2026-03", "2026-04-03T10:00:00Z"),
        (["Asia/Shanghai", "America/New_York"], "2026-05-03T10:00:00Z", "2026-04", "2026-05-03T10:00:00Z"),
        (["Pacific/Auckland"], "2026-12-31T20:00:00Z", "2026-11", "2026-12-02T17:00:00Z"),
        (["Europe/Berlin"], "2026-01-10T00:00:00Z", "2025-12", "2026-01-03T05:00:00Z"),
    ],
)
def test_the_day_is_that_of_the_last_site(made: Company, zones: list[str], now: str, label: str, began: str) -> None:
    site = made.service.settings.sites[0]
    sites = [site.model_copy(update={"time_zone": zone}) for zone in zones]
    found = schedule._newest("company", sites, 3, 6, int(datetime.fromisoformat(now).timestamp()))
    assert (found.period.label, found.at) == (label, instant(began))


def test_no_day_no_report(tmp_path: Path) -> None:
    assert list(due(Company(tmp_path, POINTS, now=START + 60.0 * DAY).service)) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("day = 29", "key day must be 28 or less, not 29"),
        ("day = 0", "key day must be 1 or more, not 0"),
        ("hour = 24", "key hour must be 23 or less, not 24"),
        ('subjects = ["t"]', 'key subjects names "t", which is no site and not "company"'),
        ('channels = ["mail"]', 'key channels names "mail", which is no channel; add it under [[alerting.channels]]'),
        ("formats = []", "formats is empty: leave it out, or write at least one"),
        ('languages = ["fr"]', 'key languages number 1 cannot be "fr"'),
        ('logo = "none.png"', 'key logo names "none.png", which cannot be read (No such file or directory)'),
        ('logo = "text.png"', 'key logo names "text.png", which is no PNG, JPEG or SVG picture'),
        ('logo = "empty.png"', 'key logo names "empty.png", which is empty'),
        ('colours = ["blue"]', 'colours holds "blue", which is no colour'),
        ('colours = ["#FFFF00"]', "colours holds #FFFF00, which is too light to be read on white paper"),
    ],
)
def test_a_wrong_table_is_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "wattlas.toml").write_text(f"{HEAD}[reports]\n{text}\n{POINTS}")
    with pytest.raises(ConfigError) as error:
        load_settings(tmp_path / "wattlas.toml")
    assert told in str(error.value)
    assert str(error.value).startswith("wattlas.toml [reports]")
    assert len(str(error.value).splitlines()) == 1


def test_logo_and_colours_are_those_of_the_company(made: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    content = report_content(made.service, "s", period("2026-04"))
    monkeypatch.setattr(made, "head", f'{HEAD}[reports]\nlogo = "logo.svg"\ncolours = ["#7A1FA2", "#B0692E"]\n')
    settings = made.service.settings
    look = look_of(settings)
    assert (look.kind, look.it, look.facility) == ("svg", "#7A1FA2", "#B0692E")

    def printed(**more: Any) -> bytes:  # noqa: ANN401 - a look or none
        (raw,) = files(content, None, formats=["pdf"], langs=["en"], **more).values()
        return raw

    assert printed(look=look) != printed()
    assert printed(look=look) == printed(look=look)
    with pytest.raises(InputError, match=r'\[reports\] logo: "logo.svg" cannot be drawn \(.*\): save the picture anew'):
        printed(look=replace(look, logo=b"\x89PNG\r\n\x1a\nbroken", kind="png"))
    (made.folder / "logo.svg").write_text("no picture any more")
    with pytest.raises(InputError, match="which is no PNG, JPEG or SVG picture"):
        look_of(settings)
    assert json.dumps(content)
