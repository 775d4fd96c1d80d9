"""What a head is fitted on: rated pictures, photos and their faulty copies, described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from framepick.distortions import PICTURE_SIDE
from framepick.encoding.hardware import choose_runtime
from framepick.errors import SourceError, UsageError
from framepick.evaluation.scores import readable
from framepick.model.networks import Network
from framepick.ratings import RatedSet, read_ratings, theme_folds
from framepick.sources.photos import find_photos
from framepick.training.config import RatingsConfig, TrainConfig
from framepick.training.datasets import Note
from framepick.training.feature_cache import Copies, Observer, Seen
from framepick.training.fit_config import FitConfig
from framepick.training.pictures import Loaded, Tell, load_pictures, photo_items


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All that is fitted on, described by the frozen network."""

    rated: RatedSet
    """Rows that may be looked at; those that are free may be fitted on."""
    seen: Seen
    """Of the rated pictures, in order."""
    mirrored: Seen
    rated_copies: Copies
    """Of the rated pictures that are free."""
    photos: Seen
    photo_copies: Copies
    held_out: tuple[Path, ...]
    """Photos of categories that nothing was fitted on."""


def gather(
    config: TrainConfig, fit: FitConfig, network: Network, tell: Tell, note: Note
) -> Material:
    """Read pictures and describe them; what was described before is taken from the cache.

    `note` gets what is passed over. Raises UsageError or SourceError where data do not serve.
    """
    runtime = choose_runtime(config.device)
    source, side = config.data.ratings[0], config.network.view
    observer = Observer(network, runtime, config.cache_folder)

    def load(paths: Sequence[Path], size: int, of: str) -> Loaded:
        loaded = load_pictures(photo_items(paths, size), size, runtime.device, tell)
        if loaded.reasons and size == side:  # each is read in two sizes
            note(f"{of}: passed over: {len(loaded.reasons)}, the first: {loaded.reasons[0]}")
        if not len(loaded.pictures):
            raise SourceError(f"{of}: nothing in it can be read; correct the path")
        return loaded

    rated = _usable(source, note)
    plain = load(rated.paths, side, str(source.path))
    rated = rated.choose(plain.kept)
    free = np.flatnonzero(rated.is_free)
    squares = load([rated.paths[row] for row in free], PICTURE_SIDE, str(source.path))
    copies = observer.faulty(squares.pictures, fit.copied_share, config.seed, tell)
    training, held_out = _divided(config, fit)
    photos = load(training, side, "data.photos")
    photo_squares = load(training, PICTURE_SIDE, "data.photos")
    _check_size(config, len(free) + len(photos.pictures))
    return Material(
        rated=rated,
        seen=observer.plain(plain.pictures),
        mirrored=observer.plain(plain.pictures, is_mirrored=True),
        rated_copies=replace(copies, picture=free[squares.kept][copies.picture]),
        photos=observer.plain(photos.pictures),
        photo_copies=observer.faulty(photo_squares.pictures, fit.copied_share, config.seed, tell),
        held_out=tuple(held_out[row] for row in readable(held_out, note)),
    )


def _usable(source: RatingsConfig, note: Note) -> RatedSet:
    """Rows that may be looked at; UsageError where none of them may be fitted on."""
    rated = read_ratings(source.path)
    if rated.broken:
        first, count = rated.broken[0], len(rated.broken)
        note(f"{source.path}: rows passed over: {count}, line {first.line}: {first.reason}")
    if source.split:
        rated = rated.choose(np.isin(rated.split, ("", source.split)))
    if not source.only_free:
        rated = replace(rated, is_free=np.ones(len(rated), np.bool_))
    if not rated.is_free.any():
        raise UsageError(
            f"{source.path}: no row is of split {source.split!r} and free to ship; "
            "correct split or set only_free = false"
        )
    return rated


def _divided(config: TrainConfig, fit: FitConfig) -> tuple[list[Path], list[Path]]:
    """Photos to fit on and photos to measure on; no category is in both."""
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
    """Directions and contents are principal components, which need as many pictures."""
    columns = max(config.network.aesthetic, config.network.content)
    if pictures < columns:
        reason = f"network.aesthetic and content ask for {columns} pictures, there are {pictures}"
        raise UsageError(f"{reason}; lower them or add pictures")
