"""Which pictures a viewer will look at next."""

from __future__ import annotations

from collections.abc import Iterator

from framepick.app.film.pictures import Wish
from framepick.results import VideoResult

SMALL_SIDE = 240
"""Longer side in pixels of frames beside the one that is looked at."""
TRAY_SIDE = 480
"""Longer side of picks in the tray."""
LARGE_SIDE = 1600
"""Longer side of the picture that is looked at."""
BESIDE = 10
"""Frames to each side of a pick that are shown with it."""


def frames_ahead(result: VideoResult) -> Iterator[Wish]:
    """Give the pictures of a choice in the order in which they are wanted."""
    picks = [pick.moment.frame_index for pick in result.picks]
    seconds = [pick.runner_up.moment.frame_index for pick in result.picks if pick.runner_up]
    others = [one.moment.frame_index for one in result.candidates if one.kind != "pick"]
    for frame_index in picks:
        yield frame_index, TRAY_SIDE
    for frame_index in picks:
        yield frame_index, LARGE_SIDE
    for frame_index in (*seconds, *others[:60]):
        yield frame_index, TRAY_SIDE
    for pick in result.picks:
        for frame_index in beside(result, pick.row):
            yield frame_index, SMALL_SIDE


def beside(result: VideoResult, row: int, count: int = BESIDE) -> list[int]:
    """Give the frames around a row, in order of time, as far as they were searched."""
    first, last = max(0, row - count), row + count + 1
    return [int(index) for index in result.samples.frame_index[first:last]]
