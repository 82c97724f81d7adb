"""What exporters on the nodes measured of pods and servers, joined to their records by UID.

| exporter | series | what it gives a record |
|---|---|---|
| CEEMS | `ceems_compute_unit_cpu_user_seconds_total`, `_system_`, by `uuid` | the share of CPUs that it kept busy |
| Kepler | `kepler_pod_cpu_joules_total` by `pod_id`, `kepler_vm_cpu_joules_total` by `vm_id` | its energy, beside |

Kepler's zones package and dram are added, for neither holds the other; a series that stands for several states counts
once. Its joules are of CPUs and memory alone and its own model's split: no figure rests on them.
Source: metrics documents of CEEMS 0.12 and Kepler 0.11.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator

from collectors.exposition import samples, wanted
from collectors.jobs.looks import most_use
from collectors.jobs.parsed import Parsed, Reject
from collectors.jobs.sources.rest import ask, objects
from collectors.plugins.local import web_address
from config.errors import CollectError, PayloadUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from collectors.jobs.job import Job
    from config.attribution.clusters import Cluster

Exporters = tuple[Annotated[str, BeforeValidator(web_address)], ...]
CPU_SECONDS: Final = ("ceems_compute_unit_cpu_user_seconds_total", "ceems_compute_unit_cpu_system_seconds_total")
JOULES: Final = {"kepler_pod_cpu_joules_total": "pod_id", "kepler_vm_cpu_joules_total": "vm_id"}
NAMES: Final = (*CPU_SECONDS, *JOULES)
ZONES: Final = frozenset({"package", "dram"})
AT_ONCE: Final = 16
J_PER_KWH: Final = 3.6e6


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU time [s] and energy [J] since they began, by UID."""

    cpu_s: Mapping[str, float]
    energy_j: Mapping[str, float]


def scraped(urls: Sequence[str], *, deadline_s: float) -> list[dict[str, str]]:
    """Ask every exporter and return what each said, or why it did not: one that is away keeps no record from coming."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="exporter") as pool:
        return list(pool.map(partial(_scraped, deadline_s=deadline_s), urls))


def _scraped(url: str, *, deadline_s: float) -> dict[str, str]:
    where = urlsplit(url).netloc
    try:
        body, _ = ask(url, headers={"Accept": "text/plain;version=0.0.4"}, ca=None, deadline_s=deadline_s)
    except CollectError as error:
        return {"exporter": where, "fault": str(error)}
    lines = b"\n".join(wanted(NAMES).findall(body)).decode("utf-8", errors="replace")
    return {"exporter": where, "lines": lines}


def items(payload: bytes, key: str, *, of: str, whose: str) -> tuple[Iterator[Any], list[dict[str, Any]]]:
    """Return what a scheduler listed under `key`, page after page, and what exporters said beside it.

    Args:
        payload: pages, with the answers of `scraped` behind them.
        key: where a page has its list.
        of: what it lists, for the sentence about an answer that is none.
        whose: what has the rights to ask, for the same.

    Raises:
        PayloadUnreadable: a page has no such list.
    """
    answers = objects(payload, what=f"list of {of}")
    said = [one for one in answers if "exporter" in one]
    pages = [one for one in answers if "exporter" not in one]
    if not all(isinstance(page.get(key), list) for page in pages):
        msg = f"the answer is no list of {of}: check the address and the rights of the {whose}."
        raise PayloadUnreadable(msg)
    return (one for page in pages for one in page[key]), said


def joined(parsed: Parsed, said: Iterable[Mapping[str, Any]], cluster: Cluster) -> Parsed:
    """Return the records with what exporters measured of them; an exporter that failed is told as set aside."""
    bodies, faults = [], []
    for one in said:
        if "fault" in one:
            faults.append(Reject(f"exporter {one['exporter']}", str(one["fault"])))
        else:
            bodies.append(str(one["lines"]))
    try:
        found = measured(bodies)
    except PayloadUnreadable as error:
        return replace(parsed, rejects=(*parsed.rejects, *faults, Reject("exporters", str(error))))
    jobs = tuple(_with(job, found, cluster) for job in parsed.jobs)
    return replace(parsed, jobs=jobs, rejects=(*parsed.rejects, *faults))


def measured(bodies: Iterable[str]) -> Measured:
    """Read what exporters said; what no counter can show (nothing, endless, below 0) is not known.

    Raises:
        PayloadUnreadable: a line of theirs is no sample.
    """
    cpu_s = defaultdict[str, float](float)
    joules = dict[tuple[str, str], float]()
    for name, labels, shown in _samples(bodies):
        value = shown if 0 <= shown < inf else nan
        if name in CPU_SECONDS:
            cpu_s[labels.get("uuid", "")] += value
        elif labels.get("zone") in ZONES and isfinite(value):
            key = labels.get(JOULES[name], ""), labels["zone"]
            joules[key] = max(value, joules.get(key, 0.0))
    energy_j = defaultdict[str, float](float)
    for (uid, _), value in joules.items():
        energy_j[uid] += value
    return Measured({uid: seconds for uid, seconds in cpu_s.items() if isfinite(seconds)}, energy_j)


def _samples(bodies: Iterable[str]) -> Iterator[tuple[str, Mapping[str, str], float]]:
    for body in bodies:
        for found in samples(body.encode(), NAMES):
            yield found.name, found.labels, found.value


def _with(job: Job, found: Measured, cluster: Cluster) -> Job:
    joules, busy_s = found.energy_j.get(job.id), found.cpu_s.get(job.id)
    if joules:
        job = replace(job, energy_kwh=joules / J_PER_KWH)
    if busy_s is None or len(job.placements) != 1:
        return job
    (place,) = job.placements
    cpus = next(node.cpus for node in cluster.every_node.values() if node.point == place.point)
    use = most_use(job, busy_s / (cpus * (job.end - job.start)))
    return replace(job, busy_s=busy_s, placements=(replace(place, cpu_use=use),))
