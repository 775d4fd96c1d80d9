"""How well faults that are planted in photographs are found.

    FRAMEPICK_DATA=... python -m benchmarks.findings [--photos 200]

A spot counts as marked where what is found has its middle in it; a tilt where the line leans by as
much, within two degrees. Every second photograph chose the thresholds, the others are measured on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.explanations import sampled_photos
from framepick.explaining.findings import Finding, FindingKind, findings_of
from framepick.explaining.lean import STRAIGHT, line_weights
from framepick.explaining.regions import Box
from framepick.sources.photos import load_photo
from framepick.types import Pixels
from tests.explaining.planted import with_blurred_patch, with_bright_spot

_PATCH = 0.3
_TRIED = 8
_TILT_DEGREES = (3.0, 8.0)
_LEVEL_DEGREES = 2.0
_LONG = 0.5
"""Length of straight lines, in shares of the longer side, of photographs that have such lines."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is found in a photograph."""

    marked: bool
    """Whether the planted fault is found."""
    clean: bool
    """Whether the photograph as it is has such a mark."""
    has_line: bool = True
    """Whether it has straight lines that are `_LONG` together."""


def spot(
    picture: Pixels,
    generator: np.random.Generator,
    kind: FindingKind,
    plant: Callable[[Pixels, Box], Pixels],
    is_wanted: int,
) -> Told:
    """Plant a spot where there is the most texture (1), or where it is darkest (-1)."""
    box = planted_box(picture, generator, is_wanted)
    return Told(_is_in(_found(plant(picture, box), kind), box), _found(picture, kind) is not None)


def tilt(picture: Pixels, generator: np.random.Generator) -> Told:
    """Tilt a photograph by as many degrees as people do."""
    degrees = float(generator.choice([-1, 1]) * generator.uniform(*_TILT_DEGREES))
    found = _found(tilted(picture, degrees), FindingKind.LEANING)
    return Told(
        found is not None and abs(found.values["degrees"] - degrees) < _LEVEL_DEGREES,
        _found(picture, FindingKind.LEANING) is not None,
        line_weights(picture)[STRAIGHT] >= _LONG,
    )


def planted_box(picture: Pixels, generator: np.random.Generator, is_wanted: int) -> Box:
    """Give the box, of some at random, with the most texture (1), or the darkest (-1)."""
    places = generator.uniform(0.02, 0.98 - _PATCH, (_TRIED, 2))
    boxes = [(float(x), float(y), float(x) + _PATCH, float(y) + _PATCH) for x, y in places]
    grey = picture.mean(axis=2)
    height, width = grey.shape

    def worth(box: Box) -> float:
        rows = slice(int(box[1] * height), int(box[3] * height))
        part = grey[rows, int(box[0] * width) : int(box[2] * width)]
        return float(np.abs(np.diff(part, axis=1)).mean() if is_wanted > 0 else -part.mean())

    return max(boxes, key=worth)


def tilted(picture: Pixels, degrees: float) -> Pixels:
    """Turn a picture, the right end down, and cut off what is empty."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    turned = cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_CUBIC)
    sine, cosine = abs(np.sin(np.radians(degrees))), np.cos(np.radians(degrees))
    share = min(width / (width * cosine + height * sine), height / (width * sine + height * cosine))
    left, top = round(width * (1 - share) / 2), round(height * (1 - share) / 2)
    return np.ascontiguousarray(turned[top : height - top, left : width - left])


def _found(picture: Pixels, kind: FindingKind) -> Finding | None:
    return next((one for one in findings_of(picture) if one.kind is kind), None)


def _is_in(finding: Finding | None, box: Box) -> bool:
    if finding is None:
        return False
    x, y = (finding.box[0] + finding.box[2]) / 2, (finding.box[1] + finding.box[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def row(name: str, found: Sequence[Told]) -> str:
    """Print how many are marked, and how many have a mark as they are."""
    marked = np.mean([one.marked for one in found])
    clean = np.mean([one.clean for one in found])
    return f"| {name} | {len(found)} | {marked:.0%} | {clean:.0%} |"


def table(found: Mapping[str, Sequence[Told]]) -> Iterator[str]:
    """Print a row for each fault and each half of the photographs."""
    yield "| fault | photographs | marked | marked as they are |\n|---|---|---|---|"
    for half, name in enumerate(("chosen on", "others")):
        for fault, told in found.items():
            yield row(f"{fault}, {name}", told[half::2])
        with_line = [one for one in found["tilt"][half::2] if one.has_line]
        yield row(f"tilt where there are straight lines, {name}", with_line)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200)
    generator = np.random.default_rng(1)
    found: dict[str, list[Told]] = {"blurred patch": [], "bright spot": [], "tilt": []}
    for path in sampled_photos(parser.parse_args().photos):
        picture = load_photo(path)
        patch = spot(picture, generator, FindingKind.SOFT, with_blurred_patch, 1)
        found["blurred patch"].append(patch)
        bright = spot(picture, generator, FindingKind.BURNT_OUT, with_bright_spot, -1)
        found["bright spot"].append(bright)
        found["tilt"].append(tilt(picture, generator))
    print(*table(found), sep="\n")


if __name__ == "__main__":
    main()
