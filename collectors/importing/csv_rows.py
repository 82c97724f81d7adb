"""CSV to columns of text: whole blocks by Arrow's reader, and line by line only where a block holds a mistake."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.importing.blocks import Block, line_blocks, open_text, refuse_lone_returns
from collectors.importing.chunk import ROWS_PER_CHUNK, Chunk, Reject
from collectors.importing.mapping import CODECS
from collectors.importing.texts import TEXT_SHOWN_MAX
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from collectors.importing.layout import Layout
    from collectors.importing.mapping import Mapping
    from collectors.importing.rows import Numbers, Reader

LINES_AT_ONCE = 256  # a block this small that holds a mistake is read line by line

Columns = dict[str, pa.Array]


def header_of(path: Path, mapping: Mapping) -> list[str]:
    """Column names of a CSV file: its header line, or the mapping's `names`.

    Raises:
        InputError: the file is empty, its header cannot be decoded or its line ends are carriage returns.
    """
    with open_text(path) as file:
        for _ in range(mapping.skip_lines):
            file.readline()
        line = file.readline()
    if not line.strip():
        msg = f"{path.name}: line {mapping.skip_lines + 1} holds no header: the file is empty or skip_lines is wrong."
        raise InputError(msg)
    refuse_lone_returns(line, path)
    if mapping.names is not None:
        return list(mapping.names)
    try:
        (header,) = csv.reader([line.decode(CODECS[mapping.encoding]).rstrip("\r\n")], delimiter=mapping.delimiter)
    except UnicodeDecodeError:
        other = "gbk" if mapping.encoding == "utf-8" else "utf-8"
        msg = f"{path.name}: the header is not {mapping.encoding}: set the encoding (--encoding {other})."
        raise InputError(msg) from None
    return [name.strip() for name in header]


def csv_chunks(path: Path, reader: Reader, header: Sequence[str]) -> Iterator[Chunk]:
    """Read a CSV file chunk by chunk."""
    layout, mapping = reader.layout, reader.layout.mapping
    skip = mapping.skip_lines + (mapping.names is None)
    lines = max(1, ROWS_PER_CHUNK // max(1, len(layout.wide)))
    for block in line_blocks(path, lines_per_block=lines, skip=skip):
        columns, numbers, rejects = _columns(block, layout, header)
        table, bad = reader.readings(columns, numbers)
        if bad:
            texts = block.split()
            for row, why in bad.items():
                line = int(numbers[row])
                rejects.append(Reject(line, _shown(texts[line - block.first], mapping), why))
        yield Chunk(table, sorted(rejects, key=lambda reject: reject.line), block.done)


def _columns(block: Block, layout: Layout, header: Sequence[str]) -> tuple[Columns, Numbers, list[Reject]]:
    """The layout's columns of a block, the line of each row, and lines of another shape than the header's."""
    try:
        table = _read(block, layout, header)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        table = None
    if table is not None and table.num_rows == block.count:
        columns = dict(zip(layout.columns, (_one(column) for column in table.columns), strict=True))
        return columns, np.arange(block.first, block.first + block.count), []
    if block.count <= LINES_AT_ONCE:
        return _line_by_line(block, layout, header)
    parts = [_columns(half, layout, header) for half in block.halves()]
    joined = {name: _one(pa.chunked_array([part[0][name] for part in parts])) for name in layout.columns}
    return joined, np.concatenate([part[1] for part in parts]), [reject for part in parts for reject in part[2]]


def _one(column: pa.ChunkedArray) -> pa.Array:
    """One array of a column's chunks, with one dictionary."""
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        return whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    return whole


def _types(layout: Layout) -> dict[str, pa.DataType]:
    few = {layout.point, layout.metric, layout.unit, layout.quality, layout.reason}
    words = pa.dictionary(pa.int32(), pa.string())
    return {name: words if name in few else pa.string() for name in layout.columns}


def _read(block: Block, layout: Layout, header: Sequence[str]) -> pa.Table:
    from pyarrow import csv as arrow_csv

    codec = CODECS[layout.mapping.encoding]
    content = block.content if codec == "utf-8" else block.content.decode(codec).encode()
    own = {name: f"c{header.index(name)}" for name in layout.columns}  # other columns may share a name
    types = _types(layout)
    return arrow_csv.read_csv(
        pa.BufferReader(content),
        read_options=arrow_csv.ReadOptions(column_names=[f"c{at}" for at in range(len(header))], use_threads=True),
        parse_options=arrow_csv.ParseOptions(delimiter=layout.mapping.delimiter),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=[own[name] for name in layout.columns],
            column_types={own[name]: types[name] for name in layout.columns},
            strings_can_be_null=False,
        ),
    )


def _line_by_line(block: Block, layout: Layout, header: Sequence[str]) -> tuple[Columns, Numbers, list[Reject]]:
    mapping = layout.mapping
    places = [header.index(name) for name in layout.columns]
    rows, lines, rejects = [], [], []
    for line, raw in enumerate(block.split(), block.first):
        if not raw.strip():
            continue  # blank lines say nothing
        cells = _cells(raw, mapping, width=len(header))
        if isinstance(cells, str):
            rejects.append(Reject(line, _shown(raw, mapping), cells))
        else:
            rows.append([cells[place] for place in places])
            lines.append(line)
    types = _types(layout)
    columns = {
        name: pa.array([row[at] for row in rows], pa.string()).cast(types[name])
        for at, name in enumerate(layout.columns)
    }
    return columns, np.array(lines, np.int64), rejects


def _cells(raw: bytes, mapping: Mapping, *, width: int) -> list[str] | str:
    """The cells of one line, or why it has none."""
    try:
        (cells,) = csv.reader([raw.decode(CODECS[mapping.encoding])], delimiter=mapping.delimiter, strict=True)
    except UnicodeDecodeError:
        return f"the line is not {mapping.encoding}"
    except (csv.Error, ValueError):
        return "the line has a quote that is not closed, or another sign where none may stand"
    if len(cells) != width:
        return f"the line has {len(cells)} columns where the header has {width}"
    return cells


def _shown(raw: bytes, mapping: Mapping) -> str:
    return raw[:TEXT_SHOWN_MAX].decode(CODECS[mapping.encoding], errors="replace")
