from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.plugins.ipmi.ciphers import SUITES, SessionKeys, Suite, Window
from collectors.plugins.ipmi.packets import Channel
from config.errors import PayloadUnreadable

suites = st.sampled_from(list(SUITES.values()))


def both_ends(number: int) -> tuple[Channel, Channel]:
    keys = SessionKeys.derive(SUITES[number], b"session integrity key")
    return Channel(keys, bmc_id=7, console_id=9), Channel(keys, bmc_id=9, console_id=7)


def test_suite_0_is_not_spoken() -> None:
    assert set(SUITES) == {17, 3}
    assert all(0 not in suite.algorithms for suite in SUITES.values())


@given(suite=suites, payload=st.binary(max_size=300))
def test_what_is_encrypted_comes_back(suite: Suite, payload: bytes) -> None:
    keys = SessionKeys.derive(suite, b"k")
    assert keys.decrypt(keys.encrypt(payload)) == payload


@given(number=st.sampled_from([17, 3]), messages=st.lists(st.binary(min_size=1, max_size=80), max_size=5))
def test_one_end_opens_what_the_other_sealed(number: int, messages: list[bytes]) -> None:
    console, bmc = both_ends(number)
    assert [bmc.open(console.seal(message)) for message in messages] == messages


@given(number=st.sampled_from([17, 3]), at=st.integers(min_value=0), flip=st.integers(1, 255))
def test_a_packet_changed_anywhere_but_in_its_rmcp_header_is_refused(number: int, at: int, flip: int) -> None:
    console, bmc = both_ends(number)
    packet = bytearray(console.seal(b"message"))
    packet[4 + at % (len(packet) - 4)] ^= flip
    with pytest.raises(PayloadUnreadable):
        bmc.open(bytes(packet))


def test_a_packet_is_taken_once() -> None:
    console, bmc = both_ends(17)
    packet = console.seal(b"message")
    bmc.open(packet)
    with pytest.raises(PayloadUnreadable, match="repeats sequence number 1"):
        bmc.open(packet)


@given(st.lists(st.integers(0, 40)))
def test_the_window_takes_no_number_twice(numbers: list[int]) -> None:
    window = Window()
    taken = [number for number in numbers if window.take(number)]
    assert len(taken) == len(set(taken))


@given(st.permutations(range(100, 116)))
def test_the_window_takes_sixteen_in_any_order(numbers: list[int]) -> None:
    window = Window()
    assert all(window.take(number) for number in numbers)


def test_the_window_refuses_what_lies_far_behind_and_survives_the_wrap() -> None:
    window = Window()
    assert window.take(2**32 - 2)
    assert window.take(1)
    assert window.take(2**32 - 1), "late, across the wrap"
    assert not window.take(2**32 - 2)
    assert window.take(5000), "replies were lost for a while"
    assert window.take(4984)
    assert not window.take(4983)


def test_numbers_go_on_after_the_last_and_never_are_0() -> None:
    console, _ = both_ends(3)
    console._sequence = 2**32 - 2
    numbers = [int.from_bytes(console.seal(b"m")[10:14], "little") for _ in range(3)]
    assert numbers == [2**32 - 1, 1, 2]
