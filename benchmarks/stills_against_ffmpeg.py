"""Are stills the frames that ffmpeg shows? Compares some of each video, pixel by pixel.

    python -m benchmarks.stills_against_ffmpeg VIDEO... [--frames 5]

Needs the ffmpeg command. Both sides convert colour by the same matrix and with exact rounding; what
is left comes from different versions of the scaler. Prints the largest mean absolute difference of
the frames of each video, in levels of 255. Videos of high dynamic range or wide colour are left
out: benchmarks.tone_against_ffmpeg compares those.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import av
import numpy as np

from framepick.errors import SourceError
from framepick.sources.containers import open_container, video_streams
from framepick.sources.opening import open_source
from framepick.sources.tone import gamut_of, transfer_of
from framepick.sources.transfer_functions import BT709
from framepick.types import Moment, Still, ViewSpec

_SCALER = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
_MATRICES = {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020"}


def some_stills(path: Path, count: int) -> dict[Moment, Still]:
    """Stills of `count` evenly spaced undamaged frames."""
    with open_source(path, ViewSpec(64)) as source:
        moments = [f.moment for f in source.frames() if not f.measures.is_damaged]
        rows = np.unique(np.linspace(0, len(moments) - 1, count).astype(int))
        return {still.moment: still for still in source.stills([moments[row] for row in rows])}


def frames_of_ffmpeg(path: Path, frame_indices: list[int], size: tuple[int, int]) -> np.ndarray:
    """Frames (n, H, W, 3) int as ffmpeg turns, stretches and colours them."""
    with open_container(str(path)) as container:
        stream = video_streams(container)[0]
        untagged = "bt709" if stream.codec_context.height >= 720 else "bt601"
        matrix = _MATRICES.get(int(stream.codec_context.colorspace), untagged)
        index = stream.index
    chosen = "+".join(f"eq(n\\,{frame_index})" for frame_index in frame_indices)
    width, height = size
    chain = f"select={chosen},scale={width}:{height}:in_color_matrix={matrix}:{_SCALER}"
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", f"0:{index}", "-vf", chain]
    command += ["-vsync", "0", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3).astype(int)


def is_toned(path: Path) -> bool:
    """Tell whether a video holds light or colours that sRGB does not have."""
    with open_container(str(path)) as container:
        first = next(container.decode(video_streams(container)[0]))
    transfer = transfer_of(first.color_trc)
    return transfer != "sdr" or gamut_of(first.color_primaries, transfer) != BT709


def difference(path: Path, count: int) -> float:
    """Largest mean absolute difference of a frame."""
    stills = some_stills(path, count)
    ordered = sorted(stills, key=lambda moment: moment.frame_index)
    height, width, _ = stills[ordered[0]].pixels.shape
    expected = frames_of_ffmpeg(path, [m.frame_index for m in ordered], (width, height))
    pairs = zip(expected, (stills[moment].pixels for moment in ordered), strict=True)
    return max(float(np.abs(frame - pixels).mean()) for frame, pixels in pairs)


def main() -> None:
    """Print one line per video."""
    parser = argparse.ArgumentParser(description="Stills against the frames of ffmpeg.")
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, default=5)
    options = parser.parse_args()
    print(f"libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))} against ffmpeg")
    for path in options.videos:
        try:
            if is_toned(path):
                print(f"{path.name:40} skipped: high dynamic range or wide colour")
            else:
                print(f"{path.name:40} {difference(path, options.frames):6.3f}")
        except SourceError as error:
            print(f"{path.name:40} {error}")


if __name__ == "__main__":
    main()
