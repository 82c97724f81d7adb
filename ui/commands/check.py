"""`wattlas check`: the site file as understood, before anything starts."""
# ruff: noqa: TC001 - typer reads the annotations when it runs

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import typer

from ui.options import ConfigOption, DataOption, JsonOption

if TYPE_CHECKING:
    from config.site import Settings

app = typer.Typer()
YEAR_MONTHS = 12


@app.command()
def check(*, as_json: JsonOption = False, config: ConfigOption = None, data: DataOption = None) -> None:
    """Print the site as understood and the GB a year that it will store; no device is asked.

    Alert rules with a mistake are named after it, with exit code 2; the collector leaves them out and runs.
    """
    from collectors.jobs.sources import source_of
    from collectors.registry import never_given
    from config.errors import ConfigError
    from config.loading import load_settings, site_file
    from ui.attribution.checking import cluster_mistakes

    settings = load_settings(site_file(config), data=data)
    strays = never_given(settings)
    for cluster in settings.clusters:
        source_of(cluster, file=settings.path.name)
    strays += cluster_mistakes(settings, now=int(time.time()))
    if strays:
        raise ConfigError("\n".join(strays))
    _show(settings, as_json=as_json)
    if settings.alert_mistakes:
        raise ConfigError("\n".join(settings.alert_mistakes))


def _show(settings: Settings, *, as_json: bool) -> None:
    from ui.setup.outline import site_lines, site_row
    from ui.tables import print_json

    now = int(time.time())
    if as_json:
        print_json(site_row(settings, site, now=now) for site in settings.sites)
        return
    sys.stdout.write(f"{_head(settings)}\n")
    for site in settings.sites:
        sys.stdout.write("\n" + "\n".join(site_lines(settings, site, now=now)) + "\n")
    sys.stdout.write(f"\n{_volume(settings, now)}\n")


def _head(settings: Settings) -> str:
    found = {"site": settings.sites, "point": settings.points, "source": settings.sources}
    counts = ", ".join(f"{len(all_):,} {word}{'' if len(all_) == 1 else 's'}" for word, all_ in found.items())
    stores = f"Stores in {settings.store.data} ({settings.store.kind})"
    return f"{settings.company.name}: {counts} in {settings.path}\n{stores}{_part(settings)}"


def _part(settings: Settings) -> str:
    if settings.collecting.shard is None:
        return ""
    own = sum(map(settings.collecting.polls, settings.sources))
    return f"\nCollects part {settings.collecting.shard}: {own:,} of these sources, without books and alerts"


def _volume(settings: Settings, now: int) -> str:
    from ui.books.volume import volume

    stored = volume(state for site in settings.sites for state in settings.points_at(site.id, now))
    months = settings.store.raw_retention_months
    kept_gb = stored.readings_gb * months / YEAR_MONTHS
    return (
        f"A year stores {stored.readings_gb:.2f} GB of readings ({stored.readings:,.0f}) and {stored.ledger_gb:.2f} GB "
        f"of ledger ({stored.ledger_rows:,.0f} rows); "
        f"raw readings are kept {months} months, which takes {kept_gb:.2f} GB."
        f"{_thinned(settings, now, stored.ledger_gb)}"
    )


def _thinned(settings: Settings, now: int, ledger_gb: float) -> str:
    from analytics.boundary import Tree
    from ui.books.thinning import below_it
    from ui.books.volume import thinned_gb, volume

    if (months := settings.store.thin_after_months) is None:
        return ""
    gone_gb = 0.0
    for site in settings.sites:
        states = settings.points_at(site.id, now)
        devices = set(below_it(Tree(states), site.pue_category))
        gone_gb += thinned_gb(volume(state for state in states if state.id in devices))
    return f" Of a year of ledger older than {months} months {ledger_gb - gone_gb:.2f} GB stay: devices by the day."
