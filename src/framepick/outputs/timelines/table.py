"""Markers as CSV, for spreadsheets and for programs with an import of their own."""

from __future__ import annotations

import csv
import io

from framepick.outputs.timelines.media import one_line
from framepick.outputs.timelines.sequence import Mark, Sequence

_COLUMNS = (
    "rank",
    "timecode",
    "frame",
    "time_seconds",
    "rate",
    "is_nominal_rate",
    "score",
    "percentile_in_video",
    "rating",
    "note",
    "still",
    "source",
)
# a spreadsheet runs a cell that begins like this as a formula
_FORMULA_STARTS = ("=", "+", "-", "@")


def marker_table(sequence: Sequence) -> str:
    """One row per mark, in order of time; what looks like a formula gets ./ or ' before it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows(_row(sequence, mark) for mark in sequence.marks)
    return text.getvalue()


def _row(sequence: Sequence, mark: Mark) -> tuple[object, ...]:
    rate = sequence.media.clock.rate
    return (
        mark.row.get("rank", ""),
        mark.timecode,
        mark.frame,
        mark.row["time_seconds"],
        f"{rate.numerator}/{rate.denominator}",
        str(sequence.media.clock.is_nominal).lower(),
        mark.row["score"],
        mark.row.get("percentile_in_video"),
        mark.row.get("rating"),
        _harmless(mark.note, "'"),
        _harmless(one_line(str(mark.row.get("still", ""))), "./"),
        _harmless(sequence.media.name, "./"),
    )


def _harmless(text: str, guard: str) -> str:
    return guard + text if text.startswith(_FORMULA_STARTS) else text
