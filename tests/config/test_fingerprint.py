"""The hash of the configuration: the same facts give the same hash, and whatever judges a figure changes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from config.fingerprint import config_hash, snapshot
from config.loading import load_settings

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '[company]\nname = "Example AI"\ncurrency = "EUR"\n'
SITE = '[[sites]]\nid = "fra1"\nname = "Frankfurt"\nzone = "DE"\ntime_zone = "Europe/Berlin"\n'
METER = '[[points]]\nid = "meter"\nsite = "fra1"\nrole = "utility"\n'
SERVER = '[[points]]\nid = "srv"\nsite = "fra1"\nrole = "server"\nparent = "meter"\nmax_w = 500\ntenant = "red"\n'
CHANGE = "[[points.changes]]\nfrom = 2026-06-01T00:00:00Z\nmax_w = 600\n"
SOURCE = (
    '[[sources]]\nid = "bmc"\nkind = "ipmi"\npoint = "srv"\nhost = "10.0.0.7"\nuser = "monitor"\n'
    'password = { env = "BMC_PASSWORD" }\ninterval_s = 60\n'
)
WHOLE = HEAD + SITE + METER + SERVER + CHANGE + SOURCE


def hash_of(site_file: str, folder: Path) -> str:
    (folder / "wattlas.toml").write_text(site_file, encoding="utf-8")
    return config_hash(load_settings(folder / "wattlas.toml"))


@pytest.mark.parametrize(
    "same",
    [
        HEAD + SITE + SERVER + CHANGE + SOURCE + METER,
        WHOLE.replace("Frankfurt", "Francfort").replace("Example AI", "Other"),
        WHOLE.replace("10.0.0.7", "10.0.0.8").replace("BMC_PASSWORD", "OTHER").replace('id = "bmc"', 'id = "b2"'),
        WHOLE.replace("max_w = 500", "max_w = 500.0\nzero_ok = false"),
        WHOLE.replace("max_w = 500", 'max_w = 500\ntags = ["hall-a"]\nmax_silence_s = 7200'),
        WHOLE.replace('tenant = "red"', 'tenant = "red"\nroom = "Hall 1"\nrack = "A01"'),
        WHOLE.replace("from = 2026-06-01T00:00:00Z", "from = 2026-06-01T02:00:00+02:00"),
        WHOLE.replace('id = "srv"', 'id = "fra1/srv"').replace('role = "server"', 'name = "Server"\nrole = "server"'),
    ],
)
def test_what_judges_no_figure_leaves_the_hash(same: str, tmp_path: Path) -> None:
    assert same != WHOLE
    assert hash_of(same, tmp_path) == hash_of(WHOLE, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('zone = "DE"', 'zone = "FR"'),
        ("Europe/Berlin", "Europe/Paris"),
        ("max_w = 500", "max_w = 501"),
        ("max_w = 600", "max_w = 601"),
        ("2026-06-01", "2026-06-02"),
        ('parent = "meter"', ""),
        ('role = "server"', 'role = "storage"'),
        ("interval_s = 60", "interval_s = 30"),
        ('tenant = "red"', 'tenant = "blue"'),
    ],
)
def test_what_judges_a_figure_changes_the_hash(old: str, new: str, tmp_path: Path) -> None:
    assert old in WHOLE
    assert hash_of(WHOLE.replace(old, new), tmp_path) != hash_of(WHOLE, tmp_path)


def test_an_own_factor_changes_the_hash(tmp_path: Path) -> None:
    header = "id,zone,year,value,unit,basis,scope,source,licence\n"
    (tmp_path / "f.csv").write_text(header + "uba,DE,2024,363,gCO2e/kWh,average,direct,UBA,x\n", encoding="utf-8")
    assert hash_of('[factors]\nfiles = ["f.csv"]\n' + WHOLE, tmp_path) != hash_of(WHOLE, tmp_path)


def test_the_snapshot_is_canonical_and_holds_no_host_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / "wattlas.toml").write_text(WHOLE, encoding="utf-8")
    text = snapshot(load_settings(tmp_path / "wattlas.toml"))
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for hidden in ("10.0.0.7", "BMC_PASSWORD", "monitor", str(tmp_path)):
        assert hidden not in text


def test_the_hash_is_16_hex_digits(tmp_path: Path) -> None:
    assert len(bytes.fromhex(hash_of(WHOLE, tmp_path))) == 8
