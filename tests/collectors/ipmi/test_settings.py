from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.collectors.ipmi.bmc import source


@pytest.mark.parametrize("written", ["17", 17])
def test_a_suite_may_come_from_a_csv_cell(written: object) -> None:
    assert source(623, suite=written).suite == 17


@pytest.mark.parametrize(
    "wrong",
    [
        {"suite": 0},  # no authentication: never
        {"suite": "sha1"},
        {"interval_s": 2, "deadline_s": 1},  # too fast for a BMC
        {"password": "in-the-file"},
        {"user": "a-name-of-17-char"},
        {"host": ""},
        {"tiemout": 3},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        source(623, **wrong)


def test_the_password_is_not_shown() -> None:
    assert "secret" not in repr(source(623))


def test_a_collector_with_an_open_session_equals_a_fresh_one() -> None:
    used, fresh = source(623), source(623)
    used._by = "dcmi"
    assert used.__dict__ == fresh.__dict__, "a reload keeps it"
