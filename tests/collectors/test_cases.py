"""Recorded payloads: a folder is a test case.

    cases/<kind>/<device>/settings.toml   the source's table
                          payload         what the device said, as `fetch` gave it
                          expected.csv    the readings, in any of the columns of `shown`
                          error.txt       or, instead: the sentence of `PayloadUnreadable`; both: of `PartlyUnreadable`

`settings.toml` begins with a comment that says which device, firmware and date.
"""

from __future__ import annotations

import csv
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collectors.registry import KINDS, collector_class
from config.errors import PartlyUnreadable, PayloadUnreadable

if TYPE_CHECKING:
    from collectors.contract import Collector
    from collectors.reading import Reading

CASES = Path(__file__).with_name("cases")
FOLDERS = sorted(path.parent for path in CASES.glob("*/*/settings.toml"))
AT = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def collector_of(folder: Path) -> Collector:
    table = tomllib.loads((folder / "settings.toml").read_text(encoding="utf-8"))
    return collector_class(table["kind"]).model_validate(table)


def shown(reading: Reading) -> dict[str, str]:
    return {
        "point": reading.point,
        "metric": reading.metric,
        "time": reading.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "value": f"{reading.value:.10g}",
        "off": str(reading.off).lower(),
        "quality": str(reading.quality),
        "reason": reading.reason or "",
        "device_time": reading.device_time.isoformat() if reading.device_time else "",
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_recorded_payload_gives_its_readings(folder: Path) -> None:
    collector = collector_of(folder)
    assert collector.kind == folder.parent.name
    payload = (folder / "payload").read_bytes()
    readings: list[Reading] = []
    if (folder / "error.txt").exists():
        with pytest.raises(PayloadUnreadable) as caught:
            readings.extend(collector.parse(payload, AT))
        assert str(caught.value) == (folder / "error.txt").read_text(encoding="utf-8").strip()
        if not isinstance(caught.value, PartlyUnreadable):
            return
    else:
        readings = list(collector.parse(payload, AT))
        assert list(collector.parse(payload, AT)) == readings, "parse is pure: the same bytes give the same readings"
    with (folder / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    for reading, row in zip(readings, expected, strict=True):
        assert {key: shown(reading)[key] for key in row} == row
    assert {reading.time for reading in readings} <= {AT} or "time" in expected[0], "times of the past are written out"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_recorded_payloads(kind: str) -> None:
    assert [folder for folder in FOLDERS if folder.parent.name == kind], f"record one in {CASES / kind}"


def test_every_case_says_what_it_was_recorded_from() -> None:
    for folder in FOLDERS:
        assert (folder / "settings.toml").read_text(encoding="utf-8").startswith("#"), folder
        assert (folder / "expected.csv").exists() or (folder / "error.txt").exists(), folder
