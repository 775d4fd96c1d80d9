"""Pictures with an alpha channel, as an editor's viewer shows them: over black.

What is stored under full transparency was never meant to be seen, and may be anything.
"""

from __future__ import annotations

from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from numpy.typing import NDArray

from framepick.sources.colour_tags import EXACT, matrix_of, range_of, with_stamp_and_tags

_BLOCK_ROWS = 64  # so that the working arrays stay small


def visible(picture: av.VideoFrame) -> av.VideoFrame:
    """Lay a picture over black; one without an alpha channel, or all opaque, comes back itself.

    The result is RGB of 8 or 16 bits, with straight alpha applied to the codes as they are; time
    stamp and colour tags stay.
    """
    if not _may_be_transparent(picture):
        return picture
    coloured = _with_alpha(picture)  # (H, W, 4)
    opaque = np.iinfo(coloured.dtype).max
    if coloured[..., 3].min() == opaque:
        return picture
    result = np.empty((*coloured.shape[:2], 3), coloured.dtype)
    for start in range(0, len(result), _BLOCK_ROWS):
        part = coloured[start : start + _BLOCK_ROWS].astype(np.uint64)
        result[start : start + _BLOCK_ROWS] = (
            part[..., :3] * part[..., 3:] + opaque // 2
        ) // opaque
    layout = "rgb48le" if coloured.dtype == np.uint16 else "rgb24"
    laid = av.VideoFrame.from_ndarray(result, layout)
    laid.color_range = ColorRange.JPEG
    return with_stamp_and_tags(laid, picture)


def _may_be_transparent(picture: av.VideoFrame) -> bool:
    layout = picture.format
    return layout.has_palette or any(part.is_alpha for part in layout.components)


def _with_alpha(picture: av.VideoFrame) -> NDArray[Any]:
    is_deep = picture.format.components[0].bits > 8
    converted = VideoReformatter().reformat(
        picture,
        format="rgba64le" if is_deep else "rgba",
        src_colorspace=matrix_of(picture),
        src_color_range=range_of(picture),
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.BICUBIC | EXACT,
        threads=1,
    )
    return np.asarray(converted.to_ndarray())
