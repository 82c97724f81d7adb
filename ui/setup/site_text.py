"""A site file as text for people: tables with a comment on each line that they are likely to change."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collectors.finding import Found, FoundPoint, FoundSource
    from ui.setup.whereabouts import Whereabouts

SITE = "site1"
COMMENT_AT = 44
BARE = re.compile(r"[A-Za-z0-9_-]+")
HEAD = """\
# The site file of Wattlas, written by `wattlas init`. Change what you like; `wattlas check` reads it back to you.
# The ids of sites and points are for good once they have readings; names may change at any time.
# Lines that begin with "# " and a key are examples or show the default: remove the # to use them.
"""
METERS = """
# What a PUE needs: what the whole site takes, and what its IT takes. Readings come from a source, or from a file:
#     wattlas import readings.csv
# a CSV with the columns: time, {grid} energy_counter [kWh], {it} energy_counter [kWh]. Each `interval_s` says how often
# something is read, in seconds: write it as your file has it.

[[points]]
id = "{grid}"
site = "{site}"
name = "Facility meter"
role = "utility"
interval_s = {{ energy_counter = 900, energy = 900, power = 900 }}
# max_w = 500000                             # what it can draw at most: else nobody can bound what a gap hides
# accuracy_pct = 1.0                         # class of the meter
# register_step_kwh = 0.1                    # what its register counts in

[[points]]
id = "{it}"
site = "{site}"
name = "IT, at the UPS output"
role = "ups"                                 # the role goes with pue_category: 1 "ups", 2 "pdu", 3 "it"
parent = "{grid}"
interval_s = {{ energy_counter = 900, energy = 900, power = 900 }}
# max_w = 400000
"""
GRID, IT = "grid", "it"


def site_text(found: Sequence[Found], *, server: str, where: Whereabouts) -> str:
    """Return a site file for what was found on a machine, or for an empty company."""
    parts = [HEAD, *_company(where)]
    collects = any(each.source for each in found)
    meters = METERS.format(grid=GRID, it=IT, site=SITE)
    if found:
        parts.append(_server(server) if collects else _commented(_server(server)))
    for each in found:
        parts += [f"\n# {each.title}\n", *(f"# {line}\n" for line in each.advice)]
        parts += [_point(point) for point in each.points]
        parts += [_source(each.source, server)] if each.source else []
    return "".join([*parts, _commented(meters) if collects else meters])


def _company(where: Whereabouts) -> Iterator[str]:
    yield "\n[company]\n"
    yield _line("name", "My company", "as it shall stand on pages and reports")
    yield _line("currency", "EUR", "ISO 4217")
    yield "\n[store]\n"
    yield _line("data", "data", "folder of readings and books, beside this file")
    yield "# raw_retention_months = 13\n"
    yield "\n[[sites]]\n"
    yield _line("id", SITE, "part of the id of each of its points")
    yield _line("name", "Site 1")
    yield _line("zone", where.zone, where.zone_comment)
    yield _line("time_zone", where.time_zone, "the site's days and months are cut in it")
    yield _line("pue_category", 1, "IT is measured at: 1 the UPS output, 2 the PDUs, 3 the equipment")
    yield _line("factor_year", "latest_published", "or same, provisional: which year's factor stands for this year")
    yield "# floor_area_m2 = 120.0\n# installed_it_kw = 40.0\n"


def _server(server: str) -> str:
    return (
        "\n# ------------------------------------------------------------ this machine\n\n[[points]]\n"
        + _line("id", server)
        + _line("site", SITE)
        + _line("name", server)
        + _line("role", "server")
        + '# parent = "pdu-a"                           # what it draws from; parents = [...] where it has two\n'
        + "# max_w = 10000                              # what its power supplies can give\n"
    )


def _point(point: FoundPoint) -> str:
    lines = ["\n[[points]]\n", _line("id", point.id), _line("site", SITE), _line("name", point.name)]
    lines += [_line("role", point.role, "inside the server: attributed, never added"), _line("parent", point.parent)]
    if point.max_w is not None:
        lines.append(_line("max_w", point.max_w, "readings above it go to quarantine"))
    lines.append(_line("interval_s", dict(point.interval_s)))
    if point.register_max is not None:
        lines += ["[[points.meters]]\n", _line("id", point.meter)]
        lines.append(_line("register_max", point.register_max, "where its register begins again from 0"))
    return "".join(lines)


def _source(source: FoundSource, server: str) -> str:
    lines = ["\n[[sources]]\n", _line("id", source.id), _line("kind", source.kind), _line("point", server)]
    lines.append(_line("interval_s", source.interval_s))
    lines.append(_line("metrics", ["collector_up"], "its points declare what they measure themselves"))
    plain = {key: value for key, value in source.options.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in source.options.items() if isinstance(value, dict)}
    lines += [_line(key, value) for key, value in plain.items()]
    for key, table in tables.items():
        lines += [f"[sources.{key}]\n", *(_line(name, value) for name, value in table.items())]
    return "".join(lines)


def _line(key: str, value: object, comment: str = "") -> str:
    text = f"{_key(key)} = {_value(value)}"
    return f"{text:<{COMMENT_AT}} # {comment}\n" if comment else f"{text}\n"


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:  # noqa: ANN401 - what TOML can hold
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _commented(text: str) -> str:
    return "".join(line if line.startswith(("#", "\n")) else f"# {line}" for line in text.splitlines(keepends=True))
