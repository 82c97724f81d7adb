"""Secrets: found where the file says, never in the file, never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel, ValidationError

from config.errors import ConfigError
from config.reading.mistakes import texts
from config.secrets import Secret

if TYPE_CHECKING:
    from pathlib import Path


class Device(BaseModel):
    password: Secret


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BMC_PASSWORD", "hunter2")
    secret = Secret(env="BMC_PASSWORD").resolve()
    assert secret.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{secret} {secret!r}"


def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hun ter2 \r\n", encoding="utf-8")
    assert Secret(file=tmp_path / "secret").resolve().get_secret_value() == "hun ter2 "


def test_a_changed_secret_counts_at_the_next_look_up(tmp_path: Path) -> None:
    secret = Secret(file=tmp_path / "secret")
    for value in ("one", "two"):
        (tmp_path / "secret").write_text(value, encoding="utf-8")
        assert secret.resolve().get_secret_value() == value


def test_an_absent_variable_or_file_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BMC_PASSWORD", raising=False)
    with pytest.raises(
        ConfigError, match=r"^environment variable BMC_PASSWORD is not set: set it before Wattlas starts\.$"
    ):
        Secret(env="BMC_PASSWORD").resolve()
    with pytest.raises(
        ConfigError, match=r"cannot be read \(No such file or directory\): correct the path or its rights\.$"
    ):
        Secret(file=tmp_path / "no").resolve()


def test_an_empty_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BMC_PASSWORD", "")
    (tmp_path / "secret").write_text("\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="is empty"):
        Secret(env="BMC_PASSWORD").resolve()
    with pytest.raises(ConfigError, match="is empty: write the secret into it"):
        Secret(file=tmp_path / "secret").resolve()


@pytest.mark.parametrize("written", ["hunter2", 1234, {}, {"env": "A", "file": "b"}, {"value": "hunter2"}])
def test_anything_but_one_place_is_refused_without_repeating_it(written: object) -> None:
    with pytest.raises(ValidationError) as raised:
        Device.model_validate({"password": written})
    said = " ".join(texts(raised.value, Device))
    assert 'env = "NAME"' in said or "is not known here" in said
    assert "hunter2" not in said
    assert "1234" not in said
