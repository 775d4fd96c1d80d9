"""Arrow tables of rows, and columns of numbers and texts.

pyarrow's own constructors import pandas where it is installed, which takes a second and 50 MB.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json
from numpy.typing import NDArray

_BLOCK_BYTES = 64 << 20
"""Has to hold the longest row."""


def table_of(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Give a table of rows; what the schema does not name is left out."""
    if not rows:
        return schema.empty_table()
    lines = "\n".join(json.dumps(row, allow_nan=False) for row in rows).encode()
    return pyarrow.json.read_json(
        pa.BufferReader(lines),
        pyarrow.json.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
        pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    ).select(schema.names)


def numbers(values: NDArray[Any]) -> pa.Array:
    """Give a column of the numbers (T,)."""
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, data])


def texts(values: NDArray[np.str_]) -> pa.Array:
    """Give a column of the texts (T,), of which few differ."""
    words, codes = np.unique(values, return_inverse=True)
    encoded = [word.encode() for word in words.tolist()]
    lengths = np.array([len(word) for word in encoded])
    ends = np.concatenate([[0], np.cumsum(lengths[codes])]).astype(np.int32)
    data = b"".join(map(encoded.__getitem__, codes.tolist()))
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(ends), pa.py_buffer(data))
