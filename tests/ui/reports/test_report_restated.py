"""A restatement is seen: whatever a report prints, and whatever report of the period was sealed first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.report import differences
from collectors.store.people import same_person
from collectors.store.reports import Report, Step
from config.errors import InputError
from tests.ui.company import START, Company
from tests.ui.reports.office import POINTS
from ui.exports.layout import layout
from ui.reports.content import report_content
from ui.reports.period import period
from ui.reports.printed import printed
from ui.reports.restating import UNNAMED, compared
from ui.reports.sealing import prepare

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


@pytest.fixture
def company(tmp_path: Path) -> Company:
    found = Company(tmp_path, POINTS, now=START + 60.0 * DAY)
    found.read("s/utility", [(at, 1500.0) for at in range(17 * DAY, 55 * DAY, 3600)])
    found.keep()
    return found


def drafted(id_: str) -> Report:
    step = Step(name="prepared", who="ada", at=START, solo=False, why="", manifest="")
    return Report(id=id_, subject="s", label="2026-04", start=0, end=9, content=id_, restates="", steps=(step,))


def test_of_two_prepared_reports_of_a_period_one_is_sealed(tmp_path: Path) -> None:
    reports = Company(tmp_path).service.stores.state.reports

    def sealed(id_: str) -> None:
        for name, who in (("reviewed", "bob"), ("approved", "cyd"), ("sealed", "cyd")):
            reports.take(id_, name, who=who, at=START, solo=False)

    for id_ in ("a", "b"):
        reports.prepare(drafted(id_), why="")
    sealed("a")
    with pytest.raises(InputError, match="report a of s 2026-04 was sealed since report b was prepared"):
        sealed("b")
    with pytest.raises(InputError, match="is sealed: give --restates"):
        reports.prepare(drafted("b"), why="")  # known, and yet it says nothing of the sealed one
    assert reports.prepare(drafted("a"), why="").sealed
    assert reports.prepare(drafted("c"), why="another name").restates == "a"
    reports.prepare(drafted("d"), why="another name too")
    sealed("c")
    with pytest.raises(InputError, match="report c of s 2026-04 was sealed since report d"):
        sealed("d")


def test_one_person_under_two_spellings_is_one(tmp_path: Path) -> None:
    reports = Company(tmp_path).service.stores.state.reports
    reports.prepare(drafted("a"), why="")
    with pytest.raises(InputError, match="took a step of report"):
        reports.take("a", "reviewed", who=" Ada", at=START, solo=False)
    assert not same_person("ada", "bob")


def test_the_eu_sheet_and_the_year_before_are_compared(company: Company) -> None:
    report = prepare(company.service, "s", period("2026-04"), who="ada")
    now = report_content(company.service, "s", period("2026-04"))
    assert not compared(company.service, report, now).figures
    (part,) = now["sites"]
    part["figures"][0]["year_before"] = 5.0
    part["eed"] = [{"clause": "II.1.c", "code": "SCR", "unit": "m2", "value": 120.0}]
    found = compared(company.service, report, now)
    assert [row["figure"] for row in found.figures] == ["facility_energy_kwh@year_before", "EU II.1.c SCR"]
    assert "the books of the year before changed" in found.causes
    shown = layout({**now, "restated": {"id": "r", "figures": found.figures, "causes": found.causes}}, None, "en")
    assert [row[0] for row in shown["restated"]["rows"]] == ["s: Facility energy, Year before", "s: EU II.1.c SCR"]


def test_a_text_of_the_eu_sheet_is_compared_as_text() -> None:
    contents = [
        {
            "company_figures": [],
            "sites": [
                {"id": "s", "figures": [], "eed": [{"clause": "I.1.a", "code": "N", "unit": "text", "value": value}]}
            ],
        }
        for value in ("Hall", "Halle", "N/A")
    ]
    (found,) = differences(printed(contents[0]), printed(contents[1]))
    assert (found.before, found.after, found.share) == ("Hall", "Halle", None)
    assert differences(printed(contents[0]), printed(contents[2]))[0].after is None
    assert not differences(printed(contents[2]), printed(contents[2]))


def test_a_site_that_left_is_named_and_no_other_taken_for_it(company: Company) -> None:
    report = prepare(company.service, "company", period("2026-04"), who="ada")
    now = report_content(company.service, "company", period("2026-04"))
    now["sites"] = [{**now["sites"][0], "id": "t"}]
    assert compared(company.service, report, now).causes == [
        "s is no site of the report any more",
        "t is a site of the report now",
    ]


def test_a_factor_of_another_value_is_named(company: Company) -> None:
    report = prepare(company.service, "s", period("2026-04"), who="ada")
    now = report_content(company.service, "s", period("2026-04"))
    moved = [one for one in now["sites"][0]["figures"] if one["factors"]]
    (use,) = {(use["id"], use["value"], use["unit"]) for one in moved for use in one["factors"]}
    for one in moved:
        one["value"] = one["value"] and 2 * one["value"]
        one["factors"] = [{**each, "value": 2 * each["value"]} for each in one["factors"]]
    (cause,) = compared(company.service, report, now).causes
    assert cause == f"s: factor {use[0]} was {use[1]:g} {use[2]}, is {2 * use[1]:g} {use[2]}"


def test_the_causes_of_a_restatement_are_in_the_language_of_the_report(company: Company) -> None:
    content = report_content(company.service, "s", period("2026-04"))
    told = {
        "the configuration changed from a1 to b2": "配置由 a1 变为 b2",
        "computed by Wattlas 2.0, then 1.0": "由 Wattlas 2.0 计算",
        "t is no site of the report any more": "t 不再是报告中的站点",
        "s: 1,440 ledger rows of s/ups were revised since: readings": "s/ups 的 1,440 行账目此后因新读数修订",
        "s: record ab12 version 2 came in since": "此后新增记录 ab12 第 2 版",
        "s: estimate cd version 1 stands no longer": "估算 cd 第 1 版不再有效",
        "s: factor USA-2023 is used now": "现用因子 USA-2023",
        "s: factor own was 400 gCO2e/kWh, is 450 gCO2e/kWh": "现为 450 gCO2e/kWh",
        "the books of the year before changed": "上一年的账目有变",
        UNNAMED: "原先没有数据的时段有了新行",
    }
    said = {**content, "restated": {"id": "x", "figures": [], "causes": list(told)}}
    causes = layout(said, None, "zh")["restated"]["causes"]
    assert all(words in cause for words, cause in zip(told.values(), causes, strict=True))
    assert layout(said, None, "en")["restated"]["causes"] == list(told)
