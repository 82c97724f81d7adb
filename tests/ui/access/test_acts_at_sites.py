"""Roles for one site alone: no act goes beyond it, and what is of all sites needs a role for all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from config.alerts.scope import Scope
from config.errors import ConfigError, InputError, NotAllowed
from config.loading import load_settings
from tests.ui.access.of_north import AT_NORTH
from tests.ui.access.signing import SIGN_IN
from tests.ui.access.two_sites import DAY, DIESEL, MONTH, NAMES, both, person
from tests.ui.company import HEAD, START, TREE
from ui.access.roles import ACTIONS
from ui.access.tokens import end_token, make_token
from ui.alerts.rows import acknowledge, end_silence, silence
from ui.estimates.deciding import approve, propose, withdraw
from ui.plan.curve import note_progress
from ui.plan.steps import note_milestone
from ui.records.entering import add_record, approve_records, withdraw_records
from ui.reports.content import report_content
from ui.reports.sealing import prepare, seal, sign
from ui.reports.tasks import give

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config.sign_in import RoleName
    from tests.ui.company import Company
    from ui.access.roles import Action
    from ui.service import Service

    Act = Callable[[Service, str], Any]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return both(tmp_path_factory.mktemp("both"), AT_NORTH)


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
