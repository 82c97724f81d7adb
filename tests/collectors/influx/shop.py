"""One data folder and one server together, as the tests of the server store use them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from collectors.store.open import Stores
from config.site import StoreSettings

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.store.influx.store import InfluxStore


def keys(url: str, **more: Any) -> StoreSettings:  # noqa: ANN401 - keys of the site file
    """Settings of a server store; short timeouts."""
    return StoreSettings(kind="influxdb", url=url, **({"timeout_s": 10.0, "connect_timeout_s": 1.0} | more))


@dataclass
class Shop:
    """Stores of `data` whose archive is a server."""

    data: Path
    settings: StoreSettings

    @cached_property
    def stores(self) -> Stores:
        return Stores(self.data, self.settings)

    @cached_property
    def influx(self) -> InfluxStore:
        store = self.stores.influx
        assert store is not None
        return store

    def ship(self, *, now: int | None = None) -> int:
        """Ship at once, whatever back-off lasts."""
        self.influx.shipper.backoff.succeeded()
        return self.influx.ship(now=now)


def shop(data: Path, url: str, **more: Any) -> Shop:  # noqa: ANN401 - keys of the site file
    return Shop(data, keys(url, **more))
