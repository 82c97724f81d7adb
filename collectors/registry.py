"""Which kinds of source exist, and the collectors of a site file.

Adding a source touches this table (one line), `collectors/plugins/<name>`, and a folder of recorded payloads under
`tests/collectors/cases/`. The table is a discriminated union on `kind`, written out, so that a class is imported only
where a site uses it: a vendor's library costs nothing to those who do not own the device.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from config.checks import overlap
from config.errors import ConfigError
from config.reading.mistakes import Mistakes
from config.reading.mistakes import build as build_table
from config.reading.wording import listed, remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from collectors.contract import Collector
    from config.site import Settings
    from config.source_table import SourceTable


@dataclass(frozen=True, slots=True)
class Kind:
    """Where the class of one kind lives, and the extra that brings the library it needs."""

    module: str
    name: str
    extra: str | None = None


SELF = "collector_"  # metrics of a collector about itself, which every source gives

KINDS: Mapping[str, Kind] = {
    "amd": Kind("collectors.plugins.amd", "Amd"),
    "bacnet": Kind("collectors.plugins.bacnet", "Bacnet", extra="bacnet"),
    "cloudwatch": Kind("collectors.plugins.cloudwatch", "CloudWatch", extra="aws"),
    "eia": Kind("collectors.plugins.grid.eia", "Eia", extra="grid"),
    "electricity_maps": Kind("collectors.plugins.grid.electricity_maps", "ElectricityMaps", extra="grid"),
    "entsoe": Kind("collectors.plugins.grid.entsoe", "Entsoe", extra="grid"),
    "host_model": Kind("collectors.plugins.host_model", "HostModel"),
    "ipmi": Kind("collectors.plugins.ipmi", "Ipmi"),
    "modbus": Kind("collectors.plugins.modbus", "Modbus", extra="modbus"),
    "mqtt": Kind("collectors.plugins.mqtt", "Mqtt", extra="mqtt"),
    "nut": Kind("collectors.plugins.nut", "Nut"),
    "nvml": Kind("collectors.plugins.nvml", "Nvml", extra="nvml"),
    "open_meteo": Kind("collectors.plugins.open_meteo", "OpenMeteo", extra="weather"),
    "prometheus": Kind("collectors.plugins.prometheus", "Prometheus", extra="prometheus"),
    "rapl": Kind("collectors.plugins.rapl", "Rapl"),
    "redfish": Kind("collectors.plugins.redfish", "Redfish", extra="redfish"),
    "snmp": Kind("collectors.plugins.snmp", "Snmp", extra="snmp"),
    "simulated": Kind("collectors.plugins.simulated", "Simulated"),
    "sparkplug": Kind("collectors.plugins.sparkplug", "Sparkplug", extra="mqtt"),
    "uk_carbon_intensity": Kind("collectors.plugins.grid.uk", "UkCarbonIntensity", extra="grid"),
    "watttime": Kind("collectors.plugins.grid.watttime", "WattTime", extra="grid"),
}


def collector_class(kind: str) -> type[Collector]:
    """Return the class of a kind.

    Raises:
        ConfigError: the kind is unknown (the valid ones are listed), or its library is not installed (the extra that
            brings it is named).
    """
    entry = KINDS.get(kind)
    if entry is None:
        msg = f'kind = "{kind}" is unknown; {remedy(kind, KINDS)}'
        raise ConfigError(msg)
    try:
        found: type[Collector] = getattr(import_module(entry.module), entry.name)
    except ImportError as error:
        wanted = f"pip install 'wattlas[{entry.extra}]'" if entry.extra else "install Wattlas again"
        msg = f'kind = "{kind}" needs the library {error.name}, which is not installed: {wanted}'
        raise ConfigError(msg) from error
    return found


def build(settings: Settings, *, at: int | None = None) -> list[Collector]:
    """Make the collectors of a site file, those that this process polls at `at` [UTC s] only, or all.

    Raises:
        ConfigError: one sentence for every table that is wrong, naming file, table, key and remedy.
    """
    mistakes = Mistakes()
    found: list[Collector] = []
    for source in settings.sources:
        if at is not None and not (source.covers(at) and settings.collecting.polls(source)):
            continue
        place = f'{settings.path.name}, sources "{source.id}"'
        try:
            collector = build_table(collector_class(source.kind), source.table(), place=place, mistakes=mistakes)
        except ConfigError as error:
            mistakes.add(place, str(error))
        else:
            found += [collector] if collector else []
    tables = {source.id: source for source in settings.sources}
    for id_, mistake in (*_other_intensities(found, settings), *_given_twice(found, tables)):
        mistakes.add(f'{settings.path.name}, sources "{id_}"', mistake)
    mistakes.stop()
    return found


def gives_of(source: SourceTable) -> frozenset[str] | None:
    """Return the metrics that a source may give; None where it cannot know, or cannot be built here."""
    try:
        collector = build_table(collector_class(source.kind), source.table(), place=source.id, mistakes=Mistakes())
    except ConfigError:
        return None
    return None if collector is None else collector.gives


def never_given(settings: Settings) -> list[str]:
    """One sentence for each source that declares metrics which it never gives: their figures would wait for ever.

    Raises:
        ConfigError: as `build`.
    """
    found = Mistakes()
    tables = {source.id: source for source in settings.sources}
    for collector in build(settings):
        table, gives = tables[collector.id], collector.gives
        odd = [name for name in table.metrics if gives is not None and name not in gives and not name.startswith(SELF)]
        if odd and gives:
            written = "metrics names" if "metrics" in table.model_fields_set else "metrics is left out, which means"
            text = f"{written} {listed(odd)}, which this source never gives; write some of {listed(sorted(gives))}"
            found.add(f'{settings.path.name}, sources "{table.id}"', text)
    return found.sentences()


def _given_twice(collectors: Sequence[Collector], tables: Mapping[str, SourceTable]) -> Iterator[tuple[str, str]]:
    """Yield sources that name a point which another one reads: two series in one are neither, and no sum of the two."""
    taken: dict[tuple[str, str], list[Collector]] = {}
    for collector in collectors:
        table = tables[collector.id]
        declared = {(table.point, metric) for metric in table.metrics}
        for key in sorted(collector.named | declared):
            for other in taken.setdefault(key, []):
                if key in collector.named | other.named and overlap(table, tables[other.id]):
                    twice = f'gives {key[1]} of {key[0]}, which source "{other.id}" gives too'
                    yield collector.id, f"{twice}: give each a point of its own (two feeds of a device are two points)"
            taken[key].append(collector)


def _other_intensities(collectors: Sequence[Collector], settings: Settings) -> Iterator[tuple[str, str]]:
    for collector in collectors:
        if mistake := _other_intensity(collector, settings):
            yield collector.id, mistake


def _other_intensity(collector: Collector, settings: Settings) -> str | None:
    """Say where a site takes the readings of a grid for something else than they are: the kinds never mix."""
    for site in settings.sites:
        named = site.hourly_intensity
        if named and collector.intensity and named.point == collector.point:
            wanted = (named.basis, named.scope)
            if wanted != collector.intensity:
                is_, says = " and ".join(collector.intensity), " and ".join(wanted)
                return f"gives intensities that are {is_}, but hourly_intensity of {site.id} says {says}: correct one"
    return None
