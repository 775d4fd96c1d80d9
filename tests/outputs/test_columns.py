"""Arrow tables that are made without pandas."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from framepick.outputs.columns import numbers, table_of, texts

SCHEMA = pa.schema([("name", pa.string()), ("rank", pa.int32()), ("score", pa.float64())])
ROWS = [
    {"name": 'quotes " and\nlines, \u00fc', "rank": 1, "score": 0.1 + 0.2, "more": {"x": [1]}},
    {"name": None, "rank": None, "score": 1e-17},
    {"name": "whole", "rank": 3, "score": 4},
]


@pytest.mark.parametrize("rows", [ROWS, ROWS[1:2], []])
def test_rows_become_the_table_that_pyarrow_makes_of_them(rows: list[dict[str, object]]) -> None:
    assert table_of(rows, SCHEMA).equals(pa.Table.from_pylist(rows, SCHEMA))
    assert table_of(rows, SCHEMA).schema == SCHEMA


@pytest.mark.parametrize(
    "values",
    [np.arange(6.0)[::2], np.array([7, -1]), np.array([3], np.int32), np.array([np.nan, 1.0])],
)
def test_numbers_become_the_column_that_pyarrow_makes_of_them(values: np.ndarray) -> None:
    assert str(numbers(values)) == str(pa.array(values))
    assert numbers(values).type == pa.array(values).type


@pytest.mark.parametrize("values", [["", "b\u00e4d", "", "title"], ["1/25"], []])
def test_texts_become_the_column_that_pyarrow_makes_of_them(values: list[str]) -> None:
    assert texts(np.array(values, np.str_)).equals(pa.array(values, pa.string()))


def test_tables_are_written_without_loading_pandas() -> None:
    pytest.importorskip("pandas")
    code = """
import sys, io, numpy as np, pyarrow as pa, pyarrow.parquet
from framepick.outputs.columns import numbers, table_of, texts
table = pa.table({"a": numbers(np.arange(3.0)), "b": texts(np.array(["x", "", "x"]))})
pyarrow.parquet.write_table(table, io.BytesIO())
table = table_of([{"a": "x"}], pa.schema([("a", pa.string())]))
with pyarrow.parquet.ParquetWriter(io.BytesIO(), table.schema) as writer:
    writer.write_table(table)
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
