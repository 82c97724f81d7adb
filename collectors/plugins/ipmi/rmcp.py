"""RMCP+ sessions: log in, ask, stay awake, close.

How long to wait is the caller's business: `open_session` and `Session.request` go on retransmitting until they are
cancelled, with one exception: silence of `patience_s` inside a session means that the BMC forgot it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collectors.plugins.ipmi import rakp
from collectors.plugins.ipmi.ciphers import SUITES
from collectors.plugins.ipmi.messages import (
    BUSY,
    CLOSE_SESSION,
    DEVICE_ID,
    FORBIDDEN,
    OK,
    SET_PRIVILEGE,
    Command,
    ReplyKey,
    completion,
    read_reply,
    request_message,
)
from collectors.plugins.ipmi.packets import plain_packet
from config.errors import SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from collectors.plugins.ipmi.link import Link
    from collectors.plugins.ipmi.packets import Channel

SUITE_PATIENCE_S = 3.0  # a BMC that is silent about a suite it does not know is offered the next
PROOF_PATIENCE_S = 3.0  # for the rest of a login; doubled when it is begun anew
BUSY_PAUSES_S = (0.1, 0.2, 0.4, 0.8, 1.6)
KEEP_ALIVE_S = 20.0  # BMCs end idle sessions after 30 to 60 s
CLOSE_S = 1.5
FORGOTTEN_AFTER = 2  # unanswered keep-alives


class Forbidden(SourceRefused):
    """The session's privilege does not do for a command; one with more may."""


class Session:
    """A session with one BMC: requests one at a time, kept awake between polls, closed at the end."""

    def __init__(self, link: Link, channel: Channel, *, patience_s: float) -> None:
        """`patience_s` is how long a request may stay unanswered before the session counts as lost [s]."""
        self.link = link
        self.busy = False  # the BMC answers, but asks to be left alone: no reason to log in again
        self._channel = channel
        self._patience_s = patience_s
        self._sequence = 0
        self._unanswered = 0  # keep-alives since the last reply
        self._timer: asyncio.TimerHandle | None = None
        link.read = self._read

    async def request(self, command: Command, body: bytes = b"", *, lun: int = 0) -> bytes:
        """Ask and return the reply, its completion code first; a busy BMC is asked again after growing pauses.

        Raises:
            SourceUnreachable: the session is lost, or the BMC stays busy.
            Forbidden: the session lacks the privilege.
        """
        for pause_s in BUSY_PAUSES_S:
            reply = await self._ask(command, body, lun=lun)
            if reply[0] == FORBIDDEN:
                name = f"0x{command.netfn:02X} 0x{command.number:02X}"
                msg = f"{self.link.label} forbids command {name}: raise `privilege` of this source and of its user."
                raise Forbidden(msg)
            self.busy = reply[0] in BUSY
            if not self.busy:
                return reply
            await asyncio.sleep(pause_s)
        msg = f"{self.link.label} stays busy, {completion(reply[0])}: poll it less often."
        raise SourceUnreachable(msg)

    def stay_awake(self) -> None:
        """From now on ask for the device id after each `KEEP_ALIVE_S` that passes without a request."""
        self._rest()
        self._timer = asyncio.get_running_loop().call_later(KEEP_ALIVE_S, self._keep_alive)

    async def close(self) -> None:
        """Close Session, so that the BMC can give its few sessions to others; then close the socket."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._ask(CLOSE_SESSION, self._channel.bmc_id.to_bytes(4, "little"))
        except (TimeoutError, SourceUnreachable):
            pass  # the BMC ends the session by itself after its idle time
        finally:
            self.link.close()

    def abandon(self) -> None:
        """Close Session without waiting: for a session that no longer answers."""
        self._rest()
        self._send(CLOSE_SESSION, self._channel.bmc_id.to_bytes(4, "little"))
        self.link.close()

    async def _ask(self, command: Command, body: bytes, *, lun: int = 0) -> bytes:
        self._rest()
        if self._unanswered >= FORGOTTEN_AFTER:
            msg = f"{self.link.label} forgot the session."
            raise SourceUnreachable(msg)
        key = self._next_key(command)
        message = request_message(key, body, lun=lun)
        try:
            async with asyncio.timeout(self._patience_s):
                return await self.link.exchange(key, lambda: self._channel.seal(message))
        except TimeoutError as error:
            msg = f"{self.link.label} has been silent in its session for {self._patience_s:g} s."
            raise SourceUnreachable(msg) from error

    def _keep_alive(self) -> None:
        self.stay_awake()
        if self._unanswered >= FORGOTTEN_AFTER:
            self._rest()  # the next poll logs in again
            return
        self._unanswered += 1
        self._send(DEVICE_ID)

    def _send(self, command: Command, body: bytes = b"") -> None:
        self.link.send(self._channel.seal(request_message(self._next_key(command), body)))

    def _rest(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _next_key(self, command: Command) -> ReplyKey:
        self._sequence = (self._sequence + 1) % 64
        return ReplyKey(command, self._sequence)

    def _read(self, datagram: bytes) -> tuple[Hashable, bytes]:
        found = read_reply(self._channel.open(datagram))
        self._unanswered = 0
        return found


async def open_session(link: Link, account: rakp.Account, suites: Sequence[int], *, patience_s: float) -> Session:
    """Log in with the first of the suites that the BMC offers; a silent BMC is asked until the caller cancels.

    Raises:
        SourceRefused: no suite is offered, or user, password or privilege is wrong.
        SourceUnreachable: the BMC has no free session, or nobody listens there.
        PayloadUnreadable: the answers make no sense.
    """
    left = list(suites)
    patience_for_proof_s = PROOF_PATIENCE_S
    while left:
        handshake = rakp.Handshake(SUITES[left[0]], account, label=link.label)
        try:
            async with asyncio.timeout(SUITE_PATIENCE_S):
                opened = await _step(link, handshake, rakp.OPEN_REQUEST, handshake.open_request(), repeat=True)
        except TimeoutError:
            left.append(left.pop(0))
            continue
        if not handshake.take_open_reply(opened):
            left.pop(0)
            continue
        try:
            async with asyncio.timeout(patience_for_proof_s):
                channel = await _prove(link, handshake)
        except TimeoutError:
            patience_for_proof_s *= 2
            continue
        session = Session(link, channel, patience_s=patience_s)
        await _raise_privilege(session, account.privilege)
        return session
    wanted = " and ".join(map(str, suites))
    msg = f"{link.label} does not offer cipher suite {wanted}: enable 17 or 3 on the BMC, or change `suite`."
    raise SourceRefused(msg)


async def _prove(link: Link, handshake: rakp.Handshake) -> Channel:
    """RAKP messages 1 to 4, each sent once.

    A BMC may answer a repeated RAKP 1 with a new random number, and would then take our proof, made with the former
    one, for a wrong password. So a lost message costs a new handshake and never a false verdict.
    """
    if not handshake.take_rakp2(await _step(link, handshake, rakp.RAKP_1, handshake.rakp1())):
        link.send(plain_packet(rakp.RAKP_3, handshake.rakp3(rakp.WRONG_INTEGRITY_CHECK)))
        raise handshake.wrong_password()
    return handshake.take_rakp4(await _step(link, handshake, rakp.RAKP_3, handshake.rakp3()))


async def _raise_privilege(session: Session, privilege: rakp.Privilege) -> None:
    if privilege == rakp.Privilege.USER:  # sessions start there
        return
    reply = await session.request(SET_PRIVILEGE, bytes([privilege]))
    if reply[0] != OK:
        session.abandon()
        msg = f"{session.link.label} does not raise the session to {privilege.name}: give the user that privilege."
        raise SourceRefused(msg)


async def _step(
    link: Link, handshake: rakp.Handshake, payload_type: int, payload: bytes, *, repeat: bool = False
) -> bytes:
    """Send one login message and wait for its answer, whose payload type is one higher."""
    packet = plain_packet(payload_type, payload)
    return await link.exchange((payload_type + 1, handshake.tag), lambda: packet, repeat=repeat)
