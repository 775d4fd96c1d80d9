"""From decoded pictures to RGB arrays: the one resize that video, photos and training share.

Colour is converted by the matrix and the range that the picture is tagged with. An untagged
picture counts as BT.709 from 720 lines up and as BT.601 below, as players have it. Only high
dynamic range and wide colour go on from there, with 16 bits, through `tone`.
"""

from __future__ import annotations

from typing import Any, cast

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from framepick.errors import SourceError
from framepick.sources.deinterlace import as_progressive, is_interlaced
from framepick.sources.geometry import UPRIGHT, Orientation
from framepick.sources.tone import Depth, gamut_of, to_srgb, transfer_of
from framepick.sources.transfer_functions import BT709
from framepick.types import DeepPixels, Pixels, ViewSpec

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
        """The whole picture squeezed to (S, S, 3) uint8 sRGB, upright; fields are averaged."""
        size = self._spec.size
        if is_interlaced(picture):
            picture = as_progressive(picture)
        squeezed = _to_srgb(self._to_view, picture, size, size, Interpolation.AREA | _EXACT, 8)
        return orientation.turn(cast(Pixels, squeezed))

    def still(
        self, picture: av.VideoFrame, orientation: Orientation = UPRIGHT, depth: Depth = 8
    ) -> Pixels | DeepPixels:
        """The picture at full size, (H, W, 3) sRGB, upright, with square pixels.

        It is uint8, or uint16 where `depth` is 16.
        """
        width, height = orientation.square_size(picture.width, picture.height)
        method = Interpolation.BICUBIC | _EXACT
        squared = _to_srgb(self._to_still, picture, width, height, method, depth)
        return orientation.turn(cast(Pixels, squared))  # turning does not care about depth


def resize_view(pixels: Pixels, spec: ViewSpec) -> Pixels:
    """Squeeze an RGB picture (H, W, 3) uint8 to a view (S, S, 3) uint8, as frames are.

    Raises
    ------
    SourceError
        The picture is too long and thin to be scaled.
    """
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return PictureConverter(spec).view(picture)


def _to_srgb(
    scaler: VideoReformatter,
    picture: av.VideoFrame,
    width: int,
    height: int,
    interpolation: Interpolation,
    depth: Depth,
) -> Pixels | DeepPixels:
    transfer = transfer_of(picture.color_trc)
    gamut = gamut_of(picture.color_primaries, transfer)
    if depth == 8 and transfer == "sdr" and gamut == BT709:
        return _to_rgb(scaler, picture, width, height, interpolation, "rgb24")
    codes = _to_rgb(scaler, picture, width, height, interpolation, "rgb48le")
    return to_srgb(np.asarray(codes, np.uint16), _white(picture), transfer, gamut, depth)


def _to_rgb(
    scaler: VideoReformatter,
    picture: av.VideoFrame,
    width: int,
    height: int,
    interpolation: Interpolation,
    layout: str,
) -> Pixels | DeepPixels:
    try:
        converted = scaler.reformat(
            picture,
            width=width,
            height=height,
            format=layout,
            src_colorspace=_matrix(picture),
            src_color_range=_range(picture),
            dst_color_range=ColorRange.JPEG,
            interpolation=interpolation,
            threads=1,
        )
    except av.error.FFmpegError as error:
        shape = f"{picture.width} x {picture.height}"
        raise SourceError(f"has a picture of {shape} that cannot be scaled") from error
    return _array(converted)


def _array(converted: av.VideoFrame) -> Pixels | DeepPixels:
    """(H, W, 3) as it lies in the frame: a copy of it would cost as much memory again."""
    plane: Any = converted.planes[0]
    layout = np.dtype("<u2") if converted.format.name == "rgb48le" else np.dtype(np.uint8)
    lines = np.frombuffer(plane, layout).reshape(converted.height, -1)[:, : 3 * converted.width]
    return cast(Pixels | DeepPixels, lines.reshape(converted.height, converted.width, 3))


def _matrix(picture: av.VideoFrame) -> int | None:
    if picture.colorspace == _RGB_MATRIX or picture.format.name.startswith(("rgb", "bgr", "gbr")):
        return None
    return _MATRICES.get(picture.colorspace, _untagged_matrix(picture))


def _untagged_matrix(picture: av.VideoFrame) -> int:
    if transfer_of(picture.color_trc) != "sdr":
        return Colorspace.BT2020
    return Colorspace.ITU709 if picture.height >= _HD_LINES else Colorspace.ITU601


def _range(picture: av.VideoFrame) -> int:
    if picture.color_range in (ColorRange.MPEG, ColorRange.JPEG):
        return int(picture.color_range)
    full = picture.format.name.startswith(("yuvj", "rgb", "bgr", "gbr", "gray", "pal"))
    return ColorRange.JPEG if full else ColorRange.MPEG


def _white(picture: av.VideoFrame) -> int:
    """What the scaler makes of white with 16 bits: it shifts codes up and leaves the rest empty."""
    if _range(picture) == ColorRange.MPEG:
        return 255 << 8
    bits = min(max(picture.format.components[0].bits, 8), 16)
    return ((1 << bits) - 1) << (16 - bits)
