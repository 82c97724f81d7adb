"""Whose word counts for a point: what a source of the site file reads, nobody else writes (design 4.3).

Who may publish below a pattern of topics, and who holds a token of a site, speaks for its points. So a reading that
comes from another source than the one that the site file names for its point and metric at that time, or that was
posted for such a point, goes to quarantine: kept, told, in nobody's books. Points that no source names are open to
whoever may write there. An import is a person's act, logged and undone as a whole: it is not asked.

Register, amounts and power of a point are one thing here, for the books merge them: a topic cannot bring a register to
a point whose power a source reads. A point moves from one source to another by their `valid_from` and `valid_to`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collectors.registry import gives_of
from config.catalogue import metrics
from config.reading.fields import covers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from collectors.faults import Rows
    from config.site import Settings
    from config.source_table import SourceTable

POSTED = "ingest:"  # how origins of what came through the API begin
OF_ITSELF = "collector_"  # metrics of a collector about itself: each source has its own
ENERGY = frozenset({"energy", "energy_counter", "power"})
OF_DEVICES = ENERGY | {"apparent_power", "humidity", "power_average", "temperature", "utilisation"}
"""What a source may read of a device that it names as a whole; the work that it does another one may count."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The sources that read a series, and among them the one that is speaking, if it is one."""

    readers: tuple[SourceTable, ...]
    speaker: SourceTable | None
    back_s: int  # an amount stamped at the end of a claim is of the time before

    def stranger_to(self, stamp: int) -> str | None:
        """Return the source that reads the series at `stamp` [UTC s] in place of the speaker, or None."""
        time = stamp - self.back_s
        if self.speaker is not None and self.speaker.covers(time):
            return None
        return next((reader.id for reader in self.readers if covers(reader.valid_from, reader.valid_to, time)), None)


class Readers:
    """The claims of one site file."""

    def __init__(self, settings: Settings) -> None:
        """Note who claims what."""
        self._sources = {source.id: source for source in settings.sources}
        self._claims: dict[str, list[tuple[SourceTable, str | None]]] = {}
        for source in settings.sources:
            for point, metric in sorted(source.claims(), key=str):
                self._claims.setdefault(point, []).append((source, metric))
        self._known: dict[tuple[str, str, str], Claim | None] = {}
        self._taken: dict[tuple[str, str], bool] = {}
        self._given: dict[str, frozenset[str]] = {}

    def claimed(self, point: str, metric: str) -> bool:
        """Whether any source of the site file reads a series, now or at another time; what it says of itself is its."""
        key = (point, metric)
        if key not in self._taken:
            self._taken[key] = metric.startswith(OF_ITSELF) or bool(self._readers(point, metric))
        return self._taken[key]

    def strangers(self, rows: Rows, origin: NDArray[np.int64], origins: list[str]) -> Mapping[int, str]:
        """Return for each row that another origin is to give why it is not taken.

        Args:
            rows: readings as columns.
            origin: of each row, as a position in `origins`.
            origins: ids of sources, `ingest:...`, or of what is not asked.
        """
        asked = np.array([name in self._sources or name.startswith(POSTED) for name in origins], np.bool_)
        among = np.flatnonzero(asked[origin]) if self._claims and asked.any() else np.zeros(0, np.int64)
        pairs = (rows.point[among] * len(rows.metrics) + rows.metric[among]) * len(origins) + origin[among]
        codes, which = np.unique(pairs, return_inverse=True)
        claims = [self._claim(*_names(code, rows, origins)) for code in codes.tolist()]
        if not any(claims):
            return {}
        found = {}
        for row, pair in zip(among.tolist(), which.tolist(), strict=True):
            claim = claims[pair]
            if claim and (reader := claim.stranger_to(int(rows.time[row]))):
                point, metric, name = _names(int(codes[pair]), rows, origins)
                found[row] = f'source "{reader}" reads {metric} of {point}, and this came from "{name}"'
        return found

    def _claim(self, point: str, metric: str, origin: str) -> Claim | None:
        """The claim that an origin meets; None where nobody else has any."""
        key = (point, metric, origin)
        if key not in self._known:
            readers = self._readers(point, metric)
            speaker = next((reader for reader in readers if reader.id == origin), None)
            met = bool(readers) and readers != (speaker,)
            known = metrics().get(metric)
            back_s = int(known is not None and known.kind == "delta")
            self._known[key] = Claim(readers, speaker, back_s) if met else None
        return self._known[key]

    def _readers(self, point: str, metric: str) -> tuple[SourceTable, ...]:
        if metric.startswith(OF_ITSELF):
            return ()
        claims = [(source, self._read(source) if of is None else {of}) for source, of in self._claims.get(point, ())]
        exact = [source for source, of in claims if metric in of]
        kin = [source for source, of in claims if of & ENERGY] if metric in ENERGY else []
        return tuple({source.id: source for source in exact or kin}.values())

    def _read(self, source: SourceTable) -> frozenset[str]:
        """What a source may read of devices that it names: its profile, its mapping or its kind tells."""
        if source.id not in self._given:
            self._given[source.id] = OF_DEVICES & (gives_of(source) or OF_DEVICES)
        return self._given[source.id]


def _names(code: int, rows: Rows, origins: list[str]) -> tuple[str, str, str]:
    series, origin = divmod(code, len(origins))
    point, metric = divmod(series, len(rows.metrics))
    return rows.points[point], rows.metrics[metric], origins[origin]
