"""Devices of NetBox or openDCIM, as CSV, to rows of our inventory: what they say, and nothing that they do not.

Both keep what stands where, not what feeds what and seldom what it draws: `parents` and `max_w` stay empty unless a
file of NetBox's power ports gives the maximum draw of each port of a device. A device whose role fits none of ours, or
that is not in service, is left out and counted.

| ours | NetBox: devices, as exported or as in its import form | openDCIM: devices |
|---|---|---|
| id | Name / name | Label |
| role | Role / role | DeviceType |
| tenant | Tenant / tenant | Owner / Department |
| room, rack | Location, Rack | Datacenter, Cabinet |
| in service | Status: active, staged | Status: Production, or empty |
| max_w | sum of Maximum draw / maximum_draw of its power ports | none: its nominal watts are no ceiling |
| source.host, with --source | OOB IP / oob_ip | none |

The columns are those of their documentation and database; no real export was at hand.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING, Final

from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

WORDS: Final = {  # of a role or type of theirs -> our role; the first that fits
    "patch": "",
    "panel": "",
    "storage": "storage",
    "nas": "storage",
    "san": "storage",
    "switch": "network",
    "router": "network",
    "firewall": "network",
    "network": "network",
    "leaf": "network",
    "spine": "network",
    "pdu": "pdu",
    "cdu": "pdu",
    "ups": "ups",
    "server": "server",
    "compute": "server",
    "gpu": "server",
    "node": "server",
    "hypervisor": "server",
    "appliance": "it",
    "chassis": "it",
}
IN_SERVICE: Final = frozenset({"", "active", "staged", "production"})
NAMES: Final = {
    "name": ("name", "label", "devicename"),
    "role": ("role", "devicerole", "devicetype"),
    "tenant": ("tenant", "owner", "department"),
    "status": ("status",),
    "room": ("location", "room", "datacenter"),
    "rack": ("rack", "cabinet"),
    "host": ("oobip",),
}
COLUMNS: Final = ("id", "site", "name", "role", "tenant", "room", "rack", "max_w", "source.kind", "source.host")


@dataclass(slots=True)
class Converted:
    """Rows of our inventory, which role became which, and what was left out and why."""

    rows: list[dict[str, str]] = field(default_factory=list)
    roles: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def convert(
    devices: Path, *, site: str, roles: Mapping[str, str], power_ports: Path | None = None, source: str | None = None
) -> Converted:
    """Convert a file of devices.

    Args:
        devices: CSV of NetBox or openDCIM.
        site: id of our site that they stand on.
        roles: a role or type of theirs -> ours, before the words that are known.
        power_ports: NetBox's power ports, for `max_w`.
        source: kind of source that asks the device's management address.

    Raises:
        InputError: a file cannot be read, or has no column of names.
    """
    found = Converted()
    draws = _draws(power_ports) if power_ports else {}
    seen: Counter[str] = Counter()
    for row in _rows(devices, needs=("name", "role")):
        if row["status"].casefold() not in IN_SERVICE:
            found.left_out[f"status {row['status']}"] += 1
            continue
        role = roles.get(row["role"]) or _role(row["role"])
        if not role:
            found.left_out[f'role "{row["role"]}" (name ours with --role "{row["role"]}=server")'] += 1
            continue
        name = re.sub(r"[^\w.:-]+", "-", row["name"]).strip("-.:")
        seen[name] += 1
        if not name or seen[name] > 1:
            found.left_out["no name" if not name else f'the name "{name}" a second time'] += 1
            continue
        found.roles[f"{row['role']} -> {role}"] += 1
        asked = {"source.kind": source, "source.host": row["host"].partition("/")[0]} if source and row["host"] else {}
        cells = {"id": name, "site": site, "name": row["name"], "role": role, "tenant": row["tenant"]}
        cells |= {"room": row["room"], "rack": row["rack"]}
        draw = draws.get(row["name"], 0.0)
        found.rows.append(cells | ({"max_w": f"{draw:.9g}"} if draw > 0 else {}) | asked)
    return found


def as_csv(rows: list[dict[str, str]]) -> str:
    """Return rows as the text of an inventory file."""
    filled = [name for name in COLUMNS if any(row.get(name) for row in rows)] or ["id"]
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(filled)
    writer.writerows([row.get(name, "") for name in filled] for row in rows)
    return out.getvalue()


def _role(theirs: str) -> str:
    words = re.findall(r"[a-z]+", theirs.casefold())
    return next(
        (ours for word, ours in WORDS.items() if any(word in (one, one.removesuffix("s")) for one in words)), ""
    )


def _rows(path: Path, *, needs: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Rows by our names of their columns; a column that is not there is empty."""
    for row, header in _read(path):
        found = {ours: next((header[one] for one in names if one in header), "") for ours, names in NAMES.items()}
        absent = [ours for ours in needs if not found[ours]]
        if absent:
            known = ", ".join(NAMES[absent[0]])
            msg = f"{path.name} line 1: no column says the {absent[0]}: export devices with one of {known}."
            raise InputError(msg)
        yield {ours: row.get(theirs, "").strip() if theirs else "" for ours, theirs in found.items()}


def _read(path: Path) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        msg = f"{path}: the file cannot be read ({error.strerror}): correct its path."
        raise InputError(msg) from None
    except UnicodeDecodeError:
        msg = f"{path.name}: this file is not UTF-8: export it as CSV in UTF-8."
        raise InputError(msg) from None
    reader = csv.DictReader(StringIO(text, newline=""))
    header = {re.sub(r"[^a-z]", "", name.casefold()): name for name in reader.fieldnames or ()}
    for row in reader:
        yield {name: value or "" for name, value in row.items() if name}, header


def _draws(path: Path) -> dict[str, float]:
    """Maximum draw [W] of each device: the sum of its power ports, nan where one of them does not say its own."""
    found: dict[str, float] = {}
    for row, header in _read(path):
        device, draw = header.get("device", ""), header.get("maximumdraw", header.get("maximumdraww", ""))
        if not device or not draw:
            msg = f"{path.name} line 1: columns Device and Maximum draw are needed: export NetBox's power ports so."
            raise InputError(msg)
        text = row[draw].strip()
        if text and not re.fullmatch(r"\d{1,9}(\.\d+)?", text, re.ASCII):
            msg = f'{path.name}: maximum draw of {row[device]} must be a number of watts, not "{text}".'
            raise InputError(msg)
        watts = float(text or "nan")
        found[row[device].strip()] = found.get(row[device].strip(), 0.0) + watts
    return found
