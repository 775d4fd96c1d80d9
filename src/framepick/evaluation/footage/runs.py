"""Whole runs: what `framepick pick` would keep of each clip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framepick.aesthetic import AestheticModel
from framepick.cache import Cache
from framepick.config import PickConfig, VideoConfig
from framepick.evaluation.footage.clips import RatedClip
from framepick.evaluation.footage.figures import COUNT
from framepick.session import open_session

CONFIG = VideoConfig(PickConfig(count=COUNT))
"""As a user's run that sets nothing but the number of frames."""


@dataclass(frozen=True, slots=True)
class PickedFrame:
    """A pick, and the rating that it takes from the nearest rated frame."""

    clip: str
    rank: int
    frame_index: int
    time_seconds: float
    score: float
    rating: float


def picked_frames(
    clip: RatedClip, video: Path, model: AestheticModel, cache: Cache | None
) -> tuple[PickedFrame, ...]:
    """Explore the clip and select frames from it, with refining; nothing is written.

    Raises
    ------
    SourceError, OutputError
        The clip cannot be read; there is no space for working data.
    """
    with open_session(video, model, cache=cache) as session:
        session.explore(CONFIG)
        picks = session.select(CONFIG).picks
    indices = np.array([pick.moment.frame_index for pick in picks], np.int64)
    ratings = clip.ratings[clip.nearest_rows(indices)] if picks else ()
    return tuple(
        PickedFrame(
            clip.name,
            pick.rank,
            pick.moment.frame_index,
            pick.moment.time_seconds,
            pick.score,
            float(rating),
        )
        for pick, rating in zip(picks, ratings, strict=True)
    )
