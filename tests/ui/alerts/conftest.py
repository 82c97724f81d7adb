"""One receiver of messages for the tests of delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.alerts.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()
