"""Scores of frames and photos as tables, Parquet or CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from framepick.errors import UsageError
from framepick.files import whole_file
from framepick.measures import vetoes
from framepick.types import Samples, ScoreCurve

TABLE_SUFFIXES = (".csv", ".parquet")
# a spreadsheet runs a cell that begins like this as a formula
_FORMULA_STARTS = ("=", "+", "-", "@")


def check_table_name(path: Path) -> None:
    """Make sure that a table can be written under this name.

    Raises
    ------
    UsageError
        The name ends in neither .csv nor .parquet.
    """
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise UsageError(f"{path}: scores are written as .csv or .parquet; end the name in one")


def score_table(samples: Samples, curve: ScoreCurve) -> pa.Table:
    """One row per frame."""
    # one rounding, as in Moment.pts_seconds
    times = samples.pts * samples.time_base.numerator / samples.time_base.denominator
    base = f"{samples.time_base.numerator}/{samples.time_base.denominator}"
    return pa.table(
        {
            "pts": samples.pts,
            "time_base": pa.array(np.full(len(samples), base), pa.string()),
            "pts_seconds": times,
            "time_seconds": samples.times_seconds,
            "frame_index": samples.frame_index,
            "raw": curve.raw,
            "smoothed": curve.smoothed,
            "variance": curve.variance,
            "shot": curve.shot,
            "veto": pa.array(vetoes(samples.measures), pa.string()),
        }
    )


def write_scores(samples: Samples, curve: ScoreCurve, path: Path) -> None:
    """Write the scores of all frames to `path`, as its ending says."""
    check_table_name(path)
    table = score_table(samples, curve)
    with whole_file(path) as partial:
        if path.suffix.lower() == ".csv":
            pyarrow.csv.write_csv(table, partial)
        else:
            pyarrow.parquet.write_table(table, partial)


def write_photo_scores(rows: Iterable[Sequence[object]], path: Path) -> None:
    """Write rows of path, score and error; what looks like a formula gets ./ before it."""
    with (
        whole_file(path) as partial,
        partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(("path", "score", "error"))
        for name, score, error in rows:
            writer.writerow((_harmless(name), score, _harmless(error)))


def _harmless(cell: object) -> object:
    text = str(cell)
    return f"./{text}" if text.startswith(_FORMULA_STARTS) else cell
