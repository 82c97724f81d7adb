"""An edge collector's spool on its way to the central: all of it, in order, once, whatever the link does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.reading import Quality
from collectors.store.shipper import GRACE_S
from config.errors import CollectError, ConfigError, InputError, SourceRefused, SourceUnreachable
from tests.ui.api.edge import EDGE, NEW, Pair, moment, power
from tests.ui.api.halls import SITES
from tests.ui.company import START, Company
from ui.serving.forwarding import forward_of

if TYPE_CHECKING:
    from pathlib import Path


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


def test_a_central_whose_clock_is_behind_is_told_of_once_an_hour(pair: Pair) -> None:
    forwarder = pair.forwarder()
    pair.edge.now = pair.central.company.now + 1000
    late = int(pair.edge.now) - START
    for at in range(3):
        pair.read(power(late + at, 100.0), power(late + at, -1.0, "b/utility"))
        forwarder.step()
    refused = [event for event in pair.events if event.word == "central refuses readings"]
    assert [event.fields["readings"] for event in refused] == [1], "what is refused here too is no news"
    pair.edge.now += 3601
    pair.read(power(late + 3, 100.0))
    forwarder.step()
    assert [event.fields["readings"] for event in pair.events if event.word == "central refuses readings"] == [1, 3]


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


def test_a_central_that_takes_no_size_for_a_while_gets_all_when_it_does_again(pair: Pair) -> None:
    forwarder = pair.forwarder()
    pair.read(*(power(at, 100.0) for at in range(400)))
    pair.wire.limit_rows.append(0)  # a proxy before it, set wrong
    for _ in range(12):
        forwarder.step()
    assert [event.word for event in pair.events] == ["forward failed"]
    pair.wire.limit_rows.clear()
    assert forwarder.send_all() == 400
    assert pair.same()


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
        ("https://central..example", False, "must be the address"),
        ("https://central example", False, "must be the address"),
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
