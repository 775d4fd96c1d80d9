"""Are HDR stills toned as ffmpeg tones them? Compares frames of HLG and PQ clips, pixel by pixel.

    python -m benchmarks.tone_against_ffmpeg [--keep FOLDER]

Makes its clips itself, 10-bit HEVC: photographs whose highlights are lifted to the light of a sunny
day. Adds the HLG video of FRAMEPICK_MEDIA where that is set. ffmpeg (with zscale and tonemap) uses
the same curve on the same light; what is left are colours that sRGB does not have, which ffmpeg
clips, and the scalers of chroma. Prints mean and largest difference in levels of 255, and the time
of a still. With --keep, writes both pictures of each clip as PNG.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import av
import numpy as np
from PIL import Image

from framepick.sources.tone import KNEE, transfer_of
from framepick.sources.transfer_functions import (
    BT2020,
    HLG_PEAK,
    PQ_PEAK,
    REFERENCE_WHITE,
    matrix_to_bt709,
    srgb_light,
)
from framepick.sources.views import PictureConverter
from framepick.types import ViewSpec
from samples.clipmaker import HLG, PQ, load, write

_SIZE = (1280, 720)
_PICTURES = ("astronaut", "chelsea", "coffee", "rocket", "landscape", "balloons", "patches")
_TO_BT2020 = np.linalg.inv(matrix_to_bt709(BT2020).astype(np.float64))
_ENCODINGS = {"pq": PQ, "hlg": HLG}
_PEAKS = {"pq": PQ_PEAK, "hlg": HLG_PEAK}


def lifted(pixels: np.ndarray, peak: float) -> np.ndarray:
    """Light (H, W, 3) of BT.2020 in cd/m2: the picture's own, its highlights up to `peak`."""
    light = srgb_light(pixels / 255)
    brightest = light.max(axis=2, keepdims=True)
    gain = 1 + (peak / REFERENCE_WHITE - 1) * np.clip((brightest - 0.5) / 0.5, 0, 1) ** 2
    shown: np.ndarray = np.maximum((light * gain) @ _TO_BT2020.T, 0) * REFERENCE_WHITE
    return shown


def coded(light: np.ndarray, transfer: str) -> np.ndarray:
    """Codes (H, W, 3) uint8 of light in cd/m2, with noise against steps."""
    if transfer == "hlg":
        scene = light / HLG_PEAK
        luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
        scene *= np.maximum(luminance, 1e-9)[..., None] ** (1 / 1.2 - 1)
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        upper = a * np.log(np.maximum(12 * scene - b, 1e-9)) + c
        codes = np.where(scene <= 1 / 12, np.sqrt(3 * scene), upper)
    else:
        power = (light / PQ_PEAK) ** (2610 / 16384)
        c1, c2, c3 = 3424 / 4096, 2413 / 128, 2392 / 128
        codes = ((c1 + c2 * power) / (1 + c3 * power)) ** (2523 / 32)
    noise = np.random.default_rng(0).uniform(0, 1, codes.shape)
    return np.clip(codes * 255 + noise, 0, 255).astype(np.uint8)


def make_clips(folder: Path) -> list[Path]:
    """Write one clip of three frames per picture and encoding."""
    paths = []
    for transfer, colour in _ENCODINGS.items():
        for name in _PICTURES:
            path = folder / f"{name}_{transfer}.mp4"
            frame = coded(lifted(load(name, _SIZE), 1000.0), transfer)
            coding = {"codec": "libx265", "pix_fmt": "yuv420p10le", "quality": 14, "bframes": 0}
            write(path, [frame] * 3, colour=colour, **coding)  # type: ignore[arg-type]
            paths.append(path)
    return paths


def frame_of_ffmpeg(path: Path, transfer: str, size: tuple[int, int]) -> np.ndarray:
    """First frame (H, W, 3) int as ffmpeg tones it."""
    peak = _PEAKS[transfer] / REFERENCE_WHITE
    chain = (
        f"zscale=t=linear:npl={REFERENCE_WHITE}:agamma=0,format=gbrpf32le,zscale=p=bt709,"
        f"tonemap=mobius:param={KNEE}:peak={peak}:desat=0,"
        "zscale=t=iec61966-2-1:m=gbr:r=pc,format=gbrp"
    )
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-vf", chain, "-frames:v", "1"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(size[1], size[0], 3).astype(int)


def compare(path: Path, keep: Path | None) -> str:
    """One line about a clip."""
    with av.open(str(path)) as container:
        picture = next(container.decode(video=0))
    converter = PictureConverter(ViewSpec(224))
    converter.still(picture)
    start = time.perf_counter()
    still = converter.still(picture)
    milliseconds = (time.perf_counter() - start) * 1000
    transfer = transfer_of(picture.color_trc)
    expected = frame_of_ffmpeg(path, transfer, (picture.width, picture.height))
    gap = np.abs(still.astype(int) - expected)
    if keep:
        Image.fromarray(still).save(keep / f"{path.stem}_framepick.png")
        Image.fromarray(expected.astype(np.uint8)).save(keep / f"{path.stem}_ffmpeg.png")
    return f"{path.name:28} {gap.mean():6.2f} {gap.max():6d} {milliseconds:8.0f} ms"


def main() -> None:
    """Print one line per clip."""
    parser = argparse.ArgumentParser(description="HDR stills against ffmpeg's tonemap.")
    parser.add_argument("--keep", type=Path)
    keep: Path | None = parser.parse_args().keep
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    print(f"{'clip':28} {'mean':>6} {'max':>6} {'still':>11}")
    with tempfile.TemporaryDirectory() as folder:
        clips = make_clips(Path(folder))
        if media := os.environ.get("FRAMEPICK_MEDIA"):
            clips += sorted(Path(media).glob("*_hlg_*.mp4"))
        for path in clips:
            print(compare(path, keep))


if __name__ == "__main__":
    main()
