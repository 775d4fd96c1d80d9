"""Scores of frames and photos as tables, Parquet or CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from framepick.errors import UsageError
from framepick.files import whole_file
from framepick.measures import vetoes
from framepick.outputs.columns import numbers, texts
from framepick.results import Judgement
from framepick.types import Samples, ScoreCurve

TABLE_SUFFIXES = (".csv", ".parquet")
# a spreadsheet runs a cell that begins like this as a formula
_FORMULA_STARTS = ("=", "+", "-", "@")
_PHOTO_COLUMNS = ("path", "score", "error")
_DECIMALS = {"raw": 3, "smoothed": 3, "variance": 6}
"""Decimals in CSV tables, which people read; Parquet keeps all."""


def check_table_name(path: Path) -> None:
    """Make sure that a table can be written under this name.

    Raises
    ------
    UsageError
        The name ends in neither .csv nor .parquet.
    """
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise UsageError(f"{path}: scores are written as .csv or .parquet; end the name in one")


def score_table(
    samples: Samples, curve: ScoreCurve, judgements: Mapping[int, Judgement] | None = None
) -> pa.Table:
    """One row per frame, with the points that a taste moved it by, if there is one.

    With `judgements`, by frame index, it has their stars and verdicts as well.
    """
    # one rounding, as in Moment.pts_seconds
    times = samples.pts * samples.time_base.numerator / samples.time_base.denominator
    base = f"{samples.time_base.numerator}/{samples.time_base.denominator}"
    return pa.table(
        {
            "pts": numbers(samples.pts),
            "time_base": texts(np.full(len(samples), base)),
            "pts_seconds": numbers(times),
            "time_seconds": numbers(samples.times_seconds),
            "frame_index": numbers(samples.frame_index),
            "raw": numbers(curve.raw),
            "smoothed": numbers(curve.smoothed),
            "variance": numbers(curve.variance),
            "shot": numbers(curve.shot),
            "veto": texts(vetoes(samples.measures)),
            **({} if samples.moved is None else {"taste": numbers(samples.moved)}),
            **(_judged_columns(samples, judgements) if judgements else {}),
        }
    )


def _judged_columns(samples: Samples, judgements: Mapping[int, Judgement]) -> dict[str, pa.Array]:
    nothing = Judgement()
    rows = [judgements.get(frame, nothing) for frame in samples.frame_index.tolist()]
    return {
        "stars": numbers(np.array([one.stars or 0 for one in rows], np.int8)),
        "verdict": texts(np.array([one.verdict or "" for one in rows])),
    }


def write_scores(
    samples: Samples,
    curve: ScoreCurve,
    path: Path,
    judgements: Mapping[int, Judgement] | None = None,
) -> None:
    """Write the scores of all frames to `path`, in the format that its ending names.

    Raises
    ------
    UsageError, OutputError
        The ending names no format; the table cannot be written.
    """
    check_table_name(path)
    is_csv = path.suffix.lower() == ".csv"
    shown = _rounded(samples, curve) if is_csv else (samples, curve)
    table = score_table(*shown, judgements)
    with whole_file(path) as partial:
        if is_csv:
            pyarrow.csv.write_csv(table, partial)
        else:
            pyarrow.parquet.write_table(table, partial)


def _rounded(samples: Samples, curve: ScoreCurve) -> tuple[Samples, ScoreCurve]:
    columns = {name: np.round(getattr(curve, name), count) for name, count in _DECIMALS.items()}
    moved = None if samples.moved is None else np.round(samples.moved, _DECIMALS["raw"])
    return replace(samples, moved=moved), replace(curve, **columns)


def write_photo_scores(rows: Iterable[tuple[str, float | None, str | None]], path: Path) -> None:
    """Write a CSV table of path, score and error; ./ leads what looks like a formula.

    Raises
    ------
    OutputError
        The table cannot be written.
    """
    with (
        whole_file(path) as partial,
        partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(_PHOTO_COLUMNS)
        for name, score, error in rows:
            shown = "" if score is None else f"{score:.3f}"
            writer.writerow((harmless(name), shown, harmless(error or "")))


def photos_of(path: Path) -> set[str] | None:
    """Give the scored photos of a table of `write_photo_scores`; None where there is none."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file)
            if tuple(next(rows, ())) != _PHOTO_COLUMNS:
                return None
            return {row[0] for row in rows if any(row[1:2])}
    except (OSError, UnicodeDecodeError, csv.Error):
        return None


def photo_names(names: Iterable[str]) -> set[str]:
    """Give paths as they stand in a table of `write_photo_scores`."""
    return {harmless(name) for name in names}


def harmless(text: str) -> str:
    """Give text as a spreadsheet takes it for text: ./ leads what looks like a formula."""
    return f"./{text}" if text.startswith(_FORMULA_STARTS) else text
