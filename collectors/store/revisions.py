"""What a write changes in the ledger: which offered rows are new, which differ from what stands, in which files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.arrays import empty_table, numpy_of
from collectors.store.layout import LEDGER
from collectors.store.order import in_order, pick, ranks, row_keys, take
from collectors.store.parquet import Where, read_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from collectors.store.snapshot import Snapshot

# A row is judged by what it says; the hash of the configuration alone never revises it.
JUDGED = (
    *("end", "energy_kwh", "value", "unit", "measured", "estimated", "missing"),
    *("quality", "method", "low_kwh", "high_kwh"),
)


@dataclass(frozen=True, slots=True)
class Match:
    """Offered rows against the ledger, as row numbers of the offered table."""

    new: NDArray[np.int64]  # no such key stands
    changed: dict[str, pa.Table]  # by file: `row` (offered row number) and `revision` it gets
    former: pa.Table  # the rows that are replaced, as they stood


def match(snapshot: Snapshot, rows: pa.Table) -> Match:
    """Compare offered rows (sorted, unique) with what stands under the same keys."""
    paths = snapshot.paths(_span(rows)) if len(rows) else []
    found = [read_file(snapshot.root, path, LEDGER, _span(rows)) for path in paths]
    stands = pa.concat_tables([empty_table(LEDGER.schema), *found]).unify_dictionaries()
    file = np.repeat(np.arange(len(paths)), np.array([table.num_rows for table in found], np.int64))
    offered, standing = _common(rows, stands)
    new = np.ones(len(rows), bool)
    new[offered] = False
    differs = _differs(take(rows, offered), take(stands, standing))
    former = take(stands, standing[differs])
    replaced = pa.table({"row": offered[differs], "revision": pc.add(former["revision"], 1)})
    of_file = file[standing[differs]]
    changed = {paths[number]: pick(replaced, of_file == number) for number in np.unique(of_file)}
    return Match(np.flatnonzero(new), changed, former)


def _span(rows: pa.Table) -> Where:
    start = numpy_of(rows["start"])
    points = frozenset(pc.unique(rows["point"].cast(pa.string())).to_pylist())
    return Where(points=points, start=int(start.min()), end=int(start.max()) + 1)


def _common(rows: pa.Table, stands: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the row numbers of equal keys, pairwise."""
    names = ["point", "metric", "start"]
    keys = row_keys(pa.concat_tables([rows.select(names), stands.select(names)]).unify_dictionaries(), "start")
    _, first, second = np.intersect1d(keys[: len(rows)], keys[len(rows) :], assume_unique=True, return_indices=True)
    return first, second


def _differs(offered: pa.Table, stands: pa.Table) -> NDArray[np.bool_]:
    """Return where two aligned tables differ in a judged column; null equals null, NaN equals NaN."""
    differs = np.zeros(len(offered), bool)
    for name in JUDGED:
        if pa.types.is_dictionary(LEDGER.schema.field(name).type):
            codes = ranks(pa.chunked_array([*offered[name].chunks, *stands[name].chunks], offered[name].type))
            differs |= codes[: len(offered)] != codes[len(offered) :]
        else:
            left, right = numpy_of(offered[name]), numpy_of(stands[name])
            differs |= (left != right) & ~(np.isnan(left) & np.isnan(right))
    return differs


def revised(snapshot: Snapshot, path: str, rows: pa.Table, replaced: pa.Table) -> pa.Table:
    """Return the content of file `path` with its changed rows replaced, sorted."""
    content = read_file(snapshot.root, path, LEDGER, Where())
    instead = take(rows, numpy_of(replaced["row"]))
    place = instead.schema.get_field_index("revision")
    instead = instead.set_column(place, LEDGER.schema.field("revision"), replaced["revision"].cast(pa.int32()))
    _, gone = _common(instead, content)
    kept = np.ones(len(content), bool)
    kept[gone] = False
    merged = pa.concat_tables([pick(content, kept), instead]).unify_dictionaries()
    return in_order(merged, LEDGER)[0]


def former_rows(history: pa.Table, current: pa.Table) -> pa.Table:
    """Return each former (point, metric, start, revision) once, the last written of doubles.

    Rows whose revision still stands in `current` are left out: a crash came between history and ledger.
    """
    names = ["point", "metric", "start", "revision"]
    both = pa.concat_tables([history.select(names), current.select(names)]).unify_dictionaries()
    keys, revision = row_keys(both, "start"), numpy_of(both["revision"])
    old, stands = keys[: len(history)], keys[len(history) :]
    place = np.searchsorted(stands, old).clip(max=max(len(stands) - 1, 0))
    known = stands[place] == old if len(stands) else np.zeros(len(old), bool)
    replaced = ~known | (revision[: len(history)] < revision[len(history) :][place] if len(stands) else True)
    order = np.lexsort((numpy_of(history["replaced_at"]), revision[: len(history)], old))
    order = order[replaced[order]]
    same_as_next = (old[order][1:] == old[order][:-1]) & (revision[order][1:] == revision[order][:-1])
    return take(history.unify_dictionaries(), order[np.append(~same_as_next, [True])[: len(order)]])
