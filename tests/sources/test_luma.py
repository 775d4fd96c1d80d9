"""The luma of decoded pictures, whatever their layout."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from framepick.sources.luma import luma_of
from samples.clipmaker import load

SIZE = (322, 182)
"""Not a multiple of what decoders align lines to."""

AS_STORED = {
    # layout: bits
    "yuv420p": 8,
    "yuvj420p": 8,
    "yuva420p": 8,
    "yuv422p": 8,
    "yuv444p": 8,
    "yuv410p": 8,
    "yuv440p": 8,
    "nv12": 8,
    "nv21": 8,
    "nv16": 8,
    "gray": 8,
    "yuv420p10le": 10,
    "yuv422p10le": 10,
    "yuv444p12le": 12,
    "yuv420p9le": 9,
    "gray10le": 10,
    "gray12le": 12,
    "gray16le": 16,
}
CONVERTED = [
    "rgb24",
    "bgr24",
    "rgba",
    "argb",
    "gbrp",
    "gbrp10le",
    "rgb48le",
    "yuyv422",
    "uyvy422",
    "yvyu422",
    "p010le",
    "p010be",
    "p016le",
    "yuv420p10be",
    "yuv444p16be",
    "gray10be",
    "gray16be",
    "grayf32le",
    "nv20le",
]


def picture(layout: str, size: tuple[int, int] = SIZE, name: str = "chelsea") -> av.VideoFrame:
    source = av.VideoFrame.from_ndarray(np.ascontiguousarray(load(name, size)), format="rgb24")
    return source.reformat(format=layout, src_color_range=2)


def reference(size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(load("chelsea", size), cv2.COLOR_RGB2GRAY), np.uint8)


@pytest.mark.parametrize("layout", AS_STORED)
def test_a_plane_of_luma_is_given_as_it_is_stored(layout: str) -> None:
    bits = AS_STORED[layout]
    frame = picture(layout)
    luma = luma_of(frame)
    assert luma.shape == SIZE[::-1]
    assert luma.dtype == np.uint8
    plane = np.frombuffer(memoryview(frame.planes[0]), np.uint8 if bits == 8 else "<u2")
    lines = plane.reshape(frame.height, -1)[:, : frame.width]
    assert np.array_equal(luma, lines >> (bits - 8))
    assert np.corrcoef(luma.ravel(), reference().ravel())[0, 1] > 0.995


@pytest.mark.parametrize("layout", CONVERTED)
def test_any_other_layout_is_converted(layout: str) -> None:
    luma = luma_of(picture(layout))
    assert luma.shape == SIZE[::-1]
    assert luma.dtype == np.uint8
    assert np.corrcoef(luma.ravel(), reference().ravel())[0, 1] > 0.99


@pytest.mark.parametrize("layout", ["yuv420p10le", "p010le", "yuv420p10be", "gray16be", "rgb48le"])
def test_deep_layouts_use_the_whole_range(layout: str) -> None:
    luma = luma_of(picture(layout))
    assert luma.max() - luma.min() > 0.8 * (int(reference().max()) - int(reference().min()))


def test_the_luma_is_a_copy() -> None:
    frame = picture("yuv420p")
    luma = luma_of(frame)
    before = luma.copy()
    frame.planes[0].update(bytes(frame.planes[0].buffer_size))
    assert np.array_equal(luma, before)
    assert luma_of(frame).max() == 0


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 5), (33, 17)])
def test_small_and_odd_sizes_lose_no_pixel(size: tuple[int, int]) -> None:
    for layout in ("yuv420p", "yuv420p10le", "nv12", "gray", "yuv444p"):
        assert luma_of(picture(layout, size)).shape == size[::-1]
