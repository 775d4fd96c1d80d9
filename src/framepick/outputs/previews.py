"""Pictures in a size for pages, shrunk as they come, so that full sizes are never held together."""

from __future__ import annotations

import io
from itertools import chain

import cv2
import numpy as np
from PIL import Image

from framepick.types import Moment, Pixels, Still

FIRST_SIDE = 1600
"""Pixels along the longer side, while there are few pictures."""
LIMIT_BYTES = 24 * 2**20
_QUALITY = 92
_FULL_COLOUR = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
_HALF_COLOUR = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
_SMALLER = 0.7


class Previews:
    """Shrinks stills as they come; where memory runs short, all become smaller.

    Raises
    ------
    ValueError
        `limit_bytes` is not positive.
    """

    def __init__(self, limit_bytes: int = LIMIT_BYTES, first_side: int = FIRST_SIDE) -> None:
        if limit_bytes <= 0:
            raise ValueError(f"limit_bytes must be positive, not {limit_bytes}")
        self._limit_bytes = limit_bytes
        self._side = float(first_side)
        self._files: dict[Moment, bytes] = {}

    def add(self, still: Still) -> None:
        """Keep a small copy of `still`, uint8 or uint16, in place of an earlier one."""
        self._files[still.moment] = _encode(Image.fromarray(_shallow(still)), self._side)
        while self.held_bytes > self._limit_bytes and self._side > 1:
            self._side *= _SMALLER
            for moment, file in self._files.items():
                self._files[moment] = _encode(_decode(file), self._side)

    def __contains__(self, moment: Moment) -> bool:
        return moment in self._files

    def __len__(self) -> int:
        return len(self._files)

    @property
    def held_bytes(self) -> int:
        """Bytes that the small copies take."""
        return sum(map(len, self._files.values()))

    def image(self, moment: Moment) -> Image.Image | None:
        """The small copy of the frame at `moment`, None if there is none."""
        file = self._files.get(moment)
        return None if file is None else _decode(file)

    def jpeg(self, moment: Moment, side: int, quality: int) -> bytes | None:
        """JPEG of the frame at `moment`, its longer side `side` pixels at most."""
        image = self.image(moment)
        return None if image is None else _encode(image, side, quality, _HALF_COLOUR)


def picture(still: Still, side: int, quality: int = 88) -> bytes:
    """Give a JPEG file of `still`, its longer side `side` pixels at most."""
    return small_jpeg(_shallow(still), side, quality)


def small_jpeg(pixels: Pixels, side: int, quality: int) -> bytes:
    """Give a JPEG file of a picture (H, W, 3), its longer side `side` pixels at most."""
    return _encode(Image.fromarray(pixels), side, quality, _HALF_COLOUR)


def _shallow(still: Still) -> Pixels:
    if still.pixels.dtype == np.uint8:
        return still.pixels.astype(np.uint8, copy=False)
    return (still.pixels >> 8).astype(np.uint8)


def _decode(file: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(file))
    image.load()
    return image


def _encode(
    image: Image.Image, side: float, quality: int = _QUALITY, sampling: int = _FULL_COLOUR
) -> bytes:
    pixels = np.asarray(image)
    small = pixels if max(image.size) <= side else _shrunk(pixels, side)
    # Pillow's optimised JPEG must fit a buffer of one byte a pixel, which noise does not
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    options = {
        cv2.IMWRITE_JPEG_QUALITY: quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR: sampling,
        cv2.IMWRITE_JPEG_OPTIMIZE: 1,
    }
    return bytes(cv2.imencode(".jpg", bgr, [*chain.from_iterable(options.items())])[1])


def _shrunk(pixels: Pixels, side: float) -> Pixels:
    """Average areas: an eighth of the time of Pillow's Lanczos filter."""
    height, width = pixels.shape[:2]
    scale = side / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
