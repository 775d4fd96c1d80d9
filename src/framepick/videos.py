"""One video from start to end: picked from, picked from again, or scored only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from framepick.aesthetic import AestheticModel
from framepick.cache import Cache
from framepick.config import VideoConfig
from framepick.held import EarlierPick
from framepick.parts import Scored
from framepick.protocols import Progress, no_progress
from framepick.provisional import PicksFound, no_picks
from framepick.results import VideoResult
from framepick.session import clock_since, ignore_result, open_session
from framepick.types import Samples, ScoreCurve
from framepick.urls import MediaFile

if TYPE_CHECKING:
    from framepick.outputs.folder import Written


def pick_video(
    path: Path,
    folder: Path,
    model: AestheticModel,
    config: VideoConfig,
    progress: Progress = no_progress,
    found: PicksFound = no_picks,
    cache: Cache | None = None,
    start: float | None = None,
    threads: int | None = None,
    name: MediaFile | None = None,
    scored: Scored | None = None,
) -> tuple[VideoResult, Written]:
    """Pick the best frames of a video and write them to `folder`.

    Gives the result, and which files were written. Frames that are `scored` already are not
    processed again.

    With a `cache`, what an earlier session found of the video is not processed again. A budget
    counts from `start`, in seconds of `time.monotonic`; without one it starts now. `threads` is
    the number of decoder threads; None for as many as keep the cores busy. The result says that it
    is of `name`, where that is not `path`.

    Raises
    ------
    SourceError, OutputError
        The video cannot be read; the result cannot be written.
    """
    clock = clock_since(start)
    with open_session(
        path, model, progress, cache, config.hwaccel, clock, config.stream, threads, name
    ) as session:
        from framepick.outputs.stills.saving import check_size

        info = session.source.info
        check_size(str(path), info.width, info.height, config.output.image)
        session.explore(config, found, scored)
        return session.write(folder, config)


def pick_again(
    path: Path,
    folder: Path,
    model: AestheticModel,
    config: VideoConfig,
    kept: Sequence[EarlierPick] = (),
    selected: Callable[[VideoResult], None] = ignore_result,
    progress: Progress = no_progress,
    cache: Cache | None = None,
    threads: int | None = None,
) -> tuple[VideoResult, Written]:
    """Pick frames from what the cache has of a video and write them to `folder`, as `pick_video`.

    Picks that are `kept` stay; `selected` is called before anything is written.
    """
    with open_session(
        path, model, progress, cache, config.hwaccel, None, config.stream, threads
    ) as session:
        session.recall(config, kept)
        return session.write(folder, config, selected)


def score_video(
    path: Path,
    model: AestheticModel,
    config: VideoConfig,
    progress: Progress = no_progress,
    cache: Cache | None = None,
    threads: int | None = None,
) -> tuple[Samples, ScoreCurve]:
    """Score the frames of a video that its plan asks for, without writing anything."""
    with open_session(
        path, model, progress, cache, config.hwaccel, stream=config.stream, threads=threads
    ) as session:
        session.explore(config)
        return session.samples, session.curve
