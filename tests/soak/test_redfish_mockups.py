"""Redfish bodies that vendors wrote, from DMTF's own mock-up server: what is read of each, and what is refused.

By hand, for neither is a package: REDFISH_MOCKUP_SERVER is DMTF's redfishMockupServer.py (its interpreter in
REDFISH_MOCKUP_PYTHON has grequests), REDFISH_MOCKUPS the folder `mockups` of Cray's csm-redfish-interface-emulator.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from collectors.plugins.redfish import Redfish
from config.errors import SourceRefused
from tests.peers.influx_server import free_port
from tests.peers.require import require_file

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.soak, pytest.mark.peer]
AT = datetime(2026, 3, 1, tzinfo=UTC)
# what a person reads in the body that stands first in our manual's table
READ = [
    ("public-rackmount1", "1U", {"power": 344.0}),
    ("DL325", "1", {"power": 97.0}),
    ("XL675d_A100", "1", {"power": 894.0}),
    ("XL675d_A40", "1", {"power": 779.0}),
    ("Gigabyte", "Self", {"power": 196.0, "energy_counter": 468 / 3.6e6}),
]
REFUSED = [
    ("EX425", "Enclosure", "a sensor of a part alone"),
    ("EX425", "Node0", "several sensors"),
    ("EX235a", "Mezz0", "several sensors"),
    ("CMM", "Enclosure", "several sensors"),
    ("CMM", "Blade0", "read this device at its PDU"),
    ("Slingshot_Switch_Blade", "Enclosure", "several sensors"),
    ("OpenBMC-stock", "chassis", "read this device at its PDU"),
    ("Intel", "RackMount", "read this device at its PDU"),
]


@contextmanager
def serving(vendor: str) -> Iterator[str]:
    server = require_file(os.environ.get("REDFISH_MOCKUP_SERVER", "redfishMockupServer.py"))
    folder = require_file(f"{os.environ.get('REDFISH_MOCKUPS', 'mockups')}/{vendor}")
    port, python = free_port(), os.environ.get("REDFISH_MOCKUP_PYTHON", sys.executable)
    command = [python, str(server), "-S", "-D", str(folder), "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _until_it_answers(f"http://127.0.0.1:{port}/redfish/v1/")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _until_it_answers(url: str) -> None:
    for _ in range(100):
        try:
            urlopen(url, timeout=1).close()  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.1)
        else:
            return


def polled(vendor: str, chassis: str) -> dict[str, float]:
    async def once(url: str) -> dict[str, float]:
        table = {"id": "b", "point": "lab/srv", "url": url, "resource": f"/redfish/v1/Chassis/{chassis}"}
        one = Redfish.model_validate(table)
        try:
            return {reading.metric: reading.value for reading in one.parse(await one.fetch(), AT)}
        finally:
            await one.close()

    with serving(vendor) as url:
        return asyncio.run(once(url))


@pytest.mark.parametrize(("vendor", "chassis", "values"), READ)
def test_a_vendors_body_is_read_as_a_person_reads_it(vendor: str, chassis: str, values: dict[str, float]) -> None:
    assert polled(vendor, chassis) == pytest.approx(values)


@pytest.mark.parametrize(("vendor", "chassis", "words"), REFUSED)
def test_where_the_whole_cannot_be_told_it_is_refused(vendor: str, chassis: str, words: str) -> None:
    with pytest.raises(SourceRefused, match=words):
        polled(vendor, chassis)
