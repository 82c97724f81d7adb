"""RMCP+ packets: the plain ones of a login and the signed, encrypted ones of a session (IPMI v2.0 table 13-8)."""

from __future__ import annotations

import hmac
import struct

from collectors.plugins.ipmi.ciphers import SEQUENCES, SessionKeys, Window
from config.errors import PayloadUnreadable

RMCP = b"\x06\x00\xff\x07"  # version 1.0, no acknowledgement, class IPMI
RMCP_PLUS = 6
ENCRYPTED, AUTHENTICATED = 0x80, 0x40
IPMI = 0x00
NEXT_HEADER = 7
HEADER = struct.Struct("<4sBBIIH")  # RMCP header, auth type, payload type, session id, sequence, payload length


def plain_packet(payload_type: int, payload: bytes) -> bytes:
    """A packet outside any session."""
    return HEADER.pack(RMCP, RMCP_PLUS, payload_type, 0, 0, len(payload)) + payload


def read_header(datagram: bytes) -> tuple[int, int, int, int]:
    """Payload type with its flags, session id, sequence and end of the payload in the datagram.

    Raises:
        PayloadUnreadable: this is no RMCP+ packet.
    """
    if len(datagram) < HEADER.size:
        msg = f"{len(datagram)} bytes are too short for an RMCP+ packet."
        raise PayloadUnreadable(msg)
    rmcp, auth_type, payload_type, session_id, sequence, length = HEADER.unpack_from(datagram)
    end = HEADER.size + length
    if rmcp[:1] + rmcp[3:] != b"\x06\x07" or auth_type != RMCP_PLUS or end > len(datagram):
        msg = f"{datagram[:8].hex()}... is no RMCP+ packet."
        raise PayloadUnreadable(msg)
    return payload_type, session_id, sequence, end


def read_plain(datagram: bytes) -> tuple[int, bytes]:
    """Payload type and payload of a packet outside any session.

    Raises:
        PayloadUnreadable: this is no such packet.
    """
    payload_type, session_id, _, end = read_header(datagram)
    if session_id or payload_type & (ENCRYPTED | AUTHENTICATED):
        msg = "A packet of a session came before there was one."
        raise PayloadUnreadable(msg)
    return payload_type, datagram[HEADER.size : end]


class Channel:
    """The two directions of one session: seals requests, opens replies."""

    def __init__(self, keys: SessionKeys, *, bmc_id: int, console_id: int) -> None:
        """Sequence numbers start at 1 (section 6.12.12); the ids were agreed on during login."""
        self.bmc_id = bmc_id
        self._keys = keys
        self._console_id = console_id
        self._sequence = 0
        self._window = Window()

    def seal(self, message: bytes) -> bytes:
        """One IPMI message as a datagram; each call uses a new sequence number, retransmissions included."""
        self._sequence = self._sequence % (SEQUENCES - 1) + 1  # 0 is never used inside a session
        payload = self._keys.encrypt(message)
        head = HEADER.pack(RMCP, RMCP_PLUS, ENCRYPTED | AUTHENTICATED, self.bmc_id, self._sequence, len(payload))
        pad = -(len(head) - len(RMCP) + len(payload) + 2) % 4
        covered = head[len(RMCP) :] + payload + b"\xff" * pad + bytes([pad, NEXT_HEADER])
        return RMCP + covered + self._keys.sign(covered)

    def open(self, datagram: bytes) -> bytes:
        """The IPMI message inside a reply, once its signature, session and sequence number hold.

        Raises:
            PayloadUnreadable: anything about it is wrong.
        """
        payload_type, session_id, sequence, end = read_header(datagram)
        if payload_type != IPMI | ENCRYPTED | AUTHENTICATED or session_id != self._console_id:
            msg = "A packet is not of this session, or it is not signed and encrypted."
            raise PayloadUnreadable(msg)
        cut = len(datagram) - self._keys.suite.code_length
        if cut < end + 2 or not hmac.compare_digest(self._keys.sign(datagram[len(RMCP) : cut]), datagram[cut:]):
            msg = "A packet's signature is wrong."
            raise PayloadUnreadable(msg)
        if not self._window.take(sequence):
            msg = f"A packet repeats sequence number {sequence}."
            raise PayloadUnreadable(msg)
        return self._keys.decrypt(datagram[HEADER.size : end])
