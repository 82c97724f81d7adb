"""From nothing to a site file: what this machine offers, written down once, and the first answer of each source."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.finding import Machine, search
from collectors.finding.first import first_answers
from collectors.judge import judge_readings
from collectors.registry import build
from config.catalogue import metric
from config.errors import InputError
from config.loading import load_settings
from ui.setup.site_text import site_text
from ui.setup.whereabouts import whereabouts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collectors.finding import Found, Sample
    from collectors.finding.first import Answer
    from config.site import Settings

NO_NAME = "server"


@dataclass(frozen=True, slots=True)
class Begun:
    """What was found and written; `rows` are first readings, `silent` the sentences of sources that gave none."""

    found: tuple[Found, ...]
    collects: bool
    rows: tuple[dict[str, Any], ...]
    silent: tuple[str, ...]


def this_machine() -> Machine:
    """The machine that this runs on, under its short host name."""
    name = re.sub(r"[^\w.:-]", "-", platform.node().partition(".")[0]).lstrip(".:-")
    return Machine(name or NO_NAME)


def begin(path: Path, machine: Machine, *, now: float) -> Begun:
    """Search the machine, write its site file at `path`, load it and ask each source once.

    Raises:
        InputError: there is a file at `path` already, or it cannot be written.
    """
    refuse_existing(path)
    found = search(machine)
    _write(path, site_text(found, server=machine.server, where=whereabouts()))
    settings = load_settings(path)
    answers = first_answers(build(settings), at=now)
    rows = [row for answer in answers for row in _rows(answer, settings, now)]
    rows += [_seen(each.title, sample) for each in found for sample in each.samples]
    silent = tuple(f"{answer.source}: {answer.reason}" for answer in answers if answer.reason)
    return Begun(tuple(found), bool(settings.sources), tuple(rows), silent)


def refuse_existing(path: Path) -> None:
    """Never overwrite.

    Raises:
        InputError: there is something at `path`.
    """
    if path.exists() or path.is_symlink():
        msg = f"{path} is there already, and init overwrites nothing: name another file with --config."
        raise InputError(msg)


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        refuse_existing(path)
        raise
    except OSError as error:
        msg = f"{path} cannot be written ({error.strerror}): name another file with --config."
        raise InputError(msg) from error


def _rows(answer: Answer, settings: Settings, now: float) -> Sequence[dict[str, Any]]:
    """Readings as the books will see them: judged."""
    if not answer.readings:
        return []
    table, _ = judge_readings(answer.readings, settings, origin=answer.source, now=int(now))
    keys = ("point", "metric", "value", "quality", "reason")
    rows = table.select(keys).to_pylist()
    return [{"source": answer.source, **row, "unit": metric(row["metric"]).unit} for row in rows]


def _seen(title: str, sample: Sample) -> dict[str, Any]:
    """What another program shows: no point of ours, so nobody has judged it."""
    facts = {"point": sample.of, "metric": sample.metric, "value": sample.value, "unit": sample.unit}
    return {"source": title, **facts, "quality": "not collected", "reason": None}
