"""A small site and its stores, into which files are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.store.open import Stores, open_stores
from tests.collectors.importing.site import site_settings

if TYPE_CHECKING:
    from pathlib import Path

    from config.site import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return site_settings(tmp_path)


@pytest.fixture
def stores(settings: Settings) -> Stores:
    return open_stores(settings)
