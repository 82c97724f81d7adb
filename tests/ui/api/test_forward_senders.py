"""Who sends to the central: a collector that was restored or copied, two of one point, one beside a source."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from collectors.store.backup import backup, restore
from collectors.store.shipper import GRACE_S
from config.errors import StoreCorrupt
from config.secrets import Secret
from tests.ui.api.edge import EDGE, Pair, Wire, power
from tests.ui.api.halls import halls
from tests.ui.company import HEAD, START, Company

if TYPE_CHECKING:
    from pathlib import Path


def test_a_central_that_lost_readings_gets_again_what_is_still_here(pair: Pair) -> None:
    forwarder = pair.forwarder()
    for at in range(3):
        pair.read(power(at, 100.0))
        forwarder.send_all()
    of_an_older_backup = (pair.spool.highest() - 2 << 20) + 0
    pair.set_number(of_an_older_backup)
    assert pair.forwarder().send_all() == 2
    assert pair.events == []
    for day in range(2):
        pair.service.stores.ship(now=int(pair.edge.now) + day * 2 * GRACE_S)
    pair.set_number(of_an_older_backup)
    assert pair.forwarder().send_all() == 0
    assert [event.word for event in pair.events] == ["central lost readings"]


def test_a_spool_put_back_by_hand_is_told(pair: Pair) -> None:
    pair.set_number(pair.spool.highest() + 9 << 20)
    with pytest.raises(StoreCorrupt, match="put back by hand"):
        pair.forwarder().send_all()


def test_a_spool_put_back_by_hand_is_told_however_far_it_has_come_since(pair: Pair, tmp_path: Path) -> None:
    """A machine that went back to a snapshot: the central knows its numbers of today of other readings."""
    pair.read(power(0, 100.0))
    pair.forwarder().send_all()
    snapshot = tmp_path / "snapshot.sqlite"
    pair.spool.copy_to(snapshot)
    pair.read(power(60, 100.0))
    pair.forwarder().send_all()
    pair.spool.close()
    for left in pair.spool.path.parent.glob(f"{pair.spool.path.name}-*"):
        left.unlink()
    snapshot.replace(pair.spool.path)
    pair.service = pair.edge.service
    for at in (120, 180, 240):
        pair.read(power(at, 100.0))
    with pytest.raises(StoreCorrupt, match="put back by hand; bring it back by `wattlas restore`"):
        pair.forwarder().send_all()
    pair.spool.renew(gone=0, upto=0, above=0)  # as `wattlas restore` does
    pair.forwarder().send_all()
    good = [row["time"] - START for row in pair.central_spool.after(0).to_pylist() if row["quality"] == "measured"]
    assert sorted(set(good)) == [0, 60, 120, 180, 240], "nothing that was accepted is missing"


def test_a_copied_spool_is_told_and_takes_nothing_silently(pair: Pair) -> None:
    forwarder = pair.forwarder()
    for at in range(2):
        pair.read(power(at, 100.0))
        forwarder.send_all()
    pair.set_number(pair.spool.highest() + 3 << 20)  # the copy was quicker
    pair.read(power(2, 100.0))
    with pytest.raises(StoreCorrupt, match="another collector sends"):
        forwarder.send_all()


def test_two_collectors_of_one_point_count_once_though_they_share_a_token(tmp_path: Path) -> None:
    """As shards "1/2" and "1/3" do, or one shard that runs twice."""
    for name in ("central", "one", "two"):
        (tmp_path / name).mkdir()
    central = halls(tmp_path / "central")
    client = central.client("ingest", site="b")
    for name, first in (("one", 0), ("two", 20)):
        edge = Company(tmp_path / name, points=EDGE, head=HEAD.replace('"s"', '"b"'))
        pair = Pair(edge, central, Wire("https://central", Secret(env="NONE"), client=client))
        pair.read(*(power(at, 100.0) for at in range(first, 240, 60)))
        pair.forwarder().send_all()
    rows = central.kept.service().stores.spool.after(0).to_pylist()
    assert [row["quality"] for row in rows] == ["measured"] * 4 + ["rejected"] * 4
    assert "let one of the two give it" in rows[-1]["reason"]
    assert rows[0]["origin"].endswith("/bmc")


def test_a_point_that_the_central_reads_is_not_taken_from_a_collector(tmp_path: Path) -> None:
    for name in ("central", "edge"):
        (tmp_path / name).mkdir()
    polled = '[[sources]]\nid = "local"\nkind = "ipmi"\npoint = "b/ups"\nhost = "h"\n'
    central = halls(tmp_path / "central", more=polled)
    edge = Company(tmp_path / "edge", points=EDGE, head=HEAD.replace('"s"', '"b"'))
    pair = Pair(edge, central, Wire("https://central", Secret(env="NONE"), client=central.client("ingest", site="b")))
    pair.read(power(0, 100.0), power(0, 70.0, "b/utility"))
    assert pair.forwarder().send_all() == 2, "the rest of the site goes on"
    rows = {row["point"]: row["reason"] for row in central.kept.service().stores.spool.after(0).to_pylist()}
    assert rows["b/utility"] is None
    assert str(rows["b/ups"]).startswith('source "local" reads power of b/ups, and this came from "ingest:t')


def test_what_waits_to_be_forwarded_survives_a_restore(pair: Pair, tmp_path: Path) -> None:
    """The lake has it, the central does not: the link was away when the backup was made."""
    pair.forwarder()
    for at in (0, 60):
        pair.read(power(at, 100.0))
    pair.service.stores.ship(now=int(pair.edge.now))
    pair.read(power(120, 100.0))
    data = pair.service.settings.store.data
    backup(data, tmp_path / "b.tar", now=0)
    pair.spool.close()
    shutil.rmtree(data)
    restore(tmp_path / "b.tar", data)
    pair.service = pair.edge.service
    assert pair.forwarder().send_all() == 3
    assert [row["time"] - START for row in pair.central_spool.after(0).to_pylist()] == [0, 60, 120]
    assert pair.service.stores.ship(now=int(pair.edge.now)) == 1, "what the lake had it has once"
