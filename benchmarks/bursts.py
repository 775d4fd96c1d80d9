"""A collection of photographs with bursts among them, in each of which one photo is the right one.

Photographs have no bursts to download, so they are made: of one photograph, five as a hand that is
never still would take them, at slightly different crops, exposures and noise. Four of them get a
fault: blur, exposure, framing, and shut eyes where frames of clips show the same face with open and
with shut eyes (`benchmarks/faces.csv`), else another of the first three.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from PIL import Image

from framepick.sources.opening import open_source
from framepick.types import Pixels, ViewSpec

BURST_SIZE = 5
_FOLDERS = ("oasis/images", "photos", "photos2")
_LEAST_SIDE = 280
"""Short side in pixels of photographs that bursts are made of."""
_OUT_SHARE = 0.72
"""Size of a burst's photos over that of their source, so that no crop has to be enlarged."""
_START = datetime(2024, 5, 1, 9, 0, 0)
_BETWEEN_SECONDS = 0.28
_FACES = Path(__file__).with_name("faces.csv")

Fault = Callable[[Pixels, Generator], Pixels]


@dataclass(frozen=True)
class Burst:
    """Five photos of which one is right."""

    right: str
    faults: dict[str, str]
    """Kind of fault by file name, of the four others."""


def make_collection(
    data: Path, folder: Path, count: int, burst_count: int, seed: int
) -> list[Burst]:
    """Fill `folder` with `count` photographs of `data`; `burst_count` of them become bursts."""
    generator = np.random.default_rng(seed)
    found = sorted(path for name in _FOLDERS for path in (data / name).glob("*.jpg"))
    chosen = [found[at] for at in generator.permutation(len(found))[:count]]
    faces = list(_faces_with_shut_eyes(data))[:burst_count]
    large = [path for path in chosen if min(Image.open(path).size) >= _LEAST_SIDE]
    sources = large[: burst_count - len(faces)]
    for number, path in enumerate(path for path in chosen if path not in set(sources)):
        at = _START + timedelta(minutes=3 * number)
        _save(_read(path), folder / f"{path.parent.name}_{path.stem}.jpg", at)
    bursts = [([_read(path)], path.stem) for path in sources]
    bursts += [(pictures, f"eyes{number}") for number, pictures in enumerate(faces)]
    return [
        make_burst(pictures, folder, f"burst{at:03d}_{name}", generator, at)
        for at, (pictures, name) in enumerate(bursts)
    ]


def make_burst(
    pictures: Sequence[Pixels], folder: Path, name: str, generator: Generator, number: int
) -> Burst:
    """Make a burst of a picture, and of others that show its subject with shut eyes."""
    shut = [("eyes", picture) for picture in pictures[1:]]
    kinds = list(generator.permutation(list(FAULTS)))
    kinds += [str(generator.choice(list(FAULTS)))]
    made: list[tuple[str, Pixels]] = [("", _taken(pictures[0], generator, _hand(generator)))]
    made += [(kind, _taken(picture, generator, _hand(generator))) for kind, picture in shut]
    made += [(kind, FAULTS[kind](pictures[0], generator)) for kind in kinds[: 4 - len(shut)]]
    start = _START + timedelta(days=30, minutes=2 * number)
    names: dict[str, str] = {}
    for place, at in enumerate(generator.permutation(BURST_SIZE)):
        kind, picture = made[at]
        file = f"{name}_{place}.jpg"
        _save(picture, folder / file, start + timedelta(seconds=_BETWEEN_SECONDS * place))
        names[file] = kind
    right = next(file for file, kind in names.items() if not kind)
    return Burst(right, {file: kind for file, kind in names.items() if kind})


def _hand(generator: Generator) -> tuple[float, float, float, float]:
    """Crop of a photo from the hand: its size, its middle, and its tilt in degrees."""
    across, down = 0.5 + generator.uniform(-0.02, 0.02, 2)
    return 0.94, across, down, float(generator.uniform(-0.7, 0.7))


def _taken(
    picture: Pixels, generator: Generator, crop: tuple[float, float, float, float]
) -> Pixels:
    """Take a photo of a picture: cropped, made small, slightly brighter or darker, with noise."""
    size, across, down, degrees = crop
    height, width = picture.shape[:2]
    out = round(width * _OUT_SHARE), round(height * _OUT_SHARE)
    matrix = cv2.getRotationMatrix2D(
        (width * across, height * down), degrees, out[0] / width / size
    )
    matrix[:, 2] += np.array(out) / 2 - np.array([width * across, height * down])
    small = cv2.GaussianBlur(picture, (0, 0), 0.35 / _OUT_SHARE)  # against aliasing
    taken = cv2.warpAffine(small, matrix, out, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    return _noisy(_exposed(taken, float(generator.uniform(-0.1, 0.1))), generator)


def _exposed(picture: np.ndarray, stops: float) -> Pixels:
    light = (picture / 255.0) ** 2.2 * 2.0**stops
    return np.asarray(np.clip(light, 0, 1) ** (1 / 2.2) * 255 + 0.5, np.uint8)


def _noisy(picture: Pixels, generator: Generator) -> Pixels:
    noise = generator.normal(0, 1.2, picture.shape)
    return (
        np.asarray(np.clip(picture + noise, 0, 255) + 0.5, np.float64).clip(0, 255).astype(np.uint8)
    )


def _blurred(picture: Pixels, generator: Generator) -> Pixels:
    """Out of focus, or smeared by a shaking hand."""
    taken = _taken(picture, generator, _hand(generator))
    reach = float(generator.uniform(0.008, 0.025)) * min(taken.shape[:2])
    if generator.random() < 0.5:
        soft = cv2.GaussianBlur(taken, (0, 0), reach / 1.6)
    else:
        soft = cv2.filter2D(taken, -1, _line(2.2 * reach, float(generator.uniform(0, np.pi))))
    return _noisy(np.asarray(soft, np.uint8), generator)


def _line(length: float, angle: float) -> np.ndarray:
    """Kernel of a smear of `length` pixels."""
    side = 2 * int(np.ceil(length / 2)) + 1
    kernel = np.zeros((side, side), np.float32)
    for share in np.linspace(-0.5, 0.5, 8 * side):
        x, y = side / 2 + share * length * np.array([np.cos(angle), np.sin(angle)])
        kernel[min(side - 1, int(y)), min(side - 1, int(x))] += 1
    smear: np.ndarray = kernel / kernel.sum()
    return smear


def _badly_exposed(picture: Pixels, generator: Generator) -> Pixels:
    stops = float(generator.uniform(1.0, 2.2)) * (1 if generator.random() < 0.5 else -1)
    return _noisy(_exposed(_taken(picture, generator, _hand(generator)), stops), generator)


def _badly_framed(picture: Pixels, generator: Generator) -> Pixels:
    """Tilted, or pushed towards a side so that the subject is cut."""
    if generator.random() < 0.5:
        degrees = float(generator.uniform(5, 11)) * (1 if generator.random() < 0.5 else -1)
        return _taken(picture, generator, (0.8, 0.5, 0.5, degrees))
    angle = float(generator.uniform(0, 2 * np.pi))
    push = np.array([np.cos(angle), np.sin(angle)])
    across, down = 0.5 + push / np.abs(push).max() * (1 - _OUT_SHARE) / 2
    return _taken(picture, generator, (_OUT_SHARE, across, down, 0.0))


FAULTS: dict[str, Fault] = {
    "blur": _blurred,
    "exposure": _badly_exposed,
    "framing": _badly_framed,
}


def _faces_with_shut_eyes(data: Path) -> Iterator[list[Pixels]]:
    """Pictures of one face: one with open eyes, then two near in time with shut ones.

    No frame is in two bursts.
    """
    with _FACES.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["frame_index"]]
    for clip, group in groupby(rows, lambda row: row["picture"]):
        listed = {int(row["frame_index"]): row["eyes"] for row in group}
        shut = [at for at, eyes in listed.items() if eyes == "shut"]
        if shut and len(shut) < len(listed):
            frames = _frames(data / clip, list(listed))
            for at in (at for at, eyes in listed.items() if eyes == "open"):
                near = sorted(shut, key=lambda other: abs(other - at))[:2]
                shut = [one for one in shut if one not in near]
                if near:
                    yield [frames[one] for one in (at, *near)]


def _frames(clip: Path, indices: Sequence[int]) -> dict[int, Pixels]:
    with open_source(clip, ViewSpec(64)) as source:
        moments = [one.moment for one in source.frames() if one.moment.frame_index in set(indices)]
        return {
            still.moment.frame_index: _at_most(np.asarray(still.pixels, np.uint8), 480)
            for still in source.stills(moments)
        }


def _at_most(picture: Pixels, side: int) -> Pixels:
    height, width = picture.shape[:2]
    factor = side / min(height, width)
    if factor >= 1:
        return picture
    size = round(width * factor), round(height * factor)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _read(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def _save(picture: Pixels, path: Path, at: datetime) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Made", "Burst"
    details = exif.get_ifd(0x8769)
    details[0x9003] = at.strftime("%Y:%m:%d %H:%M:%S")
    details[0x9291] = f"{at.microsecond // 1000:03d}"
    details[0x9011] = "+02:00"
    Image.fromarray(picture).save(path, quality=92, exif=exif)
