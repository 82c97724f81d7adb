"""Shared by all tests: no network beyond loopback, and none at all in tests that name no peer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_socket
from hypothesis import settings

from ui.options import CONFIG_VARIABLE, DATA_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program itself does

# machines are noisy, so no example has a deadline; in CI the same examples are drawn every time; a soak draws more
CASES = int(os.environ.get("WATTLAS_LAW_CASES", "100"))
settings.register_profile("wattlas", deadline=None, derandomize=bool(os.environ.get("CI")), max_examples=CASES)
settings.load_profile("wattlas")


@pytest.fixture(autouse=True)
def _closed_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Unit tests open no socket; tests of peers reach loopback only."""
    if request.node.get_closest_marker("peer"):
        pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    else:
        pytest_socket.disable_socket(allow_unix_socket=True)  # asyncio's own wake-up pair is a unix socket
    yield
    pytest_socket.enable_socket()
    pytest_socket._remove_restrictions()


@pytest.fixture(autouse=True)
def _no_place_left() -> Iterator[None]:
    """What a command hands on to the page's process in the environment is no place for the next test."""
    for variable in (CONFIG_VARIABLE, DATA_VARIABLE):
        os.environ.pop(variable, None)
    yield
    for variable in (CONFIG_VARIABLE, DATA_VARIABLE):
        os.environ.pop(variable, None)


@pytest.fixture(scope="session")
def truth() -> Path:
    """Folder of the traces with known energy; skipped with a reason where this checkout has none."""
    folder = Path(os.environ.get("WATTLAS_TRUTH", Path(__file__).parents[1] / ".." / "shared" / "truth"))
    if not (folder / "power_clean").is_dir():
        pytest.skip(f"no traces in {folder}: set WATTLAS_TRUTH; the generator in tests/traces.py proves the same kinds")
    return folder
