"""Views that show what ranges of numbers a network meets, to quantise its graph by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from framepick.errors import SourceError
from framepick.evaluation.scores import evenly_spaced
from framepick.protocols import Progress
from framepick.sources.photo_files import find_photos
from framepick.training.clip_frames import training_clips
from framepick.training.config import FolderConfig, RatingsConfig, TrainConfig
from framepick.training.datasets import read_usable
from framepick.training.pictures import (
    Item,
    find_videos,
    frame_items,
    load_pictures,
    photo_items,
)

MOST_VIEWS = 400


def calibration_views(config: TrainConfig, progress: Progress) -> NDArray[np.uint8]:
    """Return up to 400 views (N, S, S, 3) of the data that a run is trained on.

    These are rated pictures of the configured split and rated frames of clips where there are some,
    else photos, else frames of videos.

    Raises
    ------
    SourceError
        None of them can be read.
    UsageError
        No rated picture may be used.
    """
    items = _training_items(config)
    chosen = [items[row] for row in evenly_spaced(len(items), MOST_VIEWS)]
    loaded = load_pictures(chosen, config.network.view, torch.device("cpu"), progress)
    count = len(loaded.pictures)
    if not count:
        raise SourceError(
            f"{config.name}: no picture can be read to quantise the graph by; correct [data], or "
            'set graph_precision = "float32"'
        )
    return loaded.pictures.views(np.arange(count)).numpy()


def _training_items(config: TrainConfig) -> list[Item]:
    data, side = config.data, config.network.view
    rated = [path for source in data.ratings for path in _rated_paths(source)]
    rated += _frame_paths(data.footage)
    photos = rated or find_photos([folder.path for folder in data.photos])
    if photos:
        return photo_items(photos, side)
    videos = [video for folder in data.videos for video in find_videos(folder.path)]
    return frame_items(videos, data.frames_per_video, side)[0]


def _frame_paths(footage: FolderConfig | None) -> list[Path]:
    """List the pictures of rated frames that may be trained on."""
    clips = training_clips(footage.path) if footage else ()
    return [path for clip in clips for path in clip.images]


def _rated_paths(source: RatingsConfig) -> Sequence[Path]:
    usable = read_usable(source, lambda _: None)  # training has told what is skipped
    return usable.select(usable.is_free).paths
