"""Who may do what: every role and every act, asked of the service itself, whatever page or door it came through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.alerts.scope import Scope
from config.errors import ConfigError, InputError, NotAllowed
from config.loading import load_settings
from config.sign_in import ROLE_NAMES
from tests.ui.alerts.alert_site import Site
from tests.ui.company import HEAD, TREE, Company
from tests.ui.pages.pages import Held, draw, tables, words
from ui import session
from ui.access.ended import end
from ui.access.person import ANYBODY, Person, person_of
from ui.access.roles import ACTIONS, MATRIX
from ui.access.tokens import end_token, make_token
from ui.alerts.rows import acknowledge, end_silence, silence
from ui.cli import main
from ui.estimates.deciding import approve, propose, withdraw
from ui.plan.curve import note_progress
from ui.plan.steps import note_milestone
from ui.records.entering import add_record, approve_records, import_records, withdraw_records
from ui.reports.period import period
from ui.reports.sealing import prepare, seal, sign
from ui.serving.serve import PROXY_VARIABLE, SIGN_IN_VARIABLE, sign_in_secrets
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config.sign_in import RoleName, SignIn
    from ui.access.roles import Action
    from ui.service import Service

SIGN_IN = """
[sign_in]
issuer = "https://login.example.com/realms/main/"
client_id = "wattlas"
client_secret = { env = "SECRET_OF_THE_CLIENT" }
url = "https://watt.example.com"
[[sign_in.roles]]
role = "viewer"
everyone = true
[[sign_in.roles]]
role = "approver"
emails = ["Ann@Example.com"]
[[sign_in.roles]]
role = "planner"
groups = ["planning"]
"""
NOW = 1_780_000_000
AT_ISSUER = "u at https://login.example.com/realms/main"
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
    assert tuple(MATRIX) == ROLE_NAMES
    assert all("read" in actions for actions in MATRIX.values())
    assert not MATRIX["auditor"] - {"read", "settings"}, "who audits changes nothing"
    assert not MATRIX["admin"] & {"record", "approve", "sign", "seal"}, "who keeps the doors signs no figures"
    assert not MATRIX["sustainability"] & {"approve", "sign", "seal"}, "who enters does not approve"


@pytest.mark.parametrize("role", ROLE_NAMES)
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


@pytest.fixture(scope="module")
def sign_in(tmp_path_factory: pytest.TempPathFactory) -> SignIn:
    file = tmp_path_factory.mktemp("file") / "wattlas.toml"
    file.write_text(HEAD + TREE + SIGN_IN)
    found = load_settings(file).sign_in
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("claims", "name", "roles"),
    [
        ({"email": "ANN@example.com", "email_verified": True}, "ann@example.com", {"viewer", "approver"}),
        ({"email": "ann@example.com"}, AT_ISSUER, {"viewer"}),
        (
            {"email": "ann@example.com", "email_verified": "true"},
            AT_ISSUER,
            {"viewer"},
        ),
        (
            {"email": "a b@example.com", "email_verified": True},
            AT_ISSUER,
            {"viewer"},
        ),
        ({"email": "\u212aim@example.com", "email_verified": True}, "\u212aim@example.com", {"viewer"}),
        ({"email": "an\u200bn@example.com", "email_verified": True}, AT_ISSUER, {"viewer"}),
        ({"sub": "a" * 255}, f"{'a' * 255} at https://login.example.com/realms/main", {"viewer"}),
        ({"groups": ["planning", 7]}, AT_ISSUER, {"viewer", "planner"}),
        ({"groups": "planning"}, AT_ISSUER, {"viewer", "planner"}),
        ({"groups": {"planning": 1}}, AT_ISSUER, {"viewer"}),
    ],
)
def test_a_person_is_their_verified_address(
    sign_in: SignIn, claims: dict[str, Any], name: str, roles: set[str]
) -> None:
    found = person_of({"is_logged_in": True, "iat": NOW, "sub": "u", **claims}, sign_in, now=NOW + 60)
    assert found is not None
    assert (found.name, found.roles) == (name, roles)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"is_logged_in": True, "sub": "u"},
        {"is_logged_in": False, "sub": "u", "iat": NOW},
        {"is_logged_in": 1, "sub": "u", "iat": NOW},
        {"is_logged_in": True, "sub": "u", "iat": NOW - 12 * 3600},
        {"is_logged_in": True, "sub": "u", "iat": NOW + 301},
        {"is_logged_in": True, "sub": "u", "iat": True},
        {"is_logged_in": True, "sub": "\n", "iat": NOW},
        {"is_logged_in": True, "sub": "a" * 256, "iat": NOW},
        {"is_logged_in": True, "sub": "a\u200bb", "iat": NOW},
    ],
)
def test_nobody_is_nobody(sign_in: SignIn, claims: dict[str, Any]) -> None:
    assert person_of(claims, sign_in, now=NOW) is None


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ('"https://login', '"http://login', "must begin with https://"),
        ('"https://watt.example.com"', '"https://watt.example.com/app"', "without a path"),
        ('"https://watt.example.com"', '"https://a:b@watt.example.com"', "without user, query or fragment"),
        ('{ env = "SECRET_OF_THE_CLIENT" }', '"hunter2"', "must not stand in the file"),
        ('role = "approver"', 'role = "boss"', "viewer"),
        ('emails = ["Ann@Example.com"]', "", "names nobody"),
        ('emails = ["Ann@Example.com"]', 'emails = ["ann"]', "no e-mail address"),
        ('role = "viewer"', 'role = "admin"', "everyone = true is for the role viewer alone"),
    ],
)
def test_a_mistake_in_the_file_is_a_sentence(tmp_path: Path, was: str, becomes: str, sentence: str) -> None:
    file = tmp_path / "wattlas.toml"
    assert was in SIGN_IN
    file.write_text(HEAD + TREE + SIGN_IN.replace(was, becomes, 1))
    with pytest.raises(ConfigError) as error:
        load_settings(file)
    assert sentence in str(error.value)
    assert "hunter2" not in str(error.value)


def test_pages_without_sign_in_stay_on_this_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sign_in: SignIn
) -> None:
    file = tmp_path / "wattlas.toml"
    file.write_text(HEAD + TREE)
    assert main(["--config", str(file), "ui", "--host", "0.0.0.0"]) == 2  # noqa: S104 - what is refused
    assert "add [sign_in] to the site file" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="SECRET_OF_THE_CLIENT is not set"):
        sign_in_secrets(sign_in)


def claiming(monkeypatch: pytest.MonkeyPatch, service: Service, **claims: object) -> None:
    made = {"is_logged_in": True, "sub": "u", "iat": service.now(), **claims}
    monkeypatch.setattr(session, "claims", lambda: made)


def test_a_page_shows_who_lacks_which_role_and_reads_nothing_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Company(tmp_path, TREE, HEAD + SIGN_IN).service
    app = draw(monkeypatch, service, "records")
    assert "Nobody is signed in" in words(app)
    assert not list(tables(app))
    claiming(monkeypatch, service, email="ann@example.com", email_verified=True)
    app.run()
    assert app.button(key="add_go").disabled
    claiming(monkeypatch, service, groups=["planning"])
    app.run()
    assert not app.exception
    assert t("records.question", "en") == app.header[0].value


def test_who_signed_out_in_one_tab_is_out_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Company(tmp_path, TREE, HEAD + SIGN_IN).service
    monkeypatch.setattr("streamlit.logout", lambda: None)
    claiming(monkeypatch, service, email="ann@example.com", email_verified=True)
    assert session.person(service.settings, now=service.now()) is not None
    session.sign_out()
    with pytest.raises(session.NotSignedIn):
        session.person(service.settings, now=service.now())
    claiming(monkeypatch, service, email="ann@example.com", email_verified=True, iat=service.now() + 1)
    assert session.person(service.settings, now=service.now() + 2) is not None


def test_a_download_from_an_open_page_asks_anew_who_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Company(tmp_path, TREE, HEAD + SIGN_IN).service
    held = Held(service)
    monkeypatch.setattr(session, "_kept", lambda *_: held)
    claiming(monkeypatch, service, groups=["planning"], iat=service.now() - 9)
    later = session.service_later()
    person = later().person
    assert person is not None
    assert person.may("progress")
    held.held = Company(tmp_path, TREE, HEAD + SIGN_IN.replace("everyone = true", 'emails = ["b@example.com"]')).service
    assert later().person is not None
    held.held = Company(
        tmp_path, TREE, HEAD + SIGN_IN.replace("everyone = true", 'emails = ["b@example.com"]').replace("planning", "x")
    ).service
    with pytest.raises(NotAllowed, match="it needs the role"):
        later()
    held.held = service
    end(session.claims())
    with pytest.raises(session.NotSignedIn):
        later()


def test_behind_a_proxy_nobody_is_the_user_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Company(tmp_path).service
    monkeypatch.setattr(session, "_kept", lambda *_: Held(service))
    draw(monkeypatch, service, "alerts")
    assert session.person(service.settings, now=0.0) is None
    monkeypatch.setenv(PROXY_VARIABLE, "1")
    assert session.person(service.settings, now=0.0) == ANYBODY


def test_a_server_that_lost_its_sign_in_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Company(tmp_path).service
    monkeypatch.setenv(SIGN_IN_VARIABLE, "1")
    monkeypatch.setattr(session, "_kept", lambda *_: Held(service))
    assert "restart the server" in words(draw(monkeypatch, service, "alerts"))
    assert not session.may_change("silence")
