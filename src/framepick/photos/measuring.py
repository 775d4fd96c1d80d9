"""Measures photos: each is read once, made small in every way that is needed, and let go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from framepick.aesthetic import AestheticModel
from framepick.cache import MeasuredPhoto, PhotoCache
from framepick.collection import LUMA_GRID, THUMBNAIL_SIDES, PhotoFacts, PhotoFailure
from framepick.detail import structure
from framepick.encoding.batches import in_groups
from framepick.encoding.machine import cores
from framepick.errors import FramepickError
from framepick.measures import as_rows, looks, measure, vetoes
from framepick.outputs.thumbnails import thumbnail_of
from framepick.recording import as_kept
from framepick.sources.capture import Capture
from framepick.sources.photos import read_photo, view_of
from framepick.types import SMALL_SIDE, Embeddings, Pixels, ViewSpec


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredFile:
    """A photo, and what was measured of it."""

    path: Path
    content: str
    """Fingerprint of the file."""
    facts: PhotoFacts


class PhotoMeter:
    """Measures photos with `model`, as far as they are not in `cache`, with `threads` threads."""

    def __init__(
        self, model: AestheticModel, cache: PhotoCache, threads: int | None = None
    ) -> None:
        self._model = model
        self._cache = cache
        self._threads = threads or cores()

    def measure(self, paths: Iterable[Path]) -> Iterator[MeasuredFile | PhotoFailure]:
        """Give what is measured of each photo, in order, or why it cannot be read."""
        pool = ThreadPoolExecutor(self._threads)
        try:
            for group in in_groups(paths, self._model.encoder.batch_size):
                yield from self._measure_group(group, pool)
        finally:  # an interrupt does not wait for photos that nobody has begun to read
            pool.shutdown(cancel_futures=True)

    def _measure_group(
        self, paths: Sequence[Path], pool: Executor
    ) -> Iterator[MeasuredFile | PhotoFailure]:
        found = {path: self._known(path) for path in paths}
        contents = {path: one for path, one in found.items() if isinstance(one, str)}
        new = self._measure_new(contents, pool)
        for path in paths:
            one = found[path]
            yield new[path] if isinstance(one, str) else one

    def _known(self, path: Path) -> MeasuredFile | PhotoFailure | str:
        """Give what is known of a photo; if nothing is, its fingerprint."""
        try:
            content = self._cache.fingerprint_of(path)
        except FramepickError as error:
            return PhotoFailure(path, str(error))
        facts = self._cache.facts(content)
        return content if facts is None else MeasuredFile(path, content, facts)

    def _measure_new(
        self, contents: Mapping[Path, str], pool: Executor
    ) -> dict[Path, MeasuredFile | PhotoFailure]:
        """Measure the photos that `contents` has the fingerprints of, and keep them."""
        read = partial(_prepared, spec=self._model.encoder.view_spec)
        prepared = dict(zip(contents, pool.map(read, contents), strict=True))
        good = {path: one for path, one in prepared.items() if isinstance(one, _Prepared)}
        measured = dict(zip(good, self._facts(list(good.values())), strict=True))
        self._cache.keep(
            {contents[path]: MeasuredPhoto(measured[path], good[path].thumbnails) for path in good}
        )
        return {
            path: PhotoFailure(path, one)
            if isinstance(one, str)
            else MeasuredFile(path, contents[path], measured[path])
            for path, one in prepared.items()
        }

    def _facts(self, photos: Sequence[_Prepared]) -> list[PhotoFacts]:
        if not photos:
            return []
        embeddings = self._encoded([one.view for one in photos])
        scores = self._model.scorer.score(embeddings)
        moments = self._model.scorer.moments(embeddings)
        measures = as_rows([measure(one.view, None, is_damaged=False)[0] for one in photos])
        codes, found_looks = vetoes(measures), looks(measures)
        finder = self._model.face_finder
        return [
            PhotoFacts(
                size=one.size,
                capture=one.capture,
                score=float(scores[row]),
                moment=float(moments[row]),
                luma=float(measures["luma_mean"][row]),
                veto=str(codes[row]),
                content=embeddings.content[row],
                look=found_looks[row],
                luma_grid=one.luma_grid,
                structure=one.structure,
                faces=finder.faces_of(one.small) if finder else (),
            )
            for row, one in enumerate(photos)
        ]

    def _encoded(self, views: list[Pixels]) -> Embeddings:
        return as_kept(self._model.encode_views(np.stack(views)))


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """What is left of a photo once its full size is let go."""

    view: Pixels
    small: Pixels
    """(h, w, 3), `SMALL_SIDE` pixels long at most."""
    size: tuple[int, int]
    structure: NDArray[np.float32]
    luma_grid: NDArray[np.uint8]
    capture: Capture
    thumbnails: tuple[bytes, ...]


def _prepared(path: Path, spec: ViewSpec) -> _Prepared | str:
    """Read a photo and make it small, or give why it cannot be read."""
    try:
        photo = read_photo(path)
        view = view_of(photo.pixels, path, spec)
    except FramepickError as error:
        return str(error)
    small = _small(photo.pixels)
    height, width = photo.pixels.shape[:2]
    found = structure(_luma(photo.pixels))
    thumbnails = tuple(thumbnail_of(small, side) for side in THUMBNAIL_SIDES)
    grid = _luma_grid(small)
    return _Prepared(view, small, (width, height), found, grid, photo.capture, thumbnails)


def _luma(pixels: Pixels) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).convert("L"))


def _luma_grid(pixels: Pixels) -> NDArray[np.uint8]:
    grid = Image.fromarray(_luma(pixels)).resize((LUMA_GRID, LUMA_GRID), Image.Resampling.BOX)
    return np.asarray(grid)


def _small(pixels: Pixels) -> Pixels:
    """Give a photo `SMALL_SIDE` pixels long at most."""
    height, width = pixels.shape[:2]
    factor = SMALL_SIDE / max(height, width)
    if factor >= 1:
        return pixels
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    method = Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(pixels).resize(size, method, reducing_gap=2.0))
