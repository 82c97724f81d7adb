"""Who may do what: every role and every act, asked of the service itself, whatever page or door it came through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest

from config.alerts.scope import Scope
from config.errors import InputError, NotAllowed
from config.sign_in import RoleName
from tests.ui.alerts.alert_site import Site
from ui.access.person import ANYBODY, Person
from ui.access.roles import ACTIONS, MATRIX
from ui.access.tokens import end_token, make_token
from ui.alerts.rows import acknowledge, end_silence, silence
from ui.estimates.deciding import approve, propose, withdraw
from ui.plan.curve import note_progress
from ui.plan.steps import note_milestone
from ui.records.entering import add_record, approve_records, import_records, withdraw_records
from ui.reports.period import period
from ui.reports.sealing import prepare, seal, sign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ui.access.roles import Action
    from ui.service import Service

LOAD = Scope(rule="ups-load")
WHO = "ann@example.com"
ACTS: dict[Action, list[Callable[[Service, Path, str], Any]]] = {
    "acknowledge": [lambda s, _, who: acknowledge(s, LOAD, who=who, comment="c")],
    "silence": [
        lambda s, _, who: silence(s, LOAD, hours=1, who=who, comment="c"),
        lambda s, _, who: end_silence(s, LOAD, who=who, comment="c"),
    ],
    "record": [
        lambda s, folder, who: add_record(s, {"kind": "x"}, folder, who=who),
        lambda s, folder, who: import_records(s, folder / "none.csv", who=who),
        lambda s, _, who: withdraw_records(s, ["x"], who=who, reason="r"),
    ],
    "estimate": [
        lambda s, _, who: propose(s, s.configuration.sites[0], 0, 1, points=None, who=who),
        lambda s, _, who: withdraw(s, ["x"], who=who, reason="r"),
    ],
    "approve": [
        lambda s, _, who: approve_records(s, ["x"], who=who),
        lambda s, _, who: approve(s, ["x"], who=who),
    ],
    "prepare": [lambda s, _, who: prepare(s, "nowhere", period("2026-03"), who=who)],
    "review": [lambda s, _, who: sign(s, "x", "reviewed", who=who)],
    "sign": [lambda s, _, who: sign(s, "x", "approved", who=who)],
    "seal": [lambda s, _, who: seal(s, "x", who=who, render=lambda *_: {})],
    "progress": [
        lambda s, _, who: note_progress(s, "x", state="done", cost=None, note="", who=who),
        lambda s, _, who: note_milestone(s, "x", state="done", cost=None, note="", who=who),
    ],
    "tokens": [
        lambda s, _, who: make_token(s, name="a b", scopes=["read"], site=None, expires="1d", who=who),
        lambda s, _, who: end_token(s, "x", who=who, reason=""),
    ],
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    site = Site(tmp_path_factory.mktemp("roles"))
    site.minute(1000.0)
    return site.service


def test_every_act_has_a_case_and_every_role_a_line() -> None:
    assert {*ACTS, "read", "settings"} == set(ACTIONS)
    assert tuple(MATRIX) == get_args(RoleName)
    assert all("read" in actions for actions in MATRIX.values())
    assert not MATRIX["auditor"] - {"read", "settings"}, "who audits changes nothing"
    assert not MATRIX["admin"] & {"record", "approve", "sign", "seal"}, "who keeps the doors signs no figures"
    assert not MATRIX["sustainability"] & {"approve", "sign", "seal"}, "who enters does not approve"


@pytest.mark.parametrize("role", get_args(RoleName))
def test_the_service_refuses_what_the_role_does_not_allow(service: Service, tmp_path: Path, role: RoleName) -> None:
    """What is allowed goes on to its own checks: a mistake of the arguments, or done."""
    acting = service.acting_as(Person(WHO, "Ann", frozenset({role})))
    before = len(service.stores.state.audit.entries())
    for action, cases in ACTS.items():
        for act in cases:
            said: object = None
            try:
                act(acting, tmp_path, WHO)
            except (InputError, LookupError) as error:
                said = error
            assert isinstance(said, NotAllowed) == (action not in MATRIX[role]), (role, action)
            assert not isinstance(said, NotAllowed) or "it needs the role" in str(said)
            with pytest.raises(NotAllowed):
                act(acting, tmp_path, "bob@example.com")
    done = service.stores.state.audit.entries()[before:]
    assert {one.who for one in done if one.what != "configuration"} <= {WHO}


def test_a_reader_behind_a_proxy_and_somebody_without_role_change_nothing(service: Service, tmp_path: Path) -> None:
    for who in (ANYBODY, Person("eve@example.com", "Eve", frozenset())):
        for cases in ACTS.values():
            for act in cases:
                with pytest.raises(NotAllowed):
                    act(service.acting_as(who), tmp_path, who.name)
    assert ANYBODY.may("read")
    assert not Person("eve@example.com", "Eve", frozenset()).may("read")
