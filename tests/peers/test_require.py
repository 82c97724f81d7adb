from __future__ import annotations

import pytest

from tests.peers.require import require_binary, require_file


def test_a_peer_that_is_there_is_found() -> None:
    assert require_binary("sh").endswith("/sh")
    assert require_file("/").is_dir()


def test_an_absent_peer_is_a_visible_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATTLAS_REQUIRE_PEERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="program no-such-peer is not installed: run `make peers`"):
        require_binary("no-such-peer")


def test_an_absent_peer_fails_where_all_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTLAS_REQUIRE_PEERS", "1")
    with pytest.raises(pytest.fail.Exception, match="file /no/such/header"):
        require_file("/no/such/header")
