"""From decoded pictures to RGB arrays: the one resize that video, photos and training share.

Pictures are cropped as their container says and laid over black where they are transparent. Colour
is converted by the matrix and the range that the picture is tagged with. Only high dynamic range
and wide colour go on from there, with 16 bits, through `tone`.
"""

from __future__ import annotations

from typing import Any, cast

import av
import numpy as np
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from framepick.errors import SourceError
from framepick.sources.colour_tags import EXACT, keep_matrix, matrix_of, range_of
from framepick.sources.deinterlace import as_progressive, is_interlaced
from framepick.sources.filters import filtered
from framepick.sources.geometry import NO_CROP, UPRIGHT, Crop, Orientation
from framepick.sources.tone import Depth, gamut_of, to_srgb, transfer_of
from framepick.sources.transfer_functions import BT709
from framepick.sources.transparency import visible
from framepick.types import SMALL_SIDE, DeepPixels, Pixels, ViewSpec


class PictureConverter:
    """Turns the pictures of one source into arrays; keeps the scaler's tables between them."""

    def __init__(self, spec: ViewSpec) -> None:
        self._spec = spec
        self._to_view = VideoReformatter()
        self._to_still = VideoReformatter()
        self._to_shrunk = VideoReformatter()
        self._to_small = VideoReformatter()

    def view(self, picture: av.VideoFrame, orientation: Orientation = UPRIGHT) -> Pixels:
        """Give the whole picture squeezed to (S, S, 3) uint8 sRGB, upright; fields are averaged."""
        size = self._spec.size
        picture = visible(_cropped(picture, orientation.crop))
        if is_interlaced(picture):
            picture = as_progressive(picture)
        squeezed = _to_srgb(self._to_view, picture, size, size, Interpolation.AREA | EXACT, 8)
        return orientation.turn(cast(Pixels, squeezed))

    def still(
        self, picture: av.VideoFrame, orientation: Orientation = UPRIGHT, depth: Depth = 8
    ) -> Pixels | DeepPixels:
        """Give the picture at full size, (H, W, 3) sRGB, upright, with square pixels.

        It is uint8, or uint16 where `depth` is 16.
        """
        width, height = orientation.square_size(picture.width, picture.height)
        method = Interpolation.BICUBIC | EXACT
        shown = visible(_cropped(picture, orientation.crop))
        squared = _to_srgb(self._to_still, shown, width, height, method, depth)
        return orientation.turn(cast(Pixels, squared))  # turning does not care about depth

    def shrunk(
        self, picture: av.VideoFrame, orientation: Orientation = UPRIGHT, side: int = SMALL_SIDE
    ) -> av.VideoFrame:
        """Give the picture with square pixels, `side` long at most; fields are averaged.

        It keeps its kind of pixels, so it is made fast, and is small to keep, until it is wanted.
        """
        size = _at_most(side, *orientation.square_size(picture.width, picture.height))
        picture = visible(_cropped(picture, orientation.crop))
        if is_interlaced(picture):
            picture = as_progressive(picture)
        if size == (picture.width, picture.height):
            return picture
        return _shrunk(self._to_shrunk, picture, *size)

    def small(self, shrunk: av.VideoFrame, orientation: Orientation = UPRIGHT) -> Pixels:
        """Give a `shrunk` picture as (h, w, 3) uint8 sRGB, upright."""
        method = Interpolation.BICUBIC | EXACT
        pixels = _to_srgb(self._to_small, shrunk, shrunk.width, shrunk.height, method, 8)
        return orientation.turn(cast(Pixels, pixels))


def resize_view(pixels: Pixels, spec: ViewSpec) -> Pixels:
    """Squeeze an RGB picture (H, W, 3) uint8 to a view (S, S, 3) uint8, as frames are.

    Raises
    ------
    SourceError
        The picture is too long and thin to be scaled.
    """
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return PictureConverter(spec).view(picture)


def _cropped(picture: av.VideoFrame, crop: Crop) -> av.VideoFrame:
    if crop == NO_CROP:
        return picture
    width, height = crop.size(picture.width, picture.height)
    area = f"w={width}:h={height}:x={crop.left}:y={crop.top}:exact=1"
    return filtered([picture], 0, ("crop", area))


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
    how = {"width": width, "height": height, "interpolation": interpolation}
    return _array(_scaled(scaler, picture, how | _as_rgb(picture, layout)))


def _as_rgb(picture: av.VideoFrame, layout: str) -> dict[str, Any]:
    return {
        "format": layout,
        "src_colorspace": matrix_of(picture),
        "src_color_range": range_of(picture),
        "dst_color_range": ColorRange.JPEG,
    }


def _shrunk(
    scaler: VideoReformatter, picture: av.VideoFrame, width: int, height: int
) -> av.VideoFrame:
    """Give a picture in another size and its own kind of pixels; of kinds but YUV, in RGB."""
    how = {"width": width, "height": height}
    if not picture.format.name.startswith("yuv"):
        exact = {"interpolation": Interpolation.AREA | EXACT}
        return _scaled(scaler, picture, how | exact | _as_rgb(picture, "rgb24"))
    smaller = _scaled(scaler, picture, how | {"interpolation": Interpolation.AREA})
    keep_matrix(smaller, picture)
    return smaller


def _scaled(scaler: VideoReformatter, picture: av.VideoFrame, how: dict[str, Any]) -> av.VideoFrame:
    try:
        return scaler.reformat(picture, threads=1, **how)
    except av.error.FFmpegError as error:
        shape = f"{picture.width} x {picture.height}"
        raise SourceError(f"has a picture of {shape} that cannot be scaled") from error


def _at_most(side: int, width: int, height: int) -> tuple[int, int]:
    factor = min(1.0, side / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _array(converted: av.VideoFrame) -> Pixels | DeepPixels:
    """(H, W, 3) as it lies in the frame: a copy of it would cost as much memory again."""
    plane: Any = converted.planes[0]
    layout = np.dtype("<u2") if converted.format.name == "rgb48le" else np.dtype(np.uint8)
    lines = np.frombuffer(plane, layout).reshape(converted.height, -1)[:, : 3 * converted.width]
    return cast(Pixels | DeepPixels, lines.reshape(converted.height, converted.width, 3))


def _white(picture: av.VideoFrame) -> int:
    """What the scaler makes of white with 16 bits: it shifts codes up and leaves the rest empty."""
    if range_of(picture) == ColorRange.MPEG:
        return 255 << 8
    bits = min(max(picture.format.components[0].bits, 8), 16)
    return ((1 << bits) - 1) << (16 - bits)
