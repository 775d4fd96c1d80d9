"""candidates.csv: the picks, the best frame of each other scene, and alternates of each pick."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from framepick.files import whole_file
from framepick.outputs.stills.notes import rating_of
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

    Of an alternate, pick is the rank of the pick that it could stand for, and place its order.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with whole_file(path) as new, new.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows(_pick_rows(result, clock))
        writer.writerows(described_candidates(result.candidates, clock))


def described_candidates(
    candidates: Sequence[Candidate], clock: Timecodes
) -> Iterator[dict[str, Any]]:
    """Describe candidates as they stand in candidates.csv."""
    for one in candidates:
        is_alternate = one.of_rank is not None
        yield {
            "kind": "alternate" if is_alternate else "scene",
            "pick": one.of_rank if is_alternate else "",
            "place": one.place,
            "scene": one.scene,
            **_facts(one.moment.time_seconds, one.moment.frame_index, clock),
            "score": round(one.score, 3),
            "percentile_in_video": round(one.percentile_in_video, 2),
            "rating": rating_of(one.percentile),
        }


def _pick_rows(result: VideoResult, clock: Timecodes) -> Iterator[dict[str, Any]]:
    for pick in result.picks:
        yield {
            "kind": "pick",
            "pick": pick.rank,
            "place": "",
            "scene": "" if pick.scene is None else pick.scene,
            **_facts(pick.moment.time_seconds, pick.moment.frame_index, clock),
            "score": round(pick.score, 3),
            "percentile_in_video": round(pick.percentile_in_video, 2),
            "rating": rating_of(pick.percentile),
        }


def _facts(time_seconds: float, frame_index: int, clock: Timecodes) -> dict[str, Any]:
    return {
        "timecode": clock.text_at(time_seconds),
        "time_seconds": time_seconds,
        "frame_index": frame_index,
    }
