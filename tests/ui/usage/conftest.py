"""The shop that buys its compute, and its command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.usage.bought import company
from ui import service as service_module
from ui.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ui.company import Company


@pytest.fixture
def shop(tmp_path: Path) -> Company:
    one = company(tmp_path)
    _ = one.service
    return one


@pytest.fixture
def run(shop: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    opened = service_module.open_service
    monkeypatch.setattr(service_module, "open_service", lambda config, data: opened(config, data, lambda: shop.now))

    def command(*argv: str) -> Any:  # noqa: ANN401
        code = main(["--config", str(shop.folder / "wattlas.toml"), "usage", *argv])
        said = capsys.readouterr()
        if code:
            return said.err
        return (json.loads(said.out), said.err) if "--json" in argv else (said.out, said.err)

    return command
