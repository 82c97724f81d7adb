"""GPUs as parts of their nodes: who had which of them, and how much of what each drew was whose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.attribution.cards import summed
from analytics.attribution.split import Shares, Stays, shares
from analytics.sheets import FULL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.attribution.cards import Cards
    from analytics.attribution.nodes import Columns, NodeSpec, Pieces, Power
    from analytics.attribution.work import Work
    from analytics.sheets import Sheet

ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class OnGpus:
    """Row, slot of the node and the three energies [kWh] of each stay on a GPU; bounds of what is nobody's of a node's.

    The last column of `stays` is how far a step of the GPU's register moves what the job has of its node [kWh], less
    what the same step would do to its part of the host. `rest` holds two matrices of nodes by cells [kWh].
    """

    stays: Columns
    rest: tuple[NDArray[np.float64], ...]


def of_gpus(  # noqa: PLR0913 - who was where, the GPUs, and what was found of their nodes
    specs: Sequence[NodeSpec],
    work: Work,
    pieces: Pieces,
    gpus: Power,
    *,
    cards: Cards,
    owner: NDArray[np.int64],
    rule: NDArray[np.int64],
    sheet: Sheet,
    host: NDArray[np.float64],
) -> OnGpus:
    """Return who had what of the GPUs where these are told apart; `host` is each piece's part of a kWh of the host."""
    cells = sheet.starts.size
    piece, gpu, share = _gpu_pieces(specs, work, pieces, cards.seen, sheet.seconds)
    row = pieces.row[piece]
    use, unread = _gpu_use(row, gpu, pieces.cell[piece], share, work, gpus=gpus, sheet=sheet)
    stays = Stays(
        slot=gpu * cells + pieces.cell[piece],
        start=pieces.start[piece],
        end=pieces.end[piece],
        share=share,
        use=use,
        owner=work.subject[row].astype(np.int64),
    )
    inferred = np.array([not spec.gpu_idle_declared for spec in specs], np.bool_)[:, None] | cards.guessed
    found = shares(
        stays,
        energy=cards.energy.ravel(),
        idle=gpus.idle.ravel(),
        seconds=np.tile(sheet.seconds, owner.size),
        rule=np.repeat(rule[owner], cells),
        inferred=inferred[owner].ravel(),
        unread=unread,
    )
    whole = (share >= 1) & ~work.unnamed[row]  # had for sure, whatever is guessed of the rest of the node
    found = _loose(found, stays, work.guessed[row] & ~whole)
    pairs = ((found.value, cards.energy), (found.low, cards.low), (found.high, cards.high))
    columns = (column * kwh.ravel()[stays.slot] for column, kwh in pairs)
    bounds = ((found.rest_low, cards.low), (found.rest_high, cards.high))
    of_host = host[piece]
    steps = gpus.steps[gpu] * (np.abs(np.minimum(found.slope, 1.0) - of_host) - of_host)
    rest = (summed(owner, column.reshape(kwh.shape) * kwh, len(specs)) for column, kwh in bounds)
    return OnGpus((row, pieces.node[piece] * cells + pieces.cell[piece], *columns, steps), tuple(rest))


def _loose(found: Shares, stays: Stays, guessed: NDArray[np.bool_]) -> Shares:
    """Return the shares with bounds that hold anything on GPUs of which a job has a part that nobody told."""
    of_slot = np.bincount(stays.slot, guessed, found.rest_low.size) > 0
    at = of_slot[stays.slot]
    return replace(
        found,
        low=np.where(at, 0.0, found.low),
        high=np.where(at & ((stays.share > 0) | (found.high > 0)), 1.0, found.high),
        rest_low=np.where(of_slot, 0.0, found.rest_low),
        rest_high=np.where(of_slot, 1.0, found.rest_high),
    )


def _gpu_use(
    row: NDArray[np.int64],
    gpu: NDArray[np.int64],
    cell: NDArray[np.int64],
    share: NDArray[np.float64],
    work: Work,
    *,
    gpus: Power,
    sheet: Sheet,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return how much each stay used its GPU: by what that drew above idle next to the interval, or by its record.

    Also the slots in which its readings would tell, and are silent.

    Where jobs had a GPU whole, one after the other, what it drew in the interval before or after, which the same job
    had to itself, tells them apart. It rests on energy and the stay's own record alone. Where it is not known of one of
    a slot, the records count.
    """
    cells = sheet.starts.size
    above = np.where(gpus.covered >= FULL, np.maximum(gpus.energy - gpus.idle, 0.0), np.nan)
    watts = np.pad(above / sheet.seconds, ((0, 0), (1, 1)), constant_values=np.nan)
    edges = np.append(sheet.starts, sheet.starts[-1] + np.int64(sheet.seconds[-1]))
    held_before = work.start[row] <= edges[np.maximum(cell - 1, 0)]
    held_after = work.end[row] >= edges[np.minimum(cell + 2, cells)]
    near = np.where(held_before, watts[gpu, cell], np.where(held_after, watts[gpu, cell + 2], np.nan))
    slot = gpu * cells + cell
    parted = np.bincount(slot, share < 1, above.size) > 0
    silent = np.bincount(slot, np.isnan(near) & (held_before | held_after), above.size) > 0
    lacking = parted | (np.bincount(slot, np.isnan(near), above.size) > 0)
    return np.where(lacking[slot], share * work.gpu_use[row], near), silent & ~parted


def _gpu_pieces(
    specs: Sequence[NodeSpec], work: Work, pieces: Pieces, seen: NDArray[np.bool_], seconds: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return piece, GPU and share of each stay on a GPU: those named, and of those that are not what nobody names.

    Where all of a node's GPUs are named throughout, who names none has alike of each.
    """
    number = {gpu: at for at, gpu in enumerate(gpu for spec in specs for gpu in spec.gpus)}
    first = np.cumsum([0, *(len(spec.gpus) for spec in specs)])
    counts = np.diff(first)
    apart = np.flatnonzero(seen[pieces.node, pieces.cell])
    row_first = np.searchsorted(work.named_row, pieces.row[apart], side="left")
    named = np.searchsorted(work.named_row, pieces.row[apart], side="right") - row_first
    piece, at = _spread(apart, row_first, named)
    gpu = np.array([number.get(name, -1) for name in work.gpus] or [-1], np.int64)[work.named_gpu[at]]
    share = work.named_share[at]
    loose = apart[work.unnamed[pieces.row[apart]]]
    others, any_gpu = _spread(loose, first[pieces.node[loose]], counts[pieces.node[loose]])
    known = gpu >= 0
    piece, gpu, share = piece[known], gpu[known], share[known]
    of_others = work.gpu[pieces.row[others]]
    if piece.size and others.size:
        free = _free(piece, gpu, share, pieces, shape=(int(first[-1]), seen.shape[1]), seconds=seconds)
        node, cell = pieces.node[others], pieces.cell[others]
        open_to = free[any_gpu, cell]
        every = np.add.reduceat(np.vstack([free, np.zeros(free.shape[1])]), first[:-1], axis=0)[node, cell]
        fair = np.divide(open_to * counts[node], every, out=np.ones_like(open_to), where=every > ROUNDING)
        of_others = np.minimum(of_others * fair, 1.0)
    return np.concatenate([piece, others]), np.concatenate([gpu, any_gpu]), np.concatenate([share, of_others])


def _free(
    piece: NDArray[np.int64],
    gpu: NDArray[np.int64],
    share: NDArray[np.float64],
    pieces: Pieces,
    *,
    shape: tuple[int, int],
    seconds: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the share of each GPU and cell that no placement names."""
    length = (pieces.end - pieces.start)[piece] * share
    named = np.bincount(gpu * shape[1] + pieces.cell[piece], length, shape[0] * shape[1]).reshape(shape)
    return np.maximum(1 - named / seconds, 0.0)


def _spread(
    which: NDArray[np.int64], first: NDArray[np.int64], count: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Repeat each entry `count` times, beside the numbers first, first + 1 and so on."""
    repeated = np.repeat(which, count)
    steps = np.arange(repeated.size) - np.repeat(np.cumsum(count) - count, count)
    return repeated, steps + np.repeat(first, count)
