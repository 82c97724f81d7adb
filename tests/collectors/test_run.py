"""The runner keeps its promises whatever a source does; time jumps, so hours are tested in moments."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from collectors.aside import Aside
from collectors.run import GRACE_S
from config.errors import PartlyUnreadable, PayloadUnreadable, SourceRefused, SourceUnreachable, StoreUnavailable
from tests.collectors.stage import HANG, START, Scripted, Stage, source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from collectors.reading import Reading

DOWN = SourceUnreachable("bmc down: no answer.")


def test_each_source_is_polled_at_its_own_interval() -> None:
    quick, slow = source("quick"), source("slow", interval_s=60)
    Stage(quick, slow).play(600)
    assert 59 <= len(quick._asked) <= 61
    assert 9 <= len(slow._asked) <= 11


def test_first_poll_comes_within_seconds_and_no_two_polls_lie_further_apart_than_is_measured() -> None:
    sources = [source(f"s{n}", interval_s=300) for n in range(40)]
    Stage(*sources).play(3600)
    for one in sources:
        gaps = [later - sooner for sooner, later in zip(one._asked, one._asked[1:], strict=False)]
        assert one._asked[0] <= 10
        assert 150 <= gaps[0] < 451
        assert gaps[1:] == pytest.approx([300] * len(gaps[1:]), abs=0.1)


def test_sources_do_not_ask_all_at_once() -> None:
    sources = [source(f"s{n}") for n in range(200)]
    Stage(*sources).play(60)
    tenths = [int(one._asked[3] * 10) for one in sources]
    assert max(tenths.count(tenth) for tenth in tenths) < 12


def test_readings_carry_the_time_of_the_request() -> None:
    one = source("one")
    stage = Stage(one)
    stage.play(65)
    stamps = [r.time.timestamp() - START.timestamp() for r in stage.readings if r.metric == "power"]
    assert stamps == pytest.approx(one._asked, abs=1e-3)


def test_the_very_list_of_a_poll_is_handed_on() -> None:
    taken: list[list[Reading]] = []
    Stage(source("one"), accept=lambda readings, _: taken.append(readings)).play(25)
    assert {len(readings) for readings in taken if readings[0].metric == "power"} == {1}


def test_hung_devices_delay_nobody_even_where_they_fill_their_lane() -> None:
    hung = [source(f"hung{n}", deadline_s=10).doing(lambda _: HANG) for n in range(20)]
    well = [source(f"well{n}") for n in range(20)]
    stage = Stage(*hung, *well)
    stage.play(100)
    assert all(9 <= len(one._asked) <= 11 for one in well)
    assert sum(sum(stage.values("collector_missed", one.id)) for one in well) == 0


def test_a_hung_poll_ends_before_the_next_is_due() -> None:
    stage = Stage(source("hung", interval_s=10, deadline_s=10).doing(lambda _: HANG))
    stage.play(600)
    assert set(stage.values("collector_missed", "hung")) == {0.0}


def test_a_poll_that_outlives_its_deadline_is_skipped_and_counted_never_queued() -> None:
    class Deaf(Scripted):
        async def fetch(self) -> bytes:
            self._asked.append(asyncio.get_running_loop().time())
            until = self._asked[-1] + 35
            while (left := until - asyncio.get_running_loop().time()) > 0:
                try:
                    await asyncio.sleep(left)
                except asyncio.CancelledError:
                    continue
            return b"1"

    deaf = Deaf(id="deaf", point="fra1/deaf", interval_s=10, deadline_s=5)
    stage = Stage(deaf)
    stage.play(121)
    assert len(deaf._asked) == pytest.approx(121 / 40, abs=1)
    assert sum(stage.values("collector_missed", "deaf")) == pytest.approx(121 * 3 / 40, abs=2)


def test_three_failures_rest_a_source_longer_and_longer() -> None:
    dead = source("dead").doing(lambda _: DOWN)
    Stage(dead).play(7200)
    gaps = [later - sooner for sooner, later in zip(dead._asked, dead._asked[1:], strict=False)]
    for gap, rest in zip(gaps[2:], [30, 60, 120, 240, 480, 600, 600, 600], strict=False):
        assert 0.8 * rest <= gap <= rest + 11  # the next time on its grid after the rest


def test_a_hung_source_costs_one_deadline_per_rest() -> None:
    hung = source("hung").doing(lambda _: HANG)
    Stage(hung).play(3600)
    assert len(hung._asked) <= 3 + 4 + 3600 / 480


def test_a_refusal_is_repeated_only_slowly() -> None:
    refusing = source("refusing").doing(lambda _: SourceRefused("wrong password for bmc: mend it."))
    stage = Stage(refusing)
    stage.play(1200)
    assert 2 <= len(refusing._asked) <= 3
    assert stage.said("refusing") == ['collect failed state=refused reason="wrong password for bmc: mend it."']


def test_one_line_per_change_of_state() -> None:
    flaky = source("flaky").doing(lambda n: DOWN if 3 <= n < 8 else HANG if n == 8 else b"5")
    stage = Stage(flaky)
    stage.play(3600)
    words = [(event.word, event.bad) for event in stage.events]
    assert words == [("collect answers", False), ("collect failed", True), ("collect answers", False)]


def test_a_bug_in_a_plugin_stops_nothing_and_tells_no_secret() -> None:
    buggy = source("buggy").doing(lambda _: ValueError("https://root:calvin@bmc/"))
    well = source("well")
    stage = Stage(buggy, well)
    stage.play(100)
    assert len(well._asked) >= 9
    assert len(stage.said("buggy")) == 1
    assert "ValueError in stage.py" in stage.said("buggy")[0]
    assert "calvin" not in stage.said("buggy")[0]


def test_an_error_of_the_system_is_told_by_its_number_only() -> None:
    stage = Stage(source("one").doing(lambda _: ConnectionRefusedError(111, "at https://root:calvin@bmc/")))
    stage.play(20)
    assert stage.said("one") == ['collect failed state=unreachable reason="Connection refused"']


def test_an_unreadable_payload_is_kept_aside_once_per_outage(tmp_path: Path) -> None:
    garbled = source("garbled/../../x").doing(lambda n: b"100" if n % 8 == 0 else b"garbage")
    stage = Stage(garbled, aside=Aside(tmp_path / "aside"))
    stage.play(30)
    kept = list((tmp_path / "aside").iterdir())
    assert [path.read_bytes() for path in kept] == [b"garbage"]
    assert f"kept={kept[0].name}" in stage.said("garbled/../../x")[1]


def test_kept_payloads_are_bounded(tmp_path: Path) -> None:
    aside = Aside(tmp_path, files=3, size=4)
    for n in range(9):
        aside.keep(b"0123456789", source=f"s{n}", at=1000.0 + n)
    assert [path.name[16:] for path in sorted(tmp_path.iterdir())] == ["s6.payload", "s7.payload", "s8.payload"]
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"0123"}


def test_a_disk_that_refuses_the_payload_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    garbled = source("garbled").doing(lambda _: b"garbage")
    stage = Stage(garbled, aside=Aside(tmp_path / "file"))
    stage.play(30)
    assert len(garbled._asked) >= 2
    assert stage.said("garbled")[0].endswith("kept=no")


def test_what_a_plugin_calls_unreadable_is_named_so() -> None:
    stage = Stage(source("one").doing(lambda _: PayloadUnreadable("odd bytes.")))
    stage.play(30)
    assert stage.said("one") == ['collect failed state=unreadable reason="odd bytes."']


def test_self_metrics_come_once_a_minute() -> None:
    half = source("half").doing(lambda n: DOWN if n % 2 else b"5")
    stage = Stage(half)
    stage.play(600)
    up = stage.values("collector_up", "half")
    assert len(up) in {10, 11}
    assert up[1:-1] == [0.5] * len(up[1:-1])
    assert set(stage.values("collector_missed", "half")) == {0.0}
    assert max(stage.values("collector_duration", "half")) < 0.1


def test_a_resting_source_is_still_reported_down() -> None:
    stage = Stage(source("dead").doing(lambda _: DOWN))
    stage.play(3600)
    up = stage.values("collector_up", "dead")
    assert len(up) in {60, 61}
    assert set(up) == {0.0}


def test_a_reload_swaps_only_what_changed() -> None:
    kept, changed, gone = source("kept"), source("changed"), source("gone")
    renewed, added = source("changed", setting="new"), source("added")
    stage = Stage(kept, changed, gone)
    swapped = []

    async def reload() -> None:
        swapped.append(await stage.runner.reload([source("kept"), renewed, added]))
        await asyncio.sleep(100)

    stage.play(100, reload)
    assert (swapped[0].added, swapped[0].changed, swapped[0].removed) == (("added",), ("changed",), ("gone",))
    assert (kept._closed, changed._closed, gone._closed) == (1, 1, 1)
    assert len(kept._asked) >= 19
    assert max(gone._asked + changed._asked) <= 100 < min(renewed._asked + added._asked)
    assert "reloaded added=1 changed=1 removed=1" in [str(event) for event in stage.events]


def test_a_stop_closes_every_session_within_seconds() -> None:
    hung, well = source("hung", interval_s=60, deadline_s=60).doing(lambda _: HANG), source("well")
    stage = Stage(hung, well)
    stage.play(30)
    assert (hung._closed, well._closed) == (1, 1)
    assert stage.clock.monotonic() <= 30 + 3 * GRACE_S


def test_a_session_that_does_not_close_holds_nobody_up() -> None:
    class Clinging(Scripted):
        async def close(self) -> None:
            await asyncio.get_running_loop().create_future()

    class Broken(Scripted):
        async def close(self) -> None:
            raise ValueError(self.id)

    made = {"interval_s": 10, "deadline_s": 5}
    stage = Stage(
        Clinging(id="clinging", point="fra1/c", **made), Broken(id="broken", point="fra1/b", **made), source("well")
    )
    stage.play(30)
    assert stage.said("broken")[-1].startswith("close failed")


def test_what_the_store_refuses_is_said_once_and_counted() -> None:
    full = [True]

    def accept(readings: list[Reading], origin: str) -> None:
        if full[0]:
            msg = "disk full: make room."
            raise StoreUnavailable(msg)

    async def mend() -> None:
        full[0] = False
        await asyncio.sleep(20)

    stage = Stage(source("one"), accept=accept)
    stage.play(55, mend)
    lines = [str(event) for event in stage.events if event.word.startswith("accept")]
    assert len(lines) == 2
    assert lines[0] == 'accept failed reason="disk full: make room."'
    assert lines[1].startswith("accept works lost=")


def test_a_step_of_the_wall_clock_is_a_recorded_event() -> None:
    stage = Stage(source("one"))

    async def set_clock() -> None:
        stage.clock.set_s = -3600.0
        await asyncio.sleep(60)

    stage.play(30, set_clock)
    assert [str(event) for event in stage.events if event.word == "clock stepped"] == ["clock stepped step_s=-3600"]


def test_times_slept_through_are_counted_as_missed() -> None:
    stage = Stage(source("one"))

    async def suspended() -> None:
        asyncio.get_running_loop()._jumping.now += 100  # type: ignore[attr-defined]
        await asyncio.sleep(70)

    stage.play(60, suspended)
    assert sum(stage.values("collector_missed", "one")) in {9, 10}


def test_what_can_be_read_of_an_answer_counts_and_the_rest_is_told_once(tmp_path: Path) -> None:
    class Half(Scripted):
        """Reads the first half of each answer."""

        def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
            yield from super().parse(payload, at)
            msg = "1 of 2 lines are no samples."
            raise PartlyUnreadable(msg)

    half = Half(id="half", point="fra1/half", interval_s=10, deadline_s=5)
    stage = Stage(half, aside=Aside(tmp_path))
    stage.play(125)
    assert len([reading for reading in stage.readings if reading.metric == "power"]) == len(half._asked) >= 12
    assert set(stage.values("collector_up", "half")) == {1.0}
    (said,) = stage.said("half")
    assert said.startswith('collect failed state=partly reason="1 of 2 lines are no samples." kept=')
