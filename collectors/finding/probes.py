"""One question to one address by one protocol: who are you; None where nobody, or somebody else, answers."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
import socket
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import TYPE_CHECKING, Literal

from config.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.plugins.snmp.agent import Agent
    from collectors.plugins.snmp.profiles import Column
    from config.points import Role

TIMEOUT_S = 3.0
LONGEST_S = 20.0  # of one question in all
UDP_S = 1.0  # a datagram may be lost: asked twice
TRIES = 2
MOST_BYTES = 256 << 10
# RMCP, IPMI 1.5 without session, Get Channel Authentication Capabilities of this channel for administrators
ASK_AUTHENTICATION = bytes.fromhex("0600ff07000000000000000000092018c88100388e04b5")
ANSWER_AT, ANSWER = 14, bytes.fromhex("811c63")  # to the console, reply to the application functions, checksum
COMMAND_AT, COMMAND = 19, 0x38
OBJECT_ID, DESCRIPTION = "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.1.0"
ENTERPRISES = "1.3.6.1.4.1."
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Heard:
    """What answered at an address: enough for a row of the inventory."""

    address: str
    port: int
    protocol: Literal["redfish", "ipmi", "snmp"]
    title: str
    role: Role | None = None
    uuid: str = ""
    fingerprint: str = ""  # of a Redfish service's certificate, as it was shown this once
    profile: str | None = None  # of an SNMP agent
    register: bool = False  # whether that profile reads one


def redfish(address: str, port: int) -> Heard | None:
    """Ask for the service root by HTTPS, whatever the certificate; it is remembered by its fingerprint."""
    try:
        certificate, root = _root(address, port)
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return None
    if not isinstance(root, dict) or "RedfishVersion" not in root:
        return None
    words = [_text(root[key]) for key in ("Vendor", "Product", "Name") if isinstance(root.get(key), str)]
    fingerprint = f"sha256:{hashlib.sha256(certificate).hexdigest()}"
    title, uuid = next(filter(None, words), "Redfish service"), _text(root.get("UUID")).lower()
    known = uuid if set(uuid) - set("0f-") else ""  # many BMCs leave it at zeros
    return Heard(address, port, "redfish", title, "server", uuid=known, fingerprint=fingerprint)


def _root(address: str, port: int) -> tuple[bytes, object]:
    """The certificate and what stands at the root, None where that is nothing; ends after `LONGEST_S` in any case."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    link = http.client.HTTPSConnection(address, port, timeout=TIMEOUT_S, context=trusting)
    with (
        socket.create_connection((address, port), TIMEOUT_S) as raw,
        trusting.wrap_socket(raw, do_handshake_on_connect=False) as tls,
        _ended_after(LONGEST_S, tls),
    ):
        tls.do_handshake()
        certificate = tls.getpeercert(binary_form=True) or b""  # an answer may end the connection, and this with it
        link.sock = tls
        link.request("GET", "/redfish/v1/", headers={"Accept": "application/json"})
        answer = link.getresponse()
        body = answer.read(MOST_BYTES) if answer.status == http.HTTPStatus.OK else b"null"
        return certificate, json.loads(body)


@contextmanager
def _ended_after(seconds: float, link: socket.socket) -> Iterator[None]:
    """Cut a connection off at a time: one that drips a byte a second never runs into a time-out."""
    timer = Timer(seconds, _cut, (link,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(link: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(link, socket.SHUT_RDWR)


def ipmi(address: str, port: int) -> Heard | None:
    """Ask by which logins a BMC may be asked; no login follows."""
    for _ in range(TRIES):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.settimeout(UDP_S)
            try:
                link.connect((address, port))
                link.send(ASK_AUTHENTICATION)
                answer = link.recv(1024)
            except TimeoutError:
                continue
            except OSError:
                return None
        told = answer[:4] == ASK_AUTHENTICATION[:4] and answer[ANSWER_AT : ANSWER_AT + len(ANSWER)] == ANSWER
        if told and len(answer) > COMMAND_AT and answer[COMMAND_AT] == COMMAND:
            return Heard(address, port, "ipmi", "BMC", "server")
        return None
    return None


def snmp(address: str, port: int, community: str) -> Heard | None:
    """Ask an agent what it is, and which of the shipped profiles it has rows of."""
    try:
        return asyncio.run(_agent(address, port, community))
    except (CollectError, TimeoutError):
        return None


async def _agent(address: str, port: int, community: str) -> Heard | None:
    from collectors.plugins.local import shipped
    from collectors.plugins.snmp.agent import Agent, Login
    from collectors.plugins.snmp.profiles import FOLDER, profile_of

    agent = Agent(address, port, Login(community))
    try:
        async with asyncio.timeout(LONGEST_S):
            told = await agent.get([OBJECT_ID, DESCRIPTION])
            vendor = vendor_of(str(told.get(OBJECT_ID, "")))
            title = _text(told.get(DESCRIPTION)) or str(told.get(OBJECT_ID, "agent"))
            firsts = {name: profile_of(name).values[0] for name in shipped(FOLDER)}
            own = [name for name, first in firsts.items() if vendor_of(first.oid) == vendor]
            standard = [name for name, first in firsts.items() if vendor_of(first.oid) is None]
            for name in [*own, *standard]:  # a vendor's own objects say more than those of a standard
                first = firsts[name]
                if first.walked and not first.apart and await _rows(agent, first):
                    layer = [each for each in profile_of(name).values if each.layer == first.layer]
                    registers = [await _rows(agent, each) for each in layer if each.metric == "energy_counter"]
                    role = role_of(name, first.metric)
                    return Heard(address, port, "snmp", title, role, profile=name, register=1 in registers)
            return Heard(address, port, "snmp", title)
    finally:
        agent.close()


async def _rows(agent: Agent, column: Column) -> int:
    return sum(1 for each in await agent.walk(column.oid) if column.index_of(each))


def vendor_of(oid: str) -> str | None:
    """Return the enterprise number of an object, or None where it is of a standard's tree."""
    return oid.removeprefix(ENTERPRISES).partition(".")[0] if oid.startswith(ENTERPRISES) else None


def role_of(profile: str, metric: str) -> Role:
    """Return the role of a device by the name of its profile."""
    if metric != "power":
        return "cooling"
    if "ups" in profile:
        return "ups"
    return "server" if profile in {"idrac", "ilo", "supermicro"} else "pdu"


def _text(told: object) -> str:
    """A short printable text that no spreadsheet takes for a formula, whatever a device calls itself."""
    text = told.decode("utf-8", errors="replace") if isinstance(told, bytes) else str(told or "")
    printable = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    return printable.lstrip("=+-@ ")[:SHOWN]
