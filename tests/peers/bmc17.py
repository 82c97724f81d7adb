"""A BMC that speaks cipher suite 17 (HMAC-SHA256), which ipmi_sim does not; proved right by `ipmitool -C 17`.

Written from the standard alone and sharing nothing with the collector: it checks whatever a console sends, and keeps
what went wrong in `complaints`. One session at a time, IPMI v2.0 chapter 13.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Answer = bytes | Callable[[bytes], bytes]
"""A reply, or what makes it of the request's body; its first byte is the completion code."""

GUID = bytes(range(16))
BMC_SESSION = b"\x11\x22\x33\x44"


def digest(key: bytes, *parts: bytes) -> bytes:
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def framed(payload_type: int, session: bytes, sequence: int, payload: bytes) -> bytes:
    head = bytes([6, payload_type]) + session + sequence.to_bytes(4, "little") + len(payload).to_bytes(2, "little")
    return head + payload


def summed(part: bytes) -> bytes:
    return part + bytes([-sum(part) % 256])


class Bmc17(asyncio.DatagramProtocol):
    """Answers suite 17 only; `answers` maps (netfn, command) to replies, `complaints` lists what was wrong."""

    def __init__(self, user: bytes, password: bytes) -> None:
        self.user, self.password = user, password
        self.answers: dict[tuple[int, int], Answer] = {
            (0x06, 0x3B): lambda body: b"\0" + body,
            (0x06, 0x3C): b"\0",
            (0x06, 0x01): b"\0" + bytes(15),
            (0x00, 0x01): b"\0\x01\0\0",
        }
        self.complaints: list[str] = []
        self.asked: list[tuple[int, int]] = []
        self.closed = 0
        self.logins = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._sequence = 0
        self._console = self._console_random = self._role = self._k1 = self._aes = b""
        self._bmc_random = os.urandom(16)
        self._highest = 0

    def forget(self) -> None:
        """Lose the session, as a BMC that restarts: what belongs to it gets no answer any more."""
        self._k1 = b""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data[4] != 6:  # IPMI 1.5 framing: ipmitool asks for the authentication capabilities first
            reply = self._authentication_capabilities(data[14:])
        else:
            kind, payload = data[5], data[16 : 16 + int.from_bytes(data[14:16], "little")]
            steps = {0x10: self._open, 0x12: self._rakp2, 0x14: self._rakp4, 0xC0: self._message}
            reply = steps[kind](data if kind == 0xC0 else payload)
        if reply and self._transport:
            self._transport.sendto(b"\x06\0\xff\x07" + reply, addr)

    def _authentication_capabilities(self, message: bytes) -> bytes:
        reply = bytes([0x81, 0x1C, 0x63, 0x20, message[4], 0x38, 0, 1, 0x80, 0x04, 0x02, 0, 0, 0, 0])
        reply = summed(reply[:2]) + summed(reply[3:])
        return bytes(9) + bytes([len(reply)]) + reply

    def _open(self, payload: bytes) -> bytes:
        wanted = (payload[12], payload[20], payload[28])
        self._console = payload[4:8]
        if wanted != (3, 4, 1):
            return framed(0x11, bytes(4), 0, bytes([payload[0], 0x11, 0, 0]) + self._console)
        chosen = bytes([payload[0], 0, payload[1], 0]) + self._console + BMC_SESSION + payload[8:32]
        return framed(0x11, bytes(4), 0, chosen)

    def _rakp2(self, payload: bytes) -> bytes:
        self._console_random = payload[8:24]
        self._role = payload[24:25] + payload[27 : 28 + payload[27]]
        if self._role[2:] != self.user or payload[4:8] != BMC_SESSION:
            self.complaints.append("unknown user or session")
            return framed(0x13, bytes(4), 0, bytes([payload[0], 0x0D, 0, 0]) + self._console)
        proof = digest(
            self.password, self._console, BMC_SESSION, self._console_random, self._bmc_random, GUID, self._role
        )
        return framed(0x13, bytes(4), 0, bytes([payload[0], 0, 0, 0]) + self._console + self._bmc_random + GUID + proof)

    def _rakp4(self, payload: bytes) -> bytes:
        if payload[1]:
            self.complaints.append(f"console broke off with status {payload[1]:#x}")
            return b""
        if payload[8:] != digest(self.password, self._bmc_random, self._console, self._role):
            self.complaints.append("RAKP 3 does not prove the password")
            return framed(0x15, bytes(4), 0, bytes([payload[0], 0x0F, 0, 0]) + self._console)
        session_key = digest(self.password, self._console_random, self._bmc_random, self._role)
        self._k1, self._aes = digest(session_key, b"\1" * 20), digest(session_key, b"\2" * 20)[:16]
        self._sequence = self._highest = 0
        self.logins += 1
        proof = digest(session_key, self._console_random, BMC_SESSION, GUID)[:16]
        return framed(0x15, bytes(4), 0, bytes([payload[0], 0, 0, 0]) + self._console + proof)

    def _message(self, data: bytes) -> bytes:
        if not self._k1:
            return b""
        if digest(self._k1, data[4:-16])[:16] != data[-16:] or data[6:10] != BMC_SESSION:
            self.complaints.append("wrong signature or session")
            return b""
        sequence = int.from_bytes(data[10:14], "little")
        if sequence <= self._highest or sequence > self._highest + 16:
            self.complaints.append(f"sequence {sequence} after {self._highest}")
        self._highest = sequence
        sealed = data[16 : 16 + int.from_bytes(data[14:16], "little")]
        opener = Cipher(algorithms.AES(self._aes), modes.CBC(sealed[:16])).decryptor()
        plain = opener.update(sealed[16:]) + opener.finalize()
        return self._sealed(self._answer(plain[: -1 - plain[-1]]))

    def _answer(self, message: bytes) -> bytes:
        netfn, number = message[1] >> 2, message[5]
        self.asked.append((netfn, number))
        self.closed += (netfn, number) == (0x06, 0x3C)
        answer = self.answers.get((netfn, number), b"\xc1")
        reply = answer if isinstance(answer, bytes) else answer(message[6:-1])
        head = summed(bytes([0x81, (netfn | 1) << 2]))
        return head + summed(bytes([0x20, message[4], number]) + reply)

    def _sealed(self, message: bytes) -> bytes:
        pad = (15 - len(message)) % 16
        iv = os.urandom(16)
        closer = Cipher(algorithms.AES(self._aes), modes.CBC(iv)).encryptor()
        plain = message + bytes(range(1, pad + 1)) + bytes([pad])
        self._sequence += 1
        part = framed(0xC0, self._console, self._sequence, iv + closer.update(plain) + closer.finalize())
        fill = (-len(part) - 2) % 4
        covered = part + b"\xff" * fill + bytes([fill, 7])
        return covered + digest(self._k1, covered)[:16]


@asynccontextmanager
async def running_bmc17(user: str, password: str) -> AsyncIterator[tuple[Bmc17, int]]:
    """The BMC and its port on loopback, for as long as the context lasts."""
    bmc = Bmc17(user.encode(), password.encode())
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: bmc, local_addr=("127.0.0.1", 0))
    try:
        yield bmc, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
