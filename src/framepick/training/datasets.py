"""The training and held-out data of a run: rated sets and unlabelled pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from framepick.distortions import PICTURE_SIDE
from framepick.errors import SourceError, UsageError
from framepick.evaluation.scores import evenly_spaced
from framepick.protocols import Progress
from framepick.ratings import RatedSet, read_ratings, theme_folds
from framepick.sources.photo_files import find_photos
from framepick.training.clip_frames import (
    ClipFrames,
    FootageData,
    load_frames,
    origins,
    training_clips,
)
from framepick.training.config import RatingsConfig, TrainConfig
from framepick.training.pictures import (
    Item,
    Loaded,
    Pictures,
    find_videos,
    frame_items,
    load_pictures,
    photo_items,
)
from framepick.types import Floats, Rows

Note = Callable[[str], None]
MAX_HELD_OUT = 1000
"""Most rated pictures in the held-out set."""


@dataclass(frozen=True, slots=True, eq=False)
class RatedData:
    """One rated set; training pictures have the size of the views, or are larger to augment."""

    rated: RatedSet
    training: Pictures
    rows: Rows
    """Rows of `rated` in `training`, in its order."""
    held_out: Pictures
    """Held-out pictures, at the size of the views."""
    held_out_rows: Rows

    @property
    def scores(self) -> Floats:
        """Standardised scores of the training pictures."""
        values = self.rated.score[self.rows]
        return np.asarray((values - values.mean()) / max(values.std(), 1e-12), np.float64)

    @property
    def shares(self) -> Floats | None:
        """Vote shares of the training pictures, None where the set has no votes."""
        if self.rated.votes is None:
            return None
        votes = self.rated.votes[self.rows]
        return np.asarray(votes / votes.sum(axis=1, keepdims=True), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """All training and held-out data of a run."""

    rated: tuple[RatedData, ...]
    photos: Pictures | None
    """Photos to distort."""
    held_out_photos: Pictures | None
    unlabelled: Pictures | None
    """Photos and frames, for distillation."""
    footage: FootageData | None = None
    """Rated frames of clips."""

    def close(self) -> None:
        """Stop all prefetching."""
        for pictures in (self.photos, self.held_out_photos, self.unlabelled):
            if pictures is not None:
                pictures.close()
        for one in self.rated:
            one.training.close()
            one.held_out.close()
        if self.footage is not None:
            self.footage.close()


def load_data(config: TrainConfig, device: torch.device, progress: Progress, note: Note) -> Data:
    """Read all pictures that the losses of `config` ask for.

    Unreadable pictures are skipped; `note` is called with their number and the first reason.

    Raises
    ------
    SourceError
        Of some set, no picture can be read.
    UsageError
        A set has nothing to train on.
    """
    reader = _Reader(config, device, progress, note)
    losses = config.losses
    needs_ratings = losses.rank or losses.votes or losses.triplet
    rated = tuple(map(reader.rated, config.data.ratings)) if needs_ratings else ()
    photos = held_out = unlabelled = None
    if losses.pairs or losses.distil:
        photos, held_out = reader.photos()
    if losses.distil:
        unlabelled, frames = photos, reader.frames()
        if photos and frames:
            unlabelled = photos.concatenate(frames)
            photos = unlabelled.first(len(photos))
        elif frames:
            unlabelled = frames
    footage = reader.footage() if losses.moments else None
    return Data(rated, photos, held_out, unlabelled, footage)


class _Reader:
    def __init__(
        self, config: TrainConfig, device: torch.device, progress: Progress, note: Note
    ) -> None:
        if config.descent is None:
            raise ValueError("there is nothing to descend")
        self._config, self._descent = config, config.descent
        self._device, self._progress, self._note = device, progress, note

    def rated(self, source: RatingsConfig) -> RatedData:
        usable = read_usable(source, self._note)
        rated = usable.select(usable.is_free)
        out = self._held_out(rated.theme)
        view = self._config.network.view
        side = PICTURE_SIDE if self._descent.augment else view
        rows = np.flatnonzero(~out)
        training = self._load(photo_items(_paths(rated, rows), side), side, source.path)
        _need(training, source.path)
        held_rows = np.flatnonzero(out)
        some = held_rows[evenly_spaced(len(held_rows), MAX_HELD_OUT)]
        held = self._load(photo_items(_paths(rated, some), view), view, source.path)
        return RatedData(
            rated, training.pictures, rows[training.kept], held.pictures, some[held.kept]
        )

    def photos(self) -> tuple[Pictures | None, Pictures | None]:
        places = [folder.path for folder in self._config.data.photos]
        if not places:
            return None, None
        paths = find_photos(places)
        items = photo_items(paths, PICTURE_SIDE)
        if not items:
            raise UsageError(f"{places[0]}: holds no photos; name another folder")
        themes = np.array([item.theme for item in items], np.str_)
        if len(np.unique(themes)) < self._descent.held_out_folds:
            themes = np.array([str(path) for path in paths], np.str_)
        out = self._held_out(themes)
        chosen = [
            [item for item, is_out in zip(items, out, strict=True) if is_out == side]
            for side in (False, True)
        ]
        training, held_out = (self._load(some, PICTURE_SIDE, places[0]) for some in chosen)
        _need(training, places[0])
        return training.pictures, held_out.pictures if len(held_out.kept) else None

    def frames(self) -> Pictures | None:
        places = [folder.path for folder in self._config.data.videos]
        if not places:
            return None
        videos = [video for place in places for video in find_videos(place)]
        count = self._config.data.frames_per_video
        items, reasons = frame_items(videos, count, PICTURE_SIDE)
        self._pass_over(reasons, places[0])
        loaded = load_pictures(items, PICTURE_SIDE, self._device, self._progress)
        _need(replace(loaded, reasons=tuple(reasons)), places[0])
        return loaded.pictures

    def footage(self) -> FootageData | None:
        source = self._config.data.footage
        if source is None:
            return None
        clips, view = training_clips(source.path), self._config.network.view
        out = self._held_out(origins(clips))

        def load(items: Sequence[Item], side: int) -> Loaded:
            return load_pictures(items, side, self._device, self._progress)

        def frames(chosen: NDArray[np.bool_], side: int) -> ClipFrames:
            some = [clip for clip, is_in in zip(clips, chosen, strict=True) if is_in]
            return load_frames(some, side, self._config.cache_folder, load)

        training = frames(~out, PICTURE_SIDE if self._descent.augment else view)
        return FootageData(training, frames(out, view) if out.any() else None)

    def _load(self, items: Sequence[Item], side: int, source: Path) -> Loaded:
        loaded = load_pictures(items, side, self._device, self._progress)
        self._pass_over(loaded.reasons, source)
        return loaded

    def _pass_over(self, reasons: Sequence[str], source: Path) -> None:
        if reasons:
            self._note(f"{source}: passed over: {len(reasons)}, the first: {reasons[0]}")

    def _held_out(self, themes: NDArray[np.str_]) -> NDArray[np.bool_]:
        folds = min(self._descent.held_out_folds, len(np.unique(themes)))
        if folds < 2:
            return np.zeros(len(themes), np.bool_)
        return np.asarray(theme_folds(themes, folds, self._config.seed) == 0, np.bool_)


def _paths(rated: RatedSet, rows: Rows) -> list[Path]:
    return [rated.paths[row] for row in rows]


def _need(loaded: Loaded, source: Path) -> None:
    """Raise SourceError where no training picture could be read."""
    if not len(loaded.kept):
        first = f", the first: {loaded.reasons[0]}" if loaded.reasons else ""
        raise SourceError(f"{source}: nothing in it can be read{first}")


def read_usable(source: RatingsConfig, note: Note) -> RatedSet:
    """Read the rows of the split; `is_free` tells which of them may be trained on.

    `note` is called with what is skipped. Raises SourceError where the set cannot be read,
    UsageError where no row may be trained on.
    """
    rated = read_ratings(source.path, source.pictures)
    if rated.broken:
        first, count = rated.broken[0], len(rated.broken)
        note(f"{source.path}: rows passed over: {count}, line {first.line}: {first.reason}")
    if source.split:
        rated = rated.select(np.isin(rated.split, ("", source.split)))
    if not source.only_free:
        rated = replace(rated, is_free=np.ones(len(rated), np.bool_))
    if not rated.is_free.any():
        raise UsageError(
            f"{source.path}: no row is of split {source.split!r}"
            f"{' and free to ship' if source.only_free else ''}; "
            "correct split or set only_free = false"
        )
    return rated
