"""Columns of few words, and pairs of them: what names the series of a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """A column of few words: `words[codes[row]]`."""

    codes: Numbers
    words: list[str]

    @classmethod
    def of(cls, column: pa.Array, rename: Callable[[str], str]) -> Names:
        """The renamed words of a text column, trimmed; null and empty are the empty word."""
        encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(pc.cast(column, pa.string()))
        given = [(word or "").strip() for word in encoded.dictionary.to_pylist()]
        codes = np.asarray(pc.fill_null(encoded.indices, len(given)), np.int64)
        return cls(codes, [rename(word) if word else "" for word in [*given, ""]])

    @classmethod
    def same(cls, word: str, rows: int) -> Names:
        """One word for every row."""
        return cls(np.zeros(rows, np.int64), [word])

    def where(self, wanted: Callable[[str], bool]) -> Numbers:
        """Rows whose word is `wanted`."""
        return np.flatnonzero(np.array([wanted(word) for word in self.words], bool)[self.codes])

    def array(self) -> pa.DictionaryArray:
        """As a column of readings: two spellings of one name are one word there."""
        words = {word: at for at, word in enumerate(dict.fromkeys(self.words))}
        codes = np.array([words[word] for word in self.words], np.int32)[self.codes]
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(words), pa.string()))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Series coded as `point code * number of metrics + metric code`; few of the possible ones are ever named."""

    points: list[str]
    metrics: list[str]

    @property
    def size(self) -> int:
        """How many codes there are."""
        return len(self.points) * len(self.metrics)

    def name(self, code: int) -> tuple[str, str]:
        """Point and metric of a code."""
        return self.points[code // len(self.metrics)], self.metrics[code % len(self.metrics)]
