"""The identity of an import: what was read, how it was understood, and what of it was left out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple
from typing import TYPE_CHECKING

from collectors.rules import rules_of
from config.catalogue import metrics

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from collectors.importing.survey import Series
    from config.site import Settings


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def judging_of(series: Iterable[Series], settings: Settings) -> str:
    """Fingerprint of the rules by which readings of these series are judged and counted, with their dates.

    A file that is imported again under corrected bounds is another import: judged anew, its rows stand over the former.
    """
    points = {point.id: point for point in settings.points}
    said = []
    for name, metric in sorted(series):
        point = points.get(name)
        rules = [astuple(rule) for rule in rules_of(point, metrics().get(metric))]
        times = () if point is None else (0, *sorted(point.edges()))
        states = [(time, settings.state(name, time)) for time in times]
        lengths = [(time, state.interval_s.get(metric)) for time, state in states if state is not None]
        said.append([name, metric, rules, lengths])
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def origin_of(
    sha256: str,
    *,
    mapping: str,
    lengths: Iterable[tuple[Series, float]],
    left_out: Iterable[Series],
    judging: str,
    former: int,
) -> str:
    """The origin `import:<hash>` of all readings of one import.

    Args:
        sha256: of the file.
        mapping: fingerprint of the mapping that read it.
        lengths: declared interval [s] by which start stamps were moved, per series.
        left_out: series that were set aside as unknown: once they are known, the same file is another import.
        judging: fingerprint of the site file's rules for its series.
        former: how often this very import was undone, or followed by one under other rules, before.
    """
    said = json.dumps([sha256, mapping, sorted(lengths), sorted(left_out), judging, former])
    return f"import:{hashlib.sha256(said.encode()).hexdigest()}"
