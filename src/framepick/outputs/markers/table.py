"""Markers as CSV, for spreadsheets and for programs with an import of their own."""

from __future__ import annotations

import csv
import io

from framepick.outputs.markers.timeline import Mark, MarkedClip, one_line

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


def marker_table(clip: MarkedClip) -> str:
    """One row per mark, in order of time; what looks like a formula gets ./ or ' before it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows(_row(clip, mark) for mark in clip.marks)
    return text.getvalue()


def _row(clip: MarkedClip, mark: Mark) -> tuple[object, ...]:
    rate = clip.clock.rate
    return (
        mark.row["rank"],
        mark.timecode,
        mark.frame,
        mark.row["time_seconds"],
        f"{rate.numerator}/{rate.denominator}",
        str(clip.clock.is_nominal).lower(),
        mark.row["score"],
        mark.row.get("percentile_in_video"),
        mark.row.get("rating"),
        _harmless(mark.note, "'"),
        _harmless(one_line(str(mark.row.get("still", ""))), "./"),
        _harmless(clip.name, "./"),
    )


def _harmless(text: str, guard: str) -> str:
    return guard + text if text.startswith(_FORMULA_STARTS) else text
