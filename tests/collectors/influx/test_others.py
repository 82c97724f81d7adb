"""A second real taker of `/api/v2/write`, TLS, and the command line with a server that is wrong."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import time
from typing import TYPE_CHECKING

import pytest

from collectors.store.influx import bootstrap
from collectors.store.influx.delivery import deliver
from collectors.store.influx.journal import Journal
from collectors.store.influx.lines import lines_of
from collectors.store.influx.migrate import migrate
from collectors.store.open import Stores, open_stores
from config.errors import SchemaTooNew, StoreUnavailable
from config.loading import load_settings
from tests.collectors.influx.shop import keys, shop
from tests.collectors.store.tables import many, readings, tick
from tests.peers.influx_server import influxd, running, victoria_metrics
from tests.peers.influx_stub import Answer, running_stub
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.peer
RECENT = int(time.time()) // 900 * 900 - 7200

SITE = """
[company]
name = "A"
currency = "EUR"
[store]
kind = "influxdb"
url = "{url}"
bucket_raw = "raw"
bucket_hourly = "hourly"
{more}
[[sites]]
id = "fra1"
name = "F"
zone = "DE"
time_zone = "UTC"
currency = "EUR"
[[points]]
id = "srv-0000"
site = "fra1"
role = "server"
interval_s = {{ power = 10 }}
"""


def test_victoria_metrics_takes_the_unchanged_v2_writes(tmp_path: Path) -> None:
    with running(victoria_metrics(tmp_path / "vm")) as peer:
        one = shop(tmp_path / "data", peer.url)
        server = one.influx.server
        assert server.flavor == "v2"
        one.stores.spool.accept(many(50, 100, start=RECENT))
        lines, _ = lines_of(one.stores.spool.after(0))
        assert deliver(lines, lambda body: server.write("energy_raw", body)).taken == 5000
        peer.ask("/internal/force_flush")
        rows = [json.loads(line) for line in peer.ask("/api/v1/export", **{"match[]": "power_value"}).splitlines()]
        assert len(rows) == 50
        assert sum(len(row["values"]) for row in rows) == 5000
        assert {row["metric"]["site"] for row in rows} == {"fra1"}
        expected = one.stores.spool.after(0)["value"].to_pylist()
        assert sum(sum(row["values"]) for row in rows) == pytest.approx(sum(expected))


def test_a_server_without_influxql_gets_no_reading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(victoria_metrics(tmp_path / "vm")) as peer:
        one = shop(tmp_path / "data", peer.url)
        one.stores.spool.accept(many(2, 10, start=RECENT))
        with pytest.raises(StoreUnavailable, match="gives none back by InfluxQL"):
            one.ship()
        assert one.stores.spool.backlog(one.influx.archive.shipped()).rows == 20
        (tmp_path / "wattlas.toml").write_text(SITE.format(url=peer.url, more=""))
        assert main(["store", "check", "--config", str(tmp_path / "wattlas.toml")]) == 2
        assert "gives none back by InfluxQL" in "".join(capsys.readouterr())


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1: (chain and key, certificate alone)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hall")])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - dt.timedelta(1))
    builder = builder.not_valid_after(now + dt.timedelta(1)).add_extension(address, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "both.pem").write_bytes(signed + secret)
    (folder / "ca.pem").write_bytes(signed)
    return folder / "both.pem", folder / "ca.pem"


def test_tls_is_checked_against_the_named_authority(tmp_path: Path) -> None:
    both, authority = certificate(tmp_path)
    with running(influxd(tmp_path / "influxd", certificate=both)) as peer:
        good = shop(tmp_path / "a", peer.url, ca_file=authority)
        assert all(one.ok for one in bootstrap.init(good.influx.server, raw_retention_months=13))
        bad = shop(tmp_path / "b", peer.url)
        bad.stores.spool.accept(tick(RECENT))
        with pytest.raises(StoreUnavailable, match=r"is not trusted \(certificate verify failed.*ca_file"):
            bad.ship()
        plain = shop(tmp_path / "c", peer.url.replace("https", "http"))
        with pytest.raises(StoreUnavailable) as failed:
            plain.influx.server.ping()
        assert "\n" not in str(failed.value)


def wattlas(folder: Path, url: str, *argv: str, more: str = "") -> int:
    folder.mkdir(exist_ok=True)
    path = folder / "wattlas.toml"
    path.write_text(SITE.format(url=url, more=more))
    return main(["--config", str(path), *argv])


def test_the_command_line_from_nothing_to_proved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(influxd(tmp_path / "influxd")) as peer:
        assert wattlas(tmp_path / "s", peer.url, "store", "check") == 2
        assert "run `wattlas store init`" in capsys.readouterr().out
        assert wattlas(tmp_path / "s", peer.url, "store", "init", "--json") == 0
        assert all(one["ok"] for one in json.loads(capsys.readouterr().out))
        assert wattlas(tmp_path / "s", peer.url, "store", "migrate") == 0
        assert "0 readings of 0 days" in capsys.readouterr().out
        stores = Stores(tmp_path / "s" / "data", keys(peer.url, bucket_raw="raw", bucket_hourly="hourly"))
        assert stores.influx is not None
        stores.influx.server.write("raw", f"power,point=z value=1i {RECENT}\n".encode())
        stores.spool.accept(readings([("fra1/srv-0000", "power", RECENT, 5.0)]))
        stores.ship(now=RECENT)
        assert wattlas(tmp_path / "s", peer.url, "store", "dead-letters") == 0
        assert "field type conflict" in capsys.readouterr().out
        assert wattlas(tmp_path / "s", peer.url, "store", "dead-letters", "--requeue", "--yes") == 2
        assert "0 lines were taken, 1 are still refused" in capsys.readouterr().out
        assert wattlas(tmp_path / "s", peer.url, "store", "check") == 2
        assert "1 lines were refused by InfluxDB" in capsys.readouterr().out


def test_a_lake_needs_none_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wattlas.toml").write_text(SITE.format(url="http://h", more="").replace('"influxdb"', '"lake"'))
    assert main(["--config", str(tmp_path / "wattlas.toml"), "store", "check"]) == 2
    assert "the store is a lake" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(401, {"message": "unauthorized"}), "does not accept our token"),
        (Answer(404, {"message": "bucket not found"}), "wattlas store init"),
        (Answer(200, "<html></html>"), "is not InfluxDB"),
    ],
)
def test_a_wrong_server_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: Answer, words: str
) -> None:
    with running_stub(lambda _: answer) as stub:
        assert wattlas(tmp_path / "s", stub.url, "store", "check") == 2
    told = capsys.readouterr()
    assert words in told.out + told.err
    assert "Traceback" not in told.err


def test_nobody_there_is_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert wattlas(tmp_path / "s", "http://127.0.0.1:9", "store", "init") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "wattlas: InfluxDB at http://127.0.0.1:9 cannot be reached: start it, or correct [store] url."


def test_a_new_spool_beside_an_old_journal_gives_higher_sequences(tmp_path: Path) -> None:
    with running(influxd(tmp_path / "influxd")) as peer:
        one = shop(tmp_path / "data", peer.url)
        bootstrap.init(one.influx.server, raw_retention_months=13)
        for value in (1.0, 2.0):
            one.stores.spool.accept(readings([("fra1/a", "power", RECENT, value)]))
        one.ship()
        former = one.stores.spool.highest()
        one.stores.spool.close()
        for file in one.stores.spool_path.parent.glob("spool.sqlite*"):
            file.unlink()
        again = shop(tmp_path / "data", peer.url)
        again.stores.spool.accept(readings([("fra1/a", "power", RECENT, 3.0)]))
        assert again.stores.spool.highest() > former
        assert again.stores.archive.read()["value"].to_pylist() == [3.0]
        again.ship()
        assert again.stores.archive.read()["value"].to_pylist() == [3.0]


def test_a_folder_that_was_a_lake_ships_only_what_the_lake_has_not(tmp_path: Path) -> None:
    lake = Stores(tmp_path / "data")
    lake.spool.accept(tick(RECENT))
    lake.ship(now=RECENT)
    lake.spool.accept(tick(RECENT + 1))
    with running(influxd(tmp_path / "influxd")) as peer:
        one = shop(tmp_path / "data", peer.url)
        bootstrap.init(one.influx.server, raw_retention_months=13)
        with pytest.raises(
            StoreUnavailable, match="lie in the lake alone, not on the server: run `wattlas store migrate`"
        ):
            one.stores.archive.read()
        assert one.ship() == 20
        assert migrate(one.influx, at=RECENT).readings == 20
        assert one.stores.archive.read().num_rows == 40


def test_the_authority_stands_beside_the_site_file(tmp_path: Path) -> None:
    path = tmp_path / "wattlas.toml"
    path.write_text(SITE.format(url="https://h", more='ca_file = "ca.pem"\ntoken = { file = "t" }'))
    (tmp_path / "t").write_text("geheim\n")
    store = open_stores(load_settings(path)).influx
    assert store is not None
    assert store.keys.ca_file == tmp_path / "ca.pem"
    assert store.keys.token is not None
    assert store.keys.token.resolve().get_secret_value() == "geheim"


def test_a_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "influx.sqlite")
    journal.add("schema_version", 1)
    with pytest.raises(SchemaTooNew):
        Journal(tmp_path / "influx.sqlite")
