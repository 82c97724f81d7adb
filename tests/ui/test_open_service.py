"""Opening a site: what is kept for good is not looked through for garbage, and the collector goes on afterwards."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from config.errors import ConfigError
from tests.ui.company import Company
from ui.service import open_service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _unfrozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_a_site_that_was_opened_is_no_work_for_the_collector(tmp_path: Path) -> None:
    company = Company(tmp_path)
    service = open_service(company.service.settings.path, None)
    assert gc.isenabled()
    assert not any(one is service.settings for one in gc.get_objects())
    assert service.settings.points


def test_a_site_that_is_opened_again_is_not_kept_for_good(tmp_path: Path) -> None:
    """A server that takes a changed file must be able to let go of the former service."""
    path = Company(tmp_path).service.settings.path
    open_service(path, None)
    frozen = gc.get_freeze_count()
    assert frozen > 0
    again = open_service(path, None)
    assert gc.isenabled()
    assert gc.get_freeze_count() <= frozen
    assert any(one is again for one in gc.get_objects())


def test_a_wrong_site_file_leaves_the_collector_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "wattlas.toml").write_text("[company]\n")
    with pytest.raises(ConfigError):
        open_service(tmp_path / "wattlas.toml", None)
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_a_tree_is_made_once_while_it_stands(tmp_path: Path) -> None:
    service = Company(tmp_path).service
    first = service.tree("s", 1_700_000_000)
    assert service.tree("s", 1_700_000_900) is first
    assert service.acting_as(None).tree("s", 1_700_000_000) is first
