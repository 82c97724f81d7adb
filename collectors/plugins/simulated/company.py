"""From the site file and the simulation file to simulated sites."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import config
from collectors.plugins.simulated.site import SimulatedSite
from collectors.plugins.simulated.spec import Simulation, SiteSpec
from config.errors import ConfigError
from config.loading import load_settings
from config.reading.mistakes import Mistakes, build
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.site import Settings, Site

SITES = Path(config.__file__).parent / "sites"
DEMO_SITE_FILE = SITES / "demo.toml"
DEMO_SIMULATION_FILE = SITES / "demo_simulation.toml"


def load_simulation(path: Path) -> Simulation:
    """Read a simulation file.

    Raises:
        ConfigError: the file cannot be read, or its mistakes, one sentence each.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        msg = f"{path.name} cannot be read ({error}): correct the file or its path."
        raise ConfigError(msg) from error
    mistakes = Mistakes()
    simulation = build(Simulation, table, place=path.name, mistakes=mistakes)
    mistakes.stop()
    return cast("Simulation", simulation)  # None comes with a mistake


def simulated_sites(settings: Settings, simulation: Simulation, *, at: int | None = None) -> dict[str, SimulatedSite]:
    """Return the sites of a site file that the simulation file describes, with the trees of `at` [UTC s].

    Args:
        settings: the site file, as loaded.
        simulation: the simulation file, as loaded.
        at: whose tree is simulated, for the site's whole time; by default that of the registers' first day.

    Raises:
        ConfigError: a site's zone, or a fault's point, is unknown.
    """
    when = simulation.register_epoch if at is None else at
    found = {
        site.id: SimulatedSite(simulation.seed, _spec(settings, simulation, site, when))
        for site in settings.sites
        if site.id in simulation.sites
    }
    points = [point for site in found.values() for point in site.spec.points]
    for fault in simulation.faults:
        if fault.point not in points:
            msg = f'faults: "{fault.point}" is no simulated point; {remedy(fault.point, points)}'
            raise ConfigError(msg)
    return found


def _spec(settings: Settings, simulation: Simulation, site: Site, at: int) -> SiteSpec:
    zone = simulation.zones.get(site.zone)
    if zone is None:
        msg = f'the simulation file has no table [zones.{site.zone}] for the site "{site.id}": add it.'
        raise ConfigError(msg)
    points = {point.id: point for point in settings.points_at(site.id, at)}
    return SiteSpec(
        site=site.id,
        time_zone=site.time_zone,
        points=points,
        place=simulation.sites[site.id],
        zone=zone,
        workloads=simulation.workloads,
        psus=simulation.psus,
        faults=tuple(fault for fault in simulation.faults if fault.point in points),
        register_epoch=simulation.register_epoch,
    )


@lru_cache(maxsize=4)
def simulated_company(
    site_file: Path = DEMO_SITE_FILE, simulation_file: Path = DEMO_SIMULATION_FILE
) -> Mapping[str, SimulatedSite]:
    """Return the simulated sites of a pair of files, the demo company's by default; read once per process."""
    return simulated_sites(load_settings(site_file), load_simulation(simulation_file))
