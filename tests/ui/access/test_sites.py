"""Roles for one site alone: its figures are the same as ever, nothing of another is seen, and no act goes beyond."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from config.alerts.scope import Scope
from config.errors import ConfigError, InputError, NotAllowed
from config.loading import load_settings
from tests.ui.access.test_roles import SIGN_IN, claiming
from tests.ui.access.two_sites import DAY, DIESEL, MONTH, NAMES, both, of_north, person
from tests.ui.api.asgi import Client
from tests.ui.api.halls import StillKept
from tests.ui.company import HEAD, START, TREE
from tests.ui.pages.pages import draw
from ui.access.roles import ACTIONS
from ui.access.tokens import end_token, make_token
from ui.alerts.rows import acknowledge, end_silence, silence, silenced, standing, told
from ui.api.app import api
from ui.api.scopes import READ
from ui.attribution.asking import ByWhom
from ui.estimates.deciding import approve, propose, withdraw
from ui.figures.data_quality import quarantine_rows
from ui.figures.organisation import company_figures
from ui.plan.curve import note_progress
from ui.plan.status import plan_of
from ui.plan.steps import note_milestone
from ui.records.entering import add_record, approve_records, withdraw_records
from ui.reports.content import report_content
from ui.reports.sealing import packed, prepare, seal, sign
from ui.reports.tasks import give
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from config.sign_in import RoleName
    from tests.ui.company import Company
    from ui.access.roles import Action
    from ui.service import Service

    Act = Callable[[Service, str], Any]

WEST = """
[[sites]]
id = "west"
name = "Westhall"
zone = "US"
time_zone = "Europe/Berlin"
currency = "EUR"
[[points]]
id = "west/utility"
role = "utility"
interval_s = { power = 900 }
"""
AT_NORTH = SIGN_IN + "".join(
    f'[[sign_in.roles]]\nrole = "{role}"\nemails = ["{role}@example.com"]\nsites = ["north"]\n'
    for role in ("viewer", "auditor", "operator")
)
AT_NORTH += '[[sign_in.roles]]\nrole = "viewer"\nemails = ["eve@example.com"]\n'  # of all, and auditor of one
AT_NORTH = AT_NORTH.replace('["auditor@example.com"]', '["auditor@example.com", "eve@example.com"]')
AT_NORTH += '[[sign_in.roles]]\nrole = "viewer"\nemails = ["two@example.com"]\nsites = ["north", "west"]\n' + WEST
AT_NORTH = AT_NORTH.replace('role = "viewer"\neveryone = true', 'role = "auditor"\nemails = ["all@example.com"]')
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


def everything(app: AppTest) -> str:
    """All that a page sends to a browser."""
    found = (str(getattr(node, "proto", "")) for node in _nodes(app._tree))
    return unescape("\n".join(found).replace("\\'", "'"))


def _nodes(node: Any) -> Iterator[Any]:  # noqa: ANN401 - of Streamlit's own tree
    yield node
    for child in getattr(node, "children", {}).values():
        yield from _nodes(child)


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


ENTRY = {"kind": "fuel", "subject": DIESEL, "from": "2026-03-01", "to": "2026-03-31", "value": "9", "unit": "L"}


def acts(
    service: Service, site: str, folder: Path
) -> dict[str, tuple[Action, RoleName, Callable[[Service, str], Any]]]:
    """Every act on something of a site: what it is, who may do it."""
    state, entry = service.stores.state, ENTRY | {"site": site}
    (record,) = [one.id for one in state.records.newest() if one.entry.site == site]
    estimates = [one.id for one in state.estimates.all(site=site)]
    (report,) = [one.id for one in state.reports.all() if one.subject == site]
    of, scope = service.settings.site(site), Scope(rule=f"rule-{site}")
    content = report_content(service, site, MONTH)
    task = next(one["task"] for one in content["checks"] if "task" in one)
    token, _ = state.tokens.create(name=site, scopes=["alerts"], site=site, expires_at=None, who="ann", at=1)
    words: dict[str, Any] = {"state": "done", "cost": None, "note": ""}
    given = {"person": "p", "due": "2026-12-01", "note": ""}
    return {
        "take on": ("acknowledge", "operator", lambda s, who: acknowledge(s, scope, who=who, comment="c")),
        "take on a node": (
            "acknowledge",
            "operator",
            lambda s, who: acknowledge(s, Scope(rule="rule-both", node=f"{site}/utility"), who=who, comment="c"),
        ),
        "silence": ("silence", "operator", lambda s, who: silence(s, scope, hours=1, who=who, comment="c")),
        "end": ("silence", "operator", lambda s, who: end_silence(s, scope, who=who, comment="c")),
        "enter": (
            "record",
            "sustainability",
            lambda s, who: add_record(s, entry, folder, who=who, reason="r"),
        ),
        "take back": ("record", "sustainability", lambda s, who: withdraw_records(s, [record], who=who, reason="r")),
        "approve": ("approve", "approver", lambda s, who: approve_records(s, [record], who=who)),
        "propose": ("estimate", "operator", lambda s, who: propose(s, of, START, START + DAY, points=None, who=who)),
        "approve estimate": ("approve", "approver", lambda s, who: approve(s, estimates, who=who, sign_off="s")),
        "withdraw": ("estimate", "operator", lambda s, who: withdraw(s, estimates, who=who, reason="r")),
        "prepare": ("prepare", "sustainability", lambda s, who: prepare(s, site, MONTH, who=who, why="y")),
        "give": (
            "prepare",
            "sustainability",
            lambda s, who: give(s, content, task, who=who, **given),
        ),
        "review": ("review", "approver", lambda s, who: sign(s, report, "reviewed", who=who)),
        "sign": ("sign", "approver", lambda s, who: sign(s, report, "approved", who=who)),
        "seal": ("seal", "approver", lambda s, who: seal(s, report, who=who, render=lambda *_: {})),
        "progress": ("progress", "planner", lambda s, who: note_progress(s, f"measure-{site}", who=who, **words)),
        "milestone": ("progress", "planner", lambda s, who: note_milestone(s, f"milestone-{site}", who=who, **words)),
        "token": (
            "tokens",
            "admin",
            lambda s, who: make_token(s, name=f"n-{site}", scopes=["read"], site=site, expires="1d", who=who),
        ),
        "end token": ("tokens", "admin", lambda s, who: end_token(s, token.id, who=who, reason="r")),
    }


def tried(act: Act, service: Service, who: str) -> Exception | None:
    try:
        act(service, who)
    except (InputError, LookupError) as error:
        return error
    return None


def test_an_act_at_another_site_is_refused_by_the_service(company: Company, tmp_path: Path) -> None:
    service = company.service
    log = service.stores.state.audit.entries
    north, south = (acts(service, site, tmp_path) for site in NAMES)
    for name, (_, role, act) in south.items():
        own = person("north", role=role)
        before = len(log())
        said = tried(act, service.acting_as(replace(own, roles=frozenset({"viewer"}))), own.name)
        assert str(said) == f"{own.name} may do this at north alone, not at south.", name
        assert isinstance(tried(act, service.acting_as(own), own.name), InputError), name
        assert [one for one in log()[before:] if one.what != "roles"] == [], name
    for name, (_, role, act) in north.items():
        own = person("north", role=role)
        assert not isinstance(tried(act, service.acting_as(own), own.name), NotAllowed), name
    assert {one[0] for one in north.values()} == {*ACTIONS} - {"read", "settings"}


def test_what_is_of_all_sites_needs_a_role_for_all(company: Company) -> None:
    service = company.service
    (report,) = [one.id for one in service.stores.state.reports.all() if one.subject == "company"]
    cases: list[tuple[RoleName, Act]] = [
        ("operator", lambda s, who: silence(s, Scope(rule="rule-both"), hours=1, who=who, comment="c")),
        ("operator", lambda s, who: acknowledge(s, Scope(tag="tenant-north"), who=who, comment="c")),
        ("sustainability", lambda s, who: prepare(s, "company", MONTH, who=who)),
        ("approver", lambda s, who: sign(s, report, "reviewed", who=who)),
        ("admin", lambda s, who: make_token(s, name="a", scopes=["read"], site=None, expires="1d", who=who)),
    ]
    for role, act in cases:
        own = person("north", role=role)
        said = tried(act, service.acting_as(own), own.name)
        assert (
            str(said)
            == f"{own.name} may do this at north alone, not for all sites together: say which site it is about."
        )


@pytest.mark.parametrize(
    ("sites", "sentence"),
    [
        ('["souht"]', '[[sign_in.roles]]: key sites of role "viewer" names "souht", which is no site'),
        ("[]", "key roles number 1, sites must be filled in"),
    ],
)
def test_a_role_is_for_sites_that_there_are(tmp_path: Path, sites: str, sentence: str) -> None:
    file = tmp_path / "wattlas.toml"
    file.write_text(HEAD + TREE + SIGN_IN.replace("everyone = true", f"everyone = true\nsites = {sites}"))
    with pytest.raises(ConfigError) as error:
        load_settings(file)
    assert sentence in str(error.value)
