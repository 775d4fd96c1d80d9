"""candidates.csv: the picks, the best frame of each other scene, and alternates of each pick."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from framepick.files import whole_file
from framepick.outputs.stills.notes import stars_of
from framepick.results import Candidate, VideoResult
from framepick.timecode import Timecodes

CANDIDATES_NAME = "candidates.csv"
_COLUMNS = (
    "kind",
    "pick",
    "place",
    "scene",
    "timecode",
    "time_seconds",
    "frame_index",
    "score",
    "percentile_in_video",
    "rating",
)


def write_candidates(result: VideoResult, clock: Timecodes, path: Path) -> None:
    """Write the table of candidates: kind is pick, scene or alternate.

    Of an alternate, pick is the rank of the pick that it could stand for, and place the order.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with whole_file(path) as new, new.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows(described_candidates(result, clock))


def described_candidates(result: VideoResult, clock: Timecodes) -> Iterator[dict[str, Any]]:
    """Describe candidates as they stand in candidates.csv."""
    return (described_candidate(one, result, clock) for one in result.candidates)


def described_candidate(one: Candidate, result: VideoResult, clock: Timecodes) -> dict[str, Any]:
    """Describe a candidate of a result."""
    return {
        "kind": one.kind,
        "pick": one.of_rank or "",
        "place": one.place or "",
        "scene": one.scene,
        "timecode": clock.text_at(one.moment.time_seconds),
        "time_seconds": one.moment.time_seconds,
        "frame_index": one.moment.frame_index,
        "score": round(one.score, 3),
        "percentile_in_video": round(one.percentile_in_video, 2),
        "rating": stars_of(result, one),
    }
