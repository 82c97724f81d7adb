"""The order of words: a meter whose words are swapped gives numbers near zero that no bound refuses."""

from __future__ import annotations

import asyncio
import struct

import pytest

from collectors.plugins.modbus.numbers import decode, swapped
from config.errors import SourceRefused, SourceUnreachable
from tests.collectors.modbus.test_modbus import device, once, polled, source
from tests.peers.simulated_modbus import serving_modbus


def words(number: float, *, turned: bool = False) -> list[int]:
    pair = list(struct.unpack(">HH", struct.pack(">f", number)))
    return pair[::-1] if turned else pair


def meter(*, turned: bool, volts: float = 230.2) -> dict[int, list[int]]:
    return {0: words(volts, turned=turned), 0x34: words(812.5, turned=turned), 0x48: words(1000.0, turned=turned)}


@pytest.mark.peer
def test_swapped_words_are_told_and_read_once_the_site_file_says_so() -> None:
    def read(held: dict[int, list[int]], **keys: object) -> dict[str, float]:
        return asyncio.run(once([device(1, held)], **keys))

    assert decode(words(812.5, turned=True), "float32") == pytest.approx(1.09e-19, rel=0.01), "the judge lets it pass"
    with pytest.raises(SourceRefused, match=r'says 4.17e-08 V, and 230.2 V .* swapped: write word_order = "low_first"'):
        read(meter(turned=True))
    right = {"power": 812.5, "energy_counter": 1000.0}
    assert read(meter(turned=True), word_order="low_first") == right
    with pytest.raises(SourceRefused, match='write word_order = "high_first"'):
        read(meter(turned=False), word_order="low_first")
    assert read(meter(turned=False, volts=0.0)) == right, "0 V tell nothing"


@pytest.mark.peer
def test_it_is_looked_at_once_and_again_after_a_failure() -> None:
    async def script() -> None:
        async with serving_modbus([device(1, meter(turned=False))]) as port:
            one = source(port)
            await polled(one)
            looked = [one._looked]
            assert one._gateway is not None
            one._gateway._drop()
            one._gateway.port = 1  # nobody listens there
            with pytest.raises(SourceUnreachable, match="does not answer"):
                await polled(one)
            looked.append(one._looked)
            one._gateway.port = port
            await one.close()
            assert looked == [True, False]

    asyncio.run(script())


@pytest.mark.parametrize(
    ("held", "kind", "scale", "both"),
    [
        (words(230.2, turned=True), "float32", 1.0, (pytest.approx(4.17e-8, rel=0.01), pytest.approx(230.2))),
        (words(230.0, turned=True), "float32", 1.0, (0.0, 230.0)),
        ([0x7FC0, 0], "float32", 1.0, None),
        (words(230.2), "float32", 1.0, None),
        (words(20_000.0), "float32", 1.0, None),
        ([0, 2302], "uint32", 0.1, None),
        ([2302, 0], "uint32", 0.1, (pytest.approx(1.5e7, rel=0.01), pytest.approx(230.2))),
        ([0xFFFF, 0xFFFF], "uint32", 0.1, None),
        (words(3.0), "float32", 1.0, None),
    ],
)
def test_only_a_voltage_in_the_other_order_is_a_proof(held: list[int], kind: str, scale: float, both: object) -> None:
    assert swapped(held, kind, "high_first", scale=scale) == both  # type: ignore[arg-type]


def test_half_a_number_is_none() -> None:
    assert decode(words(1408.0, turned=True), "float32") is None
    assert decode([0, 0], "float32") == 0
