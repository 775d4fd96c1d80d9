"""Transparent video is laid over black; what is hidden under it stays hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from framepick.sources.transparency import visible
from framepick.sources.video import VideoSource
from tests.conftest import VIEW

HIDDEN = (255, 0, 255)
SHOWN = (40, 160, 90)
CODECS = {
    # name: codec, pixel format, bits
    "clip.mov": ("prores_ks", "yuva444p10le", 10),
    "clip.webm": ("libvpx-vp9", "yuva420p", 8),
    "old.webm": ("libvpx", "yuva420p", 8),
    "clip.apng": ("apng", "rgba", 8),
    "clip.nut": ("ffv1", "bgra", 8),
    "animation.mov": ("qtrle", "argb", 8),
}


def picture(alpha: int = 0) -> np.ndarray:
    """Left half opaque, right half of `alpha` over a hidden colour."""
    rgba = np.zeros((96, 128, 4), np.uint8)
    rgba[:, :64] = (*SHOWN, 255)
    rgba[:, 64:] = (*HIDDEN, alpha)
    return rgba


def write(path: Path, codec: str, pix_fmt: str, alpha: int = 0) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=10)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 128, 96, pix_fmt
        if codec == "libvpx":
            stream.options = {"auto-alt-ref": "0"}  # excludes alpha
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(picture(alpha), "rgba").reformat(
                format=pix_fmt, dst_colorspace=6
            )
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("depth", [8, 16])
def test_hidden_colours_stay_hidden(tmp_path: Path, name: str, depth: int) -> None:
    codec, pix_fmt, _ = CODECS[name]
    write(tmp_path / name, codec, pix_fmt)
    with VideoSource(tmp_path / name, VIEW) as source:
        frames = list(source.frames())
        stills = list(source.stills([frame.moment for frame in frames], depth))
    assert len(frames) == len(stills) == 5
    scale = 1 if depth == 8 else 257
    for pixels, step in [(frames[2].view, 1), (stills[2].pixels, scale)]:
        middle = pixels.shape[1] // 2
        shown, hidden = pixels[:, : middle - 8], pixels[:, middle + 8 :]
        assert np.abs(shown.mean(axis=(0, 1)) / step - SHOWN).max() < 12
        assert hidden.mean() / step < 6


def test_half_transparent_colours_are_half_as_bright() -> None:
    frame = av.VideoFrame.from_ndarray(picture(128), "rgba")
    laid = visible(frame).to_ndarray()
    assert np.array_equal(laid[0, 0], SHOWN)
    assert np.abs(laid[0, -1].astype(int) - (128, 0, 128)).max() <= 1


def test_an_opaque_picture_comes_back_itself() -> None:
    frame = av.VideoFrame.from_ndarray(picture(255), "rgba")
    assert visible(frame) is frame


def test_the_reported_clip_shows_no_magenta(media: Callable[[str], Path]) -> None:
    with VideoSource(media("reported/alpha_vp9.webm"), VIEW) as source:
        moments = [frame.moment for frame in source.frames()]
        for still in source.stills(moments[::10]):
            pixels = still.pixels.astype(int)
            magenta = (pixels[..., 0] > 150) & (pixels[..., 2] > 150) & (pixels[..., 1] < 80)
            assert magenta.mean() < 0.001
