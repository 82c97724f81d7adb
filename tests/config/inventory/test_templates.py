"""Templates: what a pattern stands for, and what placeholders become."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.inventory.templates import Template


def template(pattern: str | None, **more: Any) -> Template:  # noqa: ANN401 - any attribute
    return Template.model_validate({"name": "node", "pattern": pattern, **more})


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a[1-3]", ["a1", "a2", "a3"]),
        ("a[08-11]", ["a08", "a09", "a10", "a11"]),
        ("[a-c]x", ["ax", "bx", "cx"]),
        ("a[1,3,7-8]", ["a1", "a3", "a7", "a8"]),
        ("r[1-2]-u[01-02]", ["r1-u01", "r1-u02", "r2-u01", "r2-u02"]),
        ("alone", ["alone"]),
    ],
)
def test_a_pattern_stands_for_its_names(pattern: str, names: list[str]) -> None:
    assert template(pattern).names() == names


def test_the_pattern_of_the_handbook_stands_for_800_servers() -> None:
    names = template("h1-r[01-40]-u[01-20]").names()
    assert (len(names), names[0], names[-1]) == (800, "h1-r01-u01", "h1-r40-u20")


@given(st.integers(0, 99), st.integers(0, 99), st.sampled_from(["[{}-{}]", "r[{}-{}]-x", "[a-c][{}-{}]"]))
def test_every_name_of_a_pattern_fits_it_again(one: int, other: int, form: str) -> None:
    first, last = sorted((one, other))
    whole = template(form.format(f"{first:02d}", f"{last:02d}"))
    for name in whole.names():
        words = whole.words(name)
        assert words is not None
        assert int(words[-1]) in range(first, last + 1)


@pytest.mark.parametrize("name", ["h1-r41-u01", "h1-r1-u01", "h1-r01-u01x", "h2-r01-u01", ""])
def test_a_name_outside_the_pattern_does_not_fit(name: str) -> None:
    assert template("h1-r[01-40]-u[01-20]").words(name) is None


def test_placeholders_are_filled_in_texts_at_any_depth() -> None:
    source = {"kind": "ipmi", "host": "10.1.{1:d}.{2:d}", "password": {"env": "BMC_{1}"}, "port": 623}
    whole = template("h1-r[01-40]-u[01-20]", parents=["pdu-a-r{1}", "pdu-b-r{1}"], max_w=2000, source=source)
    assert whole.point("h1-r07-u13") == {
        "id": "h1-r07-u13",
        "parents": ["pdu-a-r07", "pdu-b-r07"],
        "max_w": 2000,
        "source": {"kind": "ipmi", "host": "10.1.7.13", "password": {"env": "BMC_07"}, "port": 623},
    }


def test_a_template_without_pattern_fills_the_name() -> None:
    assert template(None, tenant="of {name}").point("srv-1") == {"id": "srv-1", "tenant": "of srv-1"}


def test_a_template_that_does_not_expand_makes_no_name_but_still_fits() -> None:
    whole = template("a[1-3]", expand=False)
    assert whole.names() == []
    assert whole.words("a2") == ("2",)


@pytest.mark.parametrize("pattern", ["[1-99999]-[1-99999]-[1-99999]", "[1-1000][1-201]", "[a-z]" * 12])
def test_a_pattern_of_too_many_points_is_refused_before_it_is_written_out(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"stands for [\d,]+ points: narrow it \(200,000 at most\)"):
        template(pattern)
    assert template(pattern, expand=False).names() == []


@pytest.mark.parametrize("pattern", ["a[1-999999999999]", "a[1-50000,1-50001]"])
def test_a_bracket_of_too_many_names_is_refused_before_it_is_written_out(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"which stands for \d+ names: write 1 to 100,000"):
        template(pattern)
