"""BMCs by ipmi_sim that several files ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.peers.ipmi_sim import running_bmcs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.peers.ipmi_sim import Bmc


@pytest.fixture(scope="module")
def bmcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bmc]]:
    with running_bmcs(tmp_path_factory.mktemp("bmcs"), 20) as running:
        yield running


@pytest.fixture
def bmc(bmcs: list[Bmc]) -> Bmc:
    bmcs[0].set_watts(100)
    bmcs[0].set_chassis(on=True)
    return bmcs[0]


@pytest.fixture
def lone_bmc(tmp_path: Path) -> Iterator[Bmc]:
    """A BMC that a test may kill."""
    with running_bmcs(tmp_path, 1) as [running]:
        yield running
