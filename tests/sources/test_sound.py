"""What the header tells of sound, which timelines for editing programs hold too."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from framepick.sources.video import VideoSource
from framepick.types import SoundInfo, ViewSpec


def film(path: Path, *sounds: tuple[int, str]) -> Path:
    """A short film with sound streams of a rate and a layout each."""
    with av.open(str(path), "w") as file:
        pictures = file.add_stream("mpeg4", rate=25, width=64, height=48, pix_fmt="yuv420p")
        streams = [
            file.add_stream("pcm_s16le", rate=rate, layout=layout) for rate, layout in sounds
        ]
        for number in range(5):
            picture = np.full((48, 64, 3), 50 * number, np.uint8)
            file.mux(pictures.encode(av.VideoFrame.from_ndarray(picture)))
        file.mux(pictures.encode())
        for stream, (rate, layout) in zip(streams, sounds, strict=True):
            channels = stream.layout.nb_channels
            samples = np.zeros((1, channels * rate // 5), np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
            frame.sample_rate = rate
            file.mux(stream.encode(frame))
            file.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    "sounds", [(), ((48000, "stereo"),), ((44100, "mono"),), ((48000, "mono"), (48000, "5.1"))]
)
def test_every_sound_stream_is_told_with_its_rate_and_channels(
    sounds: tuple[tuple[int, str], ...], tmp_path: Path
) -> None:
    channels = {"mono": 1, "stereo": 2, "5.1": 6}
    with VideoSource(film(tmp_path / "film.mov", *sounds), ViewSpec(32)) as source:
        assert source.info.sounds == tuple(
            SoundInfo(number, rate, channels[layout])
            for number, (rate, layout) in enumerate(sounds, start=1)
        )
