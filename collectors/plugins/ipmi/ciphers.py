"""The two cipher suites that are spoken, the keys of a session, and the window that refuses replayed packets.

IPMI v2.0 (rev. 1.1) tables 13-17 to 13-19 and 22-20, sections 13.28 to 13.32. Suite 0 (no authentication at all)
is not in the table and therefore cannot be agreed on.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from config.errors import PayloadUnreadable

IV_LENGTH = BLOCK = 16
WINDOW_BEHIND = 16
SEQUENCES = 1 << 32


@dataclass(frozen=True, slots=True)
class Suite:
    """One cipher suite: its algorithm numbers on the wire, its hash, and the length of a packet's auth code."""

    number: int
    algorithms: tuple[int, int, int]  # authentication, integrity, confidentiality
    hash_name: str
    code_length: int

    def mac(self, key: bytes, *parts: bytes) -> bytes:
        """Full-length HMAC of the joined parts."""
        return hmac.digest(key, b"".join(parts), self.hash_name)


SUITES = {
    17: Suite(17, (3, 4, 1), "sha256", 16),
    3: Suite(3, (1, 1, 1), "sha1", 12),
}


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """Keys derived from the session integrity key: `integrity` signs packets, `aes` hides payloads."""

    suite: Suite
    integrity: bytes
    aes: bytes

    @classmethod
    def derive(cls, suite: Suite, session_key: bytes) -> SessionKeys:
        """K1 and K2 of section 13.32: HMACs of twenty 0x01 and twenty 0x02 under the session integrity key."""
        return cls(suite, suite.mac(session_key, b"\x01" * 20), suite.mac(session_key, b"\x02" * 20)[:16])

    def sign(self, covered: bytes) -> bytes:
        """Authentication code of a packet: the HMAC cut to the suite's length."""
        return self.suite.mac(self.integrity, covered)[: self.suite.code_length]

    def encrypt(self, payload: bytes) -> bytes:
        """AES-CBC-128 with a fresh random IV in front and the counting pad of section 13.29."""
        pad = -(len(payload) + 1) % BLOCK
        plain = payload + bytes(range(1, pad + 1)) + bytes([pad])
        iv = os.urandom(IV_LENGTH)
        encryptor = self._cipher(iv).encryptor()
        return iv + encryptor.update(plain) + encryptor.finalize()

    def decrypt(self, sealed: bytes) -> bytes:
        """Payload without IV and pad.

        Raises:
            PayloadUnreadable: the length is no whole number of blocks, or the pad is longer than a block.
        """
        if len(sealed) < IV_LENGTH + BLOCK or len(sealed) % BLOCK:
            msg = f"An encrypted payload of {len(sealed)} bytes is no whole number of AES blocks."
            raise PayloadUnreadable(msg)
        decryptor = self._cipher(sealed[:IV_LENGTH]).decryptor()
        plain = decryptor.update(sealed[IV_LENGTH:]) + decryptor.finalize()
        end = len(plain) - 1 - plain[-1]
        if plain[-1] >= BLOCK or end < 0:
            msg = f"An encrypted payload claims {plain[-1]} bytes of padding."
            raise PayloadUnreadable(msg)
        return plain[:end]

    def _cipher(self, iv: bytes) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self.aes), modes.CBC(iv))


class Window:
    """Sequence numbers seen from the BMC: each is taken once, and none that lies far behind the newest.

    Section 6.12.13 allows a window of 32. A number far *ahead* is taken: the packet was authenticated before it came
    here, and a BMC whose replies were lost for a while must not stay locked out.
    """

    def __init__(self) -> None:
        """Start without history: the first authenticated number sets the scale."""
        self._newest: int | None = None
        self._seen = 0  # bit n: `_newest - n` was taken

    def take(self, sequence: int) -> bool:
        """Whether this number is new; it is remembered if so."""
        if self._newest is None:
            self._newest, self._seen = sequence, 1
            return True
        ahead = (sequence - self._newest) % SEQUENCES
        if 0 < ahead < SEQUENCES // 2:
            self._seen = (self._seen << min(ahead, WINDOW_BEHIND + 1) | 1) & ((1 << (WINDOW_BEHIND + 1)) - 1)
            self._newest = sequence
            return True
        behind = (self._newest - sequence) % SEQUENCES
        if behind > WINDOW_BEHIND or self._seen >> behind & 1:
            return False
        self._seen |= 1 << behind
        return True
