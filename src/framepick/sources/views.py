"""From decoded pictures to RGB arrays: the one resize that video, photos and training share.

Colour is converted by the matrix and the range that the picture is tagged with. An untagged
picture counts as BT.709 from 720 lines up and as BT.601 below, as players have it.
"""

from __future__ import annotations

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from framepick.errors import SourceError
from framepick.sources.geometry import UPRIGHT, Orientation
from framepick.types import Pixels, ViewSpec

# AVColorSpace values on the left; the missing ones (reserved, YCgCo, ...) count as untagged.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_RGB_MATRIX = 0
_HD_LINES = 720
# Without these the scaler darkens 4:2:0 by two levels; with them it is exact, and no slower.
_EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP


class PictureConverter:
    """Turns the pictures of one source into arrays; keeps the scaler's tables between them."""

    def __init__(self, spec: ViewSpec) -> None:
        self._spec = spec
        self._to_view = VideoReformatter()
        self._to_still = VideoReformatter()

    def view(self, picture: av.VideoFrame, orientation: Orientation = UPRIGHT) -> Pixels:
        """The whole picture squeezed to (S, S, 3) uint8 RGB, upright."""
        size = self._spec.size
        squeezed = _to_rgb(self._to_view, picture, size, size, Interpolation.AREA | _EXACT)
        return orientation.turn(squeezed)

    def still(self, picture: av.VideoFrame, orientation: Orientation = UPRIGHT) -> Pixels:
        """The picture at full size, (H, W, 3) uint8 RGB, upright, with square pixels."""
        width, height = orientation.square_size(picture.width, picture.height)
        return orientation.turn(
            _to_rgb(self._to_still, picture, width, height, Interpolation.BICUBIC | _EXACT)
        )


def resize_view(pixels: Pixels, spec: ViewSpec) -> Pixels:
    """Squeeze an RGB picture (H, W, 3) uint8 to a view (S, S, 3) uint8, as frames are.

    Raises
    ------
    SourceError
        The picture is too long and thin to be scaled.
    """
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return PictureConverter(spec).view(picture)


def _to_rgb(
    scaler: VideoReformatter,
    picture: av.VideoFrame,
    width: int,
    height: int,
    interpolation: Interpolation,
) -> NDArray[np.uint8]:
    try:
        converted = scaler.reformat(
            picture,
            width=width,
            height=height,
            format="rgb24",
            src_colorspace=_matrix(picture),
            src_color_range=_range(picture),
            dst_color_range=ColorRange.JPEG,
            interpolation=interpolation,
            threads=1,
        )
    except av.error.FFmpegError as error:
        shape = f"{picture.width} x {picture.height}"
        raise SourceError(f"has a picture of {shape} that cannot be scaled") from error
    return np.asarray(converted.to_ndarray(), dtype=np.uint8)  # (height, width, 3)


def _matrix(picture: av.VideoFrame) -> int | None:
    if picture.colorspace == _RGB_MATRIX or picture.format.name.startswith(("rgb", "bgr", "gbr")):
        return None
    untagged = Colorspace.ITU709 if picture.height >= _HD_LINES else Colorspace.ITU601
    return _MATRICES.get(picture.colorspace, untagged)


def _range(picture: av.VideoFrame) -> int:
    if picture.color_range in (ColorRange.MPEG, ColorRange.JPEG):
        return int(picture.color_range)
    full = picture.format.name.startswith(("yuvj", "rgb", "bgr", "gbr", "gray", "pal"))
    return ColorRange.JPEG if full else ColorRange.MPEG
