"""Rated frames of clips to train on, and of clips that are held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framepick.errors import SourceError, UsageError
from framepick.evaluation.footage.clips import RatedClip, read_footage
from framepick.evaluation.footage.frames import read_frames
from framepick.training.moments import family
from framepick.training.pictures import Item, Loaded, Pictures, photo_items
from framepick.types import Floats, Rows, ViewSpec

Load = Callable[[Sequence[Item], int], Loaded]
"""Reads items as squares of a side in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipFrames:
    """The rated frames of clips, one clip after the other."""

    clips: tuple[RatedClip, ...]
    pictures: Pictures

    @property
    def ratings(self) -> Floats:
        """Ratings (N,) of the frames."""
        return np.concatenate([clip.ratings for clip in self.clips])

    @property
    def rows(self) -> list[Rows]:
        """Rows of the frames of each clip."""
        counts = [len(clip.ratings) for clip in self.clips]
        return np.split(np.arange(sum(counts)), np.cumsum(counts)[:-1])


@dataclass(frozen=True, slots=True, eq=False)
class FootageData:
    """Clips to train on, and clips of other origins that are held out; None where none are."""

    training: ClipFrames
    held_out: ClipFrames | None

    def close(self) -> None:
        """Stop all prefetching."""
        for part in (self.training, self.held_out):
            if part is not None:
                part.pictures.close()


def training_clips(folder: Path) -> tuple[RatedClip, ...]:
    """Read the clips that weights may be fitted on.

    Raises
    ------
    SourceError
        The tables cannot be read.
    UsageError
        No clip is of use train.
    """
    clips = tuple(clip for clip in read_footage(folder) if clip.is_for_training)
    if not clips:
        raise UsageError(f"{folder}: has no clips of use train; add some")
    return clips


def origins(clips: Sequence[RatedClip]) -> NDArray[np.str_]:
    """Return the origin of each clip; clips of one origin belong in one fold."""
    return np.array([family(clip) for clip in clips], np.str_)


def load_frames(clips: Sequence[RatedClip], side: int, cache: Path, load: Load) -> ClipFrames:
    """Read the rated frames of `clips` as squares of `side` pixels.

    Frames of videos are kept in the folder `cache`. Raises SourceError where one cannot be read:
    without it, its clip would be another.
    """
    items = [item for clip in clips for item in _items(clip, side, cache)]
    loaded = load(items, side)
    if loaded.reasons:
        raise SourceError(loaded.reasons[0])
    return ClipFrames(tuple(clips), loaded.pictures)


def _items(clip: RatedClip, side: int, cache: Path) -> list[Item]:
    if clip.video is None:
        return photo_items(clip.images, side)
    views = read_frames(clip, ViewSpec(side), cache).views
    names = (f"{clip.video}#{index}" for index in clip.frame_indices)
    return [
        Item(name, clip.name, partial(np.copy, view))
        for name, view in zip(names, views, strict=True)
    ]
