"""Chance that can be asked at any moment: a hash of (seed, bucket of time), never a stepped random walk.

The mixer is the finaliser of SplitMix64 (Steele, Lea, Flood 2014): neighbouring buckets give unrelated numbers.
All functions are pure and vectorised; times are whole UTC seconds.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11))
_TO_RATIO = 2.0**-53


def named_seed(seed: int, *names: str) -> int:
    """Return the 64-bit seed of a thing by its names: renaming one thing leaves all others as they were."""
    text = "\0".join((str(seed), *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def chance(seed: int, buckets: Times) -> Floats:
    """Return one number in [0, 1) per bucket (any shape), the same for the same seed and bucket for ever."""
    first, second, third, to_53_bits = _SHIFTS
    x = np.atleast_1d(buckets).astype(np.uint64) * _GAMMA + np.uint64(seed)
    x = (x ^ (x >> first)) * _MIX_1
    x = (x ^ (x >> second)) * _MIX_2
    x ^= x >> third
    ratios: Floats = (x >> to_53_bits).astype(np.float64) * _TO_RATIO
    return ratios


def steps(seed: int, times: Times, period_s: int) -> Floats:
    """Return a staircase in [0, 1): one level per period, with edges at an offset of this seed's own."""
    bucket = (times + seed % period_s) // period_s
    return _of_each(seed, bucket)[0]


def smooth(seed: int, times: Times, period_s: int) -> Floats:
    """Return value noise in [-1, 1]: a level per period, joined by smooth steps (continuous, with mean near 0)."""
    shifted = times + seed % period_s
    bucket = shifted // period_s
    x = (shifted - bucket * period_s) / period_s
    left, right = _of_each(seed, bucket)
    return 2.0 * (left + (right - left) * x * x * (3.0 - 2.0 * x)) - 1.0


def _of_each(seed: int, bucket: Times) -> tuple[Floats, Floats]:
    """Levels of each bucket and of the one after it, hashing each bucket once: times are dense, buckets are few."""
    first = int(bucket.min())
    levels = chance(seed, np.arange(first, int(bucket.max()) + 2))
    at = bucket - first
    return levels[at], levels[at + 1]
