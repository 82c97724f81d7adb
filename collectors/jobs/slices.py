"""Parts of a GPU: of MIG slices what NVIDIA's MIG user guide publishes of a profile's SMs, of shares what is declared.

The first figure of `3g.20gb` counts slices: of seven, but of four on an A30 (24 GB) and an RTX PRO 6000 (96 GB). Where
`1g.24gb` stands for either a seventh (of 96 GB with seven slices) or a quarter, it counts as a seventh.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from config.errors import InputError

if TYPE_CHECKING:
    from config.attribution.clusters import Node

PROFILE: Final = re.compile(r"(?:.*[^0-9a-z])?(([1-7])g\.[0-9]+gb)(?:[^0-9a-z].*)?", re.IGNORECASE)
OF_FOUR: Final = frozenset({"1g.6gb", "2g.12gb", "4g.24gb", "2g.48gb", "4g.96gb"})
SLICES, FEW_SLICES = 7, 4


def mig_share(name: str) -> float | None:
    """Return the part of a GPU that a name with a profile stands for; None where it names none.

    >>> mig_share("a100_3g.20gb"), mig_share("1g.6gb"), mig_share("h100")
    (0.42857142857142855, 0.25, None)
    """
    found = PROFILE.fullmatch(name)
    if found is None:
        return None
    return int(found[2]) / (FEW_SLICES if found[1].lower() in OF_FOUR else SLICES)


def shared(amount: float, what: str, node: Node) -> float:
    """Return how many GPUs of a node an amount of shares is (time slicing, MPS, shards, vGPU): each is a declared part.

    Raises:
        InputError: the site file does not say into how many shares a GPU of the node is cut.
    """
    if node.gpu_shares is None:
        msg = (
            f"{what} is a share of a GPU, and nobody says how large: give the cluster's nodes gpu_shares = the number "
            "of shares that the scheduler makes of each GPU"
        )
        raise InputError(msg)
    return amount / node.gpu_shares
