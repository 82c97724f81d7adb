"""NVIDIA GPUs of this machine, with the instances that they are cut into."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from collectors.finding.found import Found, FoundPoint, FoundSource
from config.errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.finding.found import Machine
    from collectors.plugins.nvml.survey import Card

INTERVAL_S = 10
HEADROOM = 1.5  # what a GPU draws for a moment may exceed its power limit


def find(machine: Machine) -> Found | None:
    """Ask the NVIDIA driver which GPUs there are; None where there is neither driver nor device."""
    if not machine.nvml:
        return None
    try:
        from collectors.plugins.nvml.survey import survey
    except ImportError:
        return _silent(machine, "They are read through nvidia-ml-py: pip install 'wattlas[nvml]', and run init again.")
    try:
        cards, lost = survey()
    except SourceUnreachable as error:
        return _silent(machine, str(error))
    said = (f"GPUs that do not answer: {lost}; see what `nvidia-smi` says.",) if lost else ()
    if not cards:
        return Found("NVIDIA GPUs", advice=("None of them answers: see what `nvidia-smi` says.",)) if lost else None
    gpus: dict[str, str] = {}
    points: list[FoundPoint] = []
    for card in cards:
        for uuid, point in _points(machine.server, card):
            gpus[point.id] = uuid
            points.append(point)
    source = FoundSource(f"{machine.server}-gpus", "nvml", INTERVAL_S, {"gpus": gpus})
    return Found(f"{len(cards)} NVIDIA GPU{'s' if len(cards) > 1 else ''}", tuple(points), source, advice=said)


def _points(server: str, card: Card) -> Iterator[tuple[str, FoundPoint]]:
    """The points of a GPU and of its instances, each with its UUID; they declare what the card gives."""
    from collectors.plugins.nvml.collector import metrics_of

    id_ = f"{server}-gpu-{card.index}"
    yield card.uuid, _point(id_, card.name, server, metrics_of(card.values, instance=False), card.limit_w)
    for number, instance in enumerate(card.instances):
        part_w = None if card.limit_w is None else card.limit_w * instance.share
        metrics = metrics_of(card.values, instance=True)
        yield instance.uuid, _point(f"{id_}-mig-{number}", instance.name, id_, metrics, part_w)


def _point(id_: str, name: str, parent: str, metrics: tuple[str, ...], limit_w: float | None) -> FoundPoint:
    max_w = None if limit_w is None else math.ceil(limit_w * HEADROOM / 10) * 10
    return FoundPoint(id_, name, parent, dict.fromkeys(metrics, INTERVAL_S), max_w)


def _silent(machine: Machine, advice: str) -> Found | None:
    """A GPU that is there but cannot be asked; without its device file there is none."""
    return Found("NVIDIA GPUs", advice=(advice,)) if (machine.devices / "nvidiactl").exists() else None
