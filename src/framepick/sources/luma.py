"""The luma of a decoded picture as it is stored, without conversion where the format has one."""

from __future__ import annotations

import re
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

# a plane of its own for luma, low bits first; all other layouts are converted
_PLANAR = re.compile(r"(yuva?j?4\d\dp|nv\d\d|gray)(\d\d?le)?$")


def luma_of(picture: av.VideoFrame) -> NDArray[np.uint8]:
    """Give the luma (H, W) uint8 of a picture, in its own range, orientation and pixel shape.

    It is good for comparing neighbouring pictures of one stream, and not meant to be shown.
    """
    if not _PLANAR.match(picture.format.name):
        return np.asarray(picture.reformat(format="gray").to_ndarray(), np.uint8)
    plane, bits = picture.planes[0], picture.format.components[0].bits
    samples: NDArray[Any]
    samples = np.frombuffer(memoryview(plane), np.dtype(np.uint16 if bits > 8 else np.uint8))
    lines = samples.reshape(plane.height, plane.line_size // samples.itemsize)
    luma = lines[:, : picture.width] >> max(bits - 8, 0)  # a copy: the memory is the decoder's
    return luma.astype(np.uint8)
