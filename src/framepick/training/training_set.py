"""The training set of a fit: features of rated pictures, photos and their distorted copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from framepick.distortions import PICTURE_SIDE
from framepick.encoding.hardware import Runtime, choose_runtime
from framepick.errors import SourceError, UsageError
from framepick.evaluation.footage.frames import read_frames
from framepick.evaluation.scores import readable
from framepick.extras import is_installed
from framepick.model.networks import Network
from framepick.protocols import Progress
from framepick.ratings import RatedSet, theme_folds
from framepick.sources.photo_files import find_photos
from framepick.training.clip_frames import training_clips
from framepick.training.config import RatingsConfig, TrainConfig
from framepick.training.datasets import Note, read_usable
from framepick.training.feature_cache import (
    DistortedCopies,
    Extract,
    FeatureCache,
    Features,
)
from framepick.training.fit_config import FitConfig
from framepick.training.moments import FOLDS, TINY, RatedFootage
from framepick.training.pictures import Loaded, load_pictures, photo_items, small_items
from framepick.types import Floats, ViewSpec

SMALL_SIDES = (64, 80, 101, 127, 160)
"""Short sides of small copies, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class MoreRated:
    """Rated pictures of a further set, of another scale and weight."""

    features: Features
    scores: Floats
    """(N,), of the mean and spread of the first set's scores."""
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """Ratings and features that a head is fitted on."""

    rated: RatedSet
    """Rows of the split; only those that are free may be fitted on."""
    features: Features
    """Features of the rated pictures, in their order."""
    mirrored: Features
    rated_copies: DistortedCopies
    """Distorted copies of the free rated pictures."""
    photos: Features
    photo_copies: DistortedCopies
    held_out: tuple[Path, ...]
    """Photos of held-out categories, for evaluation."""
    more_rated: tuple[MoreRated, ...] = ()
    shrunken: tuple[Features, ...] = ()
    """Features of small copies of photos and free rated pictures, those of one size together."""
    footage: RatedFootage | None = None


def load_training_set(
    config: TrainConfig, fit: FitConfig, network: Network, progress: Progress, note: Note
) -> TrainingSet:
    """Read pictures and extract their features, or take them from the cache.

    `note` is called with what is skipped. Raises UsageError or SourceError for unusable data.
    """
    runtime = choose_runtime(config.device)
    source, side = config.data.ratings[0], config.network.view
    fast = _fast_features(network, runtime, side)
    feature_cache = FeatureCache(network, runtime, config.cache_folder, side, fast)

    def load(paths: Sequence[Path], size: int, of: str) -> Loaded:
        loaded = load_pictures(photo_items(paths, size), size, runtime.device, progress)
        if loaded.reasons and size == side:  # each is read in two sizes
            note(f"{of}: passed over: {len(loaded.reasons)}, the first: {loaded.reasons[0]}")
        if not len(loaded.pictures):
            raise SourceError(f"{of}: nothing in it can be read; correct the path")
        return loaded

    rated = read_usable(source, note)
    plain = load(rated.paths, side, str(source.path))
    rated = rated.select(plain.kept)
    free = np.flatnonzero(rated.is_free)
    squares = load([rated.paths[row] for row in free], PICTURE_SIDE, str(source.path))
    copies = feature_cache.distorted(squares.pictures, fit.copied_share, config.seed, progress)
    training, held_out = _split_photos(config, fit)
    more_rated = [
        _more_rated(one, rated, frozenset(held_out), load, side, feature_cache, note)
        for one in config.data.ratings[1:]
    ]
    photos = load(training, side, "data.photos")
    photo_squares = load(training, PICTURE_SIDE, "data.photos")
    _check_size(config, len(free) + len(photos.pictures))
    small = [*(rated.paths[row] for row in free), *training] if fit.shrunken_calm else []
    return TrainingSet(
        rated=rated,
        features=feature_cache.features(plain.pictures),
        mirrored=feature_cache.features(plain.pictures, is_mirrored=True),
        rated_copies=replace(copies, picture=free[squares.kept][copies.picture]),
        more_rated=tuple(more_rated),
        footage=_footage(config, feature_cache, note),
        photos=feature_cache.features(photos.pictures),
        photo_copies=feature_cache.distorted(
            photo_squares.pictures, fit.copied_share, config.seed, progress
        ),
        shrunken=_shrunken(small, side, runtime, feature_cache, progress),
        held_out=tuple(held_out[row] for row in readable(held_out, note)),
    )


def _shrunken(
    paths: Sequence[Path],
    side: int,
    runtime: Runtime,
    feature_cache: FeatureCache,
    progress: Progress,
) -> tuple[Features, ...]:
    """Describe a small copy of each photo; every size is given to as many photos."""
    count = len(SMALL_SIDES)
    groups = [small_items(paths[at::count], small, side) for at, small in enumerate(SMALL_SIDES)]
    loaded = [load_pictures(some, side, runtime.device, progress) for some in groups]
    return tuple(feature_cache.features(one.pictures) for one in loaded if len(one.pictures) > 1)


def _fast_features(network: Network, runtime: Runtime, side: int) -> Extract | None:
    """Return what computes features faster than torch does, None where there is nothing."""
    if runtime.device.type != "cpu" or not is_installed("openvino"):
        return None
    from framepick.training.openvino_features import openvino_features

    return openvino_features(network, side)


def _more_rated(
    source: RatingsConfig,
    first: RatedSet,
    held_out: frozenset[Path],
    load: Callable[[Sequence[Path], int, str], Loaded],
    side: int,
    feature_cache: FeatureCache,
    note: Note,
) -> MoreRated:
    """Describe a further rated set, without the photos that are held out.

    Sets are rated by different people on different scales, so scores take the first set's mean and
    spread.
    """
    rated = read_usable(source, note)
    rated = rated.select(
        np.array([row for row, path in enumerate(rated.paths) if path not in held_out], np.int64)
    )
    rated = rated.select(np.flatnonzero(rated.is_free))
    loaded = load(rated.paths, side, str(source.path))
    score = rated.score[loaded.kept]
    standard = (score - score.mean()) / max(float(score.std()), TINY)
    return MoreRated(
        feature_cache.features(loaded.pictures),
        standard * first.score.std() + first.score.mean(),
        source.weight,
    )


def _footage(config: TrainConfig, feature_cache: FeatureCache, note: Note) -> RatedFootage | None:
    """Describe the rated frames of clips that may be trained on."""
    source = config.data.footage
    if source is None:
        return None
    clips = training_clips(source.path)
    if len(clips) < FOLDS:
        raise UsageError(f"{source.path}: has fewer than {FOLDS} clips of use train; add some")
    note(f"rated frames of {len(clips)} clips")
    spec = ViewSpec(config.network.view)
    parts = [
        feature_cache.of_views(read_frames(clip, spec, config.cache_folder).views) for clip in clips
    ]
    return RatedFootage(clips, np.concatenate([part.statistics for part in parts]))


def _split_photos(config: TrainConfig, fit: FitConfig) -> tuple[list[Path], list[Path]]:
    """Split photos into those to fit on and those to evaluate on; no category is in both."""
    paths = find_photos([folder.path for folder in config.data.photos])
    if not paths:
        raise UsageError(f"{config.data.photos[0].path}: holds no photos; name another folder")
    themes = np.array([item.theme for item in photo_items(paths, config.network.view)], np.str_)
    try:
        out = theme_folds(themes, fit.held_out_folds, config.seed) == 0
    except ValueError as error:
        raise UsageError(
            f"data.photos: {error}; sort photos into a folder for each kind of subject, or lower "
            "fit.held_out_folds"
        ) from error
    return [paths[row] for row in np.flatnonzero(~out)], [paths[row] for row in np.flatnonzero(out)]


def _check_size(config: TrainConfig, pictures: int) -> None:
    """Raise UsageError where there are fewer pictures than principal components asked for."""
    columns = max(config.network.aesthetic, config.network.content)
    if pictures < columns:
        reason = f"network.aesthetic and content ask for {columns} pictures, there are {pictures}"
        raise UsageError(f"{reason}; lower them or add pictures")
