"""Devices on addresses that a person names: what answers there as Redfish, IPMI or SNMP, without any password.

A Redfish service shows its root to anybody (DSP0266), a BMC says by which logins it may be asked (IPMI v2.0, 22.13), an
SNMP agent of version 2c answers to its community alone, which therefore must be known. Nothing is logged in to.
"""

from __future__ import annotations

import ipaddress
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from collectors.finding import probes
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from collectors.finding.probes import Heard

Protocol = Literal["redfish", "ipmi", "snmp"]
PORTS: Mapping[Protocol, int] = {"redfish": 443, "ipmi": 623, "snmp": 161}
MOST_ADDRESSES = 4096
FIRST, PAST_LAST = 1 << 24, 224 << 24  # 0.x is of nobody, 224.x and above of groups
AT_ONCE = 128
SERVER = frozenset({"server", None})  # roles of what is a server, or may be one


@dataclass(frozen=True, slots=True)
class Scan:
    """Which addresses are asked for what; `community` for SNMP is never shown."""

    addresses: tuple[str, ...]
    protocols: tuple[Protocol, ...]
    ports: Mapping[Protocol, int] = field(default_factory=lambda: PORTS)
    community: str = field(default="", repr=False)


def addresses_of(text: str) -> tuple[str, ...]:
    """Return the IPv4 addresses of `10.0.0.0/24`, `10.0.0.5-10.0.0.9`, `10.0.0.5-9` or `10.0.0.5`, in order.

    >>> addresses_of("10.0.0.5-7")
    ('10.0.0.5', '10.0.0.6', '10.0.0.7')

    Raises:
        InputError: it is none of these, or too many.
    """
    first, dash, last = (part.strip() for part in text.partition("-"))
    try:
        if dash:
            low = ipaddress.IPv4Address(first)
            high = ipaddress.IPv4Address(last if "." in last else f"{first.rpartition('.')[0]}.{last}")
            count = int(high) - int(low) + 1
        else:
            network = ipaddress.IPv4Network(first)
            hosts = 2 if network.prefixlen < 31 else 0  # noqa: PLR2004 - network and broadcast address
            low, count = network.network_address + hosts // 2, network.num_addresses - hosts
    except ValueError as error:
        msg = f"--range {text}: write a network such as 10.0.0.0/24, addresses such as 10.0.0.5-9, or one ({error})."
        raise InputError(msg) from None
    if not 1 <= count <= MOST_ADDRESSES:
        msg = f"--range {text} holds {max(count, 0):,} addresses: name 1 to {MOST_ADDRESSES:,} at once."
        raise InputError(msg)
    if int(low) < FIRST or int(low) + count > PAST_LAST:
        msg = f"--range {text} holds addresses of no single device: name those of your devices."
        raise InputError(msg)
    return tuple(str(low + step) for step in range(count))


def public(addresses: Sequence[str]) -> bool:
    """Say whether any of the addresses is of the public internet: whose it is nobody here can know."""
    return any(ipaddress.IPv4Address(address).is_global for address in (addresses[0], addresses[-1]))


def scan(wanted: Scan, report: Callable[[int, int], None] = lambda _done, _all: None) -> list[Heard]:
    """Ask every address for every protocol; return what answered, by address and protocol in the order wanted."""
    asked = list(_questions(wanted))
    found: dict[int, Heard] = {}
    with ThreadPoolExecutor(min(AT_ONCE, len(asked) or 1)) as threads:
        running = {threads.submit(question): place for place, question in enumerate(asked)}
        for done, future in enumerate(as_completed(running), start=1):
            heard = future.result()
            if heard is not None:
                found[running[future]] = heard
            report(done, len(asked))
    return [found[place] for place in sorted(found)]


def _questions(wanted: Scan) -> Iterator[Callable[[], Heard | None]]:
    for address in wanted.addresses:
        for protocol in wanted.protocols:
            port = wanted.ports.get(protocol, PORTS[protocol])
            yield _question(protocol, address, port, wanted.community)


def _question(protocol: Protocol, address: str, port: int, community: str) -> Callable[[], Heard | None]:
    if protocol == "redfish":
        return lambda: probes.redfish(address, port)
    if protocol == "ipmi":
        return lambda: probes.ipmi(address, port)
    return lambda: probes.snmp(address, port, community)


def one_of_each(heard: Sequence[Heard]) -> tuple[list[Heard], list[str]]:
    """Return one answer of each device, and sentences about what is left out.

    A BMC answers as Redfish and IPMI, some as SNMP too: it is one meter, and Redfish is read, else IPMI. A PDU or UPS
    (a profile of SNMP, and no IPMI) is read by SNMP. One that answers on two addresses with one UUID is one.
    """
    at: dict[str, list[Heard]] = {}
    for each in heard:
        at.setdefault(each.address, []).append(each)
    kept: list[Heard] = []
    said: list[str] = []
    first: dict[str, str] = {}
    for each in dict.fromkeys(heard):  # ranges may overlap
        former = first.setdefault(each.uuid, each.address) if each.uuid else each.address
        if former != each.address:
            said.append(f"{each.address} is the same device as {former} (UUID {each.uuid}).")
        elif why := _not_read(each, at[each.address]):
            said.append(why)
        else:
            kept.append(each)
    return kept, said


def _not_read(one: Heard, beside: Sequence[Heard]) -> str | None:
    """Say why an answer is left out for all that its address answers; None where it is the one to read."""
    bmc, by_ipmi = (any(each.protocol == name for each in beside) for name in ("redfish", "ipmi"))
    no_server = not by_ipmi and any(each.profile and each.role not in SERVER for each in beside)
    if one.protocol == "redfish":
        return f"{one.address} answers as redfish too: SNMP is read, for it is no server." if no_server else None
    if bmc and one.role in SERVER:
        return f"{one.address} answers as {one.protocol} too: Redfish is read."
    if one.protocol == "snmp" and one.role == "server" and by_ipmi:
        return f"{one.address} answers as snmp too: IPMI is read."
    if one.protocol == "snmp" and one.profile is None:
        return f"{one.address} is an SNMP agent without a profile here ({one.title}): write one."
    return None
