"""Matrix, range and scaler flags by which the codes of a picture are converted to RGB.

An untagged picture counts as BT.709 from 720 lines up and as BT.601 below, as players have it.
"""

from __future__ import annotations

import av
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from framepick.sources.tone import transfer_of

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
_RGB_MATRIX, _BT709 = 0, 1
EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
"""Flags of the scaler, without which it darkens 4:2:0 by two levels; they cost no time."""
_HD_LINES = 720


def matrix_of(picture: av.VideoFrame) -> int | None:
    """Give the matrix of a picture, as the scaler names it; None for RGB."""
    if picture.colorspace == _RGB_MATRIX or picture.format.name.startswith(("rgb", "bgr", "gbr")):
        return None
    return _MATRICES.get(picture.colorspace, _untagged_matrix(picture))


def range_of(picture: av.VideoFrame) -> int:
    """Give the range of a picture, as the scaler names it."""
    if picture.color_range in (ColorRange.MPEG, ColorRange.JPEG):
        return int(picture.color_range)
    full = picture.format.name.startswith(("yuvj", "rgb", "bgr", "gbr", "gray", "pal"))
    return ColorRange.JPEG if full else ColorRange.MPEG


def with_stamp_and_tags(result: av.VideoFrame, picture: av.VideoFrame) -> av.VideoFrame:
    """Give `result` with the time stamp, primaries and transfer function of `picture`."""
    result.pts = picture.pts
    if picture.time_base is not None:
        result.time_base = picture.time_base
    result.color_primaries, result.color_trc = picture.color_primaries, picture.color_trc
    return result


def keep_matrix(smaller: av.VideoFrame, picture: av.VideoFrame) -> None:
    """Tag a smaller copy of a picture, whose matrix must not be told from its own height."""
    if matrix_of(picture) == Colorspace.ITU709:
        smaller.colorspace = _BT709


def _untagged_matrix(picture: av.VideoFrame) -> int:
    if transfer_of(picture.color_trc) != "sdr":
        return Colorspace.BT2020
    return Colorspace.ITU709 if picture.height >= _HD_LINES else Colorspace.ITU601
