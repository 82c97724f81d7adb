"""What an open page does with who one is: it reads nothing for nobody, and asks anew at every act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.errors import NotAllowed
from tests.ui.access.signing import SIGN_IN, claiming
from tests.ui.company import HEAD, TREE, Company
from tests.ui.pages.pages import Held, draw, tables, words
from ui import session
from ui.access.ended import end
from ui.access.person import ANYBODY
from ui.serving.serve import PROXY_VARIABLE, SIGN_IN_VARIABLE
from ui.text import t

if TYPE_CHECKING:
    from pathlib import Path


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
