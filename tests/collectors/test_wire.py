"""A simulated site over real Redfish and Modbus: runner, judge, spool, kernel and ledger tell what really happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from analytics.registers import SPIKE
from tests.collectors.simulated import plan
from tests.collectors.wire import PASSWORD_VARIABLE, POLL_S, POWER_ONLY, READ, Wire
from tests.peers.simulated_redfish import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.plugins.simulated.faults import Fault
    from ui.service import Service

pytestmark = pytest.mark.peer

FIRST_H, LAST_H = 0.25, 1.5  # the books compared; faults last from 0.5 to 0.5 h + 10 min
FAULTS = {
    # over Redfish
    "srv": plan.fault("srv", "zero", 0.5, 0.667),
    "two": plan.fault("two", "sentinel", 0.5, 0.667),
    "one": plan.fault("one", "stuck", 0.5, 0.667),
    "pdu-a": plan.fault("pdu-a", "reset", 0.5),
    "srv-a": plan.fault("srv-a", "exchange", 0.5, first_kwh=1234.5),
    "srv-b": plan.fault("srv-b", "wrap", 0.5, register_max_kwh=100.0),
    "pdu-b": plan.fault("pdu-b", "clock_skew", 0.5, 0.667),
    # over Modbus
    "grid": plan.fault("grid", "gap", 0.5, 0.667),
    "cooling": plan.fault("cooling", "unit_slip", 0.5, 0.667),
    "in-a": plan.fault("in-a", "drift", 0.5, 1.5, drift_per_day=0.05),
    "lighting": plan.fault("lighting", "duplicate", 0.5, 0.667),
    "ups-a": plan.fault("ups-a", "out_of_order", 0.5, 0.667),
    "ups-b": plan.fault("ups-b", "zero", 0.5, 0.667),
    "in-b": plan.fault("in-b", "sentinel", 0.5, 0.667),
}
ZERO = "0 W, and neither did the source say that the host is off nor has t/{} zero_ok"
SENTINEL = "65535 W is how devices say that there is no value"


class Told(NamedTuple):
    """A wire, and the books kept of it."""

    wire: Wire
    service: Service

    def kwh(self, name: str) -> float:
        return sum(float(str(row["energy_kwh"])) for row in self.rows(name))

    def rows(self, name: str) -> list[dict[str, object]]:
        return self.wire.booked(self.service, name, FIRST_H, LAST_H)

    def share(self, name: str, key: str) -> float:
        rows = self.rows(name)
        return sum(float(str(row[key])) for row in rows) / len(rows)

    def truth_kwh(self, name: str) -> float:
        return self.wire.truth_kwh(name, FIRST_H, LAST_H)

    def refused(self, name: str) -> set[tuple[str, str]]:
        return self.wire.refused(self.service).get(name, set())


def collected(factory: pytest.TempPathFactory, name: str, *faults: Fault) -> Iterator[Told]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PASSWORD_VARIABLE, PASSWORD)
        wire = Wire(factory.mktemp(name), plan.site(faults=faults))
        yield Told(wire, wire.collect(LAST_H))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    yield from collected(tmp_path_factory, "sound")


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    yield from collected(tmp_path_factory, "faulty", *FAULTS.values())


@pytest.mark.parametrize("name", READ)
def test_the_ledger_of_a_sound_site_is_the_truth(sound: Told, name: str) -> None:
    assert sound.kwh(name) == pytest.approx(sound.truth_kwh(name), rel=0.005)
    assert sound.share(name, "measured") == pytest.approx(1.0)
    assert {row["method"] for row in sound.rows(name)} == {"power" if name == POWER_ONLY else "register"}
    assert sound.refused(name) == set()


def test_a_poll_is_one_request_and_every_session_is_closed(sound: Told) -> None:
    redfish = sound.wire.redfish
    assert redfish.sessions == {}
    assert redfish.opened == 5, "one for each source, kept"
    polls = LAST_H * 3600 / POLL_S
    assert len(redfish.asked) < 1.15 * 7 * polls, "seven points, and little beside"
    assert [str(event) for event in sound.wire.events if event.bad] == []


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_no_fault_moves_what_is_measured_and_estimated_from_the_truth(faulty: Told, name: str) -> None:
    seen = faulty.share(name, "measured") + faulty.share(name, "estimated")
    truth_kwh = faulty.truth_kwh(name)
    assert faulty.kwh(name) == pytest.approx(truth_kwh * seen, rel=0.02 if name == POWER_ONLY else 0.005)
    assert seen == pytest.approx(1.0) or name == POWER_ONLY


def test_a_gap_is_told_once_and_what_the_register_counted_is_spread_as_estimated(faulty: Told) -> None:
    lines = [str(event) for event in faulty.wire.events if event.fields.get("source") == "modbus-grid"]
    assert "gives the gateway no answer" in lines[1]
    assert [line.split(" source")[0] for line in lines] == ["collect answers", "collect failed", "collect answers"]
    assert faulty.share("grid", "estimated") > 0.1
    assert faulty.refused("grid") == set()


@pytest.mark.parametrize("name", ["srv", "ups-b"])
def test_a_zero_of_a_running_host_is_refused_and_a_register_at_zero_is_none(faulty: Told, name: str) -> None:
    assert faulty.refused(name) == {("power", ZERO.format(name))}
    assert faulty.share(name, "estimated") > 0.1


def test_a_sentinel_without_a_register_is_a_missing_share(faulty: Told) -> None:
    assert faulty.refused("two") >= {("power", SENTINEL)}
    assert 0.1 < faulty.share("two", "missing") < 0.2


def test_a_sentinel_of_power_and_register_is_refused_in_both(faulty: Told) -> None:
    assert faulty.refused("in-b") == {("power", SENTINEL), ("energy_counter", SPIKE)}
    assert faulty.share("in-b", "estimated") > 0.1


def test_a_slip_of_units_is_refused_in_power_and_register(faulty: Told) -> None:
    reasons = faulty.refused("cooling")
    assert ("energy_counter", SPIKE) in reasons
    assert all(why.endswith("is below 50 W, the lower bound of t/cooling") for key, why in reasons if key == "power")
    assert {key for key, _ in reasons} == {"power", "energy_counter"}


@pytest.mark.parametrize("name", ["pdu-a", "srv-a", "srv-b"])
def test_a_register_that_falls_begins_a_new_segment(faulty: Told, name: str) -> None:
    assert faulty.refused(name) == set()
    assert {row["method"] for row in faulty.rows(name)} == {"register", "register+power"}, "power fills the break"


def test_the_clock_of_a_device_is_kept_and_not_used(faulty: Told) -> None:
    held = faulty.service.stores.archive.read(["t/pdu-b"], ["power"]).to_pylist()
    skews_s = {row["device_time"] - row["time"] for row in held}
    assert skews_s <= {-1, 0, 419, 420}
    assert max(skews_s) > 0
    assert faulty.share("pdu-b", "measured") == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["lighting", "ups-a", "one", "in-a"])
def test_what_a_poll_cannot_see_leaves_no_trace(faulty: Told, name: str) -> None:
    assert faulty.refused(name) == set()
    assert faulty.share(name, "measured") == pytest.approx(1.0)
