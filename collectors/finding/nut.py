"""UPSs that a NUT server (`upsd`) on loopback serves: `LIST UPS`, then `LIST VAR` of each (RFC 9271)."""

from __future__ import annotations

import shlex
import socket
from typing import TYPE_CHECKING

from collectors.finding.found import Found, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from collectors.finding.found import Machine

TIMEOUT_S = 3.0
MOST_LINES = 1000
SHOWN = {"ups.realpower": "W", "ups.load": "percent", "input.voltage": "V"}


def find(machine: Machine) -> Found | None:
    """Ask for every UPS and its variables; None where nothing, or something else, answers."""
    if machine.nut_port is None:
        return None
    try:
        with socket.create_connection(("127.0.0.1", machine.nut_port), timeout=TIMEOUT_S) as link:
            samples = list(_samples(link))
    except (OSError, ValueError):
        return None
    names = sorted({sample.of for sample in samples})
    if not names:
        return None
    address = f"127.0.0.1:{machine.nut_port}"
    advice = (f'upsd on {address} serves {", ".join(names)}: a source of kind = "nut" reads it.',)
    return Found(f"{len(names)} UPS by NUT", advice=advice, samples=tuple(samples))


def _samples(link: socket.socket) -> Iterator[Sample]:
    with link.makefile("rw", encoding="utf-8", newline="\n") as talk:
        for ups in [name for _, name, *_ in _listed(talk, "LIST UPS")]:
            values = {key: value for _, _, key, value in _listed(talk, f"LIST VAR {ups}")}
            yield from (Sample(ups, key, float(values[key]), unit) for key, unit in SHOWN.items() if key in values)


def _listed(talk: TextIO, question: str) -> Iterator[list[str]]:
    """Lines of one answer between BEGIN and END, as words.

    Raises:
        ValueError: that is no NUT server.
    """
    talk.write(f"{question}\n")
    talk.flush()
    for line, _ in zip(talk, range(MOST_LINES), strict=False):
        words = shlex.split(line)
        if words[:1] == ["END"]:
            return
        if words[:1] not in (["BEGIN"], ["UPS"], ["VAR"]):
            break
        if words[0] != "BEGIN":
            yield words
    msg = "no answer of a NUT server"
    raise ValueError(msg)
