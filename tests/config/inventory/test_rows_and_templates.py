"""Rows of an inventory and the points that templates make: a row refines, dates, replaces or refuses its template."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.errors import ConfigError
from config.loading import load_settings
from tests.config.inventory.planned import AT, BEFORE, ROWS, SITE, parents_of, plan

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    (tmp_path / "inventory.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "wattlas.toml").write_text(SITE, encoding="utf-8")
    return tmp_path / "wattlas.toml"


def test_a_row_refines_a_point_that_a_template_makes(site_file: Path) -> None:
    plan(site_file, "id,tenant,source.host\nn2,blue,10.9.9.9\n").write()
    settings = load_settings(site_file)
    assert [settings.point(f"h1/n{number}").tenant for number in (1, 2, 3)] == [None, "blue", None]
    hosts = {source.point: source.options["host"] for source in settings.sources}
    assert hosts == {"h1/n1": "10.0.0.1", "h1/n2": "10.9.9.9", "h1/n3": "10.0.0.3"}


def test_a_dated_change_of_a_point_that_a_template_makes_keeps_its_past(site_file: Path) -> None:
    plan(site_file, "id,parents\nn2,pdu-b\n", at=AT).write()
    assert parents_of(site_file, "h1/n2", BEFORE) == ("h1/pdu-a",)
    assert parents_of(site_file, "h1/n2", AT) == ("h1/pdu-b",)


OTHER_TEMPLATE = '[[templates]]\nname = "big"\npattern = "n[2-5]"\nexpand = false\nsite = "h1"\nrole = "storage"\n'


def test_a_row_that_two_patterns_fit_must_name_its_template(site_file: Path) -> None:
    site_file.write_text(SITE + OTHER_TEMPLATE, encoding="utf-8")
    made = plan(site_file, "id,template\nn2,\nn5,\nn3,big\n")
    (refused,) = made.refused
    assert refused.reason == "the patterns of templates node, big all fit its id: name one in the template cell"
    made.write()
    settings = load_settings(site_file)
    assert [settings.point(f"h1/n{number}").role for number in (3, 5)] == ["storage", "storage"]


def test_a_row_may_refuse_the_template_that_fits_its_name(site_file: Path) -> None:
    plan(site_file, "id,template,site,role\nn9,-,h1,other\nn2,-,h1,other\n").write()
    settings = load_settings(site_file)
    assert (settings.point("h1/n2").role, settings.point("h1/n2").parents) == ("other", ())
    assert "h1/n2" not in {source.point for source in settings.sources}


def test_a_row_replaces_the_parents_of_its_template(site_file: Path) -> None:
    plan(site_file, "id,parents,interval_s,zero_ok\nn2,pdu-a;pdu-b,power=10;energy_counter=900,yes\n").write()
    point = load_settings(site_file).point("h1/n2")
    assert (point.parents, point.zero_ok) == (("h1/pdu-a", "h1/pdu-b"), True)
    assert point.interval_s == {"power": 10.0, "energy_counter": 900.0}


def test_points_of_a_template_that_differ_in_name_alone_are_as_if_each_was_built(site_file: Path) -> None:
    """Of such a template one point is built for all: with a placeholder that says the same, each is."""
    alike = load_settings(site_file)
    site_file.write_text(SITE.replace('parent = "pdu-a"', 'parent = "pdu-a"\ntags = ["t"]\nroom = "{name}"'))
    apart = load_settings(site_file)
    for name in ("n1", "n2", "n3"):
        one, other = (settings.point(f"h1/{name}") for settings in (alike, apart))
        assert one.model_copy(update={"tags": ("t",), "room": name}) == other
        assert one.references == other.references
        assert alike.state(one.id, AT) == apart.state(one.id, AT)._replace(tags=(), room=None)  # type: ignore[union-attr]
    assert alike.sources == apart.sources


def test_a_row_for_one_of_them_changes_no_other(site_file: Path) -> None:
    site_file.with_name("inventory.csv").write_text(ROWS + "n1,h1,server,pdu-b,700,\n")
    settings = load_settings(site_file)
    assert [settings.point(f"h1/n{number}").max_w for number in (1, 2, 3)] == [700, None, None]
    assert settings.point("h1/n2").parents == ("h1/pdu-a",)


def test_a_mistake_that_all_points_of_a_template_share_is_told_once(site_file: Path) -> None:
    site_file.write_text(SITE.replace('parent = "pdu-a"', 'parent = "pdu-a"\nmin_w = 9\nmax_w = 5'))
    with pytest.raises(ConfigError) as caught:
        load_settings(site_file)
    assert str(caught.value) == 'wattlas.toml [[templates]] "node": min_w = 9 is above max_w = 5: exchange the two.'


def test_a_point_of_a_template_that_names_itself_is_told(site_file: Path) -> None:
    site_file.write_text(SITE.replace('parent = "pdu-a"', 'parent = "n2"'))
    with pytest.raises(ConfigError, match="parents names the point itself"):
        load_settings(site_file)
