"""An edge collector's spool on its way to the central: all of it, in order, once, whatever the link does."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from collectors.forward.central import Central
from collectors.forward.forwarder import Forwarder
from collectors.judge import judge_readings
from collectors.reading import Quality, Reading
from collectors.store.shipper import GRACE_S
from config.errors import CollectError, ConfigError, InputError, SourceRefused, SourceUnreachable, StoreCorrupt
from config.secrets import Secret
from tests.ui.api.halls import SITES, Halls, halls
from tests.ui.company import HEAD, START, Company
from ui.serving.forwarding import forward_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collectors.events import Event
    from collectors.store.spool import Spool
    from tests.ui.api.asgi import Client

NEW = """
[[points]]
id = "b/new"
role = "other"
max_w = 900.0
interval_s = { power = 60 }
"""
EDGE = """
[[points]]
id = "b/utility"
role = "utility"
max_w = 5000.0
ct_ratio = 4.0
interval_s = { power = 60 }
[[points]]
id = "b/ups"
role = "ups"
parent = "utility"
max_w = 5000.0
ct_ratio = 4.0
interval_s = { power = 60 }
"""


@dataclass(frozen=True)
class Wire(Central):
    """The way to a central in this process; `faults` are taken from its end, one a request."""

    client: Client | None = None
    faults: list[str] = field(default_factory=list)
    late: list[Callable[[], object]] = field(default_factory=list)
    limit_rows: list[int] = field(default_factory=list)
    out_of_step: list[bool] = field(default_factory=list)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
        fault = self.faults.pop() if self.faults else ""
        if fault == "late":  # it is under way, and its sender gave it up
            self.late.append(lambda: self._deliver(method, path, body, headers))
        if fault in {"away", "late"}:
            raise SourceUnreachable(fault)
        if self.limit_rows and body and len(json.loads(gzip.decompress(body))["readings"]) > self.limit_rows[0]:
            return 413, {"error": "too large"}
        if self.out_of_step and body:
            return 409, {"error": "ask"}
        found = self._deliver(method, path, body, headers)
        if fault == "lost":
            raise SourceUnreachable(fault)
        return found

    def _deliver(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
        assert self.client
        answer = self.client.ask(method, path, body, headers=headers)
        again = {"again": True} if "idempotency-replayed" in answer.headers else {}
        return answer.status, (answer.json if answer.body else {}) | again


@dataclass
class Pair:
    """An edge with the site b, and a central with the sites s and b."""

    edge: Company
    central: Halls
    wire: Wire
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the edge."""
        self.service = self.edge.service

    @property
    def spool(self) -> Spool:
        """Of the edge."""
        return self.service.stores.spool

    @property
    def central_spool(self) -> Spool:
        """Of the central."""
        return self.central.kept.service().stores.spool

    def set_number(self, number: int) -> None:
        """Let the central have another number of the edge's spool, as one that was put back has."""
        with self.central_spool._connections.transaction(write=True) as connection:
            sender = f"forward:b:{self.spool.uuid}"
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (sender, str(number)))

    def forwarder(self) -> Forwarder:
        """The forwarder of a fresh process."""
        return Forwarder(
            self.spool, self.wire, lambda: self.service.settings, lambda: self.edge.now, self.events.append
        )

    def read(self, *readings: Reading) -> None:
        """Judge and accept at the edge."""
        table, _ = judge_readings(readings, self.service.settings, origin="bmc", now=int(self.edge.now))
        self.spool.accept(table)

    def same(self) -> bool:
        """Whether the central has exactly what the edge has."""
        found = []
        for spool in (self.spool, self.central_spool):
            columns = ("point", "metric", "time", "value", "quality", "reason", "device_time")
            found.append(spool.after(0).select(columns).to_pylist())
        return bool(found[0] == found[1])


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    for name in ("edge", "central"):
        (tmp_path / name).mkdir()
    central = halls(tmp_path / "central")
    edge = Company(tmp_path / "edge", points=EDGE, head=HEAD.replace('"s"', '"b"'))
    client = central.client("ingest", site="b")
    return Pair(edge, central, Wire("https://central", Secret(env="NONE"), client=client))


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(START + at, UTC)


def power(at: int, watts: float, point: str = "b/ups", **keys: Any) -> Reading:  # noqa: ANN401 - of `Reading`
    return Reading(point, "power", moment(at), watts, **keys)


def test_everything_arrives_as_it_was_judged_here(pair: Pair) -> None:
    pair.read(power(0, 100.0), power(60, 0.0, off=True), power(120, 0.0), power(180, 9999.0), power(240, -1.0))
    pair.read(power(0, 70.0, "b/utility", quality=Quality.ESTIMATED, device_time=moment(5)))
    assert pair.forwarder().send_all() == 6
    assert pair.same()
    assert [row["quality"] for row in pair.central_spool.after(0).to_pylist()] == [
        "measured",
        "measured",
        "rejected",
        "rejected",
        "rejected",
        "estimated",
    ]
    assert pair.forwarder().send_all() == 0


@pytest.mark.parametrize("faults", [["lost"], ["away", "lost"], ["lost", "lost", "away"], ["", "lost"]])
def test_lost_answers_double_nothing(pair: Pair, faults: list[str]) -> None:
    pair.wire.faults.extend(faults)
    forwarder = pair.forwarder()
    for at in range(6):
        pair.read(power(at, 100.0 + at))
        try:
            forwarder.send_all()
        except SourceUnreachable:
            assert forwarder.wait_s() > 5
        if at == 3:
            forwarder = pair.forwarder()  # the edge was killed
    forwarder.send_all()
    assert forwarder.wait_s() == 5
    assert pair.same()


def test_what_stands_in_the_way_is_told_once_and_again_when_it_is_something_else(pair: Pair) -> None:
    forwarder = pair.forwarder()
    pair.read(power(0, 100.0))
    pair.wire.faults.extend(["lost", "away", "away"])
    for _ in range(4):
        forwarder.step()
    told = [str(event) for event in pair.events]
    works = "forward works to=https://central"
    assert told == ["forward failed reason=away", "forward failed reason=lost", works]
    forwarder.step()
    pair.forwarder().step()
    assert [str(event) for event in pair.events] == [*told, works]


def test_a_batch_that_was_under_way_is_not_taken_beside_the_one_that_holds_it(pair: Pair) -> None:
    forwarder = pair.forwarder()
    forwarder.send_all()
    pair.read(power(0, 100.0))
    pair.wire.faults.append("late")
    with pytest.raises(SourceUnreachable):
        forwarder.send_all()
    pair.read(power(1, 101.0))
    forwarder._at = forwarder._asked()  # the central says 0, for the batch is still under way
    pair.wire.late.pop()()  # now it comes
    assert forwarder.send_all() == 1
    assert pair.same()


def test_what_waits_is_kept_whatever_the_edge_ships_and_purges(pair: Pair) -> None:
    forwarder = pair.forwarder()
    pair.read(power(0, 100.0))
    forwarder.send_all()
    pair.read(power(1, 101.0))
    pair.wire.faults.extend(["away"] * 3)
    with pytest.raises(SourceUnreachable):
        forwarder.send_all()
    stores, last = pair.service.stores, pair.spool.highest()
    for day in range(2):
        stores.ship(now=int(pair.edge.now) + day * 2 * GRACE_S)
    assert pair.spool.purged() == last - 1
    pair.wire.faults.clear()
    assert forwarder.send_all() == 1
    stores.ship(now=int(pair.edge.now) + 6 * GRACE_S)
    assert pair.spool.purged() == last
    assert [row[3] for row in pair.central.accepted()] == [400.0, 404.0]


def test_a_central_of_small_bodies_gets_smaller_batches(pair: Pair) -> None:
    forwarder = pair.forwarder()
    forwarder._rows = 400
    pair.read(*(power(at, 100.0) for at in range(400)))
    pair.wire.limit_rows.append(150)
    assert forwarder.send_all() == 400
    assert pair.same()
    pair.wire.limit_rows[:] = [10]
    pair.read(*(power(at, 100.0) for at in range(400)))
    with pytest.raises(CollectError, match="took nothing"):
        forwarder.send_all()


def test_parts_of_one_batch_and_of_several(pair: Pair) -> None:
    forwarder = pair.forwarder()
    forwarder._rows = 150
    pair.read(*(power(at, 100.0) for at in range(400)))
    pair.wire.faults.extend(["lost", "", ""])
    with pytest.raises(SourceUnreachable):
        forwarder.send_all()
    assert pair.spool.marks.forwarded() == pair.spool.highest() - 1
    pair.read(*(power(at, 101.0) for at in range(400, 410)))
    forwarder.send_all()
    assert pair.spool.marks.forwarded() == pair.spool.highest()
    assert pair.same()


def test_a_point_that_the_central_does_not_know_holds_all_back_until_it_does(pair: Pair) -> None:
    pair.edge.points += NEW
    pair.service = pair.edge.service
    pair.read(power(0, 100.0), power(0, 5.0, "b/new"), power(1, 100.0))
    forwarder = pair.forwarder()
    with pytest.raises(SourceRefused, match=r'reading 2: "b/new" is no point of wattlas\.toml'):
        forwarder.send_all()
    assert pair.central.accepted() == []
    pair.central.company.points += NEW
    pair.central.kept.opened = pair.central.company.service
    assert forwarder.send_all() == 3
    assert pair.same()


def test_what_the_edge_does_not_know_itself_stays_in_its_quarantine(pair: Pair) -> None:
    pair.read(power(0, 1.0, "b/nobody"), power(1, float("nan")))
    pair.read(power(2, 100.0))
    forwarder = pair.forwarder()
    assert forwarder.send_all() == 3  # of one request
    assert [row[2] for row in pair.central.accepted()] == [2]
    pair.read(power(3, 1.0, "b/nobody"))
    assert forwarder.send_all() == 0
    pair.read(power(4, 100.0))
    assert forwarder.send_all() == 1
    assert [row[2] for row in pair.central.accepted()] == [2, 4]


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
    pair.spool.renew(upto=0)  # as `wattlas restore` does
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


def test_a_collector_that_ends_sends_its_last_readings_and_no_backlog_of_days(pair: Pair) -> None:
    forwarder = pair.forwarder()
    forwarder._rows = 10
    pair.read(*(power(at, 100.0) for at in range(300)))
    forwarder.stop()
    forwarder.step()
    assert len(pair.central.accepted()) == 10
    forwarder.finish()
    assert len(pair.central.accepted()) == 210
    forwarder.step()
    assert pair.same()


def test_a_central_that_is_never_in_step_is_not_asked_for_ever(pair: Pair) -> None:
    pair.read(power(0, 100.0))
    pair.wire.out_of_step.append(True)
    with pytest.raises(CollectError):
        pair.forwarder().send_all()


def test_options_of_forward_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATTLAS_FORWARD_TOKEN", raising=False)
    file = tmp_path / "token"
    file.write_text("wattlas_1_secret\n")
    for url, plain, sentence in (
        ("central", False, "must be the address"),
        ("ftp://central", False, "must be the address"),
        ("https://central:0", False, "must be the address"),
        ("https://central:x", False, "must be the address"),
        ("https://me:secret@central", False, "must not hold user or password"),
        ("http://central", False, "would send the token unprotected"),
    ):
        with pytest.raises(InputError, match=sentence) as told:
            forward_of(url, token_file=file, ca_file=None, plain_http=plain)
        assert "secret" not in str(told.value).replace("user or password", "")
    with pytest.raises(ConfigError, match="WATTLAS_FORWARD_TOKEN is not set"):
        forward_of("https://central", token_file=None, ca_file=None, plain_http=False)
    with pytest.raises(InputError, match="speak of --forward"):
        forward_of(None, token_file=file, ca_file=None, plain_http=False)
    found = forward_of("http://central/", token_file=file, ca_file=None, plain_http=True).central
    assert found
    assert found.url == "http://central"
    assert "secret" not in repr(found)
    assert forward_of("off", token_file=None, ca_file=None, plain_http=False).give_up


def test_an_edge_of_two_sites_is_refused(tmp_path: Path) -> None:
    from ui.serving.forwarding import prepare

    company = Company(tmp_path, points=EDGE, head=SITES)
    (tmp_path / "token").write_text("x")
    wanted = forward_of("https://c", token_file=tmp_path / "token", ca_file=None, plain_http=False)
    with pytest.raises(InputError, match="a token writes to one"):
        prepare(company.service, wanted)


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
