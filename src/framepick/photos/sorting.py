"""Photos from files to a collection in order, and which of them are the best."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from framepick.aesthetic import AestheticModel
from framepick.cache import Cache, PhotoCache
from framepick.collection import PhotoCollection, PhotoFailure, RankedPhoto
from framepick.photos.arranging import arranged
from framepick.photos.measuring import MeasuredFile, PhotoMeter
from framepick.protocols import Progress, no_progress
from framepick.taste.taste import Taste

Found = MeasuredFile | PhotoFailure
"""What is known of a photo, or why it cannot be read."""
_MOST_TEMPORARY_BYTES = 1 << 34


def measured(
    paths: Sequence[Path],
    model: AestheticModel,
    cache: PhotoCache,
    threads: int | None = None,
    progress: Progress = no_progress,
) -> Iterator[Found]:
    """Measure photos, as far as they are not in `cache`; `progress` is told of each."""
    for done, one in enumerate(PhotoMeter(model, cache, threads).measure(paths), 1):
        yield one
        progress(done, len(paths))


def collected(
    found: Iterable[Found], model: AestheticModel, taste: Taste | None
) -> PhotoCollection:
    """Put measured photos in order; with a `taste`, by that."""
    photos: list[MeasuredFile] = []
    failures: list[PhotoFailure] = []
    for one in found:
        if isinstance(one, PhotoFailure):
            failures.append(one)
        else:
            photos.append(one)
    calibration = model.scorer.calibration
    return arranged(photos, failures, model.encoder.encoder_id, calibration, taste)


def best_photos(collection: PhotoCollection, min_stars: int = 1) -> list[RankedPhoto]:
    """Give the best of each group, where it has so many stars and no veto."""
    return [
        photo
        for photo in collection.photos
        if photo.is_best and not photo.facts.veto and photo.rating >= min_stars
    ]


@contextmanager
def photo_cache(store: Cache | None, encoder_id: str) -> Iterator[PhotoCache]:
    """Open what is kept of photos; where nothing can be kept, for this run only."""
    kept = store.open_photos(encoder_id) if store else PhotoCache.off()
    if kept.is_on:
        with kept:
            yield kept
        return
    with (
        TemporaryDirectory(prefix="framepick-", ignore_cleanup_errors=True) as folder,
        PhotoCache.open(Path(folder, "photos"), _MOST_TEMPORARY_BYTES) as working,
    ):
        yield working
