"""Roles for one site alone: its figures are the same as ever, and nothing of another is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from config.errors import InputError, NotAllowed
from tests.ui.access.of_north import AT_NORTH, everything
from tests.ui.access.signing import claiming
from tests.ui.access.two_sites import DAY, MONTH, both, of_north
from tests.ui.api.asgi import Client
from tests.ui.api.halls import StillKept
from tests.ui.company import START
from tests.ui.pages.pages import draw
from ui.alerts.rows import silenced, standing, told
from ui.api.app import api
from ui.api.scopes import READ
from ui.attribution.asking import ByWhom
from ui.figures.data_quality import quarantine_rows
from ui.figures.organisation import company_figures
from ui.plan.status import plan_of
from ui.reports.content import report_content
from ui.reports.sealing import packed
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ui.company import Company
    from ui.service import Service

    Act = Callable[[Service, str], Any]

PAGES = "overview alerts floor energy green plan records reports compare quality settings glossary"
BY_FLEET = "by=tenant&fleet=true"
PLANT = "south/wind"  # the meter of a contract of the north: its figures rest on it


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return both(tmp_path_factory.mktemp("both"), AT_NORTH)


def test_every_figure_of_a_site_is_the_same_for_who_sees_it_alone(company: Company) -> None:
    whole, part = company.service, of_north(company)
    for start in (START, START + DAY):
        figures = whole.kpis(site="north", start=start, end=START + 2 * DAY)
        assert part.kpis(site="north", start=start, end=START + 2 * DAY) == figures
        assert part.kpis(site=None, start=start, end=START + 2 * DAY) == figures
        assert sum(one.value is not None for one in figures) > 5
    assert report_content(part, "north", MONTH) == report_content(whole, "north", MONTH)
    assert plan_of(part).rows == plan_of(whole, only="north").rows
    assert part.config_hash == whole.config_hash
    assert part.at(START).config_hash == whole.config_hash


def test_nothing_is_there_of_another_site(company: Company) -> None:
    part = of_north(company)
    for ask in (
        lambda: part.settings.site("south"),
        lambda: part.settings.point("south/ups"),
        lambda: part.kpis(site="south", start=START, end=START + DAY),
        lambda: part.ledger(start=START, end=START + DAY, points=["south/utility"]),
        lambda: report_content(part, "south", MONTH),
    ):
        with pytest.raises(InputError) as error:
            ask()
        assert "north" in str(error.value)
    assert [one.point for one in part.power_now("south")] in ([], [PLANT])
    found = [standing(part), told(part), silenced(part), quarantine_rows(part, START + 2 * DAY, START + 3 * DAY)]
    assert all(found)
    assert "south" not in str(found)
    assert "Sudhall" not in str(found)


def test_a_total_of_all_is_refused_never_made_of_a_part(company: Company) -> None:
    part = of_north(company)
    spans = [(part.settings.site("north"), START, START + DAY)]
    for ask in (
        lambda: report_content(part, "company", MONTH),
        lambda: company_figures(part, spans),
        lambda: packed(part, part.stores.state.reports.all()[0]),
        lambda: ByWhom(by="tenant", fleet=True).figures(part, spans),
    ):
        with pytest.raises(NotAllowed, match="is of all sites, and here is leave for north alone"):
            ask()


def opened(page: str, link: dict[str, str]) -> AppTest:
    """A page in a session of its own, with whatever is kept of others'."""
    app = AppTest.from_string(f"from ui.views import {page}\n{page}.page()\n", default_timeout=60)
    for key, value in link.items():
        app.query_params[key] = value
    return app.run()


@pytest.mark.parametrize("page", PAGES.split())
def test_no_page_shows_anything_of_another_site(company: Company, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    """Asked by a link to the other site, and after somebody who may see it filled every cache."""
    service = company.service
    claiming(monkeypatch, service, email="all@example.com", email_verified=True)
    link = {"month": "2026-03", "site": "south", "subject": "south"}
    app = draw(monkeypatch, service, page, **link)
    assert not app.exception
    whole = everything(app)
    assert page in {"compare", "glossary"} or "Sudhall" in whole or "south" in whole, "else this proves nothing"
    claiming(monkeypatch, service, email="auditor@example.com", email_verified=True)
    app = opened(page, link)
    assert not app.exception
    seen = everything(app).replace(PLANT, "")
    assert "Sudhall" not in seen
    assert "south" not in seen.replace("?site=south", "")
    claiming(monkeypatch, service, email="all@example.com", email_verified=True)
    again = everything(opened(page, link))
    assert page in {"compare", "glossary"} or "Sudhall" in again or "south" in again


def test_settings_are_those_of_the_sites_that_one_audits(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    claiming(monkeypatch, company.service, email="eve@example.com", email_verified=True)
    assert "Sudhall" in everything(draw(monkeypatch, company.service, "overview")), "she reads all"
    app = draw(monkeypatch, company.service, "settings")
    assert not app.exception
    seen = everything(app).replace(PLANT, "")
    assert "Nordhall" in seen
    assert "south" not in seen
    assert "Sudhall" not in seen


def test_the_overview_says_that_a_total_is_not_shown(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    service, total = company.service, t("company.total", "en", company="Both")
    claiming(monkeypatch, service, email="all@example.com", email_verified=True)
    app = draw(monkeypatch, service, "overview")
    assert total in everything(app)
    claiming(monkeypatch, service, email="two@example.com", email_verified=True)
    seen = everything(opened("overview", {}))
    assert "Westhall" in seen
    assert t("company.part", "en") in seen
    assert total not in seen


@pytest.mark.parametrize("scope", [*READ, "metrics"])
def test_a_token_of_one_site_reads_no_other(company: Company, scope: str) -> None:
    """Whatever it asks: by the other's name or point, by an ETag of who sees all, by a report's id, or as a total."""
    kept = StillKept(company)
    app, tokens, at = api(kept, ["127.0.0.1"]), kept.opened.stores.state.tokens, int(company.now)
    whole, part = (
        Client(app, tokens.create(name=f"{scope}{site}", scopes=[scope], site=site, expires_at=None, who="a", at=at)[1])
        for site in (None, "north")
    )
    period = "from=2026-03-14T00:00:00Z&to=2026-03-14T02:00:00Z"
    route = "/metrics" if scope == "metrics" else f"/api/v1/{scope}?{period if scope in READ[:3] else ''}"
    every, own = whole.get(route), part.get(route)
    assert (every.status, own.status) == (200, 200)
    assert b"south" in every.body, "else this proves nothing"
    assert b"south" not in own.body.replace(PLANT.encode(), b"")
    assert b"north" in own.body
    kept_by_all = {"if-none-match": every.headers["etag"]}
    assert whole.get(route, headers=kept_by_all).status == (304 if scope in READ else 200), "metrics count requests"
    assert part.get(route, headers=kept_by_all).status == 200
    (report,) = [one.id for one in kept.opened.stores.state.reports.all() if one.subject == "south"]
    for asked in (
        "site=south",
        "point=south/ups",
        "site=south&site=north",
        "fleet=true",
        BY_FLEET,
        f"id={report}",
        "kind=none",
    ):
        answer = part.get(f"{route}{'?' if scope == 'metrics' else '&'}{asked}")
        assert answer.status in {400, 403}, asked
        assert answer.status == 403 or asked != BY_FLEET or scope != "kpis", "a total of all is refused as such"
        assert b"Sudhall" not in answer.body, asked
