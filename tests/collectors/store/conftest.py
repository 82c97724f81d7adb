"""A spool and a lake of their own for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.store.lake import Lake
from collectors.store.spool import Spool

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool" / "spool.sqlite")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")
