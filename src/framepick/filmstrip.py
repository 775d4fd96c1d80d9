"""Small pictures along the whole film, kept while it is searched.

The film is divided into even intervals, and each keeps the frame nearest to its start. When there
are too many intervals, every two become one. So frames may come in any order, memory is bounded,
and only a few frames are ever encoded.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image

from framepick.results import Filmstrip
from framepick.types import THUMBNAIL_SIDE, Floats, Pixels, VideoInfo

LONG_SIDE = 160
"""Pixels along the longer side of a picture."""
FIRST_STEP_SECONDS = 0.2
_MICROSECONDS = 1_000_000  # integers: a time at the start of an interval belongs to it
LIMIT = 400
"""Pictures kept at most."""
_QUALITY = 62
# a later frame replaces an earlier one only if it is this much nearer: frames that come backwards
# would else be encoded one and all
_NEARER = 0.5


class _Picture(NamedTuple):
    offset: int
    """Microseconds from the start of the interval."""
    time_seconds: float
    jpeg: bytes


class FilmstripRecorder:
    """Keeps small pictures of some of the views that are added.

    Raises
    ------
    ValueError
        `limit` is less than 2.
    """

    def __init__(self, info: VideoInfo, limit: int = LIMIT) -> None:
        if limit < 2:
            raise ValueError(f"a filmstrip needs room for at least 2 pictures, not {limit}")
        self._size = fitted(info.width, info.height, LONG_SIDE)
        self._limit = limit
        self._step = round(FIRST_STEP_SECONDS * _MICROSECONDS)
        self._kept: dict[int, _Picture] = {}

    def add(self, times_seconds: Floats | Iterable[float], views: Iterable[Pixels]) -> None:
        """Offer frames in any order: times (N,) in seconds and views (N, S, S, 3) uint8."""
        for time_seconds, view in zip(times_seconds, views, strict=True):
            self._offer(float(time_seconds), partial(_encode, view, self._size))

    def recall(self, strip: Filmstrip) -> None:
        """Take over the pictures of an earlier filmstrip."""
        for time_seconds, picture in zip(strip.times_seconds, strip.pictures, strict=True):
            self._offer(float(time_seconds), partial(bytes, picture))

    def filmstrip(self) -> Filmstrip:
        """The pictures so far, in order of time."""
        kept = [self._kept[at] for at in sorted(self._kept)]
        times = np.array([one.time_seconds for one in kept], dtype=np.float64)
        return Filmstrip(times, tuple(one.jpeg for one in kept))

    def _offer(self, time_seconds: float, picture: Callable[[], bytes]) -> None:
        interval, offset = divmod(round(time_seconds * _MICROSECONDS), self._step)
        kept = self._kept.get(interval)
        if kept is not None and offset >= kept.offset * _NEARER:
            return
        self._kept[interval] = _Picture(offset, time_seconds, picture())
        while len(self._kept) > self._limit:
            self._halve()

    def _halve(self) -> None:
        """Join every two intervals; the picture nearest to the start stays."""
        self._step *= 2
        merged: dict[int, _Picture] = {}
        for at in sorted(self._kept):  # the even one of each two comes first and stays
            one = self._kept[at]
            interval, offset = divmod(round(one.time_seconds * _MICROSECONDS), self._step)
            merged.setdefault(interval, one._replace(offset=offset))
        self._kept = merged


def fitted(width: int, height: int, long_side: int) -> tuple[int, int]:
    """Width and height in pixels for a longer side of `long_side`, in the given proportions."""
    scale = long_side / max(width, height, 1)
    return max(1, round(width * scale)), max(1, round(height * scale))


def thumbnail(pixels: Pixels) -> bytes:
    """Give a JPEG file of a picture (H, W, 3), `THUMBNAIL_SIDE` pixels long at most."""
    height, width = pixels.shape[:2]
    return _encode(pixels, fitted(width, height, min(THUMBNAIL_SIDE, max(width, height))))


def _encode(view: Pixels, size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    small = Image.fromarray(view).resize(size, Image.Resampling.BILINEAR)
    small.save(file, format="JPEG", quality=_QUALITY)
    return file.getvalue()
