"""Decoding on a real NVIDIA GPU: the frames are those of software, to the last bit."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest

from framepick.sources.video import VideoSource
from framepick.types import Frame, FrameRequest
from samples.clipmaker import numbered, write
from tests.conftest import VIEW

SIZE = (640, 360)
# AV1 is left out: libav takes dav1d for it, which knows no device
CODECS = {
    "libx264": {"preset": "veryfast", "bf": "3"},
    "libx265": {"preset": "veryfast", "x265-params": "log-level=error"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}


@pytest.fixture(scope="module", autouse=True)
def _decoder() -> None:
    try:
        ctypes.CDLL("libnvcuvid.so.1")
    except OSError:
        pytest.skip("there is no NVIDIA decoder (libnvcuvid)")


def _frames(path: Path, hwaccel: str, request: FrameRequest) -> tuple[list[Frame], str | None]:
    with VideoSource(path, VIEW, hwaccel=hwaccel) as source:
        return list(source.frames(request)), source.device


@pytest.mark.gpu
@pytest.mark.parametrize("request_", [FrameRequest(), FrameRequest((5, 22, 39, 73))])
@pytest.mark.parametrize("codec", CODECS)
def test_frames_are_those_of_software(codec: str, request_: FrameRequest, tmp_path: Path) -> None:
    container = "webm" if "vp9" in codec else "mp4"
    path = tmp_path / f"clip.{container}"
    write(
        path, numbered(100, SIZE), codec=codec, container=container, gop=30, options=CODECS[codec]
    )
    software, _ = _frames(path, "off", request_)
    found, device = _frames(path, "cuda", request_)
    assert device == "cuda"
    assert [one.moment for one in found] == [one.moment for one in software]
    for one, other in zip(found, software, strict=True):
        np.testing.assert_array_equal(one.view, other.view)
