"""The login: Open Session and RAKP messages 1 to 4, both sides proving that they know the password.

IPMI v2.0 sections 13.17 to 13.24. Pure: bytes in, bytes out; `rmcp.py` carries them. The names SIDm, SIDc, Rm, Rc
and GUIDc of the standard are `console_id`, `bmc_id`, `console_random`, `bmc_random` and `bmc_guid` here.
"""

from __future__ import annotations

import hmac
import os
import struct
from dataclasses import dataclass
from enum import IntEnum

from collectors.plugins.ipmi.ciphers import SessionKeys, Suite
from collectors.plugins.ipmi.packets import Channel
from config.errors import CollectError, PayloadUnreadable, SourceRefused, SourceUnreachable

OPEN_REQUEST, OPEN_REPLY = 0x10, 0x11
RAKP_1, RAKP_2, RAKP_3, RAKP_4 = 0x12, 0x13, 0x14, 0x15
NAME_ONLY = 0x10  # look the user up by name alone, whatever privilege is asked for
WRONG_INTEGRITY_CHECK = 0x0F
SUITE_NOT_OFFERED = frozenset({0x04, 0x05, 0x10, 0x11, 0x12})  # algorithms unknown, no match, or not understood
REFUSALS = {
    0x09: "refused the requested privilege: give the user that privilege or ask for a lower one",
    0x0A: "refused the requested privilege: give the user that privilege or ask for a lower one",
    0x0C: "refused the user name: it is at most 16 bytes long",
    0x0D: "refused the user: check user and password, and that the user may log in over LAN",
    0x0F: "refused the password: check user and password",
}
NO_FREE_SESSION = frozenset({0x01, 0x0B})


class Privilege(IntEnum):
    """Session privilege levels; the power readings need USER only (DCMI 1.5 table 6-1, IPMI v2.0 appendix G)."""

    USER = 2
    OPERATOR = 3
    ADMINISTRATOR = 4


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in, and with how much privilege."""

    user: bytes
    password: bytes
    privilege: Privilege

    @property
    def role(self) -> bytes:
        """Requested role, length of the name and name, as RAKP messages and HMACs contain them."""
        return bytes([NAME_ONLY | self.privilege, len(self.user)]) + self.user

    def __repr__(self) -> str:
        """Never show the password."""
        return f"Account(user={self.user!r})"


class Handshake:
    """One attempt at logging in with one suite; `label` names the BMC in error sentences."""

    def __init__(self, suite: Suite, account: Account, *, label: str) -> None:
        """Draw the tag, the console's session id and its random number."""
        self.suite = suite
        self.tag = os.urandom(1)[0]
        self._account = account
        self._label = label
        self._console_id = os.urandom(3) + b"\xa5"  # never 0, which means "no session"
        self._console_random = os.urandom(16)
        self._bmc_id = self._bmc_random = self._bmc_guid = b""

    def open_request(self) -> bytes:
        """RMCP+ Open Session Request: exactly one algorithm of each sort."""
        offers = (struct.pack("<BBHBxxx", sort, 0, 0x0800, number) for sort, number in enumerate(self.suite.algorithms))
        return bytes([self.tag, self._account.privilege, 0, 0]) + self._console_id + b"".join(offers)

    def take_open_reply(self, payload: bytes) -> bool:
        """Remember the BMC's session id; False if it does not offer this suite.

        Raises:
            CollectError: the BMC refused for another reason.
        """
        status = self._status(payload, length=36, tolerated=SUITE_NOT_OFFERED)
        if status in SUITE_NOT_OFFERED or (payload[16], payload[24], payload[32]) != self.suite.algorithms:
            return False  # a BMC that answers with another suite than asked for, or with none, gets no password
        self._bmc_id = payload[8:12]
        return True

    def rakp1(self) -> bytes:
        """RAKP message 1: our random number, the role and the user's name."""
        role = self._account.role
        return bytes([self.tag, 0, 0, 0]) + self._bmc_id + self._console_random + role[:1] + b"\0\0" + role[1:]

    def take_rakp2(self, payload: bytes) -> bool:
        """Remember the BMC's random number and GUID; False if the BMC does not know the password.

        Raises:
            CollectError: the BMC refused.
        """
        size = len(self.suite.mac(b""))
        self._status(payload, length=40 + size)
        self._bmc_random, self._bmc_guid = payload[8:24], payload[24:40]
        expected = self.suite.mac(
            self._account.password,
            self._console_id + self._bmc_id + self._console_random + self._bmc_random + self._bmc_guid,
            self._account.role,
        )
        return hmac.compare_digest(expected, payload[40 : 40 + size])

    def rakp3(self, status: int = 0) -> bytes:
        """RAKP message 3: our proof, or with a status the word that frees the BMC's half-open session."""
        head = bytes([self.tag, status, 0, 0]) + self._bmc_id
        if status:
            return head
        proof = self.suite.mac(self._account.password, self._bmc_random, self._console_id, self._account.role)
        return head + proof

    def take_rakp4(self, payload: bytes) -> Channel:
        """The session, once the BMC's last proof holds.

        Raises:
            CollectError: the BMC refused, or its proof is wrong.
        """
        size = self.suite.code_length
        self._status(payload, length=8 + size)
        session_key = self.suite.mac(self._account.password, self._console_random, self._bmc_random, self._account.role)
        expected = self.suite.mac(session_key, self._console_random, self._bmc_id, self._bmc_guid)[:size]
        if not hmac.compare_digest(expected, payload[8 : 8 + size]):
            msg = f"{self._label} did not prove that it knows the password: check that this address is the BMC's own."
            raise SourceRefused(msg)
        keys = SessionKeys.derive(self.suite, session_key)
        ids = (int.from_bytes(each, "little") for each in (self._bmc_id, self._console_id))
        return Channel(keys, bmc_id=next(ids), console_id=next(ids))

    def wrong_password(self) -> SourceRefused:
        """The error for a BMC whose RAKP message 2 was made with another password."""
        return SourceRefused(f"{self._label} {REFUSALS[WRONG_INTEGRITY_CHECK]}.")

    def _status(self, payload: bytes, *, length: int, tolerated: frozenset[int] = frozenset()) -> int:
        status = payload[1] if len(payload) > 1 else -1
        if status in tolerated:
            return status
        if status > 0:
            raise self._refusal(status)
        if len(payload) < length or payload[4:8] != self._console_id:
            msg = f"{self._label} sent a login message of {len(payload)} bytes that does not fit this login."
            raise PayloadUnreadable(msg)
        return status

    def _refusal(self, status: int) -> CollectError:
        if status in REFUSALS:
            return SourceRefused(f"{self._label} {REFUSALS[status]}.")
        if status in NO_FREE_SESSION:
            return SourceUnreachable(f"{self._label} has no free session: close other monitoring sessions to it.")
        return SourceUnreachable(f"{self._label} ended the login with status 0x{status:02X}: it is tried again.")
