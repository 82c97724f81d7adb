"""The NUT source: Debian's upsd with a dummy UPS, and what a server says when it has nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from collectors.plugins.nut import Nut
from config.errors import CollectError, PayloadUnreadable, SourceRefused, SourceUnreachable
from tests.peers.nut import running_upsd

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 3, 1, tzinfo=UTC)


def source(port: int, **keys: object) -> Nut:
    return Nut.model_validate({"id": "n", "point": "lab/ups", "host": "127.0.0.1", "port": port, "ups": "ups1", **keys})


@pytest.mark.peer
def test_a_real_upsd_gives_the_power_of_its_ups(tmp_path: Path) -> None:
    with running_upsd(tmp_path) as port:
        one = source(port)
        readings = list(one.parse(asyncio.run(one.fetch()), AT))
        with pytest.raises(SourceRefused, match="has no UPS ups2: write one that `upsc -l` lists"):
            asyncio.run(source(port, ups="ups2").fetch())
    assert [(reading.metric, reading.value, reading.off) for reading in readings] == [("power", 843.0, False)]


OTHER = b'BEGIN LIST VAR other\nVAR other ups.realpower "5"\nEND LIST VAR ups1\n'


@pytest.mark.peer
@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (
            b"ERR DATA-STALE\n",
            SourceUnreachable,
            "has nothing of ups1 now (DATA-STALE): check its driver and its cable.",
        ),
        (b"ERR ACCESS-DENIED\n", SourceRefused, "denies access to ups1"),
        (b"SSH-2.0-x\r\n", PayloadUnreadable, "is no whole list of variables"),
        (b"x" * (3 << 20), PayloadUnreadable, "speaks something else than NUT"),
        (b"", PayloadUnreadable, "is no whole list of variables"),
        (b"ERR \n", PayloadUnreadable, "is no whole list of variables"),
        (OTHER, PayloadUnreadable, "is no whole list of variables of ups1"),
        (OTHER.replace(b"VAR other\n", b"VAR ups1\n"), PayloadUnreadable, "no variable of ups1: VAR other"),
        (b'BEGIN LIST VAR ups1\nVAR ups1 a "' + b"x" * 900_000, PayloadUnreadable, "speaks something else than NUT"),
    ],
)
def test_what_a_server_says_instead_is_a_sentence(answer: bytes, error: type[CollectError], text: str) -> None:
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readline() == b"LIST VAR ups1\n"
        writer.write(answer)
        writer.close()

    async def script() -> None:
        async with await asyncio.start_server(answering, "127.0.0.1", 0) as server:
            one = source(server.sockets[0].getsockname()[1])
            list(one.parse(await one.fetch(), AT))

    with pytest.raises(error) as caught:
        asyncio.run(script())
    assert text in str(caught.value)


@pytest.mark.peer
def test_nobody_there_and_one_who_hangs_are_told() -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.4)
        writer.close()

    async def script() -> None:
        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(SourceUnreachable, match="gave no answer within"):
                await source(port, deadline_s=0.1).fetch()
            await asyncio.sleep(0.4)
        with pytest.raises(SourceUnreachable, match="does not answer"):
            await source(port).fetch()

    asyncio.run(script())


@pytest.mark.parametrize(
    ("text", "watts"),
    [("843", 843.0), ("843.5", 843.5), ("1_000", None), ("nan", None), ("1e400", None), ('8\\"4', None)],
)
def test_a_variable_is_a_number_in_digits(text: str, watts: float | None) -> None:
    payload = f'BEGIN LIST VAR ups1\nVAR ups1 ups.realpower "{text}"\nEND LIST VAR ups1\n'.encode()
    assert [reading.value for reading in source(1).parse(payload, AT)] == ([] if watts is None else [watts])


def test_a_name_that_would_be_a_command_is_refused() -> None:
    with pytest.raises(ValueError, match="ups"):
        source(3493, ups="ups1\nLOGOUT")


@pytest.mark.parametrize("sign", ["\v", "\f", "\x1d", "\x85", "\u2028", "\r"])
def test_what_looks_like_the_end_of_a_line_in_a_text_costs_no_reading(sign: str) -> None:
    listed = f'BEGIN LIST VAR ups1\nVAR ups1 ups.mfr "A{sign}B"\nVAR ups1 ups.realpower "843"\nEND LIST VAR ups1\n'
    assert [one.value for one in source(1).parse(listed.encode(), AT)] == [843.0]
