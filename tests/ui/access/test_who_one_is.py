"""Who a person is: the verified claims of the provider, the role they give, and what a wrong `[sign_in]` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.errors import ConfigError
from config.loading import load_settings
from tests.ui.access.signing import SIGN_IN
from tests.ui.company import HEAD, TREE
from ui.access.person import person_of
from ui.cli import main
from ui.serving.serve import sign_in_secrets

if TYPE_CHECKING:
    from pathlib import Path

    from config.sign_in import SignIn

NOW = 1_780_000_000
AT_ISSUER = "u at https://login.example.com/realms/main"


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
