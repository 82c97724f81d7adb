"""The service of one site file for a whole process: a changed file is taken, a bad one keeps the former service."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast

from config.errors import WattlasError
from ui.options import CONFIG_VARIABLE, DATA_VARIABLE

if TYPE_CHECKING:
    from ui.service import Service


def place_of(variable: str) -> Path | None:
    """A path that the command line handed on in the environment."""
    text = os.environ.get(variable)
    return Path(text) if text else None


def place_given() -> tuple[Path | None, Path | None]:
    """Site file and data folder that the command line handed on."""
    return place_of(CONFIG_VARIABLE), place_of(DATA_VARIABLE)


class Kept:
    """Opens the service of a site file, and opens it anew when a file beside it changed."""

    def __init__(self, config: Path | None, data: Path | None) -> None:
        """Remember the place; nothing is opened yet."""
        self._place = config, data
        self._lock = threading.Lock()
        self._stamp: object = None
        self._service: Service | None = None
        self.mistake: str | None = None

    def service(self) -> Service:
        """The service of the newest good site file.

        Raises:
            WattlasError: the site file is wrong and there is no former service.
        """
        with self._lock:
            stamp = files_stamp(self._place[0] or Path("wattlas.toml"))
            if self._service is None or stamp != self._stamp:
                self._open()
                self._stamp = stamp
            return cast("Service", self._service)

    def _open(self) -> None:
        from ui.service import open_service

        try:
            self._service, self.mistake = open_service(*self._place), None
        except WattlasError as error:
            if self._service is None:
                raise
            self.mistake = str(error).splitlines()[0]


def files_stamp(path: Path) -> frozenset[tuple[str, int, int]]:
    """What changes when the site file, its inventory or its factor tables do: name, time and size of each."""
    try:
        with os.scandir(path.absolute().parent) as files:
            stats = [(file.name, file.stat()) for file in files if file.name.endswith((".toml", ".csv"))]
    except OSError:
        return frozenset()
    return frozenset((name, found.st_mtime_ns, found.st_size) for name, found in stats)
