"""The luma of a decoded picture as it is stored, without any conversion where there is one."""

from __future__ import annotations

import re
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

# a plane of its own for luma, low bits first; all other layouts are converted
_PLANAR = re.compile(r"(yuva?j?4\d\dp|nv\d\d|gray)(\d\d?le)?$")


def luma_of(picture: av.VideoFrame) -> NDArray[np.uint8]:
    """Luma (H, W) in 8 bits, in the picture's own range, orientation and pixel shape.

    Good for comparing neighbouring pictures of one stream; not a picture to look at.
    """
    if not _PLANAR.match(picture.format.name):
        return np.asarray(picture.reformat(format="gray").to_ndarray(), np.uint8)
    plane, bits = picture.planes[0], picture.format.components[0].bits
    samples: NDArray[Any]
    samples = np.frombuffer(memoryview(plane), np.dtype(np.uint16 if bits > 8 else np.uint8))
    lines = samples.reshape(plane.height, plane.line_size // samples.itemsize)
    luma = lines[:, : picture.width] >> max(bits - 8, 0)  # a copy: the memory is the decoder's
    return luma.astype(np.uint8)
